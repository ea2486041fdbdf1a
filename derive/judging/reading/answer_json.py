"""Answers from JSON and from Python mappings; numbers keep the digits they were written with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real

from derive.given.fields import kind, shown
from derive.judging.model import Written
from derive.judging.reading.answer_table import MOST_ANSWERS, Collector, UnreadableFileError
from derive.judging.reading.cells import printable
from derive.judging.reading.written import OutsideLimitsError, exactly

_SHAPES = (
    'needed is {"net_H1": 0.3775, ...}, {"a student": {"net_H1": 0.3775, ...}, ...} '
    'or [{"quantity": "net_H1", "value": 0.3775}, ...]'
)


class _Pairs(list[tuple[str, object]]):
    """The entries of a JSON object, also those whose key stands there twice."""


def read_json(text: str, collector: Collector) -> None:
    """Take down the answers of a JSON file.

    Raises
    ------
    UnreadableFileError
        If it is no JSON, has another shape, or is too large.
    """
    if sum(map(text.count, ",[{")) > 5 * MOST_ANSWERS:
        raise UnreadableFileError(f"more than {MOST_ANSWERS:,} answers; split the file")
    try:
        found: object = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise UnreadableFileError(f"no valid JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise UnreadableFileError(f"lists or objects nested too deep; {_SHAPES}") from None
    if isinstance(found, _Pairs):
        _read_pairs(found, collector)
    elif isinstance(found, list):
        for row, entry in enumerate(found, start=1):
            _read_entry(entry, row, collector)
    else:
        raise UnreadableFileError(f"no object or list; {_SHAPES}")
    if not found or (isinstance(found, _Pairs) and all(isinstance(own, _Pairs) and not own for _, own in found)):
        raise UnreadableFileError(f"no answers in it; {_SHAPES}")


def read_mapping(mapping: Mapping[object, object], collector: Collector) -> None:
    """Take down the answers of a Python mapping, by quantity or by student and quantity.

    Values are text, int, float (its shortest text), Decimal (its digits) or Fraction (exact); None is a blank.
    """
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            for quantity, own in value.items():
                _read_pair(str(key), quantity, own, collector)
        else:
            _read_pair(None, key, value, collector)


def _read_pairs(pairs: _Pairs, collector: Collector) -> None:
    for key, value in pairs:
        if isinstance(value, _Pairs):
            for quantity, own in value:
                _read_pair(key, quantity, own, collector)
        else:
            _read_pair(None, key, value, collector)


def _read_pair(student: str | None, quantity: object, value: object, collector: Collector) -> None:
    if not isinstance(quantity, str):
        collector.refuse(None, f"a quantity is named by a text; here is {kind(quantity)}")
        return
    place = f"value of {shown(printable(quantity))}" + (f" by {shown(printable(student))}" if student else "")
    _add({"student": student or "", "quantity": quantity}, value, None, place, collector)


def _read_entry(entry: object, row: int, collector: Collector) -> None:
    if not isinstance(entry, _Pairs):
        collector.refuse(
            row, 'no object; an entry is {"quantity": "net_H1", "value": 0.3775}, with student and note if wanted'
        )
        return
    keys: dict[str, object] = {}
    for key, value in entry:
        name = key.strip().lower()
        if name in keys:
            collector.refuse(row, f"{shown(printable(key))} stands twice in one entry")
            return
        keys[name] = value
    texts: dict[str, str] = {}
    for name in ("quantity", "student", "note", "form"):
        value = keys.get(name)
        if not isinstance(value, str | None):
            collector.refuse(row, f"{name}: a text is needed; here is {_kind(value)}")
            return
        texts[name] = value or ""
    if "value" not in keys:
        collector.refuse(row, "value: missing; a blank answer is null")
        return
    _add(texts, keys["value"], row, "value", collector)


def _add(texts: Mapping[str, str], value: object, row: int | None, place: str, collector: Collector) -> None:
    try:
        written = _written(value)
    except OutsideLimitsError as error:
        collector.refuse(row, f"{place}: {error}")
        return
    if written is None:
        collector.refuse(row, f"{place}: a number or a text is needed; here is {_kind(value)}")
        return
    collector.add(
        texts["student"],
        texts["quantity"],
        written,
        note=texts.get("note", ""),
        form=texts.get("form", ""),
        row=row,
        place=place,
    )


def _written(value: object) -> str | Written | None:
    """The text of a value; None where it has none.

    Raises
    ------
    OutsideLimitsError
        If it is too long.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return None
        case Integral():
            whole = int(value)
            if whole.bit_length() > 1100:
                raise OutsideLimitsError("a whole number too large for a 64-bit float")
            return str(whole)
        case Fraction():
            return exactly(value)
        case Decimal():
            return str(value)
        case float():
            # A NumPy float is a float whose repr is no number.
            return repr(float(value))
        case Real():
            return str(value)  # NumPy's of 32 bits have a shortest text of their own
    return None


def _kind(value: object) -> str:
    return "an object" if isinstance(value, _Pairs) else kind(value)
