"""Figures marked in Markdown, LaTeX and notebooks: a comment ``derive: problem.toml dE/dw5`` beside each.

A comment is about the last numbers before it, one for each quantity that it names. A problem that is named holds for
the comments below it too.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.given.naming import QuantityId

LARGEST_FILE = 32 << 20

_HTML = re.compile(r"<!--\s*derive(?P<colon>:|(?=\s))(?P<said>[^<>]*)-->")
_LATEX = re.compile(r"(?<!\\)%+\s*derive(?P<colon>:|(?=\s))(?P<said>[^\n]*)")
_HASH = re.compile(r"#+\s*derive(?P<colon>:|(?=\s))(?P<said>[^\n]*)")
#: Blocks and spans of code, in which a comment is no comment but shown.
_SHOWN = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL
)
#: A number as texts have it: no part of a name, an index or an exponent; digits may be grouped by thin spaces.
_NUMBER = re.compile(
    r"""
    (?<![\w.^@])(?<!_\{)(?<!\^\{)
    [-+\u2212]?
    (?:\d+(?:(?:\\,|[\u2009\u202f])\d+)*)?
    (?:(?:[.,]|\{,\})\d+(?:(?:\\,|[\u2009\u202f])\d+)*|(?<=\d))     # a decimal part, or none after a digit
    (?:
        [eE][-+\u2212]?\d+
        | \s*(?:\u00d7|\\times|\\cdot|\u00b7)\s*10\s*
          (?:\^\{?\s*[-+\u2212]?\d+\}?|\u207b?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)
    )?
    (?![\w@])
    """,
    re.VERBOSE,
)
_GROUPING = re.compile(r"\\,|[\u2009\u202f]")
#: A comma that can only be the mark of decimals: no grouped number begins with 0. Of 1{,}106 nobody can tell.
_AFTER_ZERO = re.compile(r"(?<!\d)0\{,\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One figure that is marked.

    Attributes
    ----------
    file : Path
    place : str
        Where in it: a line, or a cell and its line.
    problem : str
        As named.
    quantity : str
        As typed.
    figure : str
        As printed.
    """

    file: Path
    place: str
    problem: str
    quantity: str
    figure: str

    @property
    def where(self) -> str:
        """File and place, as compilers print them."""
        return f"{self.file}:{self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A comment, a figure or a file that cannot be used, and why."""

    where: str
    reason: str


def marked_in(file: Path, is_problem: Callable[[str], bool]) -> Iterator[Marked | Unusable]:
    """The marked figures of a file, in its order.

    Parameters
    ----------
    file : Path
        Markdown (``.md``, ``.markdown``, ``.html``), LaTeX (``.tex``, ``.sty``), a notebook (``.ipynb``); in every
        other text file comments begin with ``#``.
    is_problem : callable
        Whether a word names a problem.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            yield Unusable(where=str(file), reason=f"larger than {LARGEST_FILE >> 20} MiB")
            return
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        yield Unusable(where=str(file), reason="not UTF-8 text")
        return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        yield Unusable(where=str(file), reason=f"cannot be read: {reason}")
        return
    known = ""
    for part in _parts(file, text):
        if isinstance(part, Unusable):
            yield part
            continue
        found, known = _marked(file, part, known, is_problem)
        yield from found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A text with comments of one kind; ``shown`` is what is printed below it, and ``cell`` where it stands."""

    text: str
    comment: re.Pattern[str]
    cell: str = ""
    shown: str = ""

    def place(self, position: int) -> str:
        return f"{self.cell}{self.text.count(chr(10), 0, position) + 1}"


def _parts(file: Path, text: str) -> Iterator[_Part | Unusable]:
    match file.suffix.lower():
        case ".md" | ".markdown" | ".html" | ".htm":
            yield _Part(text=text, comment=_HTML)
        case ".tex" | ".sty" | ".ltx":
            yield _Part(text=text, comment=_LATEX)
        case ".ipynb":
            try:
                cells = json.loads(text)["cells"]
                for number, cell in enumerate(cells, start=1):
                    yield _cell(cell, number)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                yield Unusable(where=str(file), reason="not a notebook: JSON with a list of cells is needed")
        case _:
            yield _Part(text=text, comment=_HASH)


def _cell(cell: Any, number: int) -> _Part:
    source = "".join(cell["source"])
    where = f"cell {number}, line "
    if cell["cell_type"] != "code":
        return _Part(text=source, comment=_HTML, cell=where)
    outputs = cell.get("outputs", [])
    texts = [output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs]
    return _Part(text=source, comment=_HASH, cell=where, shown="\n".join("".join(text) for text in texts))


def _marked(
    file: Path, part: _Part, known: str, is_problem: Callable[[str], bool]
) -> tuple[list[Marked | Unusable], str]:
    """The figures of a part, and the problem that holds from there on."""
    found: list[Marked | Unusable] = []
    code = [match.span() for match in _SHOWN.finditer(part.text)] if part.comment is _HTML else []
    behind = 0
    for comment in part.comment.finditer(part.text):
        if any(start <= comment.start() < end for start, end in code):
            continue
        where = f"{file}:{part.place(comment.start())}"
        try:
            words = shlex.split(comment["said"])
        except ValueError:
            if comment["colon"]:
                found.append(Unusable(where=where, reason="a quotation mark in the comment is not closed"))
            continue
        # Without its colon it may be a sentence that begins so.
        if not comment["colon"] and not (words and (is_problem(words[0]) or (known and all(map(_is_an_id, words))))):
            continue
        if words and is_problem(words[0]):
            known, *words = words
        before = part.text[behind : comment.start()]
        behind = comment.end()
        if not words:
            continue
        if not known:
            found.append(
                Unusable(where=where, reason=f"no problem is named; write  derive: problem.toml {' '.join(words)}")
            )
            continue
        numbers = list(_NUMBER.finditer(before))[-len(words) :]
        at = [part.place(comment.start() - len(before) + number.end()) for number in numbers]
        figures = [number[0] for number in numbers]
        if len(figures) < len(words) and part.shown:
            figures = [number[0] for number in _NUMBER.finditer(part.shown)][-len(words) :]
            at = [part.place(comment.start())] * len(figures)
        if len(figures) < len(words):
            count = f"{len(words)} numbers" if len(words) > 1 else "a number"
            reason = f"{count} should stand before the comment, for {', '.join(words)}"
            found.append(Unusable(where=where, reason=reason))
            continue
        for place, word, figure in zip(at, words, figures, strict=True):
            plain = _AFTER_ZERO.sub("0.", _GROUPING.sub("", figure)).replace("{,}", ",")
            found.append(Marked(file=file, place=place, problem=known, quantity=word, figure=plain))
    return found, known


def _is_an_id(word: str) -> bool:
    """Whether a word can only be the name of a figure."""
    return bool(re.search(r"[0-9_/]", word)) and QuantityId.parse(word) is not None


def problem_path(marked: Marked, builtin: Callable[[str], bool]) -> str:
    """Where the problem of a figure is: built in, or a file beside the text.

    Raises
    ------
    DeriveError
        If there is none.
    """
    if builtin(marked.problem):
        return marked.problem
    beside = marked.file.parent / marked.problem
    for path in (beside, Path(marked.problem)):
        if path.is_file():
            return str(path)
    raise DeriveError(f"{marked.problem}: no such problem file, here or beside {marked.file.name}")
