"""Whether numbers tell misconceptions apart: no wrong rule may hide behind rounding or look like a slip.

For every figure asked, the value that each single misconception gives (from right figures) differs from the right
one by more than both half-widths and two units of the last digit, and is no power of ten of it nor the same digits
with two neighbours swapped. A misconception at a step that is not asked has to show in one of the figures that it
reaches. In floats, for many candidates at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, compile_quantities
from derive.formula.expression import references
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.problem import Structure
from derive.judging.downstream import Trail, trails_of
from derive.judging.routes import Routes

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_SAME = 1e-12
_GUARD = 1 + 1e-6  # a tie is decided alike whatever the last bit of a float
_NOTHING = 1e-14
_MOST_TENS = 6

#: A unit that relu holds back makes zeros, and one that it lets through has slope 1 and gives its net input on: where
#: that makes a wrong formula give exactly the right value, no sheet can show it, for half of all units must be so.
#: Misconceptions that are a factor of 100 at leaky relu's slope of 0.01, whatever the numbers: a power of ten.
_TENS_OF_LEAKY_RELU = frozenset({"missing-mask", "used-net", "no-activation"})
#: Misconceptions that give the right value where a target is 0 or 1, as the targets of a cross-entropy mostly are.
_HIDDEN_BY_LABELS = frozenset(
    {
        ("error", "one-term"),
        ("error", "wrong-target"),
        ("error-slope", "wrong-target"),
        ("total-error-slope", "wrong-target"),
        ("output-delta", "wrong-target"),
        ("output-delta", "one-path"),
        ("total", "one-term"),
        ("total", "difference"),
    }
)
#: Kinds of steps that a target of 0 multiplies by 0.
_HIDDEN_KINDS = frozenset({"softmax-slope", "total-error-slope"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leeway:
    """What no choice of numbers can help: a value that is exactly the right one, or a power of ten of it."""

    same: bool
    tens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """All mistakes at one step, compiled."""

    inputs: tuple[str, ...]
    work: Callable[[Sequence[Any]], tuple[Any, ...]]
    trails: tuple[tuple[Trail, _Leeway], ...]


def separated(routes: Routes, givens: Mapping[str, Floats], asked: Sequence[str], digits: int) -> Truths:
    """Which candidates tell every single misconception from the right rule.

    Parameters
    ----------
    routes : Routes
    givens : mapping of str to array of shape (candidates,)
    asked : sequence of str
        Canonical ids, of round 0, of the figures that will be written.
    digits : int
        Significant digits in which they will be written.

    Returns
    -------
    array of bool, shape (candidates,)
    """
    values = right_values(routes, givens)
    count = len(next(iter(values.values())))
    rows = np.arange(count)
    with np.errstate(all="ignore"):
        for probe in _probes(routes, tuple(asked)):
            if not len(rows):
                break
            part = values if len(rows) == count else None
            own = {name: values[name] if part is not None else values[name][rows] for name in probe.inputs}
            rows = rows[np.logical_and.reduce([*_shown(probe, own, digits, len(rows))])]
    passed = np.zeros(count, dtype=np.bool_)
    passed[rows] = True
    return passed


def unseen(routes: Routes, givens: Mapping[str, Floats], asked: Sequence[str], digits: int) -> NDArray[np.int64]:
    """How many misconceptions each candidate does not tell from the right rule; as `separated`, where that is none."""
    values = right_values(routes, givens)
    found = np.zeros(len(next(iter(values.values()))), dtype=np.int64)
    with np.errstate(all="ignore"):
        for probe in _probes(routes, tuple(asked)):
            for shown in _shown(probe, values, digits, len(found)):
                found += ~shown
    return found


def _shown(probe: _Probe, values: Mapping[str, Floats], digits: int, count: int) -> Iterator[Truths]:
    """Of each mistake at a step, which candidates show it."""
    found = iter(probe.work([values[name] for name in probe.inputs]))
    for trail, leeway in probe.trails:
        shown = np.zeros(count, dtype=np.bool_)
        same = np.ones(count, dtype=np.bool_)
        for name in trail.figures:
            right, wrong = values[name], np.broadcast_to(np.asarray(next(found), dtype=np.float64), (count,))
            shown |= apart(right, wrong, digits, tens=not leeway.tens)
            equal = np.abs(wrong - right) <= _SAME * np.abs(right) + _NOTHING
            # What is 0 stays 0 under every factor: the delta of a unit that relu has put out.
            same &= equal if leeway.same else equal & (np.abs(right) <= _NOTHING)
        yield shown | same


def apart(right: Floats, wrong: Floats, digits: int, *, tens: bool = True) -> Truths:
    """Where a wrong value, written to so many digits, is neither the right one nor a slip of it.

    Parameters
    ----------
    right, wrong : arrays of shape (candidates,)
    digits : int
    tens : bool
        Whether a power of ten counts as a slip.

    Returns
    -------
    array of bool, shape (candidates,)
    """
    unit, other = _unit(right, digits), _unit(wrong, digits)
    difference = np.abs(wrong - right)
    found = (difference > (unit + other) / 2 * _GUARD) & (difference > 2 * unit * _GUARD)
    if tens:
        found &= ~_power_of_ten(right, wrong, unit, other)
    place = np.where(unit > 0, unit, 1.0)
    ours, theirs = np.rint(np.abs(right) / place), np.rint(np.abs(wrong) / place)
    near = np.flatnonzero(found & (right * wrong > 0) & (theirs < 10.0 ** (digits + 1)))
    if len(near):
        found[near] &= ~_swapped(ours[near], theirs[near], (other / place)[near], digits)
    return found | ~np.isfinite(wrong)  # who finds no figure writes none


def _power_of_ten(right: Floats, wrong: Floats, unit: Floats, other: Floats) -> Truths:
    """Whether a value, as written, may be another with its point moved."""
    ratio = wrong / np.where(right == 0, np.inf, right)
    tens = np.rint(np.log10(np.where((ratio > 0) & np.isfinite(ratio), ratio, 1.0)))
    scale = 10.0**tens
    near = np.abs(wrong - right * scale) <= (other + unit * scale) / 2 * _GUARD
    return np.asarray((tens != 0) & (np.abs(tens) <= _MOST_TENS) & near)


def _swapped(ours: Floats, theirs: Floats, coarse: Floats, digits: int) -> Truths:
    """Whether one count of units is, but for rounding to ``coarse``, another with two neighbours swapped."""
    found = np.zeros(len(ours), dtype=np.bool_)
    for place in range(digits):  # a leading 0 after the point may be swapped too
        low = np.floor(ours / 10.0**place) % 10
        high = np.floor(ours / 10.0 ** (place + 1)) % 10
        swapped = ours + (low - high) * 9 * 10.0**place
        found |= (low != high) & (np.abs(swapped - theirs) <= np.maximum((coarse + 1) / 2, 1) * _GUARD)
    return found


def _unit(values: Floats, digits: int) -> Floats:
    """One unit of the last digit; 0 for a value that is 0."""
    size = np.abs(values)
    return np.where(size > 0, 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - digits + 1), 0.0)


def right_values(routes: Routes, givens: Mapping[str, Floats]) -> dict[str, Floats]:
    """Every given and every right value, one array of shape (candidates,) for each."""
    way = routes.nearest
    outputs = [quantity.id for quantity in way.quantities]
    if "separation" not in way.code:
        way.code["separation"] = compile_quantities(
            way.quantities, inputs=way.givens, outputs=outputs, arithmetic=ARRAYS
        )
    given = {name: np.asarray(givens[name], dtype=np.float64) for name in way.givens}
    count = max(map(np.size, given.values()))
    with np.errstate(all="ignore"):
        found = way.code["separation"](list(given.values()))
    everything = given | dict(zip(outputs, found, strict=True))
    return {name: np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)) for name, value in everything.items()}


def _probes(routes: Routes, asked: tuple[str, ...]) -> tuple[_Probe, ...]:
    """One for each step that has mistakes, the last steps first: they fail most, and what failed is tested no more."""
    kept = routes.nearest.code
    key = ("separation", asked)
    if key not in kept:
        groups: dict[str, list[Trail]] = {}
        for trail in trails_of(routes, asked):
            groups.setdefault(trail.mistake.at, []).append(trail)
        kept[key] = tuple(_probe(routes, trails) for trails in groups.values())[::-1]
    probes: tuple[_Probe, ...] = kept[key]
    return probes


def _probe(routes: Routes, trails: Sequence[Trail]) -> _Probe:
    quantities = [quantity for trail in trails for quantity in trail.quantities]
    wrong = {quantity.id for quantity in quantities}
    used = [name for quantity in quantities for name in references(quantity.expression) if name not in wrong]
    inputs = tuple(dict.fromkeys((*used, *(name for trail in trails for name in trail.figures))))
    outputs = [name for trail in trails for name in trail.figures.values()]
    work = compile_quantities(quantities, inputs=inputs, outputs=outputs, arithmetic=ARRAYS)
    return _Probe(inputs=inputs, work=work, trails=tuple((trail, _leeway(routes, trail)) for trail in trails))


def _leeway(routes: Routes, trail: Trail) -> _Leeway:
    structure = routes.structure
    if not isinstance(structure, Structure):
        return _Leeway(same=False, tens=False)
    activations = {layer.activation for layer in structure.layers}
    kind, name = trail.mistake.kind, trail.mistake.ids[0]
    last = structure.layers[-1]
    same = (
        any(FUNCTIONS[activation].kinked for activation in activations)
        or ("identity" in activations and name == "other-activation")  # relu passes on what is above 0
        or (LOSSES[structure.loss].square is None and ((kind, name) in _HIDDEN_BY_LABELS or kind in _HIDDEN_KINDS))
        # The deltas of softmax sum to 0: a bias that its units share is never moved.
        or (kind in ("step", "update") and last.activation == "softmax" and last.bias_kind == "shared")
    )
    return _Leeway(same=same, tens="leaky_relu" in activations and name in _TENS_OF_LEAKY_RELU)
