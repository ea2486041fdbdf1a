"""Answer files to type results into: CSV for one student, a workbook for a class.

The workbook is written here and not by a library: a handful of short parts, the same bytes for the same class, and
every cell a text, so that nothing is calculated and nothing that was typed is changed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from derive.handouts.people.roster import Student
from derive.verification.reading.cells import write_csv

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: The earliest time a zip file can name: when it was made is nobody's answer.
_TIME = (1980, 1, 1, 0, 0, 0)
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: What XML cannot hold, even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FIXED = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="answers" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Style 1 is text (number format 49, "@"), style 2 the same in bold.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}


def answers_csv(student: str, form: str, asked: Sequence[str]) -> str:
    """One student's answer file: a row for each figure, its value to be filled in.

    A text that a spreadsheet would take for a formula begins with an apostrophe; a byte order mark comes first where
    an id is not plain ASCII, which spreadsheets need to read it.
    """
    rows = [("student", "form", "quantity", "value"), *((student, form, quantity, None) for quantity in asked)]
    text = write_csv(rows)
    return text if text.isascii() else "\ufeff" + text


def answers_xlsx(students: Sequence[Student], forms: Mapping[str, str], asked: Sequence[str]) -> bytes:
    """A workbook with a row for each student and a column for each figure, every cell a text.

    Parameters
    ----------
    students : sequence of Student
    forms : mapping of str to str
        Form ids by the student's id.
    asked : sequence of str
        Ids of the figures asked.
    """
    rows = [["student", "name", "form", *asked], *([each.id, each.name, forms[each.id]] for each in students)]
    parts = {**{name: _HEADER + text for name, text in _FIXED.items()}, "xl/worksheets/sheet1.xml": _sheet(rows)}
    stream = io.BytesIO()
    # Stored, not deflated: deflated bytes depend on the version of zlib.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            member = zipfile.ZipInfo(name, date_time=_TIME)
            member.external_attr = 0o600 << 16
            member.create_system = 3
            archive.writestr(member, text.encode("utf-8"))
    return stream.getvalue()


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    sheet = ET.Element("worksheet", xmlns=_MAIN)
    view = ET.SubElement(ET.SubElement(sheet, "sheetViews"), "sheetView", workbookViewId="0")
    ET.SubElement(view, "pane", xSplit="1", ySplit="1", topLeftCell="B2", activePane="bottomRight", state="frozen")
    # The whole column is text, so that cells nobody has filled need not be written to be so.
    columns = ET.SubElement(sheet, "cols")
    ET.SubElement(columns, "col", min="1", max=str(len(rows[0])), width="16", style="1", customWidth="1")
    data = ET.SubElement(sheet, "sheetData")
    for number, cells in enumerate(rows, start=1):
        row = ET.SubElement(data, "row", r=str(number))
        for position, text in enumerate(cells):
            place = f"{_letters(position)}{number}"
            cell = ET.SubElement(row, "c", r=place, s="2" if number == 1 else "1", t="inlineStr")
            inner = ET.SubElement(ET.SubElement(cell, "is"), "t")
            inner.set("xml:space", "preserve")
            inner.text = _NO_XML.sub("\ufffd", text)
    return _HEADER + ET.tostring(sheet, encoding="unicode")


def _letters(position: int) -> str:
    """What a spreadsheet calls a column, such as AB for the 28th."""
    letters = ""
    position += 1
    while position:
        position, digit = divmod(position - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
