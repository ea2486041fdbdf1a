"""The worksheet as data: what is given, what is asked, and how much of each line is printed. No number is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from derive.arithmetic.exact import Cut
from derive.display.layout import width
from derive.display.tree import Line, Relation, Row, Slot, Tree
from derive.errors import UnsupportedError
from derive.formula.expression import Expression, Ref, references, renamed
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId
from derive.handouts.sheets.asking import in_words, sheet_routes
from derive.handouts.sheets.conventions import sheet_conventions
from derive.handouts.sheets.outline import network_outline
from derive.handouts.sheets.rules import same_values, sheet_formula
from derive.judging.routes import Routes, proved_by
from derive.proof.values import givens_as_typed
from derive.renderers.pictures.drawing import Drawing
from derive.telling.given_numbers import numbers_table
from derive.telling.lines import Pen
from derive.telling.model import Table, Text
from derive.telling.scope import Scope
from derive.telling.terms import Terms

Level = Literal[1, 2, 3, 4]
LEVELS: tuple[Level, ...] = (1, 2, 3, 4)
#: Places of slots: figures of the sheet's own problem, and of the worked example's.
SHEET, EXAMPLE = "given", "example"
#: Width of a column of a two-column page in em, and what a hand needs beside print.
_COLUMN, _HAND = 22.0, 1.3
_RESULT = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One figure that is asked.

    Attributes
    ----------
    number : int
        From 1.
    quantity : str
    words : str
        The quantity in words.
    line : Line
        Its symbol, and the rows that are printed: the rule, and with level 1 the line with blanks in it.
    ruled : int
        Ruled lines for the work; the figure's own blank stands at the end of the last. 0: the blank alone.
    wide : bool
        Whether it takes the whole width of a page rather than a column.
    points : int
    """

    number: int
    quantity: str
    words: str
    line: Line
    ruled: int
    wide: bool = False
    points: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A titled run of items, such as the forward pass."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example: its numbers, a line for each kind of step, and the figures in its slots."""

    numbers: Table
    lines: tuple[Line, ...]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worksheet:
    """A sheet without numbers, the same for everyone who gets numbers of this structure.

    Attributes
    ----------
    title : str
    level : int, 1 to 4
    digits : int
        Significant digits asked.
    asked : tuple of str
    parts : tuple of Part
    numbers : Table
        What is given, with a slot for every number.
    definitions : tuple of Line
        Of a chain of formulas.
    conventions : tuple of (str, str)
    drawing : Drawing or None
        The network without numbers.
    blanks : frozenset of str
        Ids whose figures are left blank in a line.
    shown : tuple of str
        Ids that are neither given nor asked and whose figures stand in a line.
    symbols : mapping of str to Tree
        The symbol of each asked quantity, on one line.
    formulas : tuple of Line
        The formula sheet; may be empty.
    example : Example or None
    """

    title: str
    level: Level
    digits: int
    asked: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: Table
    definitions: tuple[Line, ...]
    conventions: tuple[tuple[str, str], ...]
    drawing: Drawing | None
    blanks: frozenset[str]
    shown: tuple[str, ...]
    symbols: Mapping[str, Tree]
    formulas: tuple[Line, ...] = ()
    example: Example | None = field(default=None)

    @property
    def points(self) -> int:
        """Points to be had in all."""
        return sum(item.points for item in self.items)

    @property
    def items(self) -> tuple[Item, ...]:
        """All figures that are asked, in order."""
        return tuple(item for part in self.parts for item in part.items)

    @property
    def worth(self) -> str:
        """What a figure is worth, in words."""
        usual = {item.points for item in self.items}
        if len(usual) == 1:
            number = usual.pop()
            each = "each " * (len(self.asked) > 1)
            return f"{each}worth {number} point{'s' * (number != 1)}"
        return "each worth 1 point, or as many as stand in brackets beside its number"

    @property
    def columns(self) -> int:
        """How many items stand side by side on paper."""
        return 3 if self.level == 4 else 2

    @property
    def instructions(self) -> str:
        """What is to be done, in a few sentences."""
        count = len(self.asked)
        figures = "1 figure is" if count == 1 else f"{count} figures are"
        return (
            f"{figures} asked, {self.worth}. Give {self.digits} significant digits. Round only what you write "
            "down, or go on with the figure you wrote: both are accepted."
        )


