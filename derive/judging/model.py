"""Answers and what is found out about them, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

Verdict = Literal[
    "blank",
    "unreadable",
    "too-coarse",
    "correct",
    "carried",
    "rounding",
    "convention",
    "slip",
    "misconception",
    "ambiguous",
    "wrong",
]
Policy = Literal["carried", "strict"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: Verdicts that leave the exit status 0.
RIGHT: frozenset[Verdict] = frozenset({"correct", "rounding", "convention"})
FAULTLESS: frozenset[Verdict] = RIGHT | {"blank"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An answer as somebody wrote it.

    Attributes
    ----------
    text : str
        As written, without surrounding blanks.
    kind : "number", "formula", "blank" or "unreadable"
    value : Fraction
        The number's exact value; 0 for all other kinds.
    unit : Fraction
        One unit of the last written place; 0 for a fraction such as 3/8, which says exactly what it says.
    digits : int
        Significant digits written; 0 for a written zero and for a fraction.
    reason : str
        Why it is unreadable.
    """

    text: str
    kind: Literal["number", "formula", "blank", "unreadable"]
    value: Fraction = Fraction(0)
    unit: Fraction = Fraction(0)
    digits: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One written answer and where it stands.

    Attributes
    ----------
    student : str or None
    quantity : str
        As typed in the file; not yet known to name anything.
    written : Written
    note : str
    file : str
        "" for a mapping, "-" for standard input.
    row : int or None
        1-based, counted with the header.
    form : str
        The form id that stands beside it, where there is such a column.
    total : str
        What a teacher wrote beside a script's answers as the marks that count, as typed.
    """

    student: str | None
    quantity: str
    written: Written
    note: str = ""
    file: str = ""
    row: int | None = None
    form: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """What could not be judged, and why."""

    file: str
    row: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How answers are judged.

    Attributes
    ----------
    digits : int or None
        Significant digits asked for; None: at least 2.
    truncation : bool
        Whether figures may be truncated rather than rounded.
    policy : "carried" or "strict"
        Whether a figure that follows from a wrong one earns its mark.
    """

    digits: int | None = None
    truncation: bool = False
    policy: Policy = "carried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one answer is worth, and why.

    Attributes
    ----------
    quantity : str
        Its canonical id.
    written : str
    verdict : Verdict
    expected : str
        The right figure, with the digits asked for (or as many as were written).
    diagnosis : tuple of str
        Ids of misconceptions, slips or the convention; with ``ambiguous`` the likeliest first, else they hold together.
    explanation : str
        Sentences for the student; plain text.
    follows_from : tuple of str
        Ids of the student's own wrong figures that this one follows from.
    given, used : str
        The given that was misread, and the number it was taken for; empty where none was.
    marks : int
        Marks earned: 0, or what the figure is worth.
    worth : int
        Marks to be had.
    """

    student: str | None
    quantity: str
    written: str
    verdict: Verdict
    expected: str
    diagnosis: tuple[str, ...] = ()
    explanation: str = ""
    follows_from: tuple[str, ...] = ()
    given: str = ""
    used: str = ""
    marks: int = 0
    note: str = ""
    worth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All judgements of one run, in working order within each student, and what could not be judged.

    Attributes
    ----------
    problem : str
        Its name.
    judgements : tuple of Judgement
    rejected : tuple of Rejected
    conventions : mapping of (str or None) to tuple of str
        For each student the sentences about conventions recognised, each said once.
    missing : tuple of str
        Students of a class from whom nothing came back.
    people : mapping of str to mapping of str to str
        What the roster says of them: name, group, and its further columns.
    totals : mapping of str to str
        Marks that a teacher gave some students in place of those worked out.
    """

    problem: str
    judgements: tuple[Judgement, ...]
    rejected: tuple[Rejected, ...] = ()
    conventions: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)

    @property
    def out_of(self) -> int:
        """Marks to be had."""
        return sum(judgement.worth for judgement in self.judgements)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many of each verdict there are; those that occur, in the order of `VERDICTS`."""
        found = Counter(judgement.verdict for judgement in self.judgements)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    @property
    def marks(self) -> int:
        """Marks earned."""
        return sum(judgement.marks for judgement in self.judgements)

    @property
    def first_wrong(self) -> str | None:
        """The first quantity that went wrong by itself, or else the first with any fault."""
        own = (each.quantity for each in self.judgements if each.verdict not in FAULTLESS | {"carried"})
        return next(own, next((each.quantity for each in self.judgements if each.verdict not in FAULTLESS), None))

    @property
    def all_right(self) -> bool:
        """Whether nothing written is at fault."""
        return all(judgement.verdict in FAULTLESS for judgement in self.judgements)

    def by_student(self) -> dict[str | None, Report]:
        """The parts of it that are each about one student, in the order in which they came."""
        found: dict[str | None, list[Judgement]] = {}
        for judgement in self.judgements:
            found.setdefault(judgement.student, []).append(judgement)
        said = self.conventions
        return {
            student: Report(
                problem=self.problem,
                judgements=tuple(chosen),
                conventions={student: said[student]} if student in said else {},
                people=self.people,
            )
            for student, chosen in found.items()
        }

    def called(self, student: str | None) -> str | None:
        """A student's name, where the roster has one, and id."""
        name = self.people.get(student, {}).get("name", "") if student is not None else ""
        return f"{name} · {student}" if name else student

    @property
    def students(self) -> tuple[str | None, ...]:
        """Each student once, in the order in which they came."""
        return tuple(dict.fromkeys(judgement.student for judgement in self.judgements))
