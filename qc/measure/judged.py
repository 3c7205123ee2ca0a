"""What the model of findings learns from: talk in which it is known what is a violation or an alert, and what only looks like one.

Every source is ours and lies in the project; none of it is among the files put aside (`HELD`).
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qc.domain import ALERTS, OMISSIONS, Category, Record, Speaker
from qc.errors import BadCall, NotFound
from qc.measure.annotated import TURNS_SUFFIX, AnnotatedCall, marked_calls, read_annotated_call
from qc.measure.role_calls import dialogues
from qc.subtitles import NAMES
from qc.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from qc.rulebook import Rulebook

HELD: Final = ("dc-*", "so-*", "*.held", "*.check")
"""Names of calls and files that measure and must never be learned from."""

JUDGED: Final = tuple(category for category in Category if category not in OMISSIONS)
"""The categories that words fall into; an omission has none."""


class Label(NamedTuple):
    """What one turn is, or is not, an instance of."""

    turn: int
    category: Category
    quote: str | None = None
    """The telling words, where they are marked."""
    true: bool = True


class JudgedTalk(NamedTuple):
    """A call or a line with what came before it."""

    source: str
    """Who wrote it, as far as known: what one writer says is alike."""
    name: str
    """What must not be on both sides of a split: a call, a line, the examples of a rule."""
    turns: tuple[Turn, ...]
    labels: tuple[Label, ...]
    whole: bool
    """Whether every turn is judged, or the last one alone."""
    annotated: bool = False
    """Whether it is one of the annotated calls that `qc evaluate` scores."""

    @property
    def judged(self) -> range:
        """The turns that are judged; what is not labelled there is none of the categories."""
        return range(0 if self.whole else len(self.turns) - 1, len(self.turns))


class JudgedLine(BaseModel):
    """A line of ``findings.*.jsonl``, of ``lexicons/utterances/<category>.jsonl`` or of exported verdicts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    category: str | None = None
    """The file's name where it is missing."""
    label: bool
    before: str | None = None
    text: Annotated[str, Field(min_length=1)]
    quote: str | None = None


class LabelledWords(Record):
    """A line of ``<talk>.findings.jsonl``: what is wrong in one turn of one call of the text beside it."""

    call: Annotated[int, Field(ge=0)]
    turn: Annotated[int, Field(ge=0)]
    category: Category
    quote: str


def read_judged(
    rulebook: Rulebook, lexicons: Path, evaluation: Path, tests: Path, lines: Iterable[Path]
) -> list[JudgedTalk]:
    """Everything to learn from: the rules' examples, labelled lines and talk, annotated calls and test exchanges.

    ``lines`` are more files in the form of `JudgedLine`, such as exported verdicts.

    Raises:
        BadCall: naming the file and line that does not fit.
        NotFound: if a named file does not exist.
    """
    talks = [*_examples(rulebook)]
    for path in sorted((evaluation / "bank").glob("findings.*.jsonl")):
        talks += () if is_held(path.stem) else _lines(path, f"bank/{path.stem}")
    for folder in (evaluation / "calls", evaluation / "practice"):
        talks += _annotated(folder)
    talks += (_labelled(call, f"calls/{source}") for source, call in marked_calls(lexicons / "calls"))
    for path in sorted((lexicons / "utterances").glob("*.jsonl")):
        talks += _lines(path, "utterances")
    for path in sorted((lexicons / "talk").glob("*.findings.jsonl")):
        talks += _talk(path)
    for path in sorted((tests / "violations").glob("*.txt")):
        talks += _exchanges(path, "violations", Category(path.stem))
    for path in sorted((tests / "clean_calls").glob("*.txt")):
        talks += _exchanges(path, "clean_calls", None)
    for path in lines:
        if not path.is_file():
            raise NotFound("no-lines", "there is no such file of labelled lines", where=str(path))
        talks += _lines(path, path.stem)
    return talks


def is_held(name: str) -> bool:
    """Whether a call or file of this name is put aside for measuring."""
    return any(fnmatchcase(name, pattern) for pattern in HELD)


def speaker_of(category: Category) -> Speaker:
    """Whose words can be of this category."""
    return Speaker.CUSTOMER if category in ALERTS else Speaker.AGENT


