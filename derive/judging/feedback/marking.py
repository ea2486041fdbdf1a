"""Marks a calculation: joins what was judged with the rules, right and wrong, and the student's own figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.arithmetic.exact import Cut, exact, figure
from derive.formula.expression import Const, Expression, Ref, references, renamed
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import worked_in
from derive.judging.feedback.document import MOST_CAUSES, Marked, Part, Sheet, ShownCause
from derive.judging.feedback.lines import LineWriter, without_double_signs
from derive.judging.feedback.own_figures import OwnFigures, WrittenFigure, read_figure, shown_text
from derive.judging.feedback.side_by_side import side_by_side
from derive.judging.feedback.stamps import STAMPS
from derive.judging.feedback.words import inline_symbol, part_of_round, title_of, with_symbols
from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.model import Mistake
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.routes import Routes, routes_of
from derive.judging.summary import summary
from derive.judging.wording import sentence_parts
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.telling.model import Text
from derive.telling.problem_terms import problem_terms
from derive.telling.terms import Terms


def marked_sheet(problem: AnyProblem, report: Report, findings: Mapping[str, Finding]) -> Sheet:
    """The marked calculation of one student.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    report : Report
        Of one student.
    findings : mapping of str to Finding
        By quantity; a figure without one is shown with what its judgement says.
    """
    routes = nearest_routes(problem)
    derivation = routes.nearest
    terms = terms_of(problem, derivation)
    steps = {each.quantity: step for each in report.judgements if (step := step_of(each.quantity, derivation))}
    answers = {
        steps[each.quantity].id: each.written
        for each in report.judgements
        if each.quantity in steps and each.verdict not in ("blank", "unreadable")
    }
    own = OwnFigures(problem, derivation, answers, _usual_digits(answers.values(), problem))
    anchors = _anchors(each.quantity for each in report.judgements)
    marker = _Marker(
        report=report,
        findings=findings,
        routes=routes,
        terms=terms,
        own=own,
        writer=LineWriter(terms=terms, own=own),
        anchors=anchors,
        bearers={each.quantity: _bearer(findings.get(each.quantity), anchors) for each in report.judgements},
        written=frozenset(own.written),
    )
    marked = {each.quantity: marker.marked(each, steps.get(each.quantity)) for each in report.judgements}
    grouped: dict[str, list[Marked]] = {}
    for name, step in steps.items():
        grouped.setdefault(part_of_round(step.rule), []).append(marked[name])
    return Sheet(
        title=problem.title,
        student=report.called(report.judgements[0].student) if report.judgements else None,
        marks=report.marks,
        out_of=report.out_of,
        counts=report.counts,
        summary=tuple(map(marker.sentence, summary(report, findings))),
        conventions=tuple(marker.sentence(text) for texts in report.conventions.values() for text in texts),
        parts=tuple(Part(title=title, marked=tuple(some)) for title, some in grouped.items()),
        rest=tuple(each for name, each in marked.items() if name not in steps),
        by_id=marked,
    )


def terms_of(problem: AnyProblem, derivation: Derivation) -> Terms:
    """What shows a problem's quantities; worked out once for a class."""
    key = ("terms", problem.display.notation)
    if key not in derivation.code:
        derivation.code[key] = problem_terms(problem, derivation)
    terms: Terms = derivation.code[key]
    return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marker:
    report: Report
    findings: Mapping[str, Finding]
    routes: Routes
    terms: Terms
    own: OwnFigures
    writer: LineWriter
    anchors: Mapping[str, str]
    bearers: Mapping[str, str]
    written: frozenset[str]

    def marked(self, judgement: Judgement, step: Quantity | None) -> Marked:
        name = judgement.quantity
        finding = self.findings.get(name) or Finding(verdict=judgement.verdict)
        written, expected = read_figure(judgement.written), read_figure(judgement.expected)
        wrong = judgement.verdict not in FAULTLESS | {"carried"}
        digits = max((each.digits for each in (written, expected) if each is not None), default=0) or 4
        line, due, causes = None, None, [self._in_words(cause, name) for cause in finding.causes]
        if step is not None and wrong:
            line = self.writer.worked(step.id, self._rule(step.id, finding), digits=digits)
            causes = [self._cause(cause, step.id, name, written, digits) for cause in finding.causes[:MOST_CAUSES]]
            # A formula is judged for all numbers: what it gives with these says nothing.
            due = line.result if written is not None or judgement.verdict == "unreadable" else None
            expected = expected if due is not None else None
            if causes and all(cause.right is not None for cause in causes):
                line = None
        elif step is not None and written is not None:
            line = self.writer.with_result(step.id, self._rule(step.id, finding), written, place=step.id, digits=digits)
        origins = tuple(origin for origin in judgement.follows_from if origin in self.anchors)
        return Marked(
            judgement=judgement,
            stamp=STAMPS[judgement.verdict],
            anchor=self.anchors[name],
            title=title_of(step.id, step.rule) if step is not None else "",
            label=(inline_symbol(self.terms, step.id),) if step is not None else self.sentence(name),
            written=written,
            text=shown_text(judgement.written),
            expected=None if expected is None or _same(expected, due) else expected.figure,
            explanation=self.sentence(judgement.explanation),
            due=due,
            line=line,
            causes=tuple(causes[:MOST_CAUSES]),
            more_causes=max(len(finding.causes) - MOST_CAUSES, 0),
            origins=origins,
            followers=tuple(each.quantity for each in self.report.judgements if name in each.follows_from),
            same_as=self.bearers[name],
            again=tuple(each for each, bearer in self.bearers.items() if bearer == name),
        )

    def sentence(self, text: str) -> Text:
        """A sentence with symbols in the place of ids."""
        return with_symbols(text, self.routes.nearest.ids, self.terms)

    def _in_words(self, cause: Cause, name: str) -> ShownCause:
        done, instead = map(self.sentence, sentence_parts(cause, name))
        return ShownCause(done=done, instead=instead)

    def _cause(self, cause: Cause, step: str, name: str, written: WrittenFigure | None, digits: int) -> ShownCause:
        shown, mistake = self._in_words(cause, name), cause.mistake
        if mistake is None:
            return shown
        place = f"{step}!{'+'.join(cause.ids)}"
        right, wrong = self._both(mistake)
        if mistake.at == step:
            # A slip on top of a wrong rule: then the rule gives the right digits in another place.
            slipped = set(cause.ids) > set(mistake.ids)
            line = (
                self.writer.worked(step, wrong, digits=digits, place=place)
                if slipped or written is None
                else self.writer.with_result(step, wrong, written, place=place, digits=digits)
            )
            return ShownCause(done=shown.done, instead=shown.instead, line=line)
        return ShownCause(
            done=shown.done,
            instead=shown.instead,
            line=self.writer.worked(mistake.at, wrong, digits=digits + 1, place=place),
            right=self.writer.worked(mistake.at, right, digits=digits + 1),
        )

    def _rule(self, step: str, finding: Finding) -> Expression:
        """The right rule in the terms that show most: those of the wrong rule, else those that were written."""
        mistake = next((cause.mistake for cause in finding.causes if cause.mistake is not None), None)
        if mistake is not None and mistake.at == step:
            return self._both(mistake)[0]
        return self._nearest_rules(step, None)[0]

    def _both(self, mistake: Mistake) -> tuple[Expression, Expression]:
        """The right rule and a wrong one, in forms that show what is different."""
        wrong = self._shown(mistake.expression)

        def definition(name: str, rules: frozenset[str]) -> Expression:
            known = self.routes.nearest.by_id.get(name)
            out = known is not None and known.rule in rules and name not in self.own.written
            return known.expression if known is not None and out else Ref(name)

        rights = self._nearest_rules(mistake.at, wrong)
        right, wrong = side_by_side(rights, wrong, definition)
        return without_double_signs(right), without_double_signs(wrong)

    def _nearest_rules(self, step: str, beside: Expression | None) -> list[Expression]:
        """The right rule by each way, that one first whose figures are nearly all in another formula, or written."""
        code = self.routes.nearest.code
        key = ("rules", step, beside, self.written)  # a class writes the same figures, and is shown the same rules
        if key not in code:
            used = self.written if beside is None else frozenset(references(beside))
            wanted = used | self.terms.givens

            def distance(rule: Expression) -> int:
                return len(frozenset(references(rule)) - wanted)

            code[key] = sorted((self._shown(way.by_id[step].expression) for way in self.routes.ways), key=distance)
        rules: list[Expression] = code[key]
        return rules

    def _shown(self, rule: Expression) -> Expression:
        """The rule without figures that nobody wrote and that are other names: local slopes of nets, and steps."""

        def lookup(quantity: str) -> Expression:
            known = self.routes.nearest.by_id.get(quantity)
            if known is None or quantity in self.own.written:
                return Ref(quantity)
            plain = isinstance(known.expression, Ref | Const)
            return known.expression if plain or known.rule == "update_step" else Ref(quantity)

        return without_double_signs(renamed(rule, lookup))