def worksheet_document(
    problem: AnyProblem,
    asked: Sequence[str],
    *,
    level: Level = 2,
    digits: int = 4,
    formulas: bool = False,
    example: AnyProblem | None = None,
    points: Sequence[int] = (),
) -> Worksheet:
    """The worksheet of a structure.

    Parameters
    ----------
    problem : Problem or FormulaProblem
        Its structure, texts and notation; of its numbers none is used.
    asked : sequence of str
        Canonical ids, as `asked_ids` gives them.
    level : int
        1: each line with the asked figures left blank; 2: the rule and room for the rest; 3: words and symbol;
        4: the symbol.
    digits : int, 2 to 30
    formulas : bool
        Whether to add a formula sheet.
    example : Problem or FormulaProblem, optional
        The same structure with other numbers, to be worked first.
    points : sequence of int
        Of each figure; left out: 1.

    Raises
    ------
    UnsupportedError
        If there is no such level or number of digits, or the example has another structure.
    """
    if level not in LEVELS:
        raise UnsupportedError(f"level {level!r}: there are {', '.join(map(str, LEVELS))}")
    if not 2 <= digits <= 30:
        raise UnsupportedError(f"{digits} significant digits: 2 to 30 can be asked")
    if example is not None and example.structure != problem.structure:
        raise UnsupportedError("the worked example needs the structure of the sheet: the same units, weights and names")
    writer = _Writer(problem, tuple(asked), level, digits)
    worth = points or (1,) * len(asked)
    items = [
        replace(writer.item(number, quantity), points=own)
        for number, (quantity, own) in enumerate(zip(asked, worth, strict=True), start=1)
    ]
    used = dict.fromkeys(writer.used) if level == 1 else {}
    kinds = writer.kinds() if formulas or example is not None else ()
    return Worksheet(
        title=problem.title,
        level=level,
        digits=digits,
        asked=tuple(asked),
        parts=_parts(items, writer),
        numbers=writer.numbers(SHEET),
        definitions=writer.definitions(),
        conventions=sheet_conventions(problem),
        drawing=None if isinstance(problem, FormulaProblem) else network_outline(problem.structure, writer.notation),
        blanks=writer.blanks,
        shown=tuple(name for name in used if name not in writer.blanks and name not in writer.givens),
        symbols={name: writer.terms.inline(name) for name in asked},
        formulas=tuple(writer.rule_line(name) for name in kinds) if formulas else (),
        example=None if example is None else _example(example, writer, kinds),
    )


def sheet_figures(worksheet: Worksheet, problem: AnyProblem) -> dict[str, Figure]:
    """The figures that one student's sheet shows: the given numbers, and figures on the way that are not asked.

    Where a figure on the way has the digits of an asked one (out = o − t for the target 0), it is left out: its place
    is a blank.

    Raises
    ------
    PrecisionError
    """
    figures = givens_as_typed(problem)
    if worksheet.shown:
        proved, cut = proved_by(problem, sheet_routes(problem)), Cut(digits=worksheet.digits)
        asked = {abs(proved.figure(name, cut).value) for name in worksheet.asked if "@" not in name}
        found = ((name, proved.figure(name, cut)) for name in worksheet.shown)
        figures |= {name: figure for name, figure in found if abs(figure.value) not in asked}
    return figures


