"""What to do about a mistake in a lexicon, in Chinese: the people who write lexicons are no programmers."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WIDE_MARKS: Final = regex.compile("[：“”‘’－]")
_BY_TYPE: Final = {
    "missing": "缺少 {field} 这个字段，请补上；每个字段怎么写见 lexicons/README.md。",
    "literal_error": "{field} 只能写：{expected}。",
    "enum": "{field} 只能写：{expected}。",
    "too_short": "{field} 太少，至少要 {min_length} 条。",
    "string_too_short": "{field} 里有一条是空的，请写上内容或删掉。",
    "string_too_long": "{field} 太长，最多 {max_length} 个字符。",
    "string_type": "{field} 应当是文字；是数字、true、yes 或带冒号的，请用英文单引号括起来。",
    "int_parsing": "{field} 应当是整数，不带单位。",
    "int_type": "{field} 应当是整数，不带单位。",
    "bool_parsing": "{field} 只能写 true 或 false。",
    "bool_type": "{field} 只能写 true 或 false。",
    "tuple_type": "{field} 应当是列表：每条另起一行，以“- ”开头。",
    "frozen_set_type": "{field} 应当是列表：每条另起一行，以“- ”开头，或写成 [甲, 乙]。",
    "model_type": "这里应当是一组“字段: 值”，请照 lexicons/README.md 里的例子写。",
    "string_pattern_mismatch": "{field} 只能用英文小写字母、数字和短横线，以字母开头，例如 free-wash-forever。",
    "greater_than_equal": "{field} 至少是 {ge}。",
}
_BY_WORDS: Final = (
    ("severity of", "每个类别的 severity 是固定的，照同一文件里别的规则写。"),
    ("speaker of", "每个类别的 speaker 是固定的：客户预警写 customer，其余写 agent。"),
    ("too short", "sounds_like 至少四个字：再短的话听什么都像。请写长一些或删掉这一条。"),
    ("needs 'say' or 'assent_to'", "至少写一条 say（句式）或 assent_to（客户的不当要求）。"),
    ("'before' belongs to 'say'", "客户的要求请写进 assent_to；before 要和 say 一起用。"),
    ("either first_seconds or last_seconds", "position 里写 first_seconds 或 last_seconds，只写一个。"),
    ("needs a window", "必说话术的类别要写 window，并放在自己的文件里；其他规则请换一个类别。"),
    ("turns is needed", "window 写 opening 或 closing 时要写 turns（几轮）；写 whole 时不写。"),
)
_BY_PATTERN: Final = (
    ("names the word group", "请改成已有的词组名，或先在 _words.yaml 里加上它。"),
    ("not in normalised text", "句式里不写标点和空格：匹配前它们会先去掉。请删掉，要隔几个字写 .{0,6}。"),
    ("matches the empty text", "这条句式什么都不写也算匹配。请至少留一个必须出现的字，不要整条都带 ? 或 *。"),
    ("outside all brackets", "@ 要写在括号外面，一条里只写一次；几种情况就写成几条。"),
    ("stands once in a pattern", "一条里只能写一个 @；有 | 时把 | 两边括起来，例如 (不能|不会)@，或写成几条。"),
    ("takes too long", "重复套着重复会卡住检查。请把 .*、+ 改成 .{0,6} 这样有限的写法，括号里外不要都重复。"),
    ("is not a pattern", "句式写法有误。多半是括号不成对，或者 ?、*、+ 前面没有字；请用英文半角括号，一开一合。"),
)
_BY_YAML: Final = (
    ("twice", "同一条规则里一个字段写了两次，请合并或删掉一个。"),
    ("quoted scalar", "引号没有成对。请看这一行和它前面，开头有英文单引号的，结尾也要有。"),
    ("flow sequence", "方括号没有成对，或者列表里漏了逗号。请用英文的 [ ] 和逗号。"),
    ("flow mapping", "花括号没有成对，或者里面漏了逗号。请用英文的 { } 和逗号。"),
    ("cannot start any token", "这一行有 YAML 的特殊符号。请把整条内容用英文单引号括起来。"),
    ("alias", "这一行有 YAML 的特殊符号 *。请把整条内容用英文单引号括起来。"),
    ("anchor", "这一行有 YAML 的特殊符号 &。请把整条内容用英文单引号括起来。"),
    ("block collection", "缩进不齐，或引号后面还有字。请和上下对齐，把整条内容用英文单引号括起来。"),
    ("block mapping", "缩进不齐，或引号后面还有字。请和上下对齐，把整条内容用英文单引号括起来。"),
)


def _first(cases: Iterable[tuple[str, str]], message: str) -> str:
    return next((advice for sign, advice in cases if sign in message), "")


def about_pattern(message: str) -> str:
    """The way out of a pattern that cannot be used, by what was said of it; empty where there is none to tell."""
    return _first(_BY_PATTERN, message)


def about_field(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """The way out of one mistake that pydantic found; ``known`` are the fields there are."""
    field = ".".join(str(part) for part in error["loc"]) or "这一条"
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"没有 {field} 这个字段{instead(field, known)}。字段名用英文小写，照 lexicons/README.md 写。"
    if kind in _BY_TYPE:
        return _BY_TYPE[kind].format_map({"field": field, **context})
    return _first(_BY_WORDS, str(error["msg"]))


def instead(word: str, known: Iterable[str]) -> str:
    """``，是不是想写 …？`` with what the word may be a slip of; empty where nothing is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"，是不是想写 {near[0]}" if near else ""


def about_yaml(message: str, line: str) -> str:
    """The way out of a file that is not YAML, by the parser's words and the line it stopped at."""
    if "\t" in line:
        return "这一行用了 Tab 键。缩进请用空格，和上下的字段对齐。"
    if _WIDE_MARKS.search(line) and ("could not find expected ':'" in message or "mapping" in message):
        return "这一行有全角标点。字段名后面的冒号、引号、开头的短横线都要用英文半角，冒号后面空一格。"
    return _first(_BY_YAML, message) or (
        "请看这一行和它前面一行：缩进用空格对齐，字段名后面是英文冒号加空格，句式用英文单引号括起来。"
    )
