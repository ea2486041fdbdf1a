"""An array of an own architecture on the page: its matrix equation with its numbers, and one number worked in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from derive.display.brackets import rebuilt
from derive.display.tree import Function, Line, Relation, Row, Slot, Sum, Tree
from derive.errors import UnsupportedError
from derive.formula.expression import Call, Const, Expression, Product, Ref, parts, references
from derive.given.program.model import Block as Array
from derive.network.graph import Quantity
from derive.telling.array_formulas import shown_formula
from derive.telling.array_parts import Shown
from derive.telling.array_products import matrix_form
from derive.telling.arrays import DOT, Arrays, Shape, parts_of
from derive.telling.given_numbers import BETWEEN
from derive.telling.matrices import DOTS_ACROSS, Grid
from derive.telling.model import Block, Formula, Paragraph, Step, Text
from derive.telling.program_pictures import pictures_of

#: Numbers of an array that stands beside others in a line of text.
_MOST_IN_LINE = 9
#: Maps, kernels or heads that are printed, and terms of one number's formula.
_MOST_PARTS, _MOST_TERMS = 4, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An array that is worked out in one line.

    Attributes
    ----------
    array : Array
        What it is, or what it is the derivative by.
    members : sequence of Quantity or None
        Its numbers, in the order of the array; None where there is nothing to work out, for a number is fixed.
    title : str
    why : Text
    number : int
        The round, from 0.
    forward : bool
        Whether its formula is the one that the array has in the file.
    example : bool
        Whether one of its numbers is worked in full.
    """

    array: Array
    members: Sequence[Quantity | None]
    title: str
    why: Text
    number: int
    forward: bool
    example: bool = True

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of its numbers; empty for a fixed one."""
        return tuple("" if quantity is None else quantity.id for quantity in self.members)

    @property
    def worked(self) -> tuple[Quantity, ...]:
        """Its numbers, without what is fixed."""
        return tuple(quantity for quantity in self.members if quantity is not None)

    @property
    def formulas(self) -> tuple[Expression, ...]:
        """Their formulas."""
        return tuple(quantity.expression for quantity in self.worked)


def is_matrix(array: Array, members: Sequence[Quantity | None], least: int = 2) -> bool:
    """Whether these are all the numbers of an array that a course writes as one: with indices, not unit by unit."""
    return len(array.shape) > 0 and len(members) == len(array.ids) >= least


def matrix_blocks(arrays: Arrays, told: Told) -> list[Block]:
    """The matrix equation, and one of its numbers in full."""
    if len(told.array.shape) < 3:
        found: list[Block] = [_line(arrays, told, told.ids, told.array.shape)]
    else:
        found = _maps(arrays, told)
    arrays.know(told.ids, told.array)
    if told.forward and not told.number:
        found += pictures_of(arrays, told.array, _example(told.worked))
    example = _example(told.worked) if told.example else None
    if example is not None:
        text: Text = ("One of them in full: ", arrays.pen.terms.inline(example.id))
        # What it is worked from stands above; it stands in its matrix itself.
        found.append(shortened_step(arrays.pen.step(example.id, title=text)))
    return found


def _line(arrays: Arrays, told: Told, ids: tuple[str, ...], shape: Shape) -> Step:
    place = step_id(arrays, told)
    shown = _formula(arrays, told, place)
    left = arrays.symbol(told.ids, told.array)
    return _step(arrays, told, place, left, arrays.grid(ids, shape), shown, (told.title + ": ", left), told.why)


def _formula(arrays: Arrays, told: Told, place: str, part: int | None = None) -> Shown | None:
    """The array's formula with matrices; None where it has none."""
    try:
        if told.forward:
            return shown_formula(arrays, told.array, told.number, place, part)
        if part is None and len(told.formulas) == len(told.ids):
            return matrix_form(arrays, told.formulas, told.array.shape, place)
    except UnsupportedError:
        pass
    return None


def _maps(arrays: Arrays, told: Told) -> list[Block]:
    """An array of three or four indices, one matrix after the other."""
    array = told.array
    found: list[Block] = []
    parts = list(parts_of(array, first=arrays.counts_first(array)))
    for number, (index, positions, shape) in enumerate(parts[:_MOST_PARTS]):
        place = f"{step_id(arrays, told)}-{number + 1}"
        left = arrays.symbol(told.ids, array, index)
        grid = arrays.grid([told.ids[k] for k in positions], shape)
        why = told.why if not number else ()
        if number == _MOST_PARTS - 1 and len(parts) > _MOST_PARTS:
            why = (*why, f" The other {len(parts) - _MOST_PARTS} are worked in the same way and left out.")
        found.append(_step(arrays, told, place, left, grid, _formula(arrays, told, place, number),
                           (told.title + ": ", left), why))  # fmt: skip
    return found


