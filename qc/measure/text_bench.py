"""How fast a transcript is inspected, with the shipped rules and with thousands of phrases more, and beside others.

Everything runs on one core in one process, in turns, so that ratios hold even where the machine is busy.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from statistics import median, quantiles
from time import process_time
from typing import TYPE_CHECKING, Any, Final

import regex
from ahocorasick import Automaton

from qc.domain import Category, Record, Severity, Speaker
from qc.errors import NotFound
from qc.measure.annotated import annotated_calls
from qc.measure.memory import resident_mib
from qc.pipeline import inspect_call
from qc.rulebook.patterns import PatternIndex, alternatives, compiled, is_plain
from qc.rulebook.phrases import Example, PhraseRule
from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from qc.domain import Call, Transcript
    from qc.grade import Grader
    from qc.judgement import Model
    from qc.measure.show import Rows, Titled
    from qc.rulebook import Rulebook

TURNS: Final = 20
NOT_HELD_OUT: Final = "d[ab]-*"
"""The annotated calls that are timed."""
ADDED: Final = 20_000
PHRASES_A_RULE: Final = 50
ROUNDS: Final = 12
"""Each call is inspected so often; its fastest round counts, which leaves out what else the machine was doing."""
ROUNDS_BESIDE: Final = 3
"""The same of other ways of matching, some of which take a hundred times as long."""
CALLS_A_DAY: Final = 200
"""Of a dealer group, for the estimate of a year."""

_WHO: Final = (
    "我私下",
    "我这边",
    "我单独",
    "咱们店里",
    "财务那边",
    "我同事",
    "领导已经",
    "我们经理",
    "厂家直接",
    "隔壁店",
)
_DOES: Final = (
    "给您返", "帮您垫", "替您收", "先扣下", "另外加", "偷偷送", "直接划走", "悄悄改成", "照样报销", "多开一张", "全部退回", "当场兑现",
    "不入账", "私自代办", "绕开系统", "压着不报", "提前放出", "重新补签", "代您写好", "少算两笔",
)  # fmt: skip
_WHAT: Final = (
    "购置税差额", "金融手续费", "交强险保单", "商业险返点", "装潢基金", "保养工时", "延保合同", "置换补贴款", "上牌服务费", "出库管理费",
    "精品加装单", "贴膜套餐券", "试驾押金", "订车意向金", "按揭服务费", "二手车评估价", "事故维修单", "三包凭证", "合格证原件", "临时牌照费",
)  # fmt: skip
_HOW: Final = ("别声张", "写在白条上", "走个人账户", "月底以前", "不开发票")


class Speed(Record):
    """Milliseconds for one transcript: the median of the calls and the 95th percentile."""

    what: str
    median_ms: float
    p95_ms: float


class TextBenchReport(Record):
    """Times of inspections from text, on one core."""

    calls: int
    patterns: int
    """Of the shipped rules, ``|`` outside brackets counted apart."""
    added: int
    inspections: tuple[Speed, ...]
    loops: tuple[Speed, ...]
    """Only the finding of the rules' words in the same transcripts."""
    literals: tuple[Speed, ...]
    """Only the added phrases, letter for letter."""
    memory_mib: Mapping[str, float]

    def headline(self) -> str:
        """What was measured, and with what."""
        return f"{self.calls} calls cut to {TURNS} turns · {self.patterns} patterns · {self.added:,} phrases added · 1 core"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        heads = ("", "median (ms)", "95th percentile (ms)", "times the first")
        year = 365 * CALLS_A_DAY
        hours: Rows = [(one.what, f"{year * one.median_ms / 3.6e6:.2f}") for one in self.inspections]
        return [
            ("One inspection", heads, _rows(self.inspections)),
            ("Finding the rules' words only", heads, _rows(self.loops)),
            ("Finding the added phrases only", heads, _rows(self.literals)),
            ("Memory", ("", "MiB"), [(what, f"{mib:.0f}") for what, mib in self.memory_mib.items()]),
            (f"A year of {CALLS_A_DAY} calls a day inspected again", ("", "hours on one core"), hours),
        ]


