"""What a teacher asks for, worked out before anything is written: who, which figures, whose numbers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from derive.arithmetic.exact import Cut
from derive.errors import DeriveError, UnsupportedError
from derive.formula.figures import Figure
from derive.given.common_keys import LONGEST_TITLE
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round
from derive.given.problem_file import problem_mapping
from derive.handouts.making.points import points_of
from derive.handouts.making.sharing import drawn_for
from derive.handouts.people.manifest import Manifest, manifest_of
from derive.handouts.people.roster import Roster, lettered, read_roster
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.honest import MOST_UPDATES
from derive.handouts.sheets.own_words import PAPERS, OwnWords, Paper, one_line, read_instructions
from derive.handouts.sheets.practice import PracticeSheet, see_to_practice
from derive.handouts.sheets.sheet_model import Level, Worksheet
from derive.handouts.sheets.worksheet import worksheet_document
from derive.handouts.variants.drawing import draw_class, draw_variant
from derive.judging.routes import proved_by, routes_for

FORMATS = ("html", "pdf", "latex", "moodle", "gift", "canvas", "qti")
_MOST_AGAIN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A handout as it was ordered.

    Attributes
    ----------
    problem : Problem or FormulaProblem
    roster : Roster
    asked : tuple of str
        Canonical ids, in working order.
    seed, sheet : str
        What the numbers are drawn from.
    at_random : bool
        Whether the seed itself was drawn.
    ask : str
        As typed.
    level : int, 1 to 4
    digits : int, 2 to 30
    formats : tuple of str
    points : tuple of int
        Of each figure asked.
    words : OwnWords
        The teacher's.
    formulas, example, same : bool
        A formula sheet; a worked example with other numbers first; the file's own numbers for everyone.
    variants : int or None
        How many versions are dealt out; None: as many as there are students, or groups.
    groups : bool
        Whether those of one group have the same numbers.
    practice : bool
        Whether there are pages that check each figure as it is typed.
    practice_url : str
        Where such pages are put, for questions on a platform; empty: nowhere.
    """

    problem: AnyProblem
    roster: Roster
    asked: tuple[str, ...]
    seed: str
    at_random: bool
    sheet: str
    ask: str
    level: Level
    digits: int
    formats: tuple[str, ...]
    points: tuple[int, ...]
    words: OwnWords
    formulas: bool
    example: bool
    same: bool
    variants: int | None = None
    groups: bool = False
    practice: bool = False
    practice_url: str = ""

    @property
    def stamp(self) -> dict[str, Any]:
        """All that the files depend on, as JSON has it."""
        return {
            "problem": {"name": self.problem.name, **problem_mapping(self.problem)},
            "students": [
                [each.id, each.name, each.group, list(map(list, each.extra))] for each in self.roster.students
            ],
            "seed": self.seed,
            "sheet": self.sheet,
            "asked": list(self.asked),
            "level": self.level,
            "digits": self.digits,
            "formats": list(self.formats),
            "points": list(self.points),
            "words": asdict(self.words),
            "formulas": self.formulas,
            "example": self.example,
            "same": self.same,
            "variants": self.variants,
            "groups": self.groups,
            "practice": self.practice,
            "practice url": self.practice_url,
        }

    def drawn(self, draw: Callable[[Sequence[str]], Sequence[AnyProblem]] | None = None) -> Manifest:
        """The manifest, with everybody's numbers.

        Parameters
        ----------
        draw : callable, optional
            Draws the numbers for many names, as `numbers_of` does, which is used without it.

        Raises
        ------
        UnsupportedError
            If no numbers are found that can show every misconception.
        """
        return manifest_of(
            self.problem,
            self.roster.students,
            self._numbers(draw or self.numbers_of),
            seed=self.seed,
            at_random=self.at_random,
            sheet=self.sheet,
            digits=self.digits,
            ask=self.ask,
            asked=self.asked,
            level=self.level,
            points=self.points,
        )

    def worksheet(self) -> Worksheet:
        """The worksheet without numbers."""
        return worksheet_document(
            self.problem,
            self.asked,
            level=self.level,
            digits=self.digits,
            points=self.points,
            words=self.words,
            formulas=self.formulas,
            example=self._example() if self.example else None,
        )

    def practice_sheet(self) -> PracticeSheet:
        """What all practice pages have in common: words and symbols, for the rules are the hints."""
        sheet = worksheet_document(self.problem, self.asked, level=3, digits=self.digits, words=self.words)
        return PracticeSheet(sheet=sheet, problem=self.problem)

    def _numbers(self, draw: Callable[[Sequence[str]], Sequence[AnyProblem]]) -> Sequence[AnyProblem]:
        if self.same:
            return [self.problem] * len(self.roster.students)
        names = drawn_for(self.roster, variants=self.variants, groups=self.groups)
        each = tuple(dict.fromkeys(names))
        found = dict(zip(each, draw(each), strict=True))
        return [found[name] for name in names]

    def numbers_of(self, names: Sequence[str]) -> Sequence[AnyProblem]:
        """The numbers drawn for some names; they hang on seed, sheet and name alone."""
        numbers = self._drawn(self.sheet, names)
        if not self.example:
            return numbers
        # What is printed in the worked example must be nobody's answer.
        example = self.worksheet().example
        assert example is not None
        printed = _digits(example.figures.values())
        for again in range(1, _MOST_AGAIN):
            told = [place for place, own in enumerate(numbers) if not printed.isdisjoint(self._answers(own))]
            if not told:
                return numbers
            others = self._drawn(f"{self.sheet}\nagain {again}", [names[place] for place in told])
            for place, other in zip(told, others, strict=True):
                numbers[place] = other
        raise UnsupportedError("no numbers were found whose answers do not stand in the worked example")

    def _drawn(self, sheet: str, students: Sequence[str]) -> list[AnyProblem]:
        return list(
            draw_class(
                self.problem, seed=self.seed, sheet=sheet, students=students, asked=self.asked, digits=self.digits
            )
        )

    def _answers(self, problem: AnyProblem) -> frozenset[str]:
        proved, cut = proved_by(problem, routes_for([problem])), Cut(digits=self.digits)
        return _digits(proved.figure(name, cut) for name in self.asked)

    def _example(self) -> AnyProblem:
        # Drawn from a sheet of its own: no student can have the same.
        return draw_variant(
            self.problem,
            seed=self.seed,
            sheet=f"{self.sheet}\nworked example",
            student="worked example",
            asked=self.asked,
            digits=self.digits,
        )


