"""How far honest work may lead a figure: every figure on the way is rounded to the digits asked, or carried in full.

Each quantity is a source of error of its own. In one run over arrays every source is moved by half a unit of its last
digit, one entry of the arrays for each source; the moves that this makes of a figure, all added up, bound what
rounding on the way does to it, to first order (the worst case of the propagation of errors).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, compile_quantities, needed
from derive.formula.expression import Expression, Neg, Ref, Sum, references
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round, updated_id
from derive.judging.routes import Routes
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.proof.values import given_numbers

Floats = NDArray[np.float64]

#: Updates after which figures are not worked by hand any more.
MOST_UPDATES = 5
#: Less than this part of a unit is the rounding of floats, not of a hand.
_NOISE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure in floats, and how far it may be off before it is itself rounded."""

    value: float
    before: float


@dataclass(frozen=True, kw_only=True)
class HonestWork:
    """The formulas of one structure, plain and with a place where each figure can be moved, compiled.

    Attributes
    ----------
    givens : tuple of str
    started : tuple of str
        Ids that are printed as given.
    sources : tuple of str
        Ids of the figures that are rounded.
    direct : array of bool
        Which of them hang on nothing that is rounded.
    outputs : tuple of str
    plain, moved : callable
        From the givens; and from them, the figures printed as given, and a move for each source.
    """

    givens: tuple[str, ...]
    started: tuple[str, ...]
    sources: tuple[str, ...]
    direct: NDArray[np.bool_]
    outputs: tuple[str, ...]
    plain: Callable[[Sequence[Any]], tuple[Any, ...]]
    moved: Callable[[Sequence[Any]], tuple[Any, ...]]

    def spreads(self, givens: Mapping[str, Floats], digits: int) -> dict[str, tuple[Floats, Floats]]:
        """Every output of many problems, and how far it may be off before it is itself rounded.

        Parameters
        ----------
        givens : mapping of str to array of shape (problems,)
        digits : int

        Returns
        -------
        dict of str to (array of shape (problems,), array of shape (problems,))
        """
        inputs = [givens[name] for name in self.givens]
        problems, count = len(inputs[0]), len(self.sources)
        base = dict(zip(self.outputs, self.plain(inputs), strict=False))
        moves: list[Floats] = []
        for place, (name, direct) in enumerate(zip(self.sources, self.direct.tolist(), strict=True)):
            move = np.zeros((count + 1, problems))
            move[place + 1] = rounding_step(np.broadcast_to(base[name], (problems,)), digits, direct)
            moves.append(move)
        own = {name: place for place, name in enumerate(self.sources)}
        found: dict[str, tuple[Floats, Floats]] = {}
        for name, values in zip(
            self.outputs, self.moved([*(values[None, :] for values in inputs), *moves]), strict=True
        ):
            table = np.broadcast_to(np.asarray(values, dtype=np.float64), (count + 1, problems))
            sizes = np.abs(table[1:] - table[0])
            off = sizes.sum(axis=0) - (sizes[own[name]] if name in own else 0.0)
            found[name] = (table[0], np.maximum(off, 0.0))
        return found


def honest_spreads(
    problem: AnyProblem,
    routes: Routes,
    asked: Sequence[str],
    *,
    digits: int,
    started: Collection[str] = (),
    wrong: Mapping[str, Expression] | None = None,
) -> dict[str, Spread]:
    """How far the asked figures, and the results of wrong formulas, may be off in honest work.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    routes : Routes
        The formulas of the first way are worked.
    asked : sequence of str
        Canonical ids; those of later rounds are found for the first few updates.
    digits : int
        Significant digits to which every figure is rounded.
    started : collection of str
        Ids that are printed as given: they are off by their own rounding alone.
    wrong : mapping of str to Expression, optional
        Names for results of formulas in terms of the way's ids.

    Returns
    -------
    dict of str to Spread
        Without what has no value in floats.
    """
    wrong, way = wrong or {}, routes.nearest
    reached = (at_round(name)[1] for name in asked)
    last = max((number for number in reached if number <= MOST_UPDATES), default=0)
    first = tuple(name for name in asked if "@" not in name)
    given = {name: float(number.value) for name, number in given_numbers(problem).items()}
    state = {name: np.array([given[name]]) for name in way.givens}
    found: dict[str, Spread] = {}
    with np.errstate(all="ignore"):
        work = _work(way, first, wrong, frozenset(started), last > 0)
        values = _moved(work, state, digits)
        found |= _spreads(work, values, (*first, *wrong))
        for number in range(1, last + 1):
            state = {name: values.get(updated_id(name), state[name]) for name in state}
            later = {base: name for name in asked for base, after in [at_round(name)] if after == number}
            work = _work(routes.of_round(number), tuple(later), {}, frozenset(), True)
            values = _moved(work, state, digits)
            # A parameter after so many updates is what the last update made of it.
            spreads = _spreads(work, state, [name for name in later if name in state]) | _spreads(work, values, later)
            found |= {later[name]: spread for name, spread in spreads.items()}
    return found


def honest_work(way: Derivation, asked: Sequence[str], wrong: Mapping[str, Expression]) -> HonestWork:
    """The formulas of figures of the first round, compiled for many problems at once.

    Parameters
    ----------
    way : Derivation
    asked : sequence of str
    wrong : mapping of str to Expression
        Names for results of wrong formulas.
    """
    return _compiled(way, (*asked, *wrong), wrong, frozenset(), False)


