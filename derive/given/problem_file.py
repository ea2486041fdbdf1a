"""Writing problems: as a mapping with the keys of a problem file, and as the file itself, digits as they were typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from derive.given.formula_problem import AnyProblem, FormulaProblem
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


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))


def _line(key: str, value: object, within: str = "") -> str:
    """A key and its value; ``within`` is the table that it stands in."""
    return f"{key} = {_toml(value, _number if (within or key) in _NUMBERS else _string)}"


def _toml(value: object, text: Callable[[str], str]) -> str:
    """A value; lists of lists have a row on each line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return text(value)
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
    return {**size, "carry": display.carry, **mark}


def _texts(numbers: Sequence[Number]) -> list[str]:
    return [number.text for number in numbers]
