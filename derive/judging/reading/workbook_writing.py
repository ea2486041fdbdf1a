"""Workbooks of one sheet of texts, written with XlsxWriter: the same bytes every time, and nothing is calculated."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

#: The earliest time a zip file can name: when a workbook was made is nobody's answer.
_MADE = datetime(1980, 1, 1)
#: What XML cannot hold, even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_USUAL_WIDTH = 16
#: Height of a line of text in points.
_LINE = 15
#: What can be done to a sheet whose header is protected.
_ALLOWED = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter")


def workbook(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Mapping[str, int] | None = None,
    still_columns: int = 0,
    above: Sequence[Sequence[str]] = (),
) -> bytes:
    """A workbook whose one sheet has a header that stays in sight, and below it cells of text.

    Every cell, filled or not, has the number format of text, with which a spreadsheet keeps what is typed: 0.5420, 1/3.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequences of str
        A row that is too short ends with cells to be filled in.
    widths : mapping of str to int, optional
        Of columns, in characters.
    still_columns : int
        How many columns stay in sight.
    above : sequence of sequences of str
        Rows over the names of the columns, to be read by people. With them the header is protected (without a
        password), and everything below it can be changed, added to and sorted.
    """
    from xlsxwriter import Workbook  # a tenth of a second, which only workbooks cost

    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        text = book.add_format({"num_format": "@"} | ({"locked": False} if above else {}))
        header = book.add_format({"num_format": "@", "bold": True})
        told = book.add_format({"num_format": "@", "text_wrap": True, "valign": "vcenter", "align": "left"})
        sheet = book.add_worksheet("answers")
        sheet.freeze_panes(len(above) + 1, still_columns)
        for place, name in enumerate(columns):
            sheet.set_column(place, place, (widths or {}).get(name, _USUAL_WIDTH), text)
            for number, cells in enumerate(above):
                sheet.write_string(number, place, _NO_XML.sub("\ufffd", cells[place]), told)
            sheet.write_string(len(above), place, _NO_XML.sub("\ufffd", name), header)
        for number, cells in enumerate(above):
            sheet.set_row(number, _LINE * max(-(-len(cell) // _USUAL_WIDTH) for cell in cells))
        if above:
            sheet.protect("", dict.fromkeys(_ALLOWED, True))
        for number, cells in enumerate(rows, start=len(above) + 1):
            for place in range(len(columns)):
                content = cells[place] if place < len(cells) else ""
                if content:
                    sheet.write_string(number, place, _NO_XML.sub("\ufffd", content), text)
                else:
                    sheet.write_blank(number, place, None, text)
    return stream.getvalue()
