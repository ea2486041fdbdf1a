"""Three sentences for the next lesson: what most got wrong, where the class lost most marks, who needs a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.judging.feedback.class_costs import CauseCost, StepCost
from derive.judging.wording import count
from derive.telling.model import Text

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """One student of a class as its page lists them.

    Attributes
    ----------
    name : str
        "" for nobody in particular.
    href : str
        Of the student's own page, where there is one.
    marks, out_of, blank : int
    first : str or None
        The first figure that went wrong.
    """

    name: str
    href: str
    marks: int
    out_of: int
    blank: int
    first: str | None

    @property
    def lost(self) -> int:
        """Marks that are missing."""
        return self.out_of - self.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a teacher reads first.

    Attributes
    ----------
    wrong, lost : Text
        Sentences.
    word : str
        The beginning of the third, which the names follow; a whole sentence where there are none.
    pupils : tuple of Pupil
    more : int
        How many further ones are not named.
    """

    wrong: Text
    lost: Text
    word: str
    pupils: tuple[Pupil, ...]
    more: int


def lesson(
    causes: Sequence[CauseCost], steps: Sequence[StepCost], pupils: Sequence[Pupil], missing: Sequence[str] = ()
) -> Lesson:
    """The three sentences.

    Parameters
    ----------
    causes : sequence of CauseCost
        Worst first.
    steps : sequence of StepCost
    pupils : sequence of Pupil
        In order of need.
    missing : sequence of str
        Names of those from whom nothing came back.
    """
    needy = [each for each in pupils if 2 * each.marks < each.out_of]
    needy += [Pupil(name=name, href="", marks=0, out_of=0, blank=0, first=None) for name in missing]
    word = "A word is needed with"
    if not needy:
        needy = [each for each in pupils if each.lost][:1]
        word = "Nobody has fewer than half of the marks; fewest has" if needy else "Nobody needs a word."
    return Lesson(
        wrong=_wrong(causes, len(pupils)),
        lost=_lost(steps),
        word=word,
        pupils=tuple(needy[:_MOST_NAMED]),
        more=max(len(needy) - _MOST_NAMED, 0),
    )


def _wrong(causes: Sequence[CauseCost], students: int) -> Text:
    if not causes:
        return ("Nobody went wrong at any step.",)
    worst = causes[0]
    of = f"{len(worst.students)} of {count(students, 'student')}"
    if not worst.ids:
        return (f"{of} went wrong in ways that no known mistake explains. ", *worst.instead)
    what = "What most got wrong" if 2 * len(worst.students) > students else "The commonest mistake"
    return (f"{what} is ", *worst.done, f", in the {'script' if len(worst.students) == 1 else 'scripts'} of {of}. ",
            *worst.instead)  # fmt: skip


def _lost(steps: Sequence[StepCost]) -> Text:
    worst = max(steps, key=lambda each: each.lost, default=None)
    if worst is None or not worst.lost:
        return ("No marks were lost.",)
    name = (worst.name,) if worst.name is not None else (worst.quantity,)
    title = f" ({worst.title[:1].lower()}{worst.title[1:]})" if worst.title else ""
    blank = f"; {count(worst.blank, 'student')} left it blank" if worst.blank else ""
    return ("Most marks were lost at ", *name, f"{title}: {worst.lost} of {worst.out_of}{blank}.")
