"""Chains of formulas from their text alone, in NumPy complex numbers, and derivatives by complex step.

Written apart from everything else: it reads the text as the author typed it, and shares no parser, no expression and
no derivative with the symbolic core. The text has passed the parser's limits before it comes here.
Squire, Trapp: Using complex variables to estimate derivatives of real functions (1998).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from derive.numeric.activations import log_one_plus

#: The imaginary step of a derivative.
STEP = 1e-100
#: A second step, so much smaller that what the first is off by shows in their difference.
_SMALLER = 1e-110
#: Beside the scale on which a function bends, a step may be so large: its square is below a float's last place.
_SMALL = 1e-9
#: Two values nearer than this many of their rounding errors are a tie.
_TIE = 64.0
#: What an operation may lose of a step below the smallest float (5e-324), in a bound whose 1e-14th counts.
FLOOR = 1e-309


class Traced(NamedTuple):
    """A complex number and bounds on what its two parts were added up from, which say how far rounding may reach."""

    value: np.complex128
    size: float
    slope: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A derivative by complex step, and the size of the terms it was added up from, some of which may cancel.

    ``bent`` is how far another step leads elsewhere: near 0 a root or a quotient bends within a step.
    """

    value: float
    size: float
    bent: float


class KinkError(Exception):
    """The step leaves a point where the function has no single slope."""


Values = Mapping[str, Traced]


