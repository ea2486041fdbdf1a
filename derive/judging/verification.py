"""Answers judged, each against its student's own problem: what was found out, and the report of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.arithmetic.exact import Cut
from derive.errors import DeriveError, PrecisionError
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round
from derive.given.problem_view import counted, line
from derive.judging.again import again
from derive.judging.conventions.choosing import NUMBERINGS, Convention, Judged
from derive.judging.dropped_zeros import Figures, judged_with_zeros
from derive.judging.engine.sheet import LEAST_DIGITS
from derive.judging.findings import Finding, named_as_written
from derive.judging.formulas.formula_answers import judge_formula
from derive.judging.likelihood import likeliest_first
from derive.judging.mending.counting import charged_once
from derive.judging.mending.mending import judge_and_mend
from derive.judging.mending.own_differences import with_own_differences
from derive.judging.model import FAULTLESS, RIGHT, Answer, Judgement, Options, Rejected, Report, Written
from derive.judging.reading.written import plain_formula
from derive.judging.rounds.budget import beyond_budget
from derive.judging.rounds.judging_rounds import judge_rounds
from derive.judging.routes import Routes, proved_by, routes_for
from derive.judging.scripts import Script, assembled
from derive.judging.wording import explanation, legend
from derive.proof.values import Proved

#: What arithmetic with numbers of others may end in; nothing else is expected, and nothing else is caught.
_NOT_JUDGED = (DeriveError, ArithmeticError, LookupError, ValueError)


@dataclass(frozen=True, kw_only=True, repr=False)
class Verification:
    """What was found out about all answers.

    Attributes
    ----------
    report : Report
    findings : mapping of (str or None) to mapping of str to Finding
        For each student and quantity; what the report puts into words.
    problems : mapping of (str or None) to Problem or FormulaProblem
        What each student had to work out.
    options : Options
    read_as : mapping of (str or None) to Problem or FormulaProblem
        The same under another numbering of the weights, for those whose scripts follow one.
    """

    report: Report
    findings: Mapping[str | None, Mapping[str, Finding]]
    problems: Mapping[str | None, AnyProblem]
    options: Options
    read_as: Mapping[str | None, AnyProblem] = field(default_factory=dict)

    def __repr__(self) -> str:
        report = self.report
        right = report.counts.get("correct", 0)
        figures = f"{right} of {counted(len(report.judgements), 'figure')} right"
        people = [counted(len(report.students), "student")] if len(report.students) > 1 else []
        return line("Verification", report.problem, *people, figures)

    def _repr_html_(self) -> str:
        """What a notebook shows: the feedback page, or of several students that of the class, in a frame of its own."""
        from derive.judging.feedback.files import feedback_files
        from derive.renderers.notebook import framed

        pages = feedback_files(self, Path(), ("html",))
        page = pages.get(Path("class.html")) or next(iter(pages.values()), "<p>Nothing was judged.</p>")
        return framed(str(page), f"{self.report.problem}: feedback")


def judge(
    answers: Sequence[Answer],
    rejected: Sequence[Rejected],
    problems: Mapping[str | None, AnyProblem],
    options: Options,
) -> Verification:
    """Judge answers, each against its student's own problem.

    Parameters
    ----------
    answers : sequence of Answer
    rejected : sequence of Rejected
        What could not be read; it is handed on.
    problems : mapping of (str or None) to Problem or FormulaProblem
        For every student with answers.
    options : Options
    """
    scripts, refused = assembled(answers, problems)
    groups: dict[object, list[str | None]] = {}
    for student in scripts:
        groups.setdefault(problems[student].structure, []).append(student)
    findings: dict[str | None, dict[str, Finding]] = {}
    conventions: dict[str | None, tuple[str, ...]] = {}
    read_as: dict[str | None, AnyProblem] = {}
    routes_of_student: dict[str | None, Routes] = {}
    for students in groups.values():
        own = [problems[student] for student in students]
        routes = routes_for(own)
        routes_of_student |= dict.fromkeys(students, routes)
        found = _judge_apart(routes, own, [scripts[student] for student in students], options, refused)
        for student, (by_quantity, convention) in zip(students, found, strict=True):
            findings[student] = by_quantity
            renamed = {name: each.read_as for name, each in by_quantity.items() if each.read_as}
            said = [legend(names) for names in (scripts[student].read_as, renamed) if names]
            if convention is not None:
                said.append(convention.sentence)
                if convention.id in NUMBERINGS:
                    read_as[student] = convention.problem_of(problems[student])
            if said:
                conventions[student] = tuple(said)
    judgements: list[Judgement] = []
    for student, script in scripts.items():
        routes = routes_of_student[student]
        judgements += _judgements(student, script, findings[student], problems[student], routes, options, refused)
    return Verification(
        report=Report(
            problem=_one_name(problems.values()),
            judgements=tuple(judgements),
            rejected=tuple(dict.fromkeys((*rejected, *refused))),
            conventions=conventions,
        ),
        findings=findings,
        problems=problems,
        options=options,
        read_as=read_as,
    )


def _later(
    problem: AnyProblem,
    script: Script,
    first_round: Figures,
    gone_wrong: Sequence[str],
    options: Options,
    refused: list[Rejected],
) -> dict[str, Finding]:
    """Findings on figures of later rounds; one that no figure can be proved for is refused, not the script."""
    beyond = beyond_budget(problem, script.of_later_rounds)
    refused += [_refusal(script.answers[name], reason) for name, reason in beyond.items()]
    figures = {name: written for name, written in script.of_later_rounds.items() if name not in beyond}
    if not figures:
        return {}

    def judge(_: Sequence[int], some: Sequence[Figures], asked: Options) -> list[tuple[Judged, None]]:
        return [(judge_rounds(problem, some[0], asked, first_round=first_round, gone_wrong=gone_wrong), None)]

    try:
        return dict(judged_with_zeros([figures], options, judge)[0][0][0])
    except DeriveError as error:
        if len(figures) == 1:
            (name,) = figures
            refused.append(_refusal(script.answers[name], str(error)))
            return {}
    found: dict[str, Finding] = {}
    for name, written in figures.items():
        try:
            found |= judged_with_zeros([{name: written}], options, judge)[0][0][0]
        except DeriveError as error:
            refused.append(_refusal(script.answers[name], str(error)))
    return found


def _refusal(answer: Answer, reason: str) -> Rejected:
    return Rejected(file=answer.file, row=answer.row, reason=f"{answer.quantity}: {reason}")


def _judge_apart(
    routes: Routes,
    problems: Sequence[AnyProblem],
    scripts: Sequence[Script],
    options: Options,
    refused: list[Rejected],
) -> list[tuple[dict[str, Finding], Convention | None]]:
    """The same as `_judge_group`, where one script or row that cannot be judged stops none of the others."""
    try:
        return _judge_group(routes, problems, scripts, options, refused)
    except _NOT_JUDGED as error:
        reason = _why(error)
    if len(scripts) > 1:
        pairs = zip(problems, scripts, strict=True)
        return [_judge_apart(routes, [problem], [script], options, refused)[0] for problem, script in pairs]
    (script,) = scripts
    if len(script.answers) <= 1:
        refused += [_refusal(answer, reason) for answer in script.answers.values()]
        return [({}, None)]
    return _judge_group(routes, problems, [_judgeable(routes, problems, script, options, refused)], options, refused)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, DeriveError) else f"cannot be judged: {type(error).__name__}, {error}"


def _judgeable(
    routes: Routes, problems: Sequence[AnyProblem], script: Script, options: Options, refused: list[Rejected]
) -> Script:
    """A script without the rows that cannot be judged after those before them; found by halves, for there are few."""
    names = list(script.answers)
    kept: list[str] = []
    parts = [names[: len(names) // 2], names[len(names) // 2 :]]
    while parts:
        part = parts.pop(0)
        try:
            _judge_group(routes, problems, [script.only([*kept, *part])], options, [])
        except _NOT_JUDGED as error:
            if len(part) == 1:
                refused.append(_refusal(script.answers[part[0]], _why(error)))
            else:
                parts[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
        else:
            kept += part
    return script.only(kept)


def _judge_group(
    routes: Routes,
    problems: Sequence[AnyProblem],
    scripts: Sequence[Script],
    options: Options,
    refused: list[Rejected],
) -> list[tuple[dict[str, Finding], Convention | None]]:
    """Findings by quantity of students whose problems share a structure."""

    def judge(
        places: Sequence[int], figures: Sequence[Figures], asked: Options
    ) -> list[tuple[Judged, Convention | None]]:
        return judge_and_mend(routes, [problems[place] for place in places], figures, asked)

    first, read = judged_with_zeros([script.of_first_round for script in scripts], options, judge)
    found: list[tuple[dict[str, Finding], Convention | None]] = []
    for problem, script, figures, (judged, convention) in zip(problems, scripts, read, first, strict=True):
        findings = {name: judged[script.judged_as(name)] for name in script.answers if script.judged_as(name) in judged}
        for name, written in script.formulas.items():
            findings[name] = judge_formula(routes, problem, script.judged_as(name), plain_formula(written.text))
        if script.of_later_rounds:
            gone_wrong = [name for name, finding in judged.items() if finding.verdict not in FAULTLESS]
            findings |= _later(problem, script, figures, gone_wrong, options, refused)
        as_written = {name: answer.written for name, answer in script.answers.items()}
        findings = with_own_differences(problem, named_as_written(findings, script.aliases), as_written)
        found.append((charged_once(likeliest_first(findings), as_written), convention))
    return found


def _judgements(
    student: str | None,
    script: Script,
    findings: Mapping[str, Finding],
    problem: AnyProblem,
    routes: Routes,
    options: Options,
    refused: list[Rejected],
) -> list[Judgement]:
    proved = proved_by(problem, routes)
    proved.prepare(at_round(name)[1] for name in script.answers)
    found: list[Judgement] = []
    unexplained = next((name for name in script.answers if name in findings and _is_unexplained(findings[name])), None)
    for name, answer in script.answers.items():
        if name not in findings:
            continue  # it is among the rejected
        finding, written = findings[name], answer.written
        try:
            expected = _expected(proved, finding.read_as or name, written, options, problem)
        except PrecisionError as error:  # a formula of a round that the training does not reach
            refused.append(_refusal(answer, str(error)))
            continue
        found.append(
            Judgement(
                student=student,
                quantity=name,
                written=written.text,
                verdict=finding.verdict,
                expected=expected,
                diagnosis=finding.diagnosis,
                explanation=explanation(
                    name,
                    written,
                    finding,
                    again=again(name, routes, script.answers) if _is_unexplained(finding) else "",
                    asked=len(expected) if problem.counts else options.digits,
                    right=expected,
                    first=name == unexplained,
                ),
                follows_from=finding.follows_from,
                given=finding.causes[0].given if finding.causes else "",
                used=finding.causes[0].used if finding.causes else "",
                marks=marks(finding, options),
                note=answer.note,
            )
        )
    return found


def _is_unexplained(finding: Finding) -> bool:
    return finding.verdict == "wrong" and not finding.reason


def marks(finding: Finding, options: Options) -> int:
    """1 for what is right, and with the policy "carried" for what follows from what went wrong before."""
    if finding.verdict in RIGHT or (finding.repeats and options.policy == "carried"):
        return 1
    return int(finding.verdict == "carried" and finding.earns and options.policy == "carried")


def _expected(proved: Proved, name: str, written: Written, options: Options, problem: AnyProblem) -> str:
    own = written.digits or len(str(written.unit.denominator)) - 1  # of a 0 its decimals
    digits = options.digits or (max(own, LEAST_DIGITS) if written.kind == "number" and own else 0)
    digits = 0 if problem.counts else digits  # what is counted is whole
    cut = Cut(digits=min(digits, 30)) if digits else Cut(digits=problem.display.digits)
    try:
        figure = proved.figure(name, cut)
        return _padded(figure, cut.digits) if digits else figure.ascii
    except PrecisionError:
        return f"{proved.number(name):.{cut.digits}g}"


def _padded(figure: Figure, digits: int) -> str:
    """With the zeros at its end that the digits asked for have: 0.9090 beside 0.9091."""
    text = figure.ascii
    written = len(figure.digits.replace(".", "").lstrip("0"))
    if figure.exponent is not None or "/" in text or not written or written >= digits:
        return text
    return text + ("" if "." in text else ".") + "0" * (digits - written)


def _one_name(problems: Iterable[AnyProblem]) -> str:
    return next((problem.name for problem in problems), "")
