"""Files made to break a reader: zip bombs, lying headers, entities, endless pieces, random bytes."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.judging.model import Rejected
from derive.judging.reading import packed as packed_module
from derive.judging.reading.answers import read_answers
from derive.judging.reading.cells import printable
from tests.verification.reading.sheets import HEADER, MAIN, PARTS, packed, sheet, text_cell, workbook_of

SHEET = "xl/worksheets/sheet1.xml"
GOOD = {"w5": 1}


def refusal(content: bytes) -> str:
    """The one reason why a file is rejected, while the answers beside it are read."""
    found, rejected = read_answers(["-", GOOD], stdin=io.BytesIO(content))
    assert [each.quantity for each in found] == ["w5"]
    assert [(each.file, each.row) for each in rejected] == [("-", None)]
    assert rejected[0].reason.isprintable()
    return rejected[0].reason


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """A part of 60 MB of blanks packs to 60 kB; what it claims is enough to refuse it."""
    bomb = packed({**PARTS, SHEET: b" " * 60_000_000})
    assert len(bomb) < 100_000
    assert "more than 200 times its size" in refusal(bomb)


def test_a_zip_bomb_below_the_ratio_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """What all parts claim together counts, also of those that would not be read."""
    monkeypatch.setattr(packed_module, "LARGEST_UNPACKED", 1_000_000)
    noise = random.Random(1).randbytes(400_000)
    assert "unpacks to more than 1 MB" in refusal(packed({**PARTS, "a": noise, "b": noise, "c": noise}))


def lying(content: bytes, size: int) -> bytes:
    """The same zip file with another size written for the sheet, in its own header and in the directory."""
    changed = bytearray(content)
    name = SHEET.encode()
    for mark, offset, before in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            if content[at + before : at + before + len(name)] == name:
                changed[at + offset : at + offset + 4] = struct.pack("<I", size)
    return bytes(changed)


@pytest.mark.parametrize("size", [0, 10, 1_000])
def test_a_header_that_claims_less_than_there_is_gains_nothing(size: int) -> None:
    """A part of 60 MB that says it has 1 kB is read to 1 kB at most, and is damaged."""
    reason = refusal(lying(packed({**PARTS, SHEET: b" " * 60_000_000}), size))
    assert reason.startswith("damaged")


def test_a_header_that_claims_gigabytes_is_refused() -> None:
    """What a part claims counts, whatever it holds."""
    assert "more than 200 MB" in refusal(lying(workbook_of(HEADER), 0xFFFFFFF0))


def test_many_parts_are_refused() -> None:
    """Thousands of parts are no workbook."""
    assert "more than 2,000 parts" in refusal(packed({f"{number}": b"" for number in range(2_001)}, zipfile.ZIP_STORED))


def test_parts_packed_or_locked_otherwise_are_refused() -> None:
    """Methods of packing that no workbook uses, and passwords, are named."""
    assert "packed in a way" in refusal(packed({**PARTS, SHEET: sheet(HEADER)}, zipfile.ZIP_BZIP2))
    content = bytearray(workbook_of(HEADER))
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    assert "password" in refusal(bytes(content))


LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
) + "]>"  # fmt: skip
OUTSIDE = '<!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE, '<!DOCTYPE l SYSTEM "http://127.0.0.1/x.dtd">', "<!DOCTYPE l []>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "_rels/.rels"])
def test_entities_are_never_expanded_or_fetched(head: str, part: str) -> None:
    """A part with a document type is refused wherever it stands, before anything in it is used."""
    body = f'<worksheet xmlns="{MAIN}">&a11;&e;</worksheet>'
    assert "document type" in refusal(packed({**PARTS, SHEET: sheet(HEADER), part: head + body}))


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", "shift_jis", "rot13", "\u00fcmlaut"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "_rels/.rels", "xl/styles.xml"])
def test_an_unknown_encoding_is_refused_in_a_line(encoding: str, part: str) -> None:
    """Whatever encoding a part claims to have, the file is named and the others are judged."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    assert "damaged" in refusal(packed({**PARTS, SHEET: sheet(HEADER), part: head + sheet(HEADER)}))


