"""The worksheet of a structure, and the figures that one student's sheet shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from derive.arithmetic.exact import Cut
from derive.display.tree import Line, Row, Slot
from derive.errors import UnsupportedError
from derive.formula.expression import references
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.handouts.sheets.asking import sheet_routes
from derive.handouts.sheets.conventions import sheet_conventions
from derive.handouts.sheets.outline import network_outline
from derive.handouts.sheets.own_words import OwnWords
from derive.handouts.sheets.sheet_model import EXAMPLE, LEVELS, SHEET, Example, Item, Level, Part, Worksheet
from derive.handouts.sheets.sheet_writer import SheetWriter
from derive.judging.routes import proved_by
from derive.proof.values import givens_as_typed
from derive.telling.filling import as_displayed


def worksheet_document(
    problem: AnyProblem,
    asked: Sequence[str],
    *,
    level: Level = 2,
    digits: int = 4,
    formulas: bool = False,
    example: AnyProblem | None = None,
    points: Sequence[int] = (),
    words: OwnWords | None = None,
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
    words : OwnWords, optional

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
    writer = SheetWriter(problem, tuple(asked), level, digits)
    worth = points or (1,) * len(asked)
    items = [
        replace(writer.item(number, quantity), points=own)
        for number, (quantity, own) in enumerate(zip(asked, worth, strict=True), start=1)
    ]
    before = writer.before()
    # Level 1 prints them in its lines as well.
    shown = writer.unknown((*before, *(writer.needed if level == 1 else ())))
    kinds = writer.kinds() if formulas or example is not None else ()
    return Worksheet(
        title=problem.title,
        level=level,
        digits=digits,
        asked=tuple(asked),
        parts=_parts(items, writer),
        numbers=writer.with_figures(writer.numbers(SHEET), before, SHEET),
        definitions=writer.definitions(),
        conventions=sheet_conventions(problem),
        counts=problem.counts,
        drawing=None if isinstance(problem, FormulaProblem) else network_outline(problem.structure, writer.notation),
        blanks=writer.blanks,
        shown=shown,
        symbols={name: writer.terms.inline(name) for name in asked},
        words=words or OwnWords(),
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
    return dict(as_displayed(figures, problem))


def _parts(items: Sequence[Item], writer: SheetWriter) -> tuple[Part, ...]:
    """Runs of items under one title; a sequential update stands among the gradients."""
    runs = ((title, tuple(run)) for title, run in groupby(items, key=writer.part))
    return tuple(Part(title=title, items=run) for title, run in runs)


def _example(example: AnyProblem, writer: SheetWriter, kinds: Sequence[str]) -> Example:
    proved = proved_by(example, writer.routes)
    figures = givens_as_typed(example)
    needed: dict[str, None] = {}
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
        needed |= dict.fromkeys(used)
        for each in (*used, name):
            if each not in figures:
                figures[each] = proved.figure(each, writer.cut)
    before = writer.unknown(needed)
    # Of each kind of step one is worked; the others that its like are needed for are given too.
    like = [name for name in needed if name in writer.first and name not in kinds]
    numbers = writer.with_figures(writer.numbers(EXAMPLE), before, EXAMPLE)
    numbers = writer.with_figures(numbers, like, EXAMPLE, label="Worked in the same way")
    return Example(numbers=numbers, lines=tuple(lines), figures=as_displayed(figures, example))
