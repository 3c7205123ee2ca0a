"""Spoken Chinese numerals as numbers."""

from __future__ import annotations

DIGITS = {
    "零": 0,
    "〇": 0,
    "幺": 1,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def number(text: str) -> float | None:
    """The value of a plain numeral (``十八``, ``两百五``, ``十七点八``, ``二零一二``, ``17.8``), or None.

    A digit after a unit counts the next lower unit, as people speak: 一百二 is 120, 三千八 is 3800.
    """
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        return float(text)
    whole, _, decimals = text.partition("点")
    if decimals:
        fraction = _positional(decimals)
        before = number(whole)
        return None if fraction is None or before is None else before + float(f"0.{fraction}")
    if len(text) > 1 and all(character in DIGITS for character in text):
        digits = _positional(text)
        return None if digits is None else float(digits)
    return _with_units(text)


def integer(text: str) -> int | None:
    """The value of a plain numeral that is a whole number, or None."""
    value = number(text)
    return int(value) if value is not None and value == int(value) else None


def _positional(text: str) -> str | None:
    if not text or any(character not in DIGITS for character in text):
        return None
    return "".join(str(DIGITS[character]) for character in text)


def _with_units(text: str) -> float | None:
    total, digit, unit, zero = 0, None, 1, False
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            total += (1 if digit is None else digit) * unit
            digit, zero = None, False
        elif character in DIGITS and digit in (None, 0):
            digit = DIGITS[character]
            zero = zero or digit == 0
        else:
            return None
    if digit:
        total += digit * (unit // 10 if unit > _UNITS["十"] and not zero else 1)
    return float(total)
