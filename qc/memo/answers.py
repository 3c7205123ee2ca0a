"""What an answer says of the question before it: yes in any of the ways Chinese says yes.

Beside the plain words (对, 行, 可以) an answer takes up the question's own verb: 您来吗 / 来; 合适不 / 合适; 没变吧 / 没变.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qc.memo.talk import Line

_A_NOT_A = re.compile(r"([来去能行要有是好可对成会在用想过])[不没]\1|(方便|合适|可以|同意|愿意)不\2|有没有")
_OPENING = re.compile(r"^(?:[嗯哦啊哎呃诶欸噢唔]+|那个|那|就|应该|肯定|当然|我)*[，、\s]*")
_PARTICLES = re.compile(r"[的呀啊吧嘛哦了呢哈啦噻咯喽嘞，。！\s]+$")
_SURELY = re.compile(r"^(?:必须的?|当然|肯定|那肯定|照旧|没变|不变|说好了|就这么定|没毛病|得嘞|没错|可不)")
_CHOICE = re.compile(r"还是|什么|啥|哪|几|多少|多久|怎么")
"""A question that is not answered by yes: its words in the answer choose, they do not agree."""
_LONGEST_ECHO = 4
_QUESTION_CLAUSES = 3


def put_plainly(text: str) -> str:
    """来不来 as 来, 有没有 as 有: what a question asks, without the denial that its form holds."""
    return _A_NOT_A.sub(lambda match: match.group(1) or match.group(2) or "有", text)


def says_yes(question: Line, answer: Line) -> bool:
    """Whether the answer agrees: in plain words, or with the question's own."""
    if answer.refuses:
        return False
    return answer.agrees or _SURELY.match(_OPENING.sub("", answer.text)) is not None or _echoes(question, answer)


def _echoes(question: Line, answer: Line) -> bool:
    """Whether the answer begins with words of the question, and with nothing else before its first mark."""
    asked = put_plainly("".join(clause.text for clause in question.clauses[-_QUESTION_CLAUSES:]))
    opening = _OPENING.match(answer.text)
    words = re.split(r"[，。！？,!?\s]", answer.text[opening.end() if opening else 0 :], maxsplit=1)[0]
    said = _PARTICLES.sub("", words)
    if _CHOICE.search(asked):
        return False
    return 0 < len(said) <= _LONGEST_ECHO and said in asked and said[0] not in "不没"
