"""Whether mistakes show in a key: their values outside the band of honest work, and each apart from the others.

`derive.judging.separation` sees to it that no mistake gives the right figure. On paper more is needed: a figure is
held against a band, and of two causes at one step a marker has to tell which. For many candidates at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from derive.formula.expression import Expression
from derive.handouts.sheets.honest import HonestWork, honest_work
from derive.handouts.sheets.key import likely_mistakes
from derive.judging.routes import Routes

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Equal for all numbers, or for these: no choice of others among them would part the two.
_SAME, _NOTHING = 1e-12, 1e-14
#: Of so many likeliest causes at a step each pair is told apart; a key names two of them.
_TOLD = 4
#: Entries of one array at a time.
_ENTRIES = 1 << 19


@dataclass(frozen=True, kw_only=True)
class _Probe:
    """All likely mistakes at the figures asked, compiled with honest work.

    Attributes
    ----------
    work : HonestWork
    steps : tuple of (str, tuple of str)
        Each figure asked, and the names of the results of its mistakes.
    pairs : tuple of (str, str)
        Results of different causes at one step.
    """

    work: HonestWork
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    pairs: tuple[tuple[str, str], ...]


def hidden_causes(routes: Routes, givens: Mapping[str, Floats], asked: Sequence[str], digits: int) -> Counts:
    """How many mistakes of each candidate a key could not show.

    Parameters
    ----------
    routes : Routes
    givens : mapping of str to array of shape (candidates,)
    asked : sequence of str
        Canonical ids, of round 0.
    digits : int

    Returns
    -------
    array of int, shape (candidates,)
    """
    probe = _probe(routes, tuple(asked))
    count = len(next(iter(givens.values())))
    at_once = max(1, _ENTRIES // (len(probe.work.sources) + 1))
    parts = [
        _hidden(probe, {name: values[start : start + at_once] for name, values in givens.items()}, digits)
        for start in range(0, count, at_once)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _hidden(probe: _Probe, givens: Mapping[str, Floats], digits: int) -> Counts:
    with np.errstate(all="ignore"):
        spreads = probe.work.spreads(givens, digits)
        found = np.zeros(len(next(iter(givens.values()))), dtype=np.int64)
        for name, results in probe.steps:
            right, before = spreads[name]
            for result in results:
                wrong, off = spreads[result]
                room = before + off + np.maximum(_unit(right, digits), _unit(wrong, digits))
                found += _near(right, wrong, room)
        for one, other in probe.pairs:
            (first, _), (second, _) = spreads[one], spreads[other]
            found += _near(first, second, 2 * np.maximum(_unit(first, digits), _unit(second, digits)))
    return found


def _near(one: Floats, other: Floats, room: Floats) -> NDArray[np.bool_]:
    """Where two figures are not the same and not further apart than this."""
    apart = np.abs(one - other)
    return np.asarray((apart <= room) & (apart > _SAME * np.abs(one) + _NOTHING))


def _unit(values: Floats, digits: int) -> Floats:
    size = np.abs(values)
    return np.where(size > 0, 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - digits + 1), 0.0)


def _probe(routes: Routes, asked: tuple[str, ...]) -> _Probe:
    kept = routes.nearest.code
    key = ("causes", asked)
    if key not in kept:
        wrong: dict[str, Expression] = {}
        steps: list[tuple[str, tuple[str, ...]]] = []
        pairs: list[tuple[str, str]] = []
        for name in asked:
            mistakes = [(f"!{place} {name}", mistake) for place, mistake in enumerate(likely_mistakes(routes, name))]
            wrong |= {result: mistake.expression for result, mistake in mistakes}
            steps.append((name, tuple(result for result, _ in mistakes)))
            pairs += [(one, other) for (one, a), (other, b) in combinations(mistakes[:_TOLD], 2) if a.ids != b.ids]
        work = honest_work(routes.nearest, asked, wrong)
        kept[key] = _Probe(work=work, steps=tuple(steps), pairs=tuple(pairs))
    found: _Probe = kept[key]
    return found
