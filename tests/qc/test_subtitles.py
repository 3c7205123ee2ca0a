from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Doubt, Speaker, Transcript, Utterance
from qc.subtitles import srt, txt, vtt


def said(*utterances: tuple[Speaker, int, int, str]) -> Transcript:
    return Transcript(
        utterances=tuple(
            Utterance(speaker=speaker, start_ms=start, end_ms=end, text=text)
            for speaker, start, end, text in utterances
        ),
        recogniser="test",
    )


CALL = said(
    (Speaker.AGENT, 0, 1500, "您好"),
    (Speaker.CUSTOMER, 1500, 1500, "嗯"),
    (Speaker.UNKNOWN, 3_723_004, 3_724_000, "喂<喂> & --> 再见"),
)


def test_srt() -> None:
    assert srt(CALL) == (
        "1\n00:00:00,000 --> 00:00:01,500\n客服：您好\n\n"
        "2\n00:00:01,500 --> 00:00:01,501\n客户：嗯\n\n"
        "3\n01:02:03,004 --> 01:02:04,000\n未知：喂<喂> & --> 再见\n"
    )


def test_vtt_escapes_what_would_be_markup() -> None:
    assert vtt(CALL) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\n<v 客服>您好</v>\n\n"
        "00:00:01.500 --> 00:00:01.501\n<v 客户>嗯</v>\n\n"
        "01:02:03.004 --> 01:02:04.000\n<v 未知>喂&lt;喂&gt; &amp; --&gt; 再见</v>\n"
    )


def test_txt() -> None:
    assert txt(CALL) == "[00:00] 客服：您好\n[00:01] 客户：嗯\n[62:03] 未知：喂<喂> & --> 再见\n"


def test_a_call_without_words_is_an_empty_file_of_its_kind() -> None:
    silence = said((Speaker.AGENT, 0, 100, " \n "))
    assert (srt(silence), vtt(silence), txt(silence)) == ("", "WEBVTT\n", "")


def test_doubted_words_have_no_cue_and_a_mark_in_plain_text() -> None:
    said = CALL.utterances[0]
    doubted = said.model_copy(update={"text": "请不吝点赞", "doubt": Doubt.PHANTOM, "start_ms": 200})
    call = CALL.model_copy(update={"utterances": (said, doubted, *CALL.utterances[1:])})
    assert srt(call) == srt(CALL)
    assert vtt(call) == vtt(CALL)
    assert txt(call).splitlines()[1] == "[00:00] 客服：请不吝点赞〔疑似识别幻听，不作依据〕"


texts = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\n\r\u2028<>&-")))


@given(st.lists(texts, max_size=6))
def test_any_words_make_one_cue_each(words: list[str]) -> None:
    call = said(*((Speaker.AGENT, at * 1000, at * 1000 + 900, text) for at, text in enumerate(words)))
    spoken = [text for text in words if text.strip()]
    head, *cues = vtt(call).removesuffix("\n").split("\n\n")
    assert head == "WEBVTT" or not spoken
    assert [len(cue.split("\n")) for cue in cues] == [2] * len(spoken)
    numbered = srt(call).removesuffix("\n").split("\n\n") if spoken else []
    assert [cue.split("\n")[0] for cue in numbered] == [str(number + 1) for number in range(len(spoken))]
    assert [len(cue.split("\n")) for cue in numbered] == [3] * len(spoken)
    assert len(txt(call).split("\n")) == len(spoken) + 1
