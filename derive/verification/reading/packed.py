"""Parts of a spreadsheet file, unpacked and read as XML within limits, so that no file can fill memory or hang.

Checked before unpacking are how many parts there are and what they claim to unpack to; while unpacking, what they do
unpack to. An XML part with a document type is refused, so that there are no entities to expand or to fetch.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from xml.parsers import expat

from derive.verification.reading.answer_table import UnreadableFileError

MOST_MEMBERS = 2_000
LARGEST_UNPACKED = 200_000_000
LARGEST_RATIO = 200
#: A start tag, comment or the like longer than this is no spreadsheet's; to look for its end takes ever longer.
_LONGEST_PIECE = 1 << 20
_CHUNK = 1 << 16
_DEEPEST = 100
_ENCRYPTED = 0x1
_MEMBER_MARK = b"PK\x01\x02"
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, KeyError,
           NotImplementedError, RuntimeError)  # fmt: skip

#: Called with the local name of an element and its attributes by local name.
Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class Package:
    """A zip file whose parts may be unpacked.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    UnreadableFileError
        If it is no zip file, or claims to unpack to too much.
    """

    def __init__(self, content: bytes) -> None:
        if content.count(_MEMBER_MARK) > MOST_MEMBERS:
            raise UnreadableFileError(f"a packed file of more than {MOST_MEMBERS:,} parts")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = self._zip.infolist()
        except _BROKEN as error:
            raise UnreadableFileError(f"damaged, or no XLSX file: {_told(error)}") from None
        if len(members) > MOST_MEMBERS:
            raise UnreadableFileError(f"a packed file of more than {MOST_MEMBERS:,} parts")
        claimed = sum(member.file_size for member in members)
        if claimed > LARGEST_UNPACKED:
            raise UnreadableFileError(f"unpacks to more than {LARGEST_UNPACKED // 10**6} MB")
        if claimed > LARGEST_RATIO * len(content):
            raise UnreadableFileError(f"unpacks to more than {LARGEST_RATIO} times its size")
        self._left = min(LARGEST_UNPACKED, LARGEST_RATIO * len(content))
        # Parts are found whatever their letters, as Excel does.
        self._members = {member.filename.lower().lstrip("/"): member for member in members}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def read(self, name: str, *, start: Start, end: End | None = None, text: Text | None = None) -> None:
        """Read one part as XML.

        Raises
        ------
        UnreadableFileError
            If it is missing, damaged, no XML, has a document type, or unpacks to too much.
        """
        reader = _parser(name, start, end, text)
        try:
            member = self._members[name.lower()]
            if member.flag_bits & _ENCRYPTED:
                raise UnreadableFileError("protected by a password")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UnreadableFileError(f"packed in a way that no XLSX file is ({name})")
            fed = 0
            with self._zip.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise UnreadableFileError("unpacks to more than it says")
                    reader.Parse(chunk, False)
                    fed += len(chunk)
                    if fed - reader.CurrentByteIndex > _LONGEST_PIECE:
                        raise UnreadableFileError(f"{name} has a piece of more than 1 MB, as no spreadsheet has")
            reader.Parse(b"", True)
        except KeyError:
            raise UnreadableFileError(f"no Excel workbook: {name} is missing") from None
        except expat.ExpatError as error:
            raise UnreadableFileError(f"damaged: {name}, {error}") from None
        except _BROKEN as error:
            raise UnreadableFileError(f"damaged: {name}, {_told(error)}") from None


def _parser(name: str, start: Start, end: End | None, text: Text | None) -> expat.XMLParserType:
    reader = expat.ParserCreate(namespace_separator=" ")
    reader.buffer_text = True
    depth = 0

    def begin(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise UnreadableFileError(f"{name} is nested too deep")
        start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def finish(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(_local(tag))

    def refuse(*_: object) -> None:
        raise UnreadableFileError(f"{name} has a document type or entities, as no spreadsheet has")

    reader.StartElementHandler = begin
    reader.EndElementHandler = finish
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    if text is not None:
        reader.CharacterDataHandler = text
    return reader


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _told(error: BaseException) -> str:
    """An error's own words, short and printable."""
    words = str(error) or type(error).__name__
    return "".join(character if character.isprintable() else "?" for character in words[:120])
