"""A teacher's own words on a sheet: course, date, instructions in a little Markdown; and the paper it is printed on.

Of Markdown there are paragraphs, headings, lists, **strong**, *emphasis*, `code` and links; all else is plain text. It
is parsed into data and escaped by every format for itself, so that nothing in it is ever markup of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from derive.errors import DeriveError, ProblemError
from derive.given import fields

Paper = Literal["a4", "letter"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
LONGEST_LINE = 120
LONGEST_INSTRUCTIONS = 10_000

Style = Literal["", "strong", "emphasis", "code"]
#: A piece of text and how it is set.
Run = tuple[str, Style]

_INLINE = re.compile(
    r"\\(?P<plain>[\\`*_\[\](){}#+.!-])"
    r"|(?P<tick>`+)(?P<code>.+?)(?P=tick)"
    r"|\*\*(?P<strong>\S(?:.*?\S)?)\*\*|(?<!\w)__(?P<strong2>\S(?:.*?\S)?)__(?!\w)"
    r"|\*(?P<emphasis>[^\s*](?:[^*]*?[^\s*])?)\*|(?<!\w)_(?P<emphasis2>[^\s_](?:[^_]*?[^\s_])?)_(?!\w)"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<address>[^()\s]+)\)"
)
_BULLET = re.compile(r"\s{0,3}[-*+]\s+(?P<text>.+)")
_NUMBER = re.compile(r"\s{0,3}\d{1,9}[.)]\s+(?P<text>.+)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.+?)\s*#*\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a heading, or a list.

    Attributes
    ----------
    kind : "paragraph", "heading", "bullets" or "numbers"
    items : tuple of tuples of Run
        One, or one for each entry of a list.
    """

    kind: Literal["paragraph", "heading", "bullets", "numbers"]
    items: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """What a teacher adds to every sheet and key.

    Attributes
    ----------
    course, date : str
        As typed; may be empty.
    instructions : tuple of Block
        Before what the sheet says by itself.
    paper : "a4" or "letter"
    """

    course: str = ""
    date: str = ""
    instructions: tuple[Block, ...] = ()
    paper: Paper = "a4"

    @property
    def occasion(self) -> str:
        """Course and date on one line."""
        return " · ".join(filter(None, (self.course, self.date)))


def one_line(text: str, option: str, longest: int = LONGEST_LINE) -> str:
    """A text for one line of a sheet.

    Raises
    ------
    DeriveError
        If it is too long, or has characters that cannot be shown.
    """
    try:
        return fields.text(text, "", longest=longest, lines=False)
    except ProblemError as error:
        raise DeriveError(f"{option}: {error.message}") from None


def read_instructions(path: str | Path) -> tuple[Block, ...]:
    """Instructions from a Markdown file.

    Raises
    ------
    DeriveError
        If it cannot be read, is too long, or has characters that cannot be shown.
    """
    file = str(path) if str(path).isprintable() else repr(str(path))
    try:
        with Path(path).open("rb") as stream:
            text = stream.read(4 * LONGEST_INSTRUCTIONS + 4).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DeriveError(f"--instructions {file}: not UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        raise DeriveError(f"--instructions {file}: cannot be read: {reason}") from None
    if len(text) > LONGEST_INSTRUCTIONS:
        raise DeriveError(f"--instructions {file}: more than {LONGEST_INSTRUCTIONS:,} characters; a sheet has no room")
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            fields.text(line.replace("\t", " "), "", longest=LONGEST_INSTRUCTIONS, lines=False)
        except ProblemError as error:
            raise DeriveError(f"--instructions {file}, line {number}: {error.message}") from None
    return markdown_blocks(text)


def markdown_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text."""
    found: list[tuple[str, list[str]]] = []
    for line in text.expandtabs(4).splitlines():
        heading, bullet, number = (pattern.fullmatch(line) for pattern in (_HEADING, _BULLET, _NUMBER))
        last = found[-1][0] if found else "end"
        if not line.strip():
            found.append(("end", []))
        elif heading:
            found.append(("heading", [heading["text"]]))
        elif bullet or number:
            kind, entry = ("bullets", bullet) if bullet else ("numbers", number)
            assert entry is not None
            if last == "end" and len(found) > 1 and found[-2][0] == kind:
                found.pop()  # a list whose entries are parted by empty lines
            if found and found[-1][0] == kind:
                found[-1][1].append(entry["text"])
            else:
                found.append((kind, [entry["text"]]))
        elif last in ("paragraph", "bullets", "numbers"):
            found[-1][1][-1] += " " + line.strip()
        else:
            found.append(("paragraph", [line.strip()]))
    return tuple(
        Block(kind=kind, items=tuple(tuple(_runs(item)) for item in items))  # type: ignore[arg-type]
        for kind, items in found
        if kind != "end"
    )


def _runs(text: str) -> Iterator[Run]:
    at = 0
    plain = ""
    for match in _INLINE.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        if match["plain"] is not None:
            plain += match["plain"]
            continue
        if match["label"] is not None:
            plain += f"{match['label']} ({match['address']})"
            continue
        style, inner = _styled(match)
        if plain:
            yield plain, ""
        plain = ""
        yield inner, style
    plain += text[at:]
    if plain:
        yield plain, ""


def _styled(match: re.Match[str]) -> tuple[Style, str]:
    if match["code"] is not None:
        return "code", match["code"].strip() or match["code"]
    strong = match["strong"] or match["strong2"]
    return ("strong", strong) if strong else ("emphasis", match["emphasis"] or match["emphasis2"])