def _examples(rulebook: Rulebook) -> Iterator[JudgedTalk]:
    for rule in rulebook.phrases.rules:
        told = ((example, True) for example in (*rule.hits, *rule.known_gaps))
        for example, true in (*told, *((example, False) for example in rule.misses)):
            yield _line("rules", f"rule {rule.id}", rule.category, example.before, example.text, None, true=true)


def _line(
    source: str, name: str, category: Category, before: str | None, text: str, quote: str | None, *, true: bool
) -> JudgedTalk:
    speaker = speaker_of(category)
    other = Speaker.CUSTOMER if speaker is Speaker.AGENT else Speaker.AGENT
    turns = (*([Turn(speaker=other, text=before)] if before else ()), Turn(speaker=speaker, text=text))
    return JudgedTalk(source, name, turns, (Label(len(turns) - 1, category, quote, true),), whole=False)


def _lines(path: Path, source: str) -> Iterator[JudgedTalk]:
    for where, text in rows(path):
        line = fitted(JudgedLine, text, where)
        if line.category in _MUST_SAY:
            continue
        category = line.category or path.stem
        if category not in set(JUDGED):
            raise BadCall("bad-call", f"{category!r} is no category of words", where=where)
        yield _line(source, line.text, Category(category), line.before, line.text, line.quote, true=line.label)


_MUST_SAY: Final = frozenset(category.removeprefix("no-") for category in OMISSIONS)


def _annotated(folder: Path) -> Iterator[JudgedTalk]:
    for path in sorted(folder.glob("*.json")):
        if is_held(path.stem) or path.name.endswith(TURNS_SUFFIX):
            continue
        yield _labelled(read_annotated_call(path), path.stem.split("-")[0])._replace(annotated=True)


def _labelled(call: AnnotatedCall, source: str) -> JudgedTalk:
    labels = tuple(Label(finding.turn, finding.category, finding.quote) for finding in call.findings)
    return JudgedTalk(source, call.id, call.turns, labels, whole=True)


def _talk(path: Path) -> Iterator[JudgedTalk]:
    text = path.with_name(path.name.removesuffix(".findings.jsonl") + ".txt")
    calls = list(dialogues(text))
    labels: list[list[Label]] = [[] for _ in calls]
    for where, row in rows(path):
        words = fitted(LabelledWords, row, where)
        if words.call >= len(calls) or words.turn >= len(calls[words.call]):
            raise BadCall("bad-call", f"there is no turn {words.turn} of a call {words.call}", where=where)
        if words.quote not in calls[words.call][words.turn].text:
            raise BadCall("bad-call", f"{words.quote!r} is not in that turn", where=where)
        labels[words.call].append(Label(words.turn, words.category, words.quote))
    for number, (turns, marked) in enumerate(zip(calls, labels, strict=True)):
        yield JudgedTalk(f"talk/{text.stem}", f"{text.stem} {number}", turns, tuple(marked), whole=True)


def _exchanges(path: Path, source: str, category: Category | None) -> Iterator[JudgedTalk]:
    """Exchanges of 客服：… and 客户：…; the last line is of this category, or no line is of any."""
    speakers = {name: speaker for speaker, name in NAMES.items()}
    for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
        turns = []
        for line in block.removeprefix("漏：").splitlines():
            name, colon, said = line.partition("：")
            if name not in speakers or not colon:
                raise BadCall("bad-call", f"neither 客服：… nor 客户：…: {line[:20]!r}", where=str(path))
            turns.append(Turn(speaker=speakers[name], text=said))
        labels = (Label(len(turns) - 1, category),) if category else ()
        yield JudgedTalk(source, f"{source} {path.stem} {number}", tuple(turns), labels, whole=not category)


Form = TypeVar("Form", bound=BaseModel)


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of this file that are not empty, each after where it stands."""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.strip():
            yield f"{path.name}:{number}", text


def fitted(form: type[Form], text: str, where: str) -> Form:
    """The JSON in this form.

    Raises:
        BadCall: saying where and why it does not fit.
    """
    try:
        return form.model_validate(json.loads(text))
    except (json.JSONDecodeError, ValidationError) as error:
        raise BadCall("bad-call", f"not a labelled line: {error}", where=where) from error
