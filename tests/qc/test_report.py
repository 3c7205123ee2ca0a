from __future__ import annotations

import json

from builders import a_transcript
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import (
    Category,
    Conduct,
    Doubt,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Letter,
    MadeWith,
    Memo,
    PurchaseTime,
    Reason,
    Roles,
    RolesBy,
    Scorecard,
    Severity,
    Speaker,
    Transcript,
    Utterance,
)
from qc.report import InspectionDocument, TranscriptDocument, inspection_document

SAID = a_transcript("客服：您好", "客户：下周六过来")
WHEN = Evidence(utterance=1, start=0, end=3, quote="下周六")
INSPECTION = Inspection(
    findings=(),
    conduct=Conduct(),
    scorecard=Scorecard(card="default", points=None, max_points=100),
    memo=Memo(purchase_time=PurchaseTime(from_=None, to=None, said="下周六"), evidence={"purchase_time": (WHEN,)}),
    grade=Grade(letter=Letter.A, probability=0.7, reasons=(Reason(text="说了时间", evidence=(WHEN,)),)),
    made_with=MadeWith(rulebook="r", recogniser="text", grader="g"),
)


def test_the_contracts_keys_come_in_order_after_what_is_around() -> None:
    document = inspection_document(SAID, INSPECTION, source="call.json")
    assert list(document) == [
        "source", "transcript", "findings", "conduct", "scorecard", "memo", "grade", "made_with", "tags",
    ]  # fmt: skip
    assert list(document["transcript"]) == ["utterances", "duration_ms", "timing", "warnings", "roles"]
    assert document["memo"]["purchase_time"] == {"from": None, "to": None, "said": "下周六"}
    assert document["grade"]["reasons"][0]["evidence"] == [{"utterance": 1, "start": 0, "end": 3, "quote": "下周六"}]


def test_the_document_is_plain_json_and_reads_back_the_same() -> None:
    document = inspection_document(SAID, INSPECTION)
    read = InspectionDocument.model_validate_json(json.dumps(document))
    assert read.model_dump(mode="json") == document
    assert read.memo == INSPECTION.memo


def test_original_text_is_there_only_where_the_recogniser_said_otherwise() -> None:
    changed = Utterance(speaker=Speaker.AGENT, start_ms=0, end_ms=900, text="凯美瑞", original_text="开玫瑰")
    same = Utterance(speaker=Speaker.AGENT, start_ms=900, end_ms=1800, text="您好")
    written = TranscriptDocument.of(Transcript(utterances=(changed, same), recogniser="test")).model_dump(mode="json")
    assert written["utterances"][0]["original_text"] == "开玫瑰"
    assert "original_text" not in written["utterances"][1]


def test_doubt_and_roles_are_written_and_undoubted_words_carry_nothing() -> None:
    sure = Utterance(speaker=Speaker.AGENT, start_ms=0, end_ms=900, text="您好")
    doubted = Utterance(speaker=Speaker.AGENT, start_ms=900, end_ms=1800, text="请不吝点赞", doubt=Doubt.PHANTOM)
    roles = Roles(by=RolesBy.WORDS, probability=0.87)
    transcript = Transcript(utterances=(sure, doubted), recogniser="test", roles=roles)
    written = TranscriptDocument.of(transcript).model_dump(mode="json")
    assert "doubt" not in written["utterances"][0]
    assert written["utterances"][1]["doubt"] == "phantom"
    assert written["roles"] == {"by": "words", "probability": 0.87}
    assert TranscriptDocument.model_validate_json(json.dumps(written)).model_dump(mode="json") == written


def test_a_finding_by_its_sound_says_what_was_heard_and_matched_and_others_do_not() -> None:
    plain = Finding(
        rule_id="r",
        category=Category.ABUSE,
        severity=Severity.CRITICAL,
        probability=0.6,
        evidence=(WHEN,),
        reason="因为",
    )
    by_sound = plain.model_copy(update={"heard": "夏周六", "matched": "下周六", "listened": 0.9})
    inspection = INSPECTION.model_copy(update={"findings": (plain, by_sound)})
    first, second = inspection_document(SAID, inspection)["findings"]
    assert list(first) == ["rule_id", "category", "severity", "probability", "evidence", "reason"]
    assert (second["heard"], second["matched"], second["listened"]) == ("夏周六", "下周六", 0.9)
    assert Inspection.model_validate_json(inspection.model_dump_json()) == inspection


@given(st.lists(st.tuples(st.sampled_from(Speaker), st.text(max_size=30)), max_size=8))
def test_any_transcript_reads_back_with_the_same_words(turns: list[tuple[Speaker, str]]) -> None:
    transcript = Transcript(
        utterances=tuple(
            Utterance(speaker=speaker, start_ms=at, end_ms=at + 5, text=text)
            for at, (speaker, text) in enumerate(turns)
        ),
        recogniser="test",
    )
    content = inspection_document(transcript, INSPECTION)["transcript"]["utterances"]
    assert [(one["speaker"], one["text"]) for one in content] == turns
