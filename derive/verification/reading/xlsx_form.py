"""A workbook of one sheet of texts, with the bytes of the file the same every time (ECMA-376 parts 1 and 2).

Written part by part: a library would put the time of writing into the file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from derive.verification.reading.cells import printable

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: The earliest time that a zip file can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_WIDTHS = {"student": 24, "quantity": 22, "value": 30, "note": 44}
#: Positions in the styles part (0 is plain): the header, and text, which a spreadsheet keeps as it is typed.
_HEADER, _TEXT = 1, 2

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="answers" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def workbook(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook whose one sheet has a header that stays in sight, and texts; every column but that is text.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequences of str
        As many cells in each as there are columns.
    """
    stream = io.BytesIO()
    # Stored: deflated bytes depend on the version of zlib.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as file:
        for name, content in (_PARTS | {"xl/worksheets/sheet1.xml": _sheet(columns, rows)}).items():
            member = zipfile.ZipInfo(name, _TIME)
            member.create_system = 0  # the same on every system
            file.writestr(member, (_HEAD + content).encode())
    return stream.getvalue()


def _sheet(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{_WIDTHS.get(name, 20)}" style="{_TEXT}" customWidth="1"/>'
        for number, name in enumerate(columns, start=1)
    )
    lines = [_row(1, columns, _HEADER)]
    lines += [_row(number, cells, _TEXT) for number, cells in enumerate(rows, start=2)]
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{''.join(lines)}</sheetData></worksheet>"
    )


def _row(number: int, cells: Sequence[str], style: int) -> str:
    return f'<row r="{number}">{"".join(_cell(number, at, text, style) for at, text in enumerate(cells))}</row>'


def _cell(row: int, position: int, text: str, style: int) -> str:
    place = f"{chr(ord('A') + position)}{row}"
    if not text:
        return f'<c r="{place}" s="{style}"/>'
    return (
        f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(printable(text))}</t></is></c>'
    )