def _same(expected: WrittenFigure, due: Figure | None) -> bool:
    """Whether two figures say the same, one perhaps in more digits."""
    if due is None:
        return False
    digits = max(min(expected.digits, WrittenFigure(figure=due, value=due.value).digits), 1)
    first, second = (figure(exact(value), Cut(digits=digits)).value for value in (expected.value, due.value))
    return first == second


def step_of(name: str, derivation: Derivation) -> Quantity | None:
    """The step of this round that works a quantity out; ``w5@1`` is what this round's update gives."""
    base, number = worked_in(name, derivation.trained)
    return None if number else derivation.by_id.get(base)


def nearest_routes(problem: AnyProblem) -> Routes:
    """All ways of working a problem out."""
    if isinstance(problem, FormulaProblem):
        return routes_of(problem.structure)
    shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
    return routes_of(problem.structure, shares)


def _usual_digits(written: Iterable[str], problem: AnyProblem) -> int:
    """How many significant digits the student mostly writes."""
    counted = Counter(found.digits for text in written if (found := read_figure(text)) is not None)
    usual = counted.most_common(1)[0][0] if counted else problem.display.digits
    return min(max(usual, 3), 12)


def _bearer(finding: Finding | None, anchors: Mapping[str, str]) -> str:
    """The figure that bears the mark of the mistake which this one repeats."""
    return next((each for each in finding.repeats if each in anchors), "") if finding is not None else ""


def _anchors(names: Iterable[str]) -> dict[str, str]:
    """A unique anchor for every id, of letters, digits and ``_ . -`` only."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        safe = re.sub(r"\[(\d+)\]", r"-s\1", name).replace("@", "-r")
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", safe).strip("-") or "figure"
        anchor, again = stem, 2
        while anchor in taken:
            anchor, again = f"{stem}-{again}", again + 1
        taken.add(anchor)
        found[name] = anchor
    return found