def _work(
    way: Derivation, wanted: tuple[str, ...], wrong: Mapping[str, Expression], started: frozenset[str], trained: bool
) -> HonestWork:
    key = ("honest", wanted, started, trained)
    if key not in way.code:  # kept with the derivation, as all that is compiled
        way.code[key] = _compiled(way, wanted, wrong, started, trained)
    found: HonestWork = way.code[key]
    return found


def _compiled(
    way: Derivation, wanted: Iterable[str], wrong: Mapping[str, Expression], started: frozenset[str], trained: bool
) -> HonestWork:
    names = [name for name in wanted if name in way.by_id]
    names += [name for formula in wrong.values() for name in references(formula) if name in way.by_id]
    if trained:
        names += [updated_id(name) for name in way.trained]
    chosen = needed(way.quantities, names)
    # What has another name only is not rounded again.
    sources = [quantity for quantity in chosen if not _is_name(quantity.expression)]
    held = tuple(quantity.id for quantity in sources if quantity.id in started)
    moved = [_with_a_move(quantity, held) if quantity in sources else quantity for quantity in chosen]
    moved += [Quantity(name, "mistake", formula) for name, formula in wrong.items()]
    plain = [quantity.id for quantity in chosen]
    outputs = (*plain, *wrong)
    inputs = (*way.givens, *(f"={name}" for name in held), *(f"#{quantity.id}" for quantity in sources))
    given = frozenset(way.givens)
    return HonestWork(
        givens=way.givens,
        started=held,
        sources=tuple(quantity.id for quantity in sources),
        direct=np.array(
            [quantity.id in held or given.issuperset(references(quantity.expression)) for quantity in sources]
        ),
        outputs=outputs,
        plain=compile_quantities(chosen, inputs=way.givens, outputs=plain, arithmetic=ARRAYS),
        moved=compile_quantities(moved, inputs=inputs, outputs=outputs, arithmetic=ARRAYS),
    )


def rounding_step(sizes: Floats, digits: int, direct: bool) -> Floats:
    """How far the rounding of figures may be off: half a unit, or where nothing was rounded before, what it takes away.

    A figure that hangs on givens alone is off by nothing where it has no more digits than are written.
    """
    known = np.where(np.isfinite(sizes) & (sizes != 0), np.abs(sizes), 1.0)
    unit = np.where(sizes != 0, 10.0 ** (np.floor(np.log10(known)) - digits + 1), 0.0)
    if not direct:
        return unit / 2
    off = np.abs(sizes - np.rint(sizes / np.where(unit > 0, unit, 1.0)) * unit)
    return np.where(off > _NOISE * unit, off, 0.0)


def _with_a_move(quantity: Quantity, held: Collection[str]) -> Quantity:
    formula = Ref(f"={quantity.id}") if quantity.id in held else quantity.expression
    return Quantity(quantity.id, quantity.rule, Sum((formula, Ref(f"#{quantity.id}"))))


def _is_name(formula: Expression) -> bool:
    return isinstance(formula.operand if isinstance(formula, Neg) else formula, Ref)


def _moved(work: HonestWork, state: Mapping[str, Floats], digits: int) -> dict[str, Floats]:
    """Every output: as it is, then with each move that the state carries, then with each source moved."""
    before = max((len(values) for values in state.values()), default=1)
    count = len(work.sources)
    first = work.plain([float(state[name][0]) for name in work.givens])
    base = dict(zip(work.outputs, map(float, first), strict=False))
    sizes = np.array([base[name] for name in work.sources])
    steps = np.where(
        work.direct & (before == 1), rounding_step(sizes, digits, True), rounding_step(sizes, digits, False)
    )
    moves = [np.concatenate([np.zeros(before), row]) for row in np.diag(steps)] if count else []
    givens = [
        np.concatenate([np.broadcast_to(state[name], (before,)), np.full(count, state[name][0])])
        for name in work.givens
    ]
    held = [np.full(before + count, base[name]) for name in work.started]
    results = work.moved([*givens, *held, *moves])
    return dict(zip(work.outputs, results, strict=True))


def _spreads(work: HonestWork, values: Mapping[str, Floats], names: Iterable[str]) -> dict[str, Spread]:
    """What the moves make of some figures, each without its own."""
    chosen = [name for name in names if name in values]
    if not chosen:
        return {}
    # A formula without anything that is rounded has one value, or none that changes.
    table = np.array(np.broadcast_arrays(*(values[name] for name in chosen)), dtype=np.float64)
    table = table.reshape(len(chosen), -1)
    centres, moves = table[:, 0], np.abs(table[:, 1:] - table[:, :1])
    places = {name: place - len(work.sources) for place, name in enumerate(work.sources)}
    own = [(row, places[name]) for row, name in enumerate(chosen) if name in places]
    if own and moves.shape[1] >= len(work.sources):
        rows, columns = zip(*own, strict=True)
        moves[list(rows), list(columns)] = 0.0
    sums = moves.sum(axis=1)
    known = np.isfinite(centres) & np.isfinite(sums)
    return {
        name: Spread(value=centre, before=before)
        for name, centre, before, fine in zip(chosen, centres.tolist(), sums.tolist(), known.tolist(), strict=True)
        if fine
    }
