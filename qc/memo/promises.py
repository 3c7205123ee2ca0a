"""What the agent undertook to do, how the customer wants to be reached, and what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from qc.domain import Appointment, Evidence
from qc.memo.talk import Clause, Line, Talk
from qc.memo.wishes import find_wishes
from qc.memo.wording import in_short
from qc.rulebook.needs import Needs, WishIndex

_TIME_ONLY = re.compile(r"^(?:那|我|就|，)*(?:[^，。]{0,4}(?:天|周|号|点|午|晚|礼拜[一二三四五六日天]|前|后|半))$")
_NOUN = re.compile(
    r"^[^我您你，。]{0,12}(?:单子?|表|图|收据|复印件|车架号|资料|方案|清单|资料|明细|报价|位置|定位|照片|视频|费用|补贴|合同|那[台辆]|车|保险|包)$"
)
_BARE_DO = re.compile(r"(?:发|留|登记|问|查|算|打印|写|列|递|拍|寄|补|准备|要|改|记|转)")
_TOO_FEW = 3
_SHORT = 5


def find_promises(talk: Talk, needs: Needs) -> dict[str, tuple[Evidence, ...]]:
    """Each thing the agent undertook, in a few words, with the words it was said in."""
    found: dict[str, tuple[Evidence, ...]] = {}
    # The opening says why this call is made (给您回个电话), not what will be done.
    for line in talk.agent.lines[1:] if len(talk.lines) > _TOO_FEW else talk.agent.lines:
        last = ""
        last_end = -1
        for clause in line.clauses:
            if not _promises(line, clause, needs):
                continue
            start = _start_of(line, clause)
            text = in_short(line.text[start : clause.end])
            if last and len(text) <= _SHORT and clause.start - last_end == 1 and line.text[last_end] == "，":
                # 申请两次保养，写进合同: the second says how the first is done.
                quotes = found.pop(last)
                last = last + text
                found[last] = (*quotes, talk.evidence(line.index, start, clause.end))
            elif len(text) > 2 and not any(text in other or other in text for other in found):  # noqa: PLR2004
                found[text] = (talk.evidence(line.index, start, clause.end),)
                last = text
            else:
                continue
            last_end = clause.end
    return found


def _promises(line: Line, clause: Clause, needs: Needs) -> bool:
    text = clause.text
    if not needs.promise_words.any_in(text):
        return False
    if needs.any_promise.search(text) is None or needs.any_hedge.search(text) is not None:
        return False
    if clause.mark in ("？", "?") and not re.search(r"(?:行吗|行不行|好不好|可以吗|行吧|好吧|您看行不)$", text):
        return False
    position = line.clauses.index(clause)
    if clause.mark == "，" and position + 1 < len(line.clauses):
        following = line.clauses[position + 1]
        if re.match(r"(?:您|你)?(?:看)?(?:行不行|可以吗|好不好|行吗|行吧)", following.text):
            return True
    return re.match(r"(?:您|你)(?!放心)", text) is None or re.search(r"我|给您|帮您", text) is not None


def _start_of(line: Line, clause: Clause) -> int:
    """Takes the time or the thing said just before with it: 明天下午，我给您回电话; 配置表，我发您."""
    position = line.clauses.index(clause)
    earlier = line.clauses[position - 1] if position else None
    if earlier is None or earlier.mark not in "，、":
        return clause.start
    names_what = _NOUN.match(earlier.text) is not None and _BARE_DO.search(clause.text) is not None
    return earlier.start if names_what or _TIME_ONLY.match(earlier.text) else clause.start


def find_contact_preference(talk: Talk, wishes: WishIndex) -> tuple[str, tuple[Evidence, ...]] | None:
    """How and when the customer wants to be reached, with the words."""
    found = find_wishes(talk, wishes)
    if not found:
        return None
    channels = [name for name in found if name in ("微信", "短信", "电话", "邮箱")]
    times = [name for name in found if name not in channels]
    value = "".join([*times[-1:], *channels[-1:]]) if times and channels[-1:] == ["电话"] else (channels or times)[-1]
    names = [name for name in found if name in value]
    return value, tuple(quote for name in names for quote in found[name][:1])


def next_step(
    appointment: tuple[Appointment, tuple[Evidence, ...]] | None, promises: dict[str, tuple[Evidence, ...]], today: date
) -> tuple[str, tuple[Evidence, ...]] | None:
    """What happens next, with its words: the appointment, else the agent's last promise."""
    if appointment is not None:
        agreed, evidence = appointment
        day = date.fromisoformat(agreed.at[:10])
        year = f"{day.year}年" if day.year != today.year else ""
        hour = agreed.at[11:16]
        return f"{year}{day.month}月{day.day}日{hour}{agreed.kind}", evidence
    if promises:
        text, evidence = list(promises.items())[-1]
        return text, evidence
    return None


def all_quotes(found: dict[str, tuple[Evidence, ...]]) -> Iterator[Evidence]:
    """The words of every value, each place once."""
    seen: set[tuple[int, int, int]] = set()
    for quotes in found.values():
        for quote in quotes:
            place = (quote.utterance, quote.start, quote.end)
            if place not in seen:
                seen.add(place)
                yield quote
