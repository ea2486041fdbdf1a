"""The lines of a sheet: what is printed of each figure asked, and what has to be given for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from derive.arithmetic.exact import Cut
from derive.display.layout import width
from derive.display.tree import Line, Relation, Row, Slot, Tree
from derive.formula.expression import Expression, Ref, references, renamed
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId
from derive.given.program.model import Block as Array
from derive.handouts.sheets.asking import in_words, sheet_routes
from derive.handouts.sheets.rules import same_values, sheet_formula
from derive.handouts.sheets.sheet_model import SHEET, Item, Level
from derive.judging.routes import Routes
from derive.telling.arrays import Arrays
from derive.telling.given_numbers import BETWEEN, equation_rows, numbers_table, parted_by_semicolons
from derive.telling.lines import Pen
from derive.telling.model import Table, Text
from derive.telling.problem_terms import problem_terms
from derive.telling.program_document import program_pen
from derive.telling.program_given import arrays_of, matrix_of, numbers_of_program
from derive.telling.program_matrices import is_printed_whole
from derive.telling.scope import Scope

#: Width of a column of a two-column page in em, and what a hand needs beside print.
_COLUMN, _HAND = 22.0, 1.3
_RESULT = 7.0
#: Figures in one row of the table of givens.
_ROW = 12


class SheetWriter:
    """Writes the lines of one structure.

    Attributes
    ----------
    needed : dict of str to None
        Ids that the lines written so far use, in the order in which they came.
    """

    def __init__(self, problem: AnyProblem, asked: tuple[str, ...], level: Level, digits: int) -> None:
        self.problem, self.asked, self.level = problem, asked, level
        self.routes: Routes = sheet_routes(problem)
        self.notation = problem.display.notation
        self.givens = frozenset(self.routes.nearest.givens)
        self.terms = problem_terms(problem, self.routes.nearest)
        self.cut = Cut(digits=digits)
        self.first = frozenset(name for name in asked if "@" not in name)
        root = same_values(self.routes)
        hidden = {root[name] for name in self.first}
        self.blanks = frozenset(name for name in root if root[name] in hidden and name not in self.givens)
        self.needed: dict[str, None] = {}

    def formula(self, quantity: str) -> Expression | None:
        """The formula a line is about; none for a figure of a later round."""
        return sheet_formula(self.routes, quantity, self.first) if quantity in self.first else None

    def item(self, number: int, quantity: str) -> Item:
        """One figure asked, with as much of its line as the level prints."""
        formula = self.formula(quantity)
        words = in_words(self.problem.structure, quantity)
        left = self.terms.name(quantity)
        if formula is None:
            # Only a rule would say which round it belongs to; the words do.
            return Item(number=number, quantity=quantity, words=words, line=Line(left=left, rows=()), ruled=0)
        self.needed |= dict.fromkeys(references(formula))
        rows: tuple[Tree, ...] = ()
        ruled = 0
        if self.level <= 2:
            rows = (self.terms.symbols(formula),)
            numbers = self.terms.numbers(formula, SHEET)
            if self.level == 1 and any(references(formula)):
                rows += (numbers,)
            if self.level == 2:
                ruled = 1 if _HAND * width(numbers, self.cut.digits + 2) + _RESULT <= _COLUMN else 2
        line = Line(left=left, rows=tuple(Row(relation="=", tree=row) for row in rows))
        widest = width(left) + max((width(row, 8) for row in rows), default=0.0)
        return Item(number=number, quantity=quantity, words=words, line=line, ruled=ruled, wide=widest > 1.9 * _COLUMN)

    def rule_line(self, quantity: str) -> Line:
        """A quantity and its rule in symbols."""
        formula = self.formula(quantity)
        assert formula is not None
        return Line(left=self.terms.name(quantity), rows=(Row(relation="=", tree=self.terms.symbols(formula)),))

    def kinds(self) -> tuple[str, ...]:
        """The first asked quantity of each kind of step."""
        found: dict[object, str] = {}
        for name in self.asked:
            formula = self.formula(name)
            if formula is not None:
                rule = self.routes.nearest.by_id[name].rule
                found.setdefault((rule, renamed(formula, lambda part: Ref(self._kind(part)))), name)
        return tuple(found.values())

    def before(self) -> tuple[str, ...]:
        """Ids that the figures asked are worked out from and that are neither asked nor given, in working order."""
        start: dict[str, None] = {}
        for name in self.needed:
            # The delta of a softmax is its output less the target, which mostly is 0: the output would give it away.
            shared = self.routes.nearest.by_id.get(name)
            told = shared is not None and shared.rule == "activation" and name in self._told_by_deltas
            start |= dict.fromkeys(references(shared.expression) if shared is not None and told else (name,))
        return self.unknown(start)

    def unknown(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some ids that are neither asked nor given, in working order."""
        wanted = {name for name in names if name not in self.blanks and name not in self.givens}
        return tuple(name for name in self.routes.nearest.by_id if name in wanted)

    @property
    def _told_by_deltas(self) -> frozenset[str]:
        ways = self.routes.nearest.by_id
        deltas = (ways[name] for name in self.first if ways[name].rule == "softmax_delta")
        used = (sheet_formula(self.routes, quantity.id, self.first) for quantity in deltas)
        return frozenset(name for formula in used for name in references(formula) if len(set(references(formula))) == 2)

    def with_figures(self, table: Table, ids: Iterable[str], place: str, *, label: str = "") -> Table:
        """The table of givens with figures that are printed as given, a row for each part that they come from."""
        rows = list(table.rows)
        for title, names in groupby(ids, key=self.part_of):
            chunk = list(names)
            for start in range(0, len(chunk), _ROW):
                cell: list[str | Tree] = []
                for name in chunk[start : start + _ROW]:
                    slot = Slot(quantity=name, place=place, role="given")
                    cell += [BETWEEN] * bool(cell) + [Relation(self.terms.name(name), "=", slot)]
                rows.append(((label or f"From the {title[0].lower()}{title[1:]}",), tuple(cell)))
        table = replace(table, rows=tuple(rows))
        return parted_by_semicolons(table) if self.problem.display.decimal_mark == "comma" else table

    def numbers(self, place: str) -> Table:
        """The table of givens, its slots at a place."""
        if not isinstance(self.problem, FormulaProblem):
            pen = Pen(derivation=self.routes.nearest, terms=self.terms, scope=Scope.of(self.problem.structure))
            table = numbers_table(self.problem, pen)
            return replace(table, caption=(), rows=tuple(tuple(_placed(c, place) for c in row) for row in table.rows))
        rows: list[tuple[Text, ...]] = []
        if self.problem.program is not None and not self.problem.counts:
            pen = program_pen(self.problem, self.routes.nearest)
            arrays = Arrays(problem=self.problem, pen=pen)
            rows += [row for array in arrays_of(self.problem) for row in _array_rows(arrays, array, place)]
            rows += [(row[0], _placed(row[1], place)) for row in numbers_of_program(self.problem, pen).rows]
            return Table(id="numbers", caption=(), header=(), rows=tuple(rows), align="ll")
        for name in self.routes.nearest.givens:
            slot = Slot(quantity=name, place=place, role="given")
            label = "Learning rate" if name == "eta" else "Given"
            rows.append(((label,), (Relation(self.terms.name(name), "=", slot),)))
        return Table(id="numbers", caption=(), header=(), rows=tuple(rows), align="ll")

    def definitions(self) -> tuple[Line, ...]:
        """What formulas define, but for lines that are asked with their rules.

        A network of dense layers has none, and how to count is what is asked.
        """
        if not isinstance(self.problem, FormulaProblem) or self.problem.counts:
            return ()
        told = self.blanks if self.level <= 2 and self.problem.program is not None else ()
        return tuple(
            Line(left=self.terms.name(name), rows=(Row(relation="=", tree=self.terms.symbols(formula)),))
            for name, formula in self.problem.structure.definitions
            if name not in told
        )

    def part(self, item: Item) -> str:
        """The title an item stands under."""
        return self.part_of(item.quantity)

    def part_of(self, quantity: str) -> str:
        """The title that a figure would stand under."""
        parsed = QuantityId.parse(quantity, aliases=False)
        if parsed is not None and parsed.round:
            return "Later rounds"
        rule = self.routes.nearest.by_id[quantity].rule
        if rule in ("update", "update_step", "state"):
            return "Updates"
        forward = ("net_input", "activation", "output_error", "total_error", "batch_error", "definition")
        return "Forward pass" if rule in forward else "Backward pass"

    def _kind(self, name: str) -> str:
        """An id without what tells it apart from its like."""
        if isinstance(self.problem, FormulaProblem):
            if self.problem.program is None:
                return name  # every number may be another thing
            # Entries of an array, steps in time and samples are alike.
            name = re.sub(r"\[[^]]*\]|[:#]\d+", "", name)
            return _alike(name) if "layers" in self.problem.origin else name
        plain = name.partition("[")[0]
        if plain in self.problem.inputs:
            return "x"
        return _alike(plain)


def _alike(name: str) -> str:
    """An id without the names of units and the numbers of weights."""
    return re.sub(r"(?<=net_|out_)\w+|(?<=^E_|^t_|^b_)\w+|(?<=delta_)\w+|\d+", "", name)


def _array_rows(arrays: Arrays, array: Array, place: str) -> list[tuple[Text, ...]]:
    """A given array: a matrix for each of its maps, or, where that would be too wide, its entries."""
    title = re.sub("^K_", "Kernel of ", re.sub("^b_", "Bias of ", array.key[0]))
    if is_printed_whole(arrays, array):
        lines = ((line.left, line.rows[0].tree) for line in matrix_of(arrays, array, place).lines)
        return [((title,), (Relation(left, "=", tree),)) for left, tree in lines]
    return [(row[0], _placed(row[1], place)) for row in equation_rows(arrays.pen, title, array.own)]


def _placed(cell: Text, place: str) -> Text:
    """A cell with its figures at another place."""
    moved: list[str | Tree] = []
    for part in cell:
        if isinstance(part, Relation) and isinstance(part.right, Slot):
            part = Relation(part.left, part.sign, replace(part.right, place=place))
        moved.append(part)
    return tuple(moved)
