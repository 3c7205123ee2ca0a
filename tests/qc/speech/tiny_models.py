"""SenseVoice and Paraformer models of a few operators, with the inputs, outputs and metadata of the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WINDOW = 560
"""Seven frames of 80 mel bands, as SenseVoice and Paraformer see them, one every 60 ms."""
FAINT, LOUD = 8.0, 14.0
"""Mean log energies of mel bands, samples in ±32768: uniform noise up to ±0.25 has 21, up to ±0.003 12, silence -16."""
COMMON = {
    "lfr_window_size": 7,
    "lfr_window_shift": 6,
    "neg_mean": ",".join(["0"] * WINDOW),
    "inv_stddev": ",".join(["1"] * WINDOW),
}
SENSE_VOICE_TOKENS = (
    "<blank>", "<|zh|>", "<|nospeech|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>", "<|woitn|>", "響", "。",
)  # fmt: skip
PARAFORMER_TOKENS = ("<blank>", "</s>", "开", "su@@", "v", "了")


def make_sense_voice(folder: Path) -> None:
    """A model that says 響 where sound begins and a full stop where it ends, under ``<|nospeech|>`` if it is all faint.

    The full stop is only said if punctuation is asked for (``with_itn``), and nothing if the language is not zh.
    """
    size = len(SENSE_VOICE_TOKENS)
    one = np.eye(size, dtype=np.float32)
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["x"], ["energy"], axes=[2], keepdims=1),
        node("ReduceMax", ["energy"], ["most"], axes=[1], keepdims=1),
        node("Greater", ["energy", "faint"], ["is_sound"]),
        node("Greater", ["most", "loud"], ["any_loud"]),
        node("Equal", ["text_norm", "with_itn"], ["marks_wanted"]),
        node("Equal", ["language", "zh"], ["is_zh"]),
        node("Where", ["marks_wanted", "stop", "blank"], ["quiet"]),
        node("Where", ["is_zh", "sound", "blank"], ["said"]),
        node("Where", ["is_sound", "said", "quiet"], ["frames"]),
        node("Where", ["any_loud", "zh_tag", "nospeech_tag"], ["language_tag"]),
        node("Where", ["marks_wanted", "itn_tag", "woitn_tag"], ["norm_tag"]),
        node("Concat", ["language_tag", "emotion_tag", "event_tag", "norm_tag", "frames"], ["logits"], axis=1),
    ]  # fmt: skip
    constants = {
        "faint": np.array([[[FAINT]]], np.float32),
        "loud": np.array([[[LOUD]]], np.float32),
        "with_itn": np.array([14], np.int32),
        "zh": np.array([3], np.int32),
    }
    tags = ("blank", "zh_tag", "nospeech_tag", "emotion_tag", "event_tag", "itn_tag", "woitn_tag", "sound", "stop")
    constants |= {name: one[number].reshape(1, 1, size) for number, name in enumerate(tags)}
    languages = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
    about = COMMON | {
        "model_type": "sense_voice_ctc",
        "normalize_samples": 0,
        "with_itn": 14,
        "without_itn": 15,
        "vocab_size": size,
        "comment": "tiny",
        **{f"lang_{name}": number for name, number in languages.items()},
    }
    inputs = [_value("x", TensorProto.FLOAT, [1, "T", WINDOW])]
    inputs += [_value(name, TensorProto.INT32, [1]) for name in ("x_length", "language", "text_norm")]
    outputs = [_value("logits", TensorProto.FLOAT, [1, "T4", size])]
    _write(folder, nodes, inputs, outputs, constants, about, SENSE_VOICE_TOKENS)


def make_paraformer(folder: Path, *, with_times: bool) -> None:
    """A model that says 开, suv, 了 whatever it hears, at 0.2, 0.4, 0.5 and 0.8 s if it tells times."""
    said = np.array([2, 3, 4, 5, 1])
    logits = np.eye(len(PARAFORMER_TOKENS), dtype=np.float32)[said][None]
    peaks = np.zeros((1, 60), np.float32)
    peaks[0, [10, 20, 25, 40, 50]] = 1
    constants = {"fixed": logits, "count": np.array([4], np.int32)}
    names = {"logits": "fixed", "token_num": "count"}
    if with_times:
        constants["peaks"] = peaks
        names |= {"us_alphas": "peaks", "us_cif_peak": "peaks"}
    nodes = [helper.make_node("Identity", [source], [name]) for name, source in names.items()]
    inputs = [_value("speech", TensorProto.FLOAT, [1, "T", WINDOW]), _value("speech_lengths", TensorProto.INT32, [1])]
    outputs = [
        _value(name, TensorProto.INT32 if name == "token_num" else TensorProto.FLOAT, constants[source].shape)
        for name, source in names.items()
    ]
    about = COMMON | {"model_type": "paraformer", "vocab_size": len(PARAFORMER_TOKENS)}
    _write(folder, nodes, inputs, outputs, constants, about, PARAFORMER_TOKENS)


def say_no_kind(folder: Path) -> None:
    """Makes the model one as FunASR itself exports it, which says nothing about itself."""
    model = onnx.load(folder / "model.onnx")
    del model.metadata_props[:]
    onnx.save(model, folder / "model.onnx")


def say_other_kind(folder: Path, kind: str) -> None:
    """Makes the model claim to be of this kind."""
    model = onnx.load(folder / "model.onnx")
    helper.set_model_props(model, {"model_type": kind})
    onnx.save(model, folder / "model.onnx")


def _value(name: str, kind: int, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def _write(
    folder: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Mapping[str, np.ndarray],
    about: Mapping[str, object],
    tokens: Sequence[str],
) -> None:
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {key: str(value) for key, value in about.items()})
    onnx.checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    lines = (f"{token} {number}\n" for number, token in enumerate(tokens))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
