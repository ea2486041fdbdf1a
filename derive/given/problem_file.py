"""Writing problems: as a mapping with the keys of a problem file, and as the file itself, digits as they were typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from numbers import Integral
from typing import Any

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import given_ids
from derive.given.problem import Display, Layer, Number, Problem, Sample

#: Keys and tables whose texts are numbers.
_NUMBERS = frozenset({"learning_rate", "given", "inputs", "targets", "weights", "bias"})
#: What TOML takes for a number and gives back to the digit; all others stand in quotes. It has no integer −0.
_BARE = re.compile(r"(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]+)")
#: Digits from which a power of ten is shorter, and a file of numbers such as 1e-300 still within its limit.
_LONG = 24


def problem_mapping(problem: AnyProblem) -> dict[str, Any]:
    """A problem as `derive.load` reads it back, with every number as text; for JSON.

    Nothing is left out that has a default, so that a later default changes no old handout; but ``digits`` where
    ``decimals`` are given, since a problem file holds either.
    """
    if isinstance(problem, FormulaProblem) and problem.program is not None:
        return _program(problem)
    head: dict[str, Any] = {"title": problem.title}
    if problem.source:
        head["source"] = problem.source
    if isinstance(problem, FormulaProblem):
        rate = {} if problem.learning_rate is None else {"learning_rate": problem.learning_rate.text}
        return {
            **head,
            "objective": problem.objective,
            "wrt": list(problem.wrt),
            **rate,
            "given": {name: number.text for name, number in problem.givens},
            "define": {name: formula for name, formula, _ in problem.definitions},
            "display": _display(problem.display),  # it has no notation
        }
    samples = [_sample(sample, problem) for sample in problem.samples]
    pairs = samples[0] if len(samples) == 1 else {"samples": samples}
    names = problem.conventions.weight_names
    return {
        **head,
        "loss": problem.loss,
        "learning_rate": problem.learning_rate.text,
        **pairs,
        "layers": [_layer(layer) for layer in problem.layers],
        "conventions": {
            "weight_names": names if isinstance(names, str) else [[list(row) for row in table] for table in names],
            "train_biases": problem.conventions.train_biases,
            "bias_sign": problem.conventions.bias_sign,
            "update": problem.conventions.update,
            "batch": problem.conventions.batch,
        },
        "display": {"notation": problem.display.notation, **_display(problem.display)},
    }


def problem_text(problem: AnyProblem) -> str:
    """The problem file, as TOML: what `derive.load` makes an equal problem of, when it has the problem's name."""
    mapping = problem_mapping(problem)
    if isinstance(problem, FormulaProblem) and problem.program is not None:
        return _as_toml(mapping)
    lines = [_line(key, value) for key, value in mapping.items() if not _is_table(value)]
    for key, value in mapping.items():
        if key == "layers":
            for layer in value:
                lines += ["", "[[layers]]", *(_line(name, part) for name, part in layer.items())]
        elif key == "samples":
            # Dotted keys are the form with the fewest signs: a file has a limit on them.
            for sample in value:
                lines += ["", "[[samples]]"]
                lines += [
                    f"{part}.{_line(name, number, part)}" for part in sample for name, number in sample[part].items()
                ]
        elif _is_table(value):
            lines += ["", f"[{key}]", *(_line(name, part, key) for name, part in value.items())]
    return "\n".join(lines) + "\n"


class _Typed(str):
    """A number as somebody typed it."""

    __slots__ = ()


def _program(problem: FormulaProblem) -> dict[str, Any]:
    """The file that a program was read from, with the numbers that the problem has."""
    whole: dict[str, Any] = _copied(problem.origin)
    numbers = problem.numbers
    for name, path in problem.origins:
        inner: Any = whole
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = _Typed(numbers[name].text)
    if problem.learning_rate is not None:
        place = whole if "learning_rate" in whole else whole.get("update", whole)
        place["learning_rate"] = _Typed(problem.learning_rate.text)
    whole["title"] = problem.title
    if not problem.source:
        whole.pop("source", None)
    return whole


def _copied(value: Any) -> Any:
    """The same, of plain dictionaries and lists, with numbers as text."""
    match value:
        case Mapping():
            return {str(key): _copied(inner) for key, inner in value.items()}
        case str() | bool():
            return value
        case int():
            return value
        case Decimal() | float() | Fraction():
            return _Typed(Number.of(value).text)
        case _ if isinstance(value, Sequence):
            return [_copied(inner) for inner in value]
    return value


