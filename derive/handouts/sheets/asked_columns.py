"""The figures of a sheet as the header of a class's workbook names them."""

from __future__ import annotations

from derive.display.plain import PlainPrinter
from derive.given.formula_problem import AnyProblem
from derive.handouts.people.spreadsheet import Asked
from derive.handouts.sheets.asking import with_ends
from derive.handouts.sheets.sheet_model import Worksheet


def asked_columns(problem: AnyProblem, worksheet: Worksheet) -> list[Asked]:
    """The figures asked, in the order of the sheet.

    Parameters
    ----------
    problem : Problem or FormulaProblem
        Any of the structure.
    worksheet : Worksheet
    """
    printer = PlainPrinter(slot=lambda _: "")
    return [
        Asked(
            quantity=item.quantity,
            symbol=printer.tree(worksheet.symbols[item.quantity]),
            words=with_ends(problem.structure, item.quantity),
            points=item.points,
        )
        for item in worksheet.items
    ]