def test_an_encoding_of_mainframes_hides_no_document_type() -> None:
    """Entities are refused in whatever letters they are written."""
    head = b'<?xml version="1.0" encoding="cp037"?>'
    assert refusal(packed({**PARTS, SHEET: head + LAUGHS.encode("cp037") + sheet(HEADER).encode("cp037")}))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_short_is_refused(share: float) -> None:
    """A file that was not sent to its end is told."""
    content = workbook_of(HEADER + f'<row r="2">{text_cell("A2", "w5")}<c r="B2"><v>1</v></c></row>')
    assert "damaged, or no XLSX file" in refusal(content[: int(len(content) * share)])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), "with a password"),  # OLE: .xls, or XLSX encrypted
        (b"quantity,value\nw6,1\n", "damaged, or no XLSX file"),
        (b"", "damaged, or no XLSX file"),
        (packed({"xl/workbook.bin": bytes(100)}), "no Excel workbook"),
        (packed({"word/document.xml": "<document/>", "[Content_Types].xml": "<Types/>"}), "no Excel workbook"),
        (packed({**PARTS, "xl/workbook.xml": "<html>"}), "damaged"),
    ],
)
def test_other_files_with_the_name_of_a_workbook_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Files of an older Excel, of Word, with a password, or of text: one line each, and the others are judged."""
    path = tmp_path / "anna.xlsx"
    path.write_bytes(content)
    found, rejected = read_answers([path, GOOD])
    assert [each.quantity for each in found] == ["w5"]
    assert [(each.file, each.row) for each in rejected] == [(str(path), None)]
    assert reason in rejected[0].reason
    assert "\n" not in rejected[0].reason


def test_macros_links_and_pictures_are_never_opened() -> None:
    """Parts that no table is read from may hold anything; the answers beside them are read."""
    more = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0",
        "xl/externalLinks/externalLink1.xml": OUTSIDE + "<a>&e;</a>",
        "xl/drawings/drawing1.xml": LAUGHS + "<a>&a11;</a>",
        "docProps/core.xml": "<no",
    }
    content = workbook_of(HEADER + f'<row r="2">{text_cell("A2", "w6")}<c r="B2"><v>2</v></c></row>', **more)
    found, rejected = read_answers(["-"], stdin=io.BytesIO(content))
    assert [(each.quantity, each.written.text) for each in found] == [("w6", "2")]
    assert rejected == []


def test_pieces_without_an_end_are_refused() -> None:
    """A start tag of several megabytes would be looked through again and again."""
    noise = "".join(random.Random(2).choices("abcdefghijklmnop", k=3_000_000))
    assert "a piece of more than 1 MB" in refusal(packed({**PARTS, SHEET: f'<worksheet a="{noise}"/>'}))


def test_depth_costs_nothing() -> None:
    """Elements in elements in elements are refused, not followed."""
    noise = "".join(f"<a{number}>" for number in range(1_000))
    assert "nested too deep" in refusal(packed({**PARTS, SHEET: noise}))


def test_texts_by_number_beyond_the_list_are_damaged() -> None:
    """A cell that refers to a text that is not there is told; negative and huge numbers too."""
    for number in ("0", "5", "-1", "9" * 30, "x"):
        assert "damaged" in refusal(workbook_of(f'<row r="1"><c r="A1" t="s"><v>{number}</v></c></row>'))


def check(rejected: list[Rejected]) -> None:
    for each in rejected:
        assert each.reason.isprintable()
        assert len(each.reason) < 600


@given(st.binary(max_size=400), st.sampled_from(["", "PK\x03\x04", "{", "[", "quantity,value\n", "quantity;value\n",
                                                  "student,w5,w6\n", "\ufeff"]))  # fmt: skip
def test_random_bytes_are_read_or_rejected(content: bytes, start: str) -> None:
    """Whatever the bytes, there is an answer or a reason, and the answers beside them are read."""
    found, rejected = read_answers(["-", GOOD], stdin=io.BytesIO(start.encode() + content))
    assert found[-1].quantity == "w5"
    assert len(found) > 1 or rejected or not content.strip(b',;\n\r \t"')
    check(rejected)


@given(st.text(max_size=300), st.sampled_from(["csv", "json", "xlsx"]))
def test_random_texts_stand_in_cells(text: str, kind: str) -> None:
    """A text in any cell of any kind of file neither stops the others nor leaves a trace that cannot be shown."""
    if kind == "csv":
        quoted = '"' + text.replace('"', '""') + '"'
        content = f"student,quantity,value,note\n{quoted},w5,{quoted},{quoted}\nAnna,{quoted},1,\nBo,w6,2,\n".encode(
            "utf-8", errors="ignore"
        ).replace(b"\0", b"")
    elif kind == "json":
        entries = [{"student": text, "quantity": "w5", "value": text}, {"quantity": text, "value": 1}]
        content = json.dumps([*entries, {"student": "Bo", "quantity": "w6", "value": 2}]).encode()
    else:
        plain = "".join(c for c in text if (c.isalnum() and c.isascii()) or c in " =+-@,;'\"(){}$\\")
        rows = f'{HEADER}<row r="2">{text_cell("A2", "w5")}{text_cell("B2", plain)}</row>'
        content = workbook_of(f'{rows}<row r="3">{text_cell("A3", "w6")}{text_cell("B3", "2")}</row>')
    found, rejected = read_answers(["-"], stdin=io.BytesIO(content))
    assert ("w6", "2") in [(each.quantity, each.written.text) for each in found]
    check(rejected)
    for each in found:
        for shown in (each.quantity, each.student or "", each.note, each.written.text):
            assert printable(shown) == shown


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_rejected(at: int, noise: bytes) -> None:
    """Bytes changed anywhere in a workbook lead to answers or to a reason, never to anything else."""
    content = bytearray(workbook_of(f'{HEADER}<row r="2">{text_cell("A2", "w5")}<c r="B2"><v>1</v></c></row>'))
    at %= len(content)
    content[at : at + len(noise)] = noise
    found, rejected = read_answers(["-"], stdin=io.BytesIO(bytes(content)))
    assert found or rejected
    check(rejected)


@given(st.text(alphabet="<>/=\"' abcrtvswx?!-[]&;#10:\n", max_size=200))
def test_random_markup_in_a_sheet_is_read_or_rejected(text: str) -> None:
    """Whatever stands between the tags of a sheet."""
    _, rejected = read_answers(["-"], stdin=io.BytesIO(workbook_of(HEADER + text)))
    check(rejected)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_any_json_is_read_or_rejected(value: object) -> None:
    """JSON of any shape leads to answers or to a reason."""
    found, rejected = read_answers(["-"], stdin=io.BytesIO(json.dumps(value).encode()))
    assert found or rejected
    check(rejected)