def _as_toml(mapping: Mapping[str, Any]) -> str:
    """A file of any keys: plain values first, then tables, then lists of tables."""
    lines = [f"{key} = {_toml(value)}" for key, value in mapping.items() if not _is_table(value)]
    for key, value in mapping.items():
        if isinstance(value, Mapping) and value:
            lines += ["", f"[{key}]", *(f"{_key(name)} = {_toml(part)}" for name, part in value.items())]
        elif _is_table(value):
            for entry in value:
                lines += ["", f"[[{key}]]", *(f"{_key(name)} = {_toml(part)}" for name, part in entry.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _string(name)


def marked_text(problem: AnyProblem) -> list[str]:
    """The problem file in pieces: every second one is the id of a given, where its number stands."""

    def mark(name: str) -> Number:
        return Number(text=f"\ue000{name}\ue001", value=Fraction(0))

    if isinstance(problem, FormulaProblem):
        rate = None if problem.learning_rate is None else mark("eta")
        marked: AnyProblem = replace(
            problem, givens=tuple((name, mark(name)) for name, _ in problem.givens), learning_rate=rate
        )
    else:
        marks = map(mark, given_ids(problem.structure))
        marked = replace(
            problem,
            samples=tuple(
                Sample(inputs=_first(marks, sample.inputs), targets=_first(marks, sample.targets))
                for sample in problem.samples
            ),
            layers=tuple(_marked_layer(layer, marks) for layer in problem.layers),
            learning_rate=next(marks),
        )
    return re.split('"\ue000([^\ue001]+)\ue001"', problem_text(marked))


def _first(marks: Iterator[Number], numbers: Sequence[Number]) -> tuple[Number, ...]:
    return tuple(islice(marks, len(numbers)))


def _marked_layer(layer: Layer, marks: Iterator[Number]) -> Layer:
    weights = tuple(_first(marks, row) for row in layer.weights)
    if layer.bias is None:
        return replace(layer, weights=weights)
    biases = tuple(islice(marks, len(layer.units)))
    return replace(layer, weights=weights, bias=biases[0] if isinstance(layer.bias, Number) else biases)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _line(key: str, value: object, within: str = "") -> str:
    """A key and its value; ``within`` is the table that it stands in."""
    return f"{key} = {_toml(value, _number if (within or key) in _NUMBERS else _string)}"


def _toml(value: object, text: Callable[[str], str] | None = None) -> str:
    """A value; lists of lists have a row on each line. ``text`` writes what is no number as typed."""
    match value:
        case bool():
            return "true" if value else "false"
        case Integral():
            return str(value)
        case _Typed():
            return _number(value)
        case str():
            return (text or _string)(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(name)} = {_toml(part, text)}" for name, part in value.items()) + " }"
        case [[*_], *_]:
            inner = ",\n".join(_toml(row, text) for row in value)
            return "[\n" + re.sub("^", "  ", inner, flags=re.MULTILINE) + "\n]"
        case list():
            return f"[{', '.join(_toml(part, text) for part in value)}]"
    raise TypeError(f"no value of a problem file: {value!r}")


def _number(text: str) -> str:
    if not _BARE.fullmatch(text):
        return _string(text)
    return str(Decimal(text)) if len(text) > _LONG else text


def _string(text: str) -> str:
    """A basic string: TOML's escapes are those of JSON, and for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _sample(sample: Sample, problem: Problem) -> dict[str, Any]:
    return {
        "inputs": dict(zip(problem.inputs, _texts(sample.inputs), strict=True)),
        "targets": dict(zip(problem.outputs, _texts(sample.targets), strict=True)),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    mapping: dict[str, Any] = {
        "units": list(layer.units),
        "activation": layer.activation,
        "weights": [_texts(row) for row in layer.weights],
    }
    if layer.bias is not None:
        mapping["bias"] = layer.bias.text if isinstance(layer.bias, Number) else _texts(layer.bias)
    return mapping


def _display(display: Display) -> dict[str, Any]:
    size = {"digits": display.digits} if display.decimals is None else {"decimals": display.decimals}
    mark = {} if display.decimal_mark == "point" else {"decimal_mark": display.decimal_mark}
    return {**size, "carry": display.carry, **mark, **({"bold_arrays": True} if display.bold_arrays else {})}


def _texts(numbers: Sequence[Number]) -> list[str]:
    return [number.text for number in numbers]
