"""What the car is for, what it should have, and what worries the customer."""

from __future__ import annotations

import re

from qc.domain import Evidence
from qc.memo.talk import Clause, Hit, Line, Talk
from qc.rulebook.needs import Wish, WishIndex

_REFUSED_BEFORE = re.compile(r"(?:不要|不用|不需要|没必要|用不着|不想要|别要|不考虑|甭|不喜欢)(?:那个|什么|带)?$")
_REFUSED_AFTER = re.compile(r"^(?:的)?(?:我)?(?:就|也)?(?:不要|不用|就算了|算了|用不着|没必要|无所谓|不需要|有没有都)")
_CORRECTION = re.compile(r"算[了哒]|换成|改成|还是|不对|不不|那就")
_EDGES = "的了呢吧啊嘛呀哦，。 "


def find_wishes(talk: Talk, wishes: WishIndex, *, refusable: bool = False) -> dict[str, tuple[Evidence, ...]]:
    """Each need the customer's words show, with those words. ``refusable``: 用不着 and the like cancel it."""
    found: dict[str, tuple[Evidence, ...]] = {}
    corrected: set[str] = set()
    for wish, patterns in wishes.worth_a_try(talk.customer.text):
        last: tuple[str, Hit] | None = None
        for pattern in patterns:
            for hit in talk.customer.find(pattern):
                line = talk.lines[hit.line]
                if hit.end <= hit.start or _excused(talk, line, hit, wish, refusable=refusable):
                    continue
                start, end = _trimmed(line.text, hit.start, hit.end)
                if wish.fallback and _taken(found, hit.line, start, end):
                    continue
                name = wish.means.format(said=line.text[start:end], **_groups(hit))
                if last is not None and last[0] != name and _corrects(line, last[1], hit):
                    corrected.add(last[0])
                last = (name, hit)
                quote = talk.evidence(hit.line, start, end)
                if quote not in found.get(name, ()):
                    found[name] = (*found.get(name, ()), quote)
    return _least({name: quotes for name, quotes in found.items() if name not in corrected})


def _taken(found: dict[str, tuple[Evidence, ...]], line: int, start: int, end: int) -> bool:
    """Whether another need was already read from these words."""
    return any(
        quote.utterance == line and quote.start < end and start < quote.end
        for quotes in found.values()
        for quote in quotes
    )


def _corrects(line: Line, earlier: Hit, later: Hit) -> bool:
    """我要金的，算了，白的: the second takes the place of the first."""
    return earlier.line == later.line and _CORRECTION.search(line.text[earlier.end : later.start]) is not None


def _groups(hit: Hit) -> dict[str, str]:
    """The named groups that matched; ``gear2`` is another place for ``gear``."""
    groups: dict[str, str] = {}
    for name, value in hit.match.groupdict().items():
        plain = name.rstrip("0123456789")
        groups[plain] = groups.get(plain) or (value or "").removeprefix("我")
    return groups


def _excused(talk: Talk, line: Line, hit: Hit, wish: Wish, *, refusable: bool) -> bool:
    words = _sentence_part(line, hit)
    if any(pattern.search(words) for pattern in wish.unless):
        return True
    if wish.asked is not None:
        before = talk.before(line)
        if before is None or wish.asked.search(before.text) is None:
            return True
    if not refusable:
        return False
    clause = _first_clause(line, hit)
    return bool(
        _REFUSED_BEFORE.search(line.text[clause.start : hit.start])
        or _REFUSED_AFTER.match(line.text[hit.end : clause.end + 8])
    )


def _first_clause(line: Line, hit: Hit) -> Clause:
    return next(
        clause
        for clause in line.clauses
        if clause.start <= hit.start < max(clause.end, clause.start + 1) or clause.start >= hit.start
    )


def _sentence_part(line: Line, hit: Hit) -> str:
    """The clauses the match touches, with the mark after the last, so that 吗？ can excuse."""
    touched = [clause for clause in line.clauses if clause.start < hit.end and hit.start <= clause.end]
    if not touched:
        return line.text[hit.start : hit.end]
    return line.text[touched[0].start : touched[-1].end] + touched[-1].mark


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start + 1 and text[end - 1] in _EDGES:
        end -= 1
    return start, end


def _least(found: dict[str, tuple[Evidence, ...]]) -> dict[str, tuple[Evidence, ...]]:
    """Without a need that another says more fully, by its name or by its words: 四驱 beside 四驱豪华版."""
    return {
        name: quotes
        for name, quotes in found.items()
        if not any(name != other and (name in other or _within(quotes, theirs)) for other, theirs in found.items())
    }


def _within(quotes: tuple[Evidence, ...], others: tuple[Evidence, ...]) -> bool:
    """Whether all these words lie inside longer words of another need."""
    return all(
        any(
            other.utterance == quote.utterance
            and other.start <= quote.start
            and quote.end <= other.end
            and len(other.quote) > len(quote.quote)
            for other in others
        )
        for quote in quotes
    )