def values(givens: Mapping[str, float], definitions: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Every defined name's value.

    Parameters
    ----------
    givens : mapping of str to float
    definitions : sequence of (str, str)
        Name and formula, in working order.
    """
    found = _forward(_start(givens), definitions)
    return {name: float(found[name].value.real) for name, _ in definitions}


def derivatives(
    givens: Mapping[str, float], definitions: Sequence[tuple[str, str]], objective: str, names: Sequence[str]
) -> dict[str, Slope | None]:
    """The derivative of the objective by each name, given or defined, along all paths; None at a kink."""
    base = _forward(_start(givens), definitions)
    place = {name: number for number, (name, _) in enumerate(definitions, start=1)}
    found: dict[str, Slope | None] = {}
    for name in names:
        # What stands above the name, and the name itself, is not worked out again.
        later = definitions[place.get(name, 0) :]
        found[name] = slope_of(partial(_ahead, base, name, later, objective))
    return found


def local_derivatives(
    givens: Mapping[str, float], definitions: Sequence[tuple[str, str]], edges: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Slope | None]:
    """For each edge (name, definition): the derivative of the definition, all other names held; None at a kink."""
    base, texts = _forward(_start(givens), definitions), dict(definitions)
    return {
        (name, consumer): slope_of(partial(_ahead, base, name, [(consumer, texts[consumer])], consumer))
        for name, consumer in edges
    }


def _ahead(base: Values, name: str, definitions: Sequence[tuple[str, str]], wanted: str, step: float = STEP) -> Traced:
    """What is wanted, worked out with a step at one name."""
    value, size = base[name].value, base[name].size
    moved = {**base, name: Traced(np.complex128(complex(value.real, step)), size, step)}
    return _forward(moved, definitions)[wanted]


def slope_of(stepped: Callable[..., Traced], *, once: bool = False) -> Slope | None:
    """A derivative from what a step gives; None at a kink. Of one step alone nobody knows whether it bends."""
    try:
        found = stepped()
        other = stepped(step=_SMALLER) if not once else None
    except KinkError:
        return None
    value = float(found.value.imag) / STEP
    bent = 0.0 if other is None else abs(value - float(other.value.imag) / _SMALLER)
    return Slope(value=value, size=float(found.slope) / STEP, bent=bent)


def _start(givens: Mapping[str, float]) -> dict[str, Traced]:
    return {name: Traced(np.complex128(value), abs(value)) for name, value in givens.items()}


def _forward(known: Values, definitions: Sequence[tuple[str, str]]) -> dict[str, Traced]:
    found = dict(known)
    for name, text in definitions:
        found[name] = _evaluated(text, found)
    return found


def _evaluated(text: str, known: Values) -> Traced:
    """One formula, by a stack machine over its syntax tree in postfix order: no recursion, no evaluation of text."""
    stack: list[Traced] = []
    with np.errstate(all="ignore"):
        for node in _postfix(text):
            match node:
                case ast.Name(id=name):
                    stack.append(known[name])
                case ast.Constant(value=value) if isinstance(value, int | float):
                    stack.append(Traced(np.complex128(value), abs(float(value))))
                case ast.UnaryOp(op=ast.USub()):
                    top = stack.pop()
                    stack.append(negative(top))
                case ast.BinOp(op=operator):
                    right, left = stack.pop(), stack.pop()
                    stack.append(combined(operator, left, right))
                case ast.Call(func=ast.Name(id=name), args=arguments):
                    several = stack[-len(arguments) :]
                    del stack[-len(arguments) :]
                    stack.append(called(name, several))
                case ast.UnaryOp(op=ast.UAdd()):
                    pass
                case _:
                    raise ValueError(f"no formula: {type(node).__name__}")
            if not stack[-1].slope and stack[-1].value.imag:  # of inf + 0i NumPy makes inf + nan i
                stack[-1] = stack[-1]._replace(value=np.complex128(stack[-1].value.real))
    return stack.pop()


@lru_cache(maxsize=1024)
def _postfix(text: str) -> tuple[ast.expr, ...]:
    """The nodes of a formula, each after its parts."""
    found: list[ast.expr] = []
    waiting: list[tuple[ast.expr, bool]] = [(ast.parse(text.strip(), mode="eval").body, False)]
    while waiting:
        node, done = waiting.pop()
        match node:
            case _ if done:
                found.append(node)
                continue
            case ast.BinOp(left=left, right=right):
                parts = [left, right]
            case ast.UnaryOp(operand=operand):
                parts = [operand]
            case ast.Call(args=arguments):
                parts = list(arguments)
            case _:
                parts = []
        waiting.append((node, True))
        waiting.extend((part, False) for part in reversed(parts))
    return tuple(found)


def added(left: Traced, right: Traced) -> Traced:
    """The sum of two numbers."""
    return Traced(left.value + right.value, left.size + right.size, left.slope + right.slope)


def multiplied(left: Traced, right: Traced) -> Traced:
    """The product of two numbers."""
    floor = FLOOR if left.slope or right.slope else 0.0
    slope = left.slope * right.size + right.slope * left.size
    return Traced(left.value * right.value, left.size * right.size, slope + floor)


def combined(operator: ast.operator, left: Traced, right: Traced) -> Traced:
    """Two numbers put together by an operator."""
    a, b = left.value, right.value
    floor = FLOOR if left.slope or right.slope else 0.0
    match operator:
        case ast.Add():
            return added(left, right)
        case ast.Sub():
            return added(left, negative(right))
        case ast.Mult():
            return multiplied(left, right)
        case ast.Div():
            quotient, below = a / b, abs(b.real) or math.inf
            size = abs(quotient.real) * max(right.size / below, 1.0) + left.size / below
            slope = (left.slope + abs(quotient.real) * right.slope) / below + floor
            return Traced(quotient, size, slope if right.slope <= _SMALL * below else math.inf)
        case ast.Pow():
            raised = np.sqrt if b.real == 0.5 else partial(_whole_power, exponent=int(b.real))
            power = raised(a)
            size = max(abs(power.real), left.size ** max(b.real, 0.0) if left.size < 1e4 else 0.0)
            return Traced(power, size, _steepened(left, raised, 1.0 if b.real >= 1.0 else abs(a.real)))
    raise ValueError(f"no operator of formulas: {type(operator).__name__}")


def _whole_power(base: np.complex128, exponent: int) -> np.complex128:
    """By squaring; NumPy's own takes logarithms for large exponents, and a step at 0 has none."""
    result, square, left = np.complex128(1), base, abs(exponent)
    while left:
        if left & 1:
            result = result * square
        square, left = square * square, left >> 1
    return result if exponent >= 0 else np.complex128(1) / result


def called(name: str, arguments: Sequence[Traced]) -> Traced:
    """A function of numbers."""
    if name in ("max", "min"):
        chosen = arguments[0]
        for other in arguments[1:]:
            chosen = _larger(chosen, other) if name == "max" else negative(_larger(negative(chosen), negative(other)))
        return chosen
    (only,) = arguments
    if name == "relu":
        return _larger(only, Traced(np.complex128(0), 0.0))
    if name == "abs":
        return _larger(only, negative(only))
    result = _FUNCTIONS[name](only.value)
    scale = abs(only.value.real) if name == "log" else 1.0
    return Traced(result, abs(result.real), _steepened(only, _FUNCTIONS[name], scale))


def _steepened(inner: Traced, function: Callable[[np.complex128], np.complex128], scale: float) -> float:
    """The bound on a step after a function of one number, which bends within the scale; 0 where no step was taken."""
    if not inner.slope:
        return 0.0
    if not inner.slope <= _SMALL * scale:
        return math.inf
    steep = abs(function(np.complex128(complex(inner.value.real, STEP))).imag) / STEP
    return float(inner.slope * steep + FLOOR)


def negative(traced: Traced) -> Traced:
    """Minus a number."""
    return Traced(-traced.value, traced.size, traced.slope)


def _larger(first: Traced, second: Traced) -> Traced:
    """The larger by its real part; a tie between different slopes is a kink."""
    apart = abs(first.value.real - second.value.real)
    near = apart <= _TIE * np.finfo(float).eps * max(first.size, second.size)
    if near and (first.slope or second.slope) and first.value.imag != second.value.imag:
        raise KinkError
    return first if first.value.real >= second.value.real else second


def _sigmoid(x: np.complex128) -> np.complex128:
    if x.real >= 0:
        return np.complex128(1 / (1 + np.exp(-x)))
    return np.complex128(np.exp(x) / (1 + np.exp(x)))


def _softplus(x: np.complex128) -> np.complex128:
    rest = log_one_plus(np.exp(-x if x.real > 0 else x))
    return np.complex128(x + rest if x.real > 0 else rest)


def _tanh(x: np.complex128) -> np.complex128:
    # NumPy's complex tanh drops a tiny imaginary part for large arguments.
    slope = 1 - np.tanh(x.real) ** 2 if abs(x.real) < 1 else 1 / np.cosh(abs(x.real)) ** 2
    return np.complex128(complex(np.tanh(x.real), slope * x.imag))


def _normal(x: np.complex128) -> np.complex128:
    # The error function of a complex number is none of NumPy's; the step is so small that its square is nothing.
    own = float(x.real)
    slope = math.exp(-own * own / 2.0) / math.sqrt(2.0 * math.pi)
    return np.complex128(complex(0.5 + math.erf(own / math.sqrt(2.0)) / 2.0, slope * x.imag))


_FUNCTIONS: Mapping[str, Callable[[np.complex128], np.complex128]] = {
    "normal": _normal,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": lambda x: np.sin(x) / np.cos(x),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "softsign": lambda x: np.complex128(x / (1 - x if x.real < 0 else 1 + x)),
}
