"""Through a derivation from the students' own figures: what each step comes to, and from which figures it does.

A figure that a student wrote is a variable of its own; one that he did not write is worked out from the nearest that
he did. A masked choice between the two lets students with different blanks share one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import evaluate
from derive.formula.expression import Call, Expression, parts, references
from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.engine.duals import DUALS, DUALS_OF_LOGARITHMS, ONE, Dual
from derive.judging.engine.sheet import Sheet
from derive.network.derivation import Derivation

_NO_SLOPE = 1e-280  # what a product with an exact zero leaves of a slope


@dataclass(slots=True, kw_only=True)
class Image:
    """What a formula comes to over the box of the figures it is worked out from.

    Attributes
    ----------
    dual : Dual
    uses : dict of str to mask
        The nearest written figures, and for which students each of them is one.
    """

    dual: Dual
    uses: dict[str, Mask]

    def take(self, rows: NDArray[np.intp]) -> Image:
        """That of some students."""
        return Image(dual=self.dual.take(rows), uses={name: mask[rows] for name, mask in self.uses.items()})


class Sweep:
    """One way of working a round, over some students' figures; everything is worked out when first asked for.

    Parameters
    ----------
    way : Derivation
    sheet : Sheet
    givens : mapping of str to balls
        For all students of the sheet, or one entry for all of them.
    rows : array of integers, or None
        Which students; None for all.
    """

    def __init__(
        self,
        way: Derivation,
        sheet: Sheet,
        givens: Mapping[str, BallArray],
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        self.way = way
        self.sheet = sheet
        self.givens = givens
        self.rows = rows
        self.count = sheet.count if rows is None else len(rows)
        self.known: dict[str, Image] = {}
        self.formulas: dict[str, Image] = {}

    def part(self, rows: NDArray[np.intp], names: Iterable[str]) -> Sweep:
        """The same way for some of the students, counted within these, with what is known of some quantities."""
        if len(rows) == self.count:
            return self
        found = Sweep(self.way, self.sheet, self.givens, rows if self.rows is None else self.rows[rows])
        found.known = {name: self.known[name].take(rows) for name in names}
        return found

    def image(self, quantity: str) -> Image:
        """What a quantity's formula comes to, before the student's own figure takes its place."""
        if quantity not in self.formulas:
            expression = self.way.by_id[quantity].expression
            used = uses_of(self.way, expression)
            self.prepare(used)
            self.formulas[quantity] = self._evaluated(expression, used)
        return self.formulas[quantity]

    def reach(self, dual: Dual, firm: bool = False) -> Floats:
        """How far the value may lie from the centre as the figures move within their half widths.

        With ``firm``, those of too few digits are taken as they stand: from 2 ± 0.5 nearly anything follows.
        """
        total = np.zeros(self.count)
        for name, slope in dual.slopes.items():
            column = self.sheet.columns[name]
            half = self._part(np.where(self.sheet.too_few(column), 0.0, column.half) if firm else column.half)
            total = total + (half if slope is ONE else slope.size() * half)
        return total * (1.0 + 2.0**-40)

    def tainted(self, image: Image) -> Mask:
        """Whether any of the nearest written figures is not right."""
        found = np.zeros(self.count, dtype=bool)
        for name, mask in image.uses.items():
            found |= mask & ~self._part(self.sheet.columns[name].right)
        return found

    def used(self, image: Image) -> Mask:
        """For whom an image is worked out from any written figure at all."""
        found: Mask = np.logical_or.reduce([np.zeros(self.count, dtype=bool), *image.uses.values()])
        return found

    def blame(
        self, image: Image, rows: NDArray[np.intp], firm: Mask
    ) -> Iterator[tuple[NDArray[np.intp], tuple[str, ...], bool]]:
        """The wrong figures that an image follows from, and whether it still depends on any of them.

        A product with a zero does not; a 0 that comes of a 0 shows nothing of the calculation, nor does a figure that
        follows only from all that a figure of too few digits may stand for.

        Parameters
        ----------
        image : Image
        rows : array of integers
        firm : mask
            Whose figures follow from figures of too few digits as they stand.

        Yields
        ------
        rows, names, depends
            Students, counted within the sweep's, who follow from the same figures.
        """
        places = places_of(self.way)
        names = sorted(image.uses, key=places.__getitem__)
        wrong = np.zeros((len(names), len(rows)), dtype=bool)
        live = np.zeros(len(rows), dtype=bool)
        nothing = self.full(np.asarray(image.dual.centre.size() < _NO_SLOPE))
        for number, name in enumerate(names):
            column, slope = self.sheet.columns[name], image.dual.slopes.get(name)
            wrong[number] = (image.uses[name] & ~self._part(column.right))[rows]
            if slope is not None:
                moves = True if slope is ONE else np.broadcast_to(slope.size(), self.count)[rows] > _NO_SLOPE
                live |= wrong[number] & moves & ((self._part(column.value) != 0.0) | ~nothing)[rows] & firm[rows]
        # By hand: `numpy.unique` along an axis takes longer than all else here.
        groups: dict[bytes, list[int]] = {}
        for place, code in enumerate(np.vstack([wrong, live]).T):
            groups.setdefault(code.tobytes(), []).append(place)
        for key in sorted(groups):
            *bits, depends = key
            chosen = tuple(name for name, bit in zip(names, bits, strict=True) if bit)
            yield rows[groups[key]], chosen, bool(depends)

    def full(self, mask: Mask) -> Mask:
        """A mask with one entry for each student."""
        return mask if len(mask) == self.count else np.broadcast_to(mask, self.count)

    def _part(self, column: Any) -> Any:
        return column if self.rows is None else column[self.rows]

    def written(self, name: str) -> Mask | None:
        """Who of the students wrote a quantity; None where nobody did."""
        column = self.sheet.columns.get(name)
        mask = None if column is None else self._part(column.written)
        return mask if mask is not None and mask.any() else None

    def prepare(self, names: Iterable[str]) -> None:
        """Work out what a formula refers to: what is not written by everyone comes from what stands before it."""
        stack = [name for name in names if name not in self.known]
        while stack:
            name = stack[-1]
            if name in self.known:
                stack.pop()
                continue
            mask = self.written(name)
            if mask is not None and mask.all():
                self.known[name] = self._written(name, mask)
                continue
            if name in self.way.by_id:
                expression = self.way.by_id[name].expression
                used = uses_of(self.way, expression)
                missing = [each for each in used if each not in self.known]
                if missing:
                    stack += missing
                    continue
                found = self._evaluated(expression, used)
                self.formulas.setdefault(name, found)
            else:
                given = self.givens[name] if self.rows is None else self.givens[name].take(self.rows)
                found = Image(dual=Dual(given, given), uses={})
            if mask is not None:
                found = _chosen(mask, self._written(name, mask), found)
            self.known[name] = found

    def _written(self, name: str, mask: Mask) -> Image:
        column = self.sheet.columns[name]
        figures = column.figures if self.rows is None else column.figures.take(self.rows)
        half = self._part(column.half)
        return Image(dual=Dual(figures, figures.widened(half), {name: ONE}), uses={name: mask})

    def _evaluated(self, expression: Expression, used: Iterable[str]) -> Image:
        images = {name: self.known[name] for name in used}
        uses: dict[str, Mask] = {}
        for image in images.values():
            for name, mask in image.uses.items():
                uses[name] = uses[name] | mask if name in uses else mask
        duals = {name: image.dual for name, image in images.items()}
        arithmetic = DUALS_OF_LOGARITHMS if has_logarithms(self.way, expression) else DUALS
        return Image(dual=evaluate(expression, duals, arithmetic), uses=uses)


def _chosen(mask: Mask, own: Image, computed: Image) -> Image:
    uses = {name: each & ~mask for name, each in computed.uses.items()}
    for name, each in own.uses.items():
        uses[name] = uses[name] | each if name in uses else each
    return Image(dual=own.dual.where(mask, computed.dual), uses=uses)


def uses_of(way: Derivation, expression: Expression) -> tuple[str, ...]:
    """What a formula refers to, each once."""
    key = ("uses", id(expression))
    found = way.code.get(key)
    if found is None:
        # The formula is kept with its names, so that no other can come to have its id.
        found = way.code[key] = (expression, tuple(dict.fromkeys(references(expression))))
    names: tuple[str, ...] = found[1]
    return names


def has_logarithms(way: Derivation, expression: Expression) -> bool:
    """Whether a formula takes a logarithm, which not every figure has."""
    key = ("logarithms", id(expression))
    if key not in way.code:
        way.code[key] = (
            expression,
            any(isinstance(part, Call) and part.function == "ln" for part in parts(expression)),
        )  # kept with the formula: see `uses_of`
    found: bool = way.code[key][1]
    return found


def between(sweep: Sweep, quantity: str, rows: NDArray[np.intp] | None = None) -> list[str]:
    """The quantities between a quantity and the figures that every one of the students wrote, in working order."""
    columns, by_id = sweep.sheet.columns, sweep.way.by_id
    stack, found = list(uses_of(sweep.way, by_id[quantity].expression)), set[str]()
    while stack:
        name = stack.pop()
        if name in found or name not in by_id:
            continue
        column = columns.get(name)
        if column is not None and (column.written if rows is None else column.written[rows]).all():
            continue
        found.add(name)
        stack += uses_of(sweep.way, by_id[name].expression)
    return sorted(found, key=places_of(sweep.way).__getitem__)


def places_of(way: Derivation) -> Mapping[str, int]:
    """Where each quantity stands in working order; givens first."""
    if "places" not in way.code:
        way.code["places"] = {name: place for place, name in enumerate((*way.givens, *way.by_id))}
    places: Mapping[str, int] = way.code["places"]
    return places
