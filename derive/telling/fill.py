"""Fills a document with proved figures, each line in digits that let a reader recompute it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.arithmetic.code import evaluate
from derive.arithmetic.exact import BALLS, PRECISIONS, Cut, UndecidedError, exact, figure, precision
from derive.display.tree import Slot
from derive.errors import PrecisionError
from derive.formula.expression import Expression, Ref, references
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId
from derive.proof.checks import SMALLEST, Check
from derive.proof.values import Proved, givens_as_typed
from derive.telling.build import blocks_of, with_blocks
from derive.telling.document_slots import CHECK_PLACES, block_slots, leaves_the_middle_out, related
from derive.telling.filling import Filling
from derive.telling.formula_figures import graph_figures, picture_figures
from derive.telling.meaning import ASIDES, aside_of
from derive.telling.model import Block, Document, Step, Told

_MOST_GUARD_DIGITS = 3
_CHECK_CUT, _VALUE_CUT, _SIGN_CUT = Cut(digits=2), Cut(digits=6), Cut(digits=1)


def fill(
    document: Document,
    problem: AnyProblem,
    proved: Proved,
    checks: Sequence[Check],
    *,
    asides: Mapping[str, Proved] | None = None,
    errors: Sequence[float] = (),
    views: Mapping[str, Proved] | None = None,
) -> Filling:
    """A figure for every slot of a document, every digit proved.

    Parameters
    ----------
    document : Document
    problem : Problem or FormulaProblem
    proved : Proved
    checks : sequence of Check
    asides : mapping of str to Proved, optional
        Figures of the ids that begin with such a text, as `ASIDES` has them.
    errors : sequence of float
        For the error curve.
    views : mapping of str to Proved, optional
        Figures of the places that begin with such a text: those of a round that is told a second time.

    Raises
    ------
    PrecisionError
        If some digit cannot be proved.
    """
    typed = _as_typed(problem, proved)
    others = dict(views or {})

    def proved_for(place: str) -> Proved:
        return others.get(f"{place.partition(':')[0]}:", proved) if ":" in place else proved

    found: dict[Slot, Figure] = {}
    relations: dict[Slot, str] = {}
    marks: set[Slot] = set()
    extra: dict[str, int] = {}
    for block in blocks_of(document):
        if isinstance(block, Step) and block.worked:
            needed = guard_digits(block, proved_for(block.id), typed)
            extra[block.id] = min(needed, _MOST_GUARD_DIGITS) if needed <= _MOST_GUARD_DIGITS else 0
            if needed > _MOST_GUARD_DIGITS and block.line.mark is not None:
                marks.add(block.line.mark)
    checked = {(CHECK_PLACES[check.frozen], check.quantity): check for check in checks}
    wanted = {QuantityId.parse(slot.quantity) for block in blocks_of(document) for slot in block_slots(block)}
    for each in (proved, *others.values()):
        each.prepare(name.round for name in wanted if name is not None)
    for block in blocks_of(document):
        for slot in block_slots(block):
            if slot.place in CHECK_PLACES:
                found[slot] = _check_figure(slot, checked)
            elif slot.quantity.startswith(ASIDES):
                aside, name = aside_of(slot.quantity)
                found[slot] = (asides or {})[aside].figure(name)
            elif slot.role == "relation":
                relations[slot] = _relation(slot, block, proved_for(slot.place), typed)
            elif slot.quantity in typed:
                found[slot] = typed[slot.quantity]
            elif slot.role != "mark":
                guard = extra.get(slot.place, 0) if slot.role == "operand" else 0
                found[slot] = proved_for(slot.place).figure(slot.quantity, proved.cut.guarded(guard))
    if isinstance(problem, FormulaProblem) and problem.program is None:
        found |= graph_figures(problem.structure, proved, typed)
    found |= picture_figures(document, proved, typed)
    numbers = {quantity: proved.number(quantity) for quantity in _pictured(problem)}
    return Filling(
        problem=problem,
        figures=found,
        relations=relations,
        marks=frozenset(marks),
        numbers=numbers,
        errors=tuple(errors),
    )


def settled(document: Document, further: Proved | None) -> Document:
    """The document with the sentences that its figures prove.

    Parameters
    ----------
    document : Document
    further : Proved or None
        With the quantities of `consequences`; None where there are none.
    """

    def has_sign(quantity: str, sign: int) -> bool:
        assert further is not None
        try:
            return further.figure(aside_of(quantity)[1], _SIGN_CUT).value * sign > 0
        except PrecisionError:
            return False

    def told(block: Block) -> Block:
        if not isinstance(block, Told):
            return block
        held = (place for place, case in enumerate(block.cases) if all(has_sign(*each) for each in case.holds))
        return replace(block, chosen=next(held, None))

    return with_blocks(document, lambda block: (told(block),))


def guard_digits(step: Step, proved: Proved, typed: dict[str, Figure]) -> int:
    """How many more digits the figures of a line need so that it gives its own result; one too many if none do."""
    results = {quantity: proved.figure(quantity).value for quantity, _ in step.worked}
    used = tuple(dict.fromkeys(name for _, formula in step.worked for name in references(formula)))
    if leaves_the_middle_out(step):
        return _MOST_GUARD_DIGITS + 1
    for extra in range(_MOST_GUARD_DIGITS + 1):
        cut = proved.cut.guarded(extra)
        printed = {name: exact((typed[name] if name in typed else proved.figure(name, cut)).value) for name in used}
        if all(_recomputed(formula, printed, proved.cut) == results[quantity] for quantity, formula in step.worked):
            return extra
    return _MOST_GUARD_DIGITS + 1


def _recomputed(formula: Expression, printed: dict[str, Any], cut: Cut) -> Any:
    """What a reader gets who works a formula out from its printed figures; None where that is no number."""
    for bits in PRECISIONS[:3]:
        with precision(bits):
            try:
                return figure(evaluate(formula, printed, BALLS), cut).value
            except (UndecidedError, PrecisionError, ZeroDivisionError):
                continue
    return None


def _as_typed(problem: AnyProblem, proved: Proved) -> dict[str, Figure]:
    """Figures of the givens, and of what is just another name for one, digit for digit as typed."""
    typed = givens_as_typed(problem)
    for quantity in proved.rounds.derivation_of_turn(1).quantities:
        if isinstance(quantity.expression, Ref) and quantity.expression.id in typed:
            typed[quantity.id] = typed[quantity.expression.id]
    return typed


def _relation(slot: Slot, block: Block, proved: Proved, typed: Mapping[str, Figure]) -> str:
    """= where every figure on the right is the whole value."""
    return "=" if all(name in typed or _is_whole(name, proved) for name in related(slot, block)) else "≈"


def _is_whole(quantity: str, proved: Proved) -> bool:
    """Whether the printed digits are all there is; where rounded figures are carried, before the line was rounded."""
    shown = proved.figure(quantity)
    formula = proved.rounds.derivation_of_turn(1).by_id.get(quantity)
    if not proved.carries_rounded or formula is None:
        return shown.exact
    printed = {name: proved.value(name) for name in references(formula.expression)}
    return bool(evaluate(formula.expression, printed, BALLS) == exact(shown.value))


def _check_figure(slot: Slot, checks: Mapping[tuple[str, str], Check]) -> Figure:
    part, _, quantity = slot.quantity.partition(":")
    check = checks[slot.place, quantity]
    assert check.values[0] is not None
    value = {"value": check.values[0], "error": check.error, "tolerance": check.tolerance}[part]
    if part == "tolerance" and value <= SMALLEST:
        value = 0.0
    return figure(exact(Fraction(value)), _VALUE_CUT if part == "value" else _CHECK_CUT)


def _pictured(problem: AnyProblem) -> Iterator[str]:
    """Net inputs of the first sample, for the curves of the activation functions."""
    if isinstance(problem, FormulaProblem):
        return
    suffix = "[1]" if len(problem.samples) > 1 else ""
    for layer in problem.layers:
        for unit in layer.units:
            yield f"net_{unit}{suffix}"
