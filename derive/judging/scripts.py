"""Answers sorted: by student, under canonical ids, in working order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from derive.errors import UnknownQuantityError
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round, worked_in
from derive.judging.bare_names import bare_names
from derive.judging.model import Answer, Rejected, Written
from derive.judging.quantity_names import QuantityNames, names_of
from derive.judging.routes import routes_of
from derive.network.derivation import Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One student's answers by canonical id, in working order.

    Attributes
    ----------
    answers : mapping of str to Answer
    aliases : mapping of str to str
        Ids that are judged as another: ``w5@1`` as this round's ``w5_new``.
    read_as : mapping of str to str
        Names that may stand for several quantities, and for which they are taken.
    """

    answers: Mapping[str, Answer]
    aliases: Mapping[str, str] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)

    def judged_as(self, name: str) -> str:
        """The id an answer is judged as."""
        return self.aliases.get(name, name)

    def only(self, names: Sequence[str]) -> Script:
        """The part of it that answers some of its quantities."""
        chosen = {name: self.answers[name] for name in names}
        aliases = {name: new for name, new in self.aliases.items() if name in chosen}
        return Script(answers=chosen, aliases=aliases, read_as=self.read_as)

    @property
    def of_first_round(self) -> dict[str, Written]:
        """Numbers, blanks and what is unreadable in the round the problem states, under the ids judged."""
        found = ((self.judged_as(name), answer.written) for name, answer in self.answers.items())
        return {name: written for name, written in found if written.kind != "formula" and "@" not in name}

    @property
    def of_later_rounds(self) -> dict[str, Written]:
        """The same of later rounds."""
        found = ((self.judged_as(name), answer.written) for name, answer in self.answers.items())
        return {name: written for name, written in found if written.kind != "formula" and "@" in name}

    @property
    def formulas(self) -> dict[str, Written]:
        """Answers that are formulas."""
        return {name: answer.written for name, answer in self.answers.items() if answer.written.kind == "formula"}


def assembled(
    answers: Sequence[Answer], problems: Mapping[str | None, AnyProblem]
) -> tuple[dict[str | None, Script], list[Rejected]]:
    """Scripts by student, and the rows that name nothing or name it twice.

    Parameters
    ----------
    answers : sequence of Answer
    problems : mapping of (str or None) to Problem or FormulaProblem
        For every student with answers.
    """
    found: dict[str | None, list[tuple[str, Answer]]] = {}
    refused: list[Rejected] = []
    for answer in answers:
        mine = found.setdefault(answer.student, [])
        try:
            mine.append((_names(problems[answer.student]).known(answer.quantity), answer))
        except UnknownQuantityError as error:
            refused.append(Rejected(file=answer.file, row=answer.row, reason=str(error)))
    scripts: dict[str | None, Script] = {}
    for student, named in found.items():
        problem = problems[student]
        read_as = bare_names(problem, _names(problem), named)
        own: dict[str, Answer] = {}
        for known, answer in named:
            name = read_as.get(answer.quantity, known)
            if name not in own or own[name].written.kind == "blank":
                own[name] = answer  # before it an empty line of a form, under another name of the same figure
            elif answer.written.kind != "blank":
                refused.append(Rejected(file=answer.file, row=answer.row, reason=f"{name} is answered twice"))
        scripts[student] = _script(own, derivation_of(problem), read_as)
    return scripts, refused


def _names(problem: AnyProblem) -> QuantityNames:
    return names_of(derivation_of(problem), problem.display.notation)


def told_apart(answers: Sequence[Answer], problem: AnyProblem) -> list[Answer]:
    """Answers, where files that name no student and answer the same figure are of several students.

    Each is then called as its file, without the ending where that tells them apart.

    Parameters
    ----------
    answers : sequence of Answer
    problem : Problem or FormulaProblem
        Whose figures they are of.
    """
    names = _names(problem)
    answered: dict[str, set[str]] = {}
    for answer in answers:
        if answer.student is None and answer.file:
            with suppress(UnknownQuantityError):  # it is rejected when the scripts are put together
                answered.setdefault(answer.file, set()).add(names.known(answer.quantity))
    figures = [name for known in answered.values() for name in known]
    if len(figures) == len(set(figures)):
        return list(answers)
    stems = [_stem(file) for file in answered]
    called = {file: stem if stems.count(stem) == 1 else file for file, stem in zip(answered, stems, strict=True)}
    return [
        replace(answer, student=called.get(answer.file)) if answer.student is None else answer for answer in answers
    ]


def without_empty_forms(answers: Sequence[Answer]) -> tuple[list[Answer], tuple[str, ...]]:
    """Answers without those of forms in which nothing is filled in, and who handed in no other.

    The only form, of nobody in particular, is kept: its figures are listed as blank.
    """
    filled = {(answer.student, answer.file) for answer in answers if answer.written.kind != "blank"}
    students = dict.fromkeys(answer.student for answer in answers)
    if not filled and [*students] == [None]:
        return list(answers), ()
    kept = [answer for answer in answers if (answer.student, answer.file) in filled]
    came = {student for student, _ in filled}
    return kept, tuple(student for student in students if student is not None and student not in came)


def _stem(file: str) -> str:
    return "standard input" if file == "-" else PurePath(file).stem or file


def derivation_of(problem: AnyProblem) -> Derivation:
    """The derivation whose ids a problem's answers are named by."""
    return routes_of(problem.structure).nearest


def _script(answers: Mapping[str, Answer], derivation: Derivation, read_as: Mapping[str, str]) -> Script:
    place = {name: place for place, name in enumerate((*derivation.givens, *derivation.by_id))}

    def in_turn(name: str) -> tuple[int, int]:
        base, number = at_round(name)
        return number, place[base]

    in_order = sorted(answers, key=in_turn)
    updates = {name: worked_in(name, derivation.trained) for name in in_order if "@" in name}
    return Script(
        answers={name: answers[name] for name in in_order},
        aliases={name: new for name, (new, number) in updates.items() if not number and new not in answers},
        read_as=read_as,
    )
