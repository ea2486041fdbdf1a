"""The files of a whole class, each bound from parts of some students: worksheets, keys, and the marking key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from derive import progress
from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.handouts.making.binding import bound
from derive.handouts.making.folder import Folder
from derive.handouts.making.plan import Plan
from derive.handouts.sheets.key import AnswerKey, answer_key
from derive.handouts.sheets.marking_key import Column, columns_of, marking_key_pdf
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_pdf import keys_pdf, worksheets_pdf

WORKSHEETS, KEYS, MARKING_KEY = "class-worksheets.pdf", "class-keys.pdf", "marking-key.pdf"
_PARTS = "parts"

#: Some students' numbers, and who they are.
People = tuple[tuple[AnyProblem, Recipient], ...]


def key_of(plan: Plan, sheet: Worksheet, problem: AnyProblem) -> AnswerKey:
    """The key to one student's numbers."""
    return answer_key(problem, plan.asked, digits=plan.digits, started=sheet.shown)


def part_makers(
    plan: Plan, sheet: Worksheet, people: People, folder: Folder, *, part: str, last: bool, marked: bool
) -> Mapping[str, Callable[[], str | bytes]]:
    """What makes some students' parts of the class files; nothing where the class files are there already.

    Parameters
    ----------
    plan : Plan
    sheet : Worksheet
    people : People
    folder : Folder
    part : str
        What the parts are called.
    last : bool
        Whether nobody comes behind these.
    marked : bool
        Whether there is a marking key.
    """

    @cache
    def keyed() -> list[tuple[AnswerKey, Recipient]]:
        return [(key_of(plan, sheet, problem), recipient) for problem, recipient in people]

    makers: dict[str, tuple[str, Callable[[], str | bytes]]] = {
        WORKSHEETS: (_part(WORKSHEETS, part), lambda: worksheets_pdf(sheet, people, followed=not last)),
        KEYS: (_part(KEYS, part), lambda: keys_pdf(sheet, keyed(), followed=not last)),
    }
    if marked:
        makers[MARKING_KEY] = (_part(MARKING_KEY, part), lambda: columns_of(keyed()))
    return dict(makers[name] for name in folder.missing(makers))


def bind(folder: Folder, sheet: Worksheet, parts: Sequence[str], *, marked: bool) -> set[str]:
    """Bind the parts into the class files, and take the parts away; returns what the class files are called.

    Raises
    ------
    DeriveError
        If a part was taken away.
    """
    makers: dict[str, Callable[[list[Path]], bytes]] = {WORKSHEETS: bound, KEYS: bound}
    if marked:
        makers[MARKING_KEY] = lambda pieces: marking_key_pdf(sheet, _columns(pieces))
    for name in folder.missing(makers):
        progress.stage(f"binding {name}")
        pieces = [folder.root / _part(name, part) for part in parts]
        lost = [piece for piece in pieces if not piece.is_file()]
        if lost:
            raise DeriveError(
                f"{folder.root}: {lost[0].relative_to(folder.root)} was taken away before it was bound; run the same "
                "command again"
            )
        folder.make({name: partial(makers[name], pieces)})
    folder.remove(_PARTS)
    return set(makers)


def _part(name: str, part: str) -> str:
    """Where a part of a class file stands; of the marking key as data, for all of it is set at once."""
    stem, ending = name.rsplit(".", 1)
    return f"{_PARTS}/{stem}-{part}.{'json' if name == MARKING_KEY else ending}"


def _columns(parts: Sequence[Path]) -> list[Column]:
    try:
        return [column for part in parts for column in json.loads(part.read_text(encoding="ascii"))]
    except (OSError, ValueError):
        raise DeriveError(f"{parts[0]}: cannot be read; run the same command again") from None
