from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import make_paraformer, make_sense_voice, say_no_kind, say_other_kind

from qc.domain import Doubt
from qc.errors import BadSettings
from qc.speech.audio import RATE, Samples
from qc.speech.engines import load_recogniser
from qc.speech.invented import doubted
from qc.speech.recogniser import Recogniser
from qc.speech.sherpa import load_sherpa, words_of
from qc.speech.transcribe import transcribe_recording

FRAME_MS = 60


def noise(seconds: float, peak: float = 0.25) -> Samples:
    return np.random.default_rng(1).uniform(-peak, peak, round(seconds * RATE)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.fixture(scope="module")
def sense_voice(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    folder = tmp_path_factory.mktemp("models") / "tiny-sense-voice"
    make_sense_voice(folder)
    return load_recogniser(f"sherpa:{folder}", folder)


def test_sense_voice_hears_simplified_characters_with_times_and_marks(sense_voice: Recogniser) -> None:
    first = np.concatenate([silence(0.9), noise(0.3), silence(0.8), noise(0.6), silence(0.6)])
    one, two, three = sense_voice.hear([first, silence(1), np.concatenate([silence(0.5), noise(0.4)])])
    assert [word.text for word in one.words] == ["响。", "响。"]
    assert [word.text for word in three.words] == ["响"]
    assert not two.words
    starts_ms = [word.start_ms for word in (*one.words, *three.words)]
    assert starts_ms == pytest.approx([900, 2000, 500], abs=2 * FRAME_MS)
    assert [word.end_ms - word.start_ms for word in one.words] == pytest.approx([300, 400], abs=2 * FRAME_MS)
    assert all(not heard.no_speech and heard.repetition < 1 and not heard.again for heard in (one, three))


def test_a_loop_is_told_by_its_repetition(sense_voice: Recogniser) -> None:
    (heard,) = sense_voice.hear([np.concatenate([part for _ in range(20) for part in (noise(0.3), silence(0.3))])])
    assert len(heard.words) == 20
    assert heard.repetition > 2.4


def test_what_sense_voice_hears_where_nobody_speaks_is_quarantined(sense_voice: Recogniser) -> None:
    (heard,) = sense_voice.hear([np.concatenate([silence(0.5), noise(0.5, peak=0.003)])])
    assert heard.no_speech == 1
    assert [(word.text, word.doubt) for word in doubted(heard, 1)] == [("响", Doubt.NO_VOICE)]


@pytest.mark.parametrize(
    ("with_times", "starts_ms", "ends_ms"),
    [(True, [200, 400, 800], [400, 800, 1200]), (False, [0, 500, 1500], [400, 1400, 1900])],
    ids=["with-times", "spread-evenly"],
)
def test_paraformer_hears_characters_and_latin_words(
    tmp_path: Path, *, with_times: bool, starts_ms: list[int], ends_ms: list[int]
) -> None:
    make_paraformer(tmp_path, with_times=with_times)
    (heard,) = load_sherpa(tmp_path).hear([noise(2)])
    assert [word.text for word in heard.words] == ["开", "suv", "了"]
    assert [word.start_ms for word in heard.words] == starts_ms
    assert [word.end_ms for word in heard.words] == ends_ms


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["您", "好", "，", "▁b", "m", "w", "吗", "？"], ["您", "好，", "bmw", "吗？"]),
        (["▁model", "▁y", "2", "0", "万"], ["model", "y20", "万"]),
        (["x@@", "<unk>", "y", "车"], ["xy", "车"]),
        (["。", "▁", "好"], ["好"]),
        ([], []),
    ],
)
def test_tokens_become_words(tokens: list[str], words: list[str]) -> None:
    starts_s = [0.3 * number for number in range(len(tokens))]
    heard = words_of(tokens, starts_s, 300 * len(tokens))
    assert [word.text for word in heard] == words
    assert all(word.start_ms <= word.end_ms <= 300 * len(tokens) for word in heard)


def test_a_character_before_a_pause_does_not_last_through_it() -> None:
    words = words_of(["好", "的"], [0.1, 3.0], 3200)
    assert [(word.start_ms, word.end_ms) for word in words] == [(100, 500), (3000, 3200)]


def test_the_name_says_engine_model_and_compute_type(sense_voice: Recogniser, tmp_path: Path) -> None:
    assert sense_voice.name == "sherpa-onnx/tiny-sense-voice/float32"
    folder = tmp_path / "small"
    make_paraformer(folder, with_times=True)
    (folder / "model.onnx").rename(folder / "model.int8.onnx")
    assert load_sherpa(folder).name == "sherpa-onnx/small/int8"


def test_a_recording_is_heard_by_it(sense_voice: Recogniser, samples: Path) -> None:
    transcript = transcribe_recording(samples / "01-appointment-reminder.opus", sense_voice)
    assert transcript.recogniser == sense_voice.name
    assert {utterance.text.strip("响") for utterance in transcript.utterances} == {"。"}
    starts_ms = [utterance.start_ms for utterance in transcript.utterances]
    assert starts_ms == sorted(starts_ms)
    assert 0 < starts_ms[0] < starts_ms[-1] < transcript.duration_ms
    assert not transcript.listens


def test_without_the_prefix_it_is_whisper(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"holds no model\.bin"):
        load_recogniser(str(tmp_path), tmp_path)


def test_an_absent_folder_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"nowhere does not hold tokens\.txt and model") as caught:
        load_recogniser(f"sherpa:{tmp_path}/nowhere", tmp_path)
    assert caught.value.where == "QC_WHISPER_MODEL"
    assert "exported for sherpa-onnx" in caught.value.way_out


@pytest.mark.parametrize("missing", ["tokens.txt", "model.onnx"])
def test_a_folder_without_all_files_is_refused(tmp_path: Path, missing: str) -> None:
    make_paraformer(tmp_path, with_times=True)
    (tmp_path / missing).unlink()
    with pytest.raises(BadSettings, match="does not hold"):
        load_sherpa(tmp_path)


def test_a_model_that_says_nothing_about_itself_is_refused(tmp_path: Path) -> None:
    make_paraformer(tmp_path, with_times=True)
    say_no_kind(tmp_path)
    with pytest.raises(BadSettings, match="a model without a model_type"):
        load_sherpa(tmp_path)


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    make_paraformer(tmp_path, with_times=True)
    say_other_kind(tmp_path, "zipformer2_ctc")
    with pytest.raises(BadSettings, match="is zipformer2_ctc, not sense_voice_ctc or paraformer"):
        load_sherpa(tmp_path)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n"], ids=["empty", "pointer"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    make_paraformer(tmp_path, with_times=True)
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(BadSettings, match="no ONNX model"):
        load_sherpa(tmp_path)


def test_without_the_package_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_paraformer(tmp_path, with_times=True)
    monkeypatch.setattr("qc.speech.sherpa.find_spec", lambda _: None)
    with pytest.raises(BadSettings, match="not installed") as caught:
        load_sherpa(tmp_path)
    assert "pip install" in caught.value.way_out


def test_choosing_an_engine_loads_none() -> None:
    code = "import sys, qc.speech.engines; print(sorted({'faster_whisper', 'sherpa_onnx'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
