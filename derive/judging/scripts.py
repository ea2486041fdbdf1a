"""Answers sorted: by student, under canonical ids, in working order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from derive.errors import UnknownQuantityError
from derive.given.formula_problem import AnyProblem
from derive.given.naming import QuantityId, updated_id
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
    """

    answers: Mapping[str, Answer]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def judged_as(self, name: str) -> str:
        """The id an answer is judged as."""
        return self.aliases.get(name, name)

    def only(self, names: Sequence[str]) -> Script:
        """The part of it that answers some of its quantities."""
        chosen = {name: self.answers[name] for name in names}
        return Script(answers=chosen, aliases={name: new for name, new in self.aliases.items() if name in chosen})

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
    found: dict[str | None, dict[str, Answer]] = {}
    refused: list[Rejected] = []
    names: dict[str | None, QuantityNames] = {}
    for answer in answers:
        mine = found.setdefault(answer.student, {})
        if answer.student not in names:
            problem = problems[answer.student]
            names[answer.student] = names_of(derivation_of(problem), problem.display.notation)
        try:
            name = names[answer.student].known(answer.quantity)
        except UnknownQuantityError as error:
            refused.append(Rejected(file=answer.file, row=answer.row, reason=str(error)))
            continue
        if name in mine and mine[name].written.kind == "blank":
            del mine[name]  # an empty line of a form, answered under another name of the same figure
        if name in mine:
            refused.append(Rejected(file=answer.file, row=answer.row, reason=f"{name} is answered twice"))
            continue
        mine[name] = answer
    scripts = {student: _script(mine, derivation_of(problems[student])) for student, mine in found.items()}
    return scripts, refused


def told_apart(answers: Sequence[Answer], problem: AnyProblem) -> list[Answer]:
    """Answers, where files that name no student and answer the same figure are of several students.

    Each is then called as its file, without the ending where that tells them apart.

    Parameters
    ----------
    answers : sequence of Answer
    problem : Problem or FormulaProblem
        Whose figures they are of.
    """
    names = names_of(derivation_of(problem), problem.display.notation)
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


def round_of(name: str) -> int:
    """The round of a quantity id."""
    parsed = QuantityId.parse(name, aliases=False)
    return parsed.round if parsed is not None else 0


def _script(answers: Mapping[str, Answer], derivation: Derivation) -> Script:
    place = {name: place for place, name in enumerate((*derivation.givens, *derivation.by_id))}
    in_order = sorted(answers, key=lambda name: (round_of(name), place[_in_first_round(name)]))
    updates = {name: _as_update(name, derivation) for name in in_order}
    return Script(
        answers={name: answers[name] for name in in_order},
        aliases={name: new for name, new in updates.items() if new is not None and new not in answers},
    )


def _in_first_round(name: str) -> str:
    parsed = QuantityId.parse(name, aliases=False)
    return str(replace(parsed, round=0)) if parsed is not None else name


def _as_update(name: str, derivation: Derivation) -> str | None:
    """``w5@1`` as what this round's update gives."""
    base, _, number = name.partition("@")
    return updated_id(base) if number == "1" and base in derivation.trained else None
