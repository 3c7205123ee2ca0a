"""A conversation clause by clause, as the learned model of wishes reads it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qc.wish_model import MASK, Clauses

if TYPE_CHECKING:
    from qc.memo.talk import Clause, Line, Talk
    from qc.rulebook.needs import Needs

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLDED: Final = str.maketrans(f"0123456789幺〇{_UPPER}{MASK}\n", f"零一二三四五六七八九一零{_UPPER.lower()}  ")
_ASKS: Final = ("？", "?")


class Person(NamedTuple):
    """Someone named at this place of a line's text: kin, a friend, a superior."""

    start: int
    end: int
    name: str
    """As the memo names them."""


class Read(NamedTuple):
    """A conversation as clauses."""

    clauses: tuple[Clause, ...]
    said: Clauses
    of_line: dict[int, range]
    """The numbers of each line's clauses."""
    people: list[list[Person]]
    """By line."""

    def touched(self, line: int, start: int, end: int) -> list[int]:
        """The numbers of the clauses that these words of a line stand in."""
        return [at for at in self.of_line[line] if self.clauses[at].start < end and start < self.clauses[at].end]


def fold(text: str) -> str:
    """The text in the form the model reads, character for character: spoken digits, lower case."""
    return text.translate(_FOLDED)


def read_clauses(talk: Talk, needs: Needs) -> Read:
    """The clauses of a conversation and how they stand to each other."""
    clauses: list[Clause] = []
    of_line: dict[int, range] = {}
    place: list[int] = []
    last: list[bool] = []
    answered: list[int] = []
    answered_place: list[int] = []
    firsts = [0, *accumulate(len(line.clauses) for line in talk.lines)]
    replied: list[int] = []
    replied_count: list[int] = []
    for line in talk.lines:
        before = talk.before(line)
        theirs = of_line[before.index] if before is not None else range(0)
        count = len(line.clauses)
        of_line[line.index] = range(len(clauses), len(clauses) + count)
        clauses += line.clauses
        place += range(count)
        last += [number == count - 1 for number in range(count)]
        answered += [theirs[-1] if theirs else -1] * count
        answered_place += [len(theirs) - 1] * count
        after = talk.after(line)
        replied += [firsts[after.index] if after is not None and after.clauses else -1] * count
        replied_count += [len(after.clauses) if after is not None else 0] * count
    people = [_people(line, needs) for line in talk.lines]
    folded = [fold(line.text) for line in talk.lines]
    said = Clauses(
        texts=[
            folded[clause.line][clause.start : clause.end] + ("?" if clause.mark in _ASKS else "") for clause in clauses
        ],
        masked={
            number: masked
            for line in talk.customer.lines
            if people[line.index]
            for number in of_line[line.index]
            if (masked := _masked(clauses[number], people[line.index])) is not None
        },
        place=np.array(place, dtype=np.int64),
        last=np.array(last, dtype=bool),
        opening=np.array([clause.line == 0 for clause in clauses], dtype=bool),
        answered=np.array(answered, dtype=np.int64),
        answered_place=np.array(answered_place, dtype=np.int64),
        replied=np.array(replied, dtype=np.int64),
        replied_count=np.array(replied_count, dtype=np.int64),
    )
    return Read(tuple(clauses), said, of_line, people)


def _people(line: Line, needs: Needs) -> list[Person]:
    named: list[Person] = []
    for number in needs.kin_words.candidates(line.text):
        kin = needs.kin[number]
        for match in kin.say.finditer(line.text):
            if all(match.end() <= other.start or other.end <= match.start() for other in named):
                named.append(Person(match.start(), match.end(), kin.means.format(said=match.group())))
    return sorted(named)


def _masked(clause: Clause, named: list[Person]) -> str | None:
    """The clause with the mask for each of these people, if it names any."""
    text = ""
    at = clause.start
    for person in named:
        if person.end <= clause.start or clause.end <= person.start:
            continue
        text += fold(clause.text[at - clause.start : max(person.start, at) - clause.start]) + MASK
        at = person.end
    return text + fold(clause.text[at - clause.start :]) if text else None