def _rows(speeds: Sequence[Speed]) -> Rows:
    return [
        (one.what, f"{one.median_ms:.2f}", f"{one.p95_ms:.2f}", f"{one.median_ms / speeds[0].median_ms:.2f}")
        for one in speeds
    ]


def added_phrases(count: int = ADDED) -> list[str]:
    """So many different phrases in the manner of a lexicon: who, does what, to what, and how.

    Raises:
        ValueError: if there are not so many.
    """
    every = ["".join(words) for words in product(_WHO, _DOES, _WHAT, _HOW)]
    if count > len(every):
        raise ValueError(f"there are {len(every)} phrases, not {count}")
    return every[:: max(len(every) // count, 1)][:count]


def with_phrases(rulebook: Rulebook, phrases: Sequence[str], *, by_sound: bool = False) -> Rulebook:
    """The rulebook with these phrases in rules of their own, looked for ``by_sound`` too if asked."""
    rules = tuple(
        _rule(number, tuple(phrases[at : at + PHRASES_A_RULE]), by_sound=by_sound)
        for number, at in enumerate(range(0, len(phrases), PHRASES_A_RULE))
    )
    more = type(rulebook.phrases)(
        rules=(*rulebook.phrases.rules, *rules),
        must_say=rulebook.phrases.must_say,
        guards=rulebook.phrases.guards,
        words=rulebook.phrases.words,
        answers=rulebook.phrases.answers,
        calls=rulebook.phrases.calls,
    )
    return rulebook.model_copy(update={"phrases": more})


def _rule(number: int, phrases: tuple[str, ...], *, by_sound: bool) -> PhraseRule:
    examples = tuple(Example(text=phrase) for phrase in phrases[:3])
    return PhraseRule(
        id=f"added-{number}",
        category=Category.OVERPROMISE,
        title=f"加词{number}",
        why="计时用。",
        severity=Severity.MAJOR,
        status="stable",
        speaker=Speaker.AGENT,
        say=phrases,
        sounds_like=phrases if by_sound else (),
        hits=examples,
        misses=examples,
    )


def run_text_bench(
    folder: Path, *, rulebook: Rulebook, grader: Grader, model: Model | None, added: int = ADDED
) -> TextBenchReport:
    """Times of inspecting the annotated calls in this folder that are not held out, cut to `TURNS` turns.

    They are times of the processor, so that what else the machine does is not counted, though it slows caches down.

    Raises:
        NotFound: if no call is so long.
    """
    calls = [
        (call.call, call.transcript.model_copy(update={"utterances": call.transcript.utterances[:TURNS]}))
        for call in annotated_calls(folder, NOT_HELD_OUT)
        if len(call.turns) >= TURNS
    ]
    if not calls:
        raise NotFound("no-calls", f"no annotated call has {TURNS} turns", where=str(folder))
    phrases = added_phrases(added)
    memory: dict[str, float] = {}
    books = {"shipped rules": rulebook}
    _speeds({"": partial(_inspect, rulebook=rulebook, grader=grader, model=model)}, calls, rounds=1)
    for what, by_sound in ((f"{added:,} phrases added", False), (f"{added:,} added, by sound too", True)):
        gc.collect()
        before = resident_mib()
        books[what] = with_phrases(rulebook, phrases, by_sound=by_sound)
        _speeds({"": partial(_inspect, rulebook=books[what], grader=grader, model=model)}, calls, rounds=1)
        gc.collect()
        memory[f"{what}, rules and shipped ones indexed anew"] = resident_mib() - before
    inspect = {what: partial(_inspect, rulebook=book, grader=grader, model=model) for what, book in books.items()}
    if model is not None:
        inspect["shipped rules without the learned model"] = partial(
            _inspect, rulebook=rulebook, grader=grader, model=None
        )
    shipped = _patterns(rulebook)
    return TextBenchReport(
        calls=len(calls),
        patterns=len(shipped),
        added=len(phrases),
        inspections=_speeds(inspect, calls),
        loops=_speeds(_ways(shipped, phrases), calls, rounds=ROUNDS_BESIDE),
        literals=_speeds(dict(_literal_ways(phrases)), calls, rounds=ROUNDS_BESIDE),
        memory_mib=memory,
    )


def _inspect(call: Call, transcript: Transcript, *, rulebook: Rulebook, grader: Grader, model: Model | None) -> None:
    inspect_call(call, transcript, rulebook, grader, model)


def _patterns(rulebook: Rulebook) -> list[str]:
    rules = rulebook.phrases
    return [part for rule in rules.active for said in rule.say for part in alternatives(rules.expand(said))]


def _ways(shipped: Sequence[str], phrases: Sequence[str]) -> dict[str, Callable[[Call, Transcript], None]]:
    """Ways to find all matches of these patterns, with the phrases and without."""
    every = [*shipped, *phrases]
    return {
        "prefiltered, shipped": partial(_by_index, index=PatternIndex(shipped)),
        "prefiltered, with the added": partial(_by_index, index=PatternIndex(every)),
        "plain loop, shipped": partial(_by_loop, patterns=[compiled(pattern) for pattern in shipped]),
        "plain loop, with the added": partial(_by_loop, patterns=[_as_pattern(pattern) for pattern in every]),
    }


def _as_pattern(pattern: str) -> regex.Pattern[str]:
    return regex.compile(regex.escape(pattern)) if is_plain(pattern) else compiled(pattern)


def _texts(transcript: Transcript) -> list[str]:
    return [normalise(utterance.text).text for utterance in transcript.utterances]


def _by_index(_: Call, transcript: Transcript, *, index: PatternIndex) -> None:
    for text in _texts(transcript):
        for number in index.candidates(text):
            index.places(number, text)


def _by_loop(_: Call, transcript: Transcript, *, patterns: Sequence[regex.Pattern[str]]) -> None:
    for text in _texts(transcript):
        for pattern in patterns:
            list(pattern.finditer(text))


def _literal_ways(phrases: Sequence[str]) -> Iterator[tuple[str, Callable[[Call, Transcript], None]]]:
    automaton = Automaton()
    for number, phrase in enumerate(phrases):
        automaton.add_word(phrase, number)
    automaton.make_automaton()
    yield "ours", partial(_by_index, index=PatternIndex(phrases))
    yield "pyahocorasick alone", partial(_by_automaton, automaton=automaton)
    if find_spec("flashtext") is not None:  # a development dependency
        keywords = import_module("flashtext").KeywordProcessor()
        keywords.add_keywords_from_list(list(phrases))
        yield "flashtext", partial(_by_flashtext, keywords=keywords)
    yield "plain loop of `in`", partial(_by_in, phrases=phrases)


def _by_automaton(_: Call, transcript: Transcript, *, automaton: Automaton) -> None:
    for text in _texts(transcript):
        list(automaton.iter(text))


def _by_flashtext(_: Call, transcript: Transcript, *, keywords: Any) -> None:
    for text in _texts(transcript):
        keywords.extract_keywords(text)


def _by_in(_: Call, transcript: Transcript, *, phrases: Sequence[str]) -> None:
    for text in _texts(transcript):
        for phrase in phrases:
            phrase in text  # noqa: B015 - what is timed


def _speeds(
    ways: Mapping[str, Callable[[Call, Transcript], None]],
    calls: Sequence[tuple[Call, Transcript]],
    *,
    rounds: int = ROUNDS,
) -> tuple[Speed, ...]:
    """The time of each way for one call, the fastest of its rounds; the ways take turns after all calls.

    So no way finds what is remembered of the last few texts by the one before it.
    """
    best = {what: [float("inf")] * len(calls) for what in ways}
    for _ in range(rounds):
        for what, way in ways.items():
            for number, (call, transcript) in enumerate(calls):
                start = process_time()
                way(call, transcript)
                best[what][number] = min(best[what][number], 1000 * (process_time() - start))
    return tuple(
        Speed(what=what, median_ms=median(times), p95_ms=quantiles(times, n=20)[-1] if len(times) > 1 else times[0])
        for what, times in best.items()
    )