class _Writer:
    """Writes the lines of one structure."""

    def __init__(self, problem: AnyProblem, asked: tuple[str, ...], level: Level, digits: int) -> None:
        self.problem, self.asked, self.level = problem, asked, level
        self.routes: Routes = sheet_routes(problem)
        self.notation = problem.display.notation
        self.givens = frozenset(self.routes.nearest.givens)
        taken = isinstance(problem, FormulaProblem) and "e" in self.routes.nearest.ids
        self.terms = Terms(notation=self.notation, givens=self.givens, e_is_taken=taken)
        self.cut = Cut(digits=digits)
        self.first = frozenset(name for name in asked if "@" not in name)
        root = same_values(self.routes)
        hidden = {root[name] for name in self.first}
        self.blanks = frozenset(name for name in root if root[name] in hidden and name not in self.givens)
        self.used: list[str] = []

    def formula(self, quantity: str) -> Expression | None:
        """The formula a line is about; none for a figure of a later round."""
        return sheet_formula(self.routes, quantity, self.first) if quantity in self.first else None

    def item(self, number: int, quantity: str) -> Item:
        formula = self.formula(quantity)
        words = in_words(self.problem.structure, quantity)
        left = self.terms.name(quantity)
        if formula is None:
            # Only a rule would say which round it belongs to; the words do.
            return Item(number=number, quantity=quantity, words=words, line=Line(left=left, rows=()), ruled=0)
        rows: tuple[Tree, ...] = ()
        ruled = 0
        if self.level <= 2:
            rows = (self.terms.symbols(formula),)
            numbers = self.terms.numbers(formula, SHEET)
            if self.level == 1 and any(references(formula)):
                rows += (numbers,)
                self.used += references(formula)
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

    def numbers(self, place: str) -> Table:
        """The table of givens, its slots at a place."""
        if not isinstance(self.problem, FormulaProblem):
            pen = Pen(derivation=self.routes.nearest, terms=self.terms, scope=Scope.of(self.problem.structure))
            table = numbers_table(self.problem, pen)
            return replace(table, caption=(), rows=tuple(tuple(_placed(c, place) for c in row) for row in table.rows))
        rows: list[tuple[Text, ...]] = []
        for name in self.routes.nearest.givens:
            slot = Slot(quantity=name, place=place, role="given")
            label = "Learning rate" if name == "eta" else "Given"
            rows.append(((label,), (Relation(self.terms.name(name), "=", slot),)))
        return Table(id="numbers", caption=(), header=(), rows=tuple(rows), align="ll")

    def definitions(self) -> tuple[Line, ...]:
        """What a chain of formulas defines; a network has none."""
        if not isinstance(self.problem, FormulaProblem):
            return ()
        return tuple(
            Line(left=self.terms.name(name), rows=(Row(relation="=", tree=self.terms.symbols(formula)),))
            for name, formula in self.problem.structure.definitions
        )

    def part(self, item: Item) -> str:
        """The title an item stands under."""
        parsed = QuantityId.parse(item.quantity, aliases=False)
        if parsed is not None and parsed.round:
            return "Later rounds"
        rule = self.routes.nearest.by_id[item.quantity].rule
        if rule in ("update", "update_step"):
            return "Updates"
        forward = ("net_input", "activation", "output_error", "total_error", "batch_error", "definition")
        return "Forward pass" if rule in forward else "Backward pass"

    def _kind(self, name: str) -> str:
        """An id without what tells it apart from its like."""
        if isinstance(self.problem, FormulaProblem):
            return name
        plain = name.partition("[")[0]
        if plain in self.problem.inputs:
            return "x"
        return re.sub(r"(?<=net_|out_)\w+|(?<=^E_|^t_|^b_)\w+|(?<=delta_)\w+|\d+", "", plain)


def _placed(cell: Text, place: str) -> Text:
    """A cell with its figures at another place."""
    moved: list[str | Tree] = []
    for part in cell:
        if isinstance(part, Relation) and isinstance(part.right, Slot):
            part = Relation(part.left, part.sign, replace(part.right, place=place))
        moved.append(part)
    return tuple(moved)


def _parts(items: Sequence[Item], writer: _Writer) -> tuple[Part, ...]:
    """Runs of items under one title; a sequential update stands among the gradients."""
    runs = ((title, tuple(run)) for title, run in groupby(items, key=writer.part))
    return tuple(Part(title=title, items=run) for title, run in runs)


def _example(example: AnyProblem, writer: _Writer, kinds: Sequence[str]) -> Example:
    proved = proved_by(example, writer.routes)
    figures = givens_as_typed(example)
    lines: list[Line] = []
    for name in kinds:
        formula = writer.formula(name)
        assert formula is not None
        used = tuple(references(formula))
        rows = [writer.terms.symbols(formula)]
        if used:
            rows.append(writer.terms.numbers(formula, EXAMPLE))
        rows.append(Slot(quantity=name, place=EXAMPLE, role="result"))
        lines.append(Line(left=writer.terms.name(name), rows=tuple(Row(relation="=", tree=row) for row in rows)))
        for each in (*used, name):
            if each not in figures:
                figures[each] = proved.figure(each, writer.cut)
    return Example(numbers=writer.numbers(EXAMPLE), lines=tuple(lines), figures=figures)
