"""A spreadsheet file looked over before it is opened, so that none can fill memory, hang, or bring in anything else.

Checked are how many parts there are, what they claim to unpack to (no part is ever read beyond its claim), and each
part of XML: that it is well-formed, in an encoding that is known, without a document type, and so without entities to
expand or to fetch, without a piece that has no end, and with no more cells than are read.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from xml.parsers import expat

from derive.judging.reading.answer_table import MOST_ANSWERS, UnreadableFileError

MOST_MEMBERS = 2_000
LARGEST_UNPACKED = 200_000_000
LARGEST_RATIO = 200
#: A start tag, comment or the like longer than this is no spreadsheet's; to look for its end takes ever longer.
_LONGEST_PIECE = 1 << 20
_CHUNK = 1 << 16
_DEEPEST = 100
_ENCRYPTED = 0x1
_MEMBER_MARK = b"PK\x01\x02"
#: What says nothing of the cells, and need not be right.
_ASIDE = ("docProps/", "customXml/", "xl/drawings/", "xl/theme/", "xl/externalLinks/", "xl/media/")
#: How many elements of a kind may be in all parts together, and what they are.
_MOST = {"c": (2 * MOST_ANSWERS, "cells"), "si": (2 * MOST_ANSWERS, "texts"), "mergeCell": (20_000, "merged cells")}
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, LookupError,
           NotImplementedError, RuntimeError)  # fmt: skip


def checked(content: bytes) -> io.BytesIO:
    """The XML parts of a spreadsheet file that tables are read from, packed again: no macros, pictures or properties.

    Raises
    ------
    UnreadableFileError
        If it is no zip file, is protected by a password, is damaged, or holds too much.
    """
    if content.count(_MEMBER_MARK) > MOST_MEMBERS:
        raise UnreadableFileError(f"a packed file of more than {MOST_MEMBERS:,} parts")
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
        members = file.infolist()
    except _BROKEN as error:
        raise UnreadableFileError(f"damaged, or no XLSX file: {told(error)}") from None
    if len(members) > MOST_MEMBERS:
        raise UnreadableFileError(f"a packed file of more than {MOST_MEMBERS:,} parts")
    claimed = sum(member.file_size for member in members)
    if claimed > LARGEST_UNPACKED:
        raise UnreadableFileError(f"unpacks to more than {LARGEST_UNPACKED // 10**6} MB")
    if claimed > LARGEST_RATIO * len(content):
        raise UnreadableFileError(f"unpacks to more than {LARGEST_RATIO} times its size")
    stream, counted = io.BytesIO(), Counter[str]()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, member in {member.filename.lstrip("/"): member for member in members}.items():
            if name.endswith((".xml", ".rels")) and not name.startswith(_ASIDE):
                packed.writestr(name, _part(file, member, counted))
    stream.seek(0)
    return stream


def told(error: BaseException) -> str:
    """An error's own words, short and printable."""
    return (
        _shown(str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)) or type(error).__name__
    )


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:120])


def _part(file: zipfile.ZipFile, member: zipfile.ZipInfo, counted: Counter[str]) -> bytes:
    """A part unpacked, and read once as XML."""
    name = _shown(member.filename)
    if member.flag_bits & _ENCRYPTED:
        raise UnreadableFileError("protected by a password; save it without one")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFileError(f"packed in a way that no XLSX file is ({name})")
    reader, content = _parser(name, counted), bytearray()
    try:
        with file.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                content += chunk
                reader.Parse(chunk, False)
                if len(content) - reader.CurrentByteIndex > _LONGEST_PIECE:
                    raise UnreadableFileError(f"{name} has a piece of more than 1 MB, as no spreadsheet has")
        reader.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableFileError(f"damaged: {name}, {told(error)}") from None
    except _BROKEN as error:
        raise UnreadableFileError(f"damaged: {name}, {told(error)}") from None
    return bytes(content)


def _parser(name: str, counted: Counter[str]) -> expat.XMLParserType:
    reader = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def begin(tag: str, _: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise UnreadableFileError(f"{name} is nested too deep")
        kind = tag.rpartition(" ")[2]
        counted[kind] += 1
        if kind in _MOST and counted[kind] > _MOST[kind][0]:
            raise UnreadableFileError("more than {:,} {}; split the file".format(*_MOST[kind]))

    def finish(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise UnreadableFileError(f"{name} has a document type or entities, as no spreadsheet has")

    reader.StartElementHandler = begin
    reader.EndElementHandler = finish
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    return reader