def _digits(figures: Iterable[Figure]) -> frozenset[str]:
    """What is written of figures, wherever their point stands; those of one or two digits tell nothing."""
    found = (figure.digits.strip("0.") for figure in figures)
    return frozenset(text for text in found if len(text) > 2)


def plan(
    problem: AnyProblem,
    *,
    students: str | Path | int | Roster | None = None,
    variants: int | None = None,
    same: bool = False,
    seed: str | None = None,
    sheet: str | None = None,
    ask: str = "all",
    level: int = 2,
    digits: int | None = None,
    formats: Sequence[str] = ("html", "pdf"),
    formulas: bool = False,
    example: bool = False,
    points: Sequence[str] = (),
    title: str = "",
    course: str = "",
    date: str = "",
    instructions: str | Path | None = None,
    paper: str = "a4",
    groups: bool = False,
    practice: bool = False,
    practice_url: str = "",
) -> Plan:
    """What is to be made.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    students : path of a roster, number, or Roster
    variants : int, optional
        So many versions, A, B, ..., dealt out to the students in turn; without students, for nobody in particular.
    same : bool
        The file's own numbers for everyone.
    seed : str, optional
        What the numbers are drawn from; left out: a random one.
    sheet : str, optional
        Which sheet of the course it is; without it the problem's name.
    ask : str
        ``forward``, ``backward``, ``updates``, ``all``, or quantity ids, with commas between.
    level : int, 1 to 4
    digits : int, 2 to 30, optional
        Significant digits asked; without it 4, and of counts all of them.
    formats : sequence of str
        Of `FORMATS`.
    formulas, example : bool
    points : sequence of str
        Of figures that are worth more or less than 1, such as ``dE/dw1=3``; see `points_of`.
    title, course, date : str
        Words for the head of sheets and keys; without a title it is the problem's.
    instructions : path, optional
        A Markdown file.
    paper : "a4" or "letter"
    groups : bool
        The same numbers for everyone of a group of the roster.
    practice : bool
        Pages that check each figure as it is typed, with the same numbers as the sheets.
    practice_url : str
        An http or https address of a folder where these pages will be put.

    Raises
    ------
    DeriveError
        If the roster cannot be read, or the wishes contradict each other.
    UnsupportedError
        If the problem or what is asked cannot be drawn again.
    """
    if same and (groups or (students is not None and variants is not None)):
        raise DeriveError("--same gives everyone the same numbers: leave out --groups and --variants")
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UnsupportedError(f"format {', '.join(unknown) or 'none'}: there are {', '.join(FORMATS)}")
    asked = asked_ids(problem, ask)
    later = [name for name in asked if at_round(name)[1] > MOST_UPDATES]
    if later and not same:
        raise UnsupportedError(
            f"{later[0]}: figures after more than {MOST_UPDATES} updates can be asked with --same only"
        )
    counts = problem.counts
    number = digits or (problem.display.digits if counts else 4)
    # A sheet is printed with the digits it asks for, whatever the file shows.
    shown = replace(problem, display=replace(problem.display, digits=number, decimals=None))
    if title:
        shown = replace(shown, title=one_line(title, "--title", LONGEST_TITLE) or problem.title)
    if practice:
        see_to_practice(shown, asked)
    roster = _roster(students, variants, same)
    dealt = variants if students is not None else None
    drawn_for(roster, variants=dealt, groups=groups)  # what cannot be shared is told before anything is drawn
    return Plan(
        problem=shown,
        roster=roster,
        asked=asked,
        seed=secrets.token_hex(16) if seed is None else seed,
        at_random=seed is None,
        sheet=sheet if sheet is not None else problem.name,
        ask=ask,
        level=_level(level),
        digits=number,
        formats=tuple(name for name in FORMATS if name in formats),
        points=points_of(shown, asked, points),
        words=OwnWords(
            course=one_line(course, "--course"),
            date=one_line(date, "--date"),
            instructions=() if instructions is None else read_instructions(instructions),
            paper=_paper(paper),
        ),
        formulas=formulas,
        example=example,
        same=same,
        variants=dealt,
        groups=groups,
        practice=practice,
        practice_url=_address(practice_url, practice),
    )


def _roster(students: str | Path | int | Roster | None, variants: int | None, same: bool) -> Roster:
    if isinstance(students, Roster):
        return students
    if students is None and variants is not None:
        return lettered(variants)
    if students is None:
        if same:
            return lettered(1)
        raise DeriveError("for whom? Name a roster or a number with --students, or versions with --variants 4")
    return read_roster(students)


def _address(url: str, practice: bool) -> str:
    """Where practice pages are put, ending in a stroke."""
    if not url:
        return ""
    if not practice:
        raise DeriveError("--practice-url: there are no practice pages; ask for them with --practice")
    if not re.fullmatch(r"https?://[^\s<>\"'{}|\\^`]{1,500}", url):
        raise DeriveError("--practice-url: an address is needed that begins with http:// or https:// and has no blanks")
    return url.rstrip("/") + "/"


def _paper(paper: str) -> Paper:
    for known in PAPERS:
        if paper == known:
            return known
    raise UnsupportedError(f"paper {paper!r}: there are {' and '.join(PAPERS)}")


def _level(level: int) -> Level:
    match level:
        case 1 | 2 | 3 | 4:
            return level
        case _:
            raise UnsupportedError(f"level {level}: there are 1, 2, 3 and 4")
