from __future__ import annotations

import pytest
from lead_calls import a_lead_call, day

from qc.domain import Evidence, Tag
from qc.leads import LeadCall, LeadTag, merge_tags

KINDS = {"首购": "购车", "换购": "购车", "年轻": "年纪"}


def tagged(time: str, *tags: str) -> LeadCall:
    call = a_lead_call(time, "B")
    place = Evidence(utterance=1, start=0, end=1, quote="行")
    found = tuple(
        Tag(
            tag=tag,
            kind=KINDS.get(tag),
            together=("首购", "年轻") if tag == "年轻首购" else (),
            evidence=(place,),
        )
        for tag in tags
    )
    return call.model_copy(update={"inspection": call.inspection.model_copy(update={"tags": found})})


def names(tags: tuple[LeadTag, ...]) -> list[str]:
    return [tag.tag for tag in tags]


@pytest.mark.parametrize(
    ("calls", "tags"),
    [
        ((), []),
        ((("宝妈",), ("全款", "宝妈")), ["全款", "宝妈"]),
        ((("首购", "退休"), ("换购",)), ["换购", "退休"]),
        ((("首购", "年轻", "年轻首购"),), ["首购", "年轻", "年轻首购"]),
        ((("首购", "年轻", "年轻首购"), ("换购",)), ["换购", "年轻"]),
    ],
)
def test_tags_of_several_calls(calls: tuple[tuple[str, ...], ...], tags: list[str]) -> None:
    made = [tagged(day(10 + number), *named) for number, named in enumerate(calls)]
    assert names(merge_tags(made)) == tags
    assert names(merge_tags(reversed(made))) == tags


def test_a_tag_keeps_the_words_of_the_newest_call_that_shows_it() -> None:
    (tag,) = merge_tags([tagged(day(3), "宝妈"), tagged(day(9), "宝妈"), tagged(day(12))])
    assert tag.at.isoformat() == day(9)
    assert {place.recording_id for place in tag.evidence} == {tag.recording_id} == {f"rec_{day(9)}"}
