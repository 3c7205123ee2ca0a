from __future__ import annotations

from stored import a_finding, an_inspection

from qc.changes import compare_inspections
from qc.domain import Evidence, Inspection, Letter, Memo, Severity, Tag


def test_the_same_inspection_by_other_rules_changes_nothing() -> None:
    old = an_inspection([a_finding("a")])
    new = an_inspection([a_finding("a", severity=Severity.MINOR)], rulebook="rules-2")
    assert not compare_inspections(old, new).any


def test_tells_new_and_gone_findings_with_their_words() -> None:
    changes = compare_inspections(
        an_inspection([a_finding("a"), a_finding("b")]), an_inspection([a_finding("b"), a_finding("b", utterance=3)])
    )
    assert [(f.rule_id, f.evidence[0].utterance) for f in changes.findings_new] == [("b", 3)]
    assert [(f.rule_id, f.evidence[0].quote) for f in changes.findings_gone] == [("a", "您")]


def test_tells_the_grade_before_and_after() -> None:
    changes = compare_inspections(an_inspection(letter=Letter.C), an_inspection(letter=Letter.A))
    assert (changes.grade_before, changes.grade_after, changes.any) == (Letter.C, Letter.A, True)


def test_tells_new_and_gone_tags() -> None:
    def tagged(*tags: str) -> Inspection:
        place = Evidence(utterance=0, start=0, end=1, quote="您")
        return an_inspection().model_copy(update={"tags": tuple(Tag(tag=tag, evidence=(place,)) for tag in tags)})

    changes = compare_inspections(tagged("首购", "宝妈"), tagged("宝妈", "换购"))
    assert (changes.tags_new, changes.tags_gone, changes.any) == (("换购",), ("首购",), True)
    assert not compare_inspections(tagged("宝妈"), tagged("宝妈")).any


def test_names_the_memo_fields_whose_value_changed() -> None:
    evidence = (Evidence(utterance=0, start=0, end=1, quote="您"),)
    old = Memo(customer_name="王先生", payment="全款", evidence={"customer_name": evidence, "payment": evidence})
    new = Memo(customer_name="王先生", payment="贷款", evidence={"customer_name": evidence, "payment": evidence})
    assert compare_inspections(an_inspection(memo=old), an_inspection(memo=new)).memo_fields == ("payment",)