def _step(
    arrays: Arrays, told: Told, place: str, left: Tree, grid: Grid, shown: Shown | None, title: Text, why: Text
) -> Step:
    rows: list[Row] = []
    if shown is not None:
        rows.append(Row(relation="=", tree=shown.symbols))
        if (
            shown.numbers is not None
            and shown.numbers != shown.symbols
            and not all(isinstance(formula, Ref) for formula in told.formulas)
        ):
            rows.append(Row(relation="=", tree=shown.numbers))
    result = grid.tree(lambda name: Slot(quantity=name, place=place, role="result") if name else DOT)
    rows.append(Row(relation=Slot(quantity=place, place=place, role="relation"), tree=result))
    formulas = {quantity.id: quantity.expression for quantity in told.worked}
    entries = tuple((name, formulas[name]) for name in dict.fromkeys(grid.printed) if name)
    arrays.pen.standing.update(formulas)
    if len(formulas) < len(told.ids):
        why = (*why, f"{' ' if why else ''}A dot stands for a number that is fixed.")
    # Without numbers in the line there is nothing to recompute it from, and nothing to mark.
    bare = shown is None or shown.numbers is None
    uses = () if bare else tuple(dict.fromkeys(used for _, formula in entries for used in references(formula)))
    if not grid.whole:
        why = (*why, f"{' ' if why else ''}{grid.note}")
    return Step(
        id=place,
        quantity=None,
        rule="array",
        title=title,
        uses=uses,
        line=Line(left=left, rows=tuple(rows), mark=None if bare else Slot(quantity=place, place=place, role="mark")),
        explanation=why,
        entries=() if bare else entries,
    )


def value_lines(arrays: Arrays, several: Sequence[tuple[Array, tuple[str, ...]]], place: str) -> Formula:
    """Matrices that are worked like one above: their values alone."""
    lines: list[Line] = []
    for array, ids in several:
        parts = [("", tuple(range(len(ids))), array.shape)] if len(array.shape) < 3 else [
            *parts_of(array, first=arrays.counts_first(array))
        ][:_MOST_PARTS]  # fmt: skip
        for index, positions, shape in parts:
            own = [ids[k] for k in positions]
            where = f"{place}-{len(lines) + 1}"
            tree = arrays.grid(own, shape).tree(partial(_cell, arrays, where))
            given = set(filter(None, own)) <= set(arrays.derivation.givens)
            sign = "=" if given else Slot(quantity=where, place=arrays.pen.view + where, role="relation")
            lines.append(Line(left=arrays.symbol(ids, array, index), rows=(Row(relation=sign, tree=tree),)))
        arrays.know(ids, array)
    return Formula(lines=tuple(lines))


def values_in_line(arrays: Arrays, several: Sequence[tuple[Array, tuple[str, ...]]], place: str) -> list[Block]:
    """Values alone: small arrays one after the other in lines of text, large ones each on its own."""
    small = [each for each in several if len(each[1]) <= _MOST_IN_LINE and len(each[0].shape) < 3]
    text: list[str | Tree] = []
    for line in value_lines(arrays, small, place).lines:
        text += [BETWEEN] * bool(text) + [Relation(line.left, line.rows[0].relation, line.rows[0].tree)]
    large = [each for each in several if each not in small]
    found: list[Block] = [Paragraph(text=tuple(text))] if text else []
    return [*found, value_lines(arrays, large, f"{place}-large")] if large else found


def _cell(arrays: Arrays, place: str, name: str) -> Tree:
    return arrays.pen.figure(name, place) if name else DOT


def is_printed_whole(arrays: Arrays, array: Array) -> bool:
    """Whether no number of an array is left out of its matrices."""
    if len(array.shape) < 3:
        return arrays.grid(array.ids, array.shape).whole
    parts = list(parts_of(array, first=arrays.counts_first(array)))
    return len(parts) <= _MOST_PARTS and arrays.grid([array.ids[k] for k in parts[0][1]], parts[0][2]).whole


def step_id(arrays: Arrays, told: Told) -> str:
    """The id of an array's line: that of its numbers, without an index."""
    plain, mark, number = told.worked[0].id.partition("@")
    ends, places = arrays.pen.terms.ends, arrays.pen.terms.places
    if plain in ends and plain not in places:
        upper, lower = ends[plain]
        return f"matrix-d{upper}/d{replace(places[lower], index=())}{mark}{number}"
    return f"matrix-{replace(places[plain], index=())}{mark}{number}"


def _example(members: Sequence[Quantity]) -> Quantity | None:
    """The number that is worked in full: the first of those with the most in their formulas, but not too much."""
    if all(isinstance(quantity.expression, Ref | Const) for quantity in members) or all(
        isinstance(quantity.expression, Product)
        and len(quantity.expression.factors) == 2
        and all(isinstance(factor, Ref) for factor in quantity.expression.factors)
        for quantity in members
    ):
        return None  # it is plain to see
    sizes = [sum(1 for _ in references(quantity.expression)) for quantity in members]
    if any(isinstance(part, Call) and part.function in ("above", "at_least") for part in parts(members[0].expression)):
        return members[sizes.index(min(size for size in sizes if size))]  # comparisons are long
    return members[sizes.index(max(sizes))]


def shortened_step(step: Step) -> Step:
    """A step whose long sums and lists have their middle left out."""
    rows = tuple(replace(row, tree=_shortened(row.tree)) for row in step.line.rows)
    if rows == step.line.rows:
        return step
    note = " Its middle is left out."
    return replace(step, line=replace(step.line, rows=rows), explanation=(*step.explanation, note.lstrip()
                   if not step.explanation else note))  # fmt: skip


def _shortened(tree: Tree) -> Tree:
    tree = rebuilt(tree, _shortened)
    match tree:
        case Sum(parts) if len(parts) > _MOST_TERMS:
            return Sum((*parts[:3], DOTS_ACROSS, parts[-1]))
        case Function(name, parts, bare) if len(parts) > _MOST_TERMS:
            return Function(name, (*parts[:3], DOTS_ACROSS, parts[-1]), bare)
    return tree
