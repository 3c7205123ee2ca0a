from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from qc.leads.routing import Limits, Load, PastLead, Suggestion, suggest_consultants

LIMITS = Limits(open_leads=50, share=2)
TEAM = {"王磊": Load(10, 5), "李娜": Load(10, 5), "赵敏": Load(10, 5)}


def leads(consultant: str, won: int, lost: int, *tags: str) -> list[PastLead]:
    return [PastLead(consultant, frozenset(tags), number < won) for number in range(won + lost)]


def names(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [one.consultant for one in suggestions]


def suggested(past: list[PastLead], team: Mapping[str, Load] | None = None, *tags: str) -> tuple[Suggestion, ...]:
    return suggest_consultants(tags, past, team or TEAM, LIMITS)


def test_without_a_past_leads_go_round() -> None:
    team = {"王磊": Load(10, 5), "李娜": Load(10, 3), "赵敏": Load(8, 5)}
    found = suggested([], team, "换购")
    assert names(found) == ["李娜", "赵敏", "王磊"]
    assert all(one.available and one.rate == one.team_rate for one in found)
    assert found[0].reasons[0] == "换购 0 条成交 0 条（样本少），折算成交率 50%，全店同类 50%"
    assert "轮流" in found[0].reasons[1]


def test_a_few_lucky_leads_put_nobody_first() -> None:
    past = leads("王磊", 3, 0, "换购") + leads("李娜", 10, 40) + leads("赵敏", 10, 40)
    team = TEAM | {"李娜": Load(10, 4)}
    assert names(suggested(past, team, "换购"))[0] == "李娜"


def test_who_does_well_with_such_customers_comes_first_and_with_others_not() -> None:
    past = (
        leads("王磊", 45, 55, "换购")
        + leads("王磊", 15, 85, "首购")
        + leads("李娜", 15, 85, "换购")
        + leads("李娜", 22, 78, "首购")
        + leads("赵敏", 15, 85, "换购")
        + leads("赵敏", 22, 78, "首购")
    )
    team = TEAM | {"王磊": Load(12, 6)}
    swap = suggested(past, team, "换购")
    assert names(swap)[0] == "王磊"
    assert swap[0].rate > swap[0].team_rate
    assert "换购 100 条成交 45 条，折算成交率" in swap[0].reasons[0]
    assert "明显做得好" in swap[0].reasons[1]
    assert names(suggested(past, team, "首购"))[0] != "王磊"


def test_who_does_badly_with_many_comes_after_those_in_turn() -> None:
    past = leads("王磊", 2, 198) + leads("李娜", 40, 160) + leads("赵敏", 40, 160)
    found = suggested(past, TEAM | {"王磊": Load(0, 0)})
    assert names(found)[-1] == "王磊"
    assert "明显低于全店" in found[-1].reasons[1]
    assert found[-1].by_tag[0].tag == ""


def test_load_and_share_pass_over_even_the_best() -> None:
    past = leads("王磊", 90, 110) + leads("李娜", 20, 180) + leads("赵敏", 20, 180)
    assert names(suggested(past))[0] == "王磊"
    full = suggested(past, TEAM | {"王磊": Load(50, 5)})
    assert (names(full)[-1], full[-1].available) == ("王磊", False)
    assert full[-1].reasons[0] == "在跟 50 条，已到上限 50 条"
    many = suggested(past, {"王磊": Load(20, 18), "李娜": Load(10, 3), "赵敏": Load(10, 3)})
    assert (names(many)[-1], many[-1].available) == ("王磊", False)
    assert "达到人均 8.0 条的 2 倍" in many[-1].reasons[0]


def test_the_present_consultant_is_told() -> None:
    found = suggest_consultants((), [], TEAM, LIMITS, current="赵敏")
    assert [one.consultant for one in found if one.current] == ["赵敏"]
    assert suggest_consultants((), [], {}, LIMITS) == ()


@given(
    past=st.lists(
        st.builds(
            PastLead,
            st.sampled_from(["王磊", "李娜", "赵敏", "走了的"]),
            st.frozensets(st.sampled_from(["换购", "首购", "宝妈"])),
            st.booleans(),
        ),
        max_size=60,
    ),
    tags=st.lists(st.sampled_from(["换购", "首购", "没人有"]), max_size=3),
    loads=st.lists(st.builds(Load, st.integers(0, 60), st.integers(0, 40)), min_size=3, max_size=3),
)
def test_everybody_is_named_once_in_an_order_that_input_order_does_not_change(
    past: list[PastLead], tags: list[str], loads: list[Load]
) -> None:
    team = dict(zip(["王磊", "李娜", "赵敏"], loads, strict=True))
    found = suggest_consultants(tags, past, team, LIMITS)
    assert sorted(names(found)) == sorted(team)
    assert all(0 < one.rate < 1 and one.reasons for one in found)
    assert [one.available for one in found] == sorted((one.available for one in found), reverse=True)
    again = suggest_consultants(tags[::-1], past[::-1], dict(reversed(team.items())), LIMITS)
    assert again == found
