"""Judging a class of 2-2-2 scripts: all as arrays, one script after another, and a plain loop in Python floats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive import load
from derive.arithmetic.code import FLOATS, compile_quantities, needed
from derive.formula.expression import Expression, references
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Problem
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Finding
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.model import FAULTLESS, Answer, Options, Written
from derive.judging.reading.form import form_quantities
from derive.judging.reading.written import read_written
from derive.judging.routes import Routes, routes_for
from derive.judging.verification import judge
from derive.network.graph import Quantity
from derive.proof.values import given_numbers
from tests.benchmarks.measuring import Row, medians, several, timed
from tests.simulation import variants
from tests.students import Habit, chooser, script

_FEW = 50  # scripts for what judges them one at a time
_PART = 200  # scripts for the whole report
_AIM = 5000

Script = Mapping[str, Written]


@dataclass(frozen=True, kw_only=True)
class _Class:
    """Scripts of one class: honest ones of every habit, and others with one planted mistake each."""

    routes: Routes
    problems: Sequence[AnyProblem]
    honest: Sequence[Script]
    planted: Sequence[Script]
    places: Sequence[str | None]
    """Where each mistake is planted; None where it changes no digit."""
    ids: Sequence[tuple[str, ...]]


def whole_class(count: int, repeats: int) -> list[Row]:
    """Scripts of 33 figures, judged and diagnosed; the aim is for one core."""
    some = _class(count)
    few, part = min(count, _FEW), min(count, _PART)
    found: dict[str, Any] = {}

    def at_once(name: str, scripts: Sequence[Script]) -> Callable[[], None]:
        def work() -> None:
            found[name] = judge_scripts(some.routes, some.problems, scripts, Options())

        return work

    def one_by_one() -> None:
        pairs = zip(some.problems[:few], some.planted[:few], strict=True)
        found["one"] = [judge_scripts(some.routes, [problem], [each], Options())[0] for problem, each in pairs]

    answers = [
        Answer(student=str(number), quantity=name, written=written)
        for number, each in enumerate(some.planted[:part])
        for name, written in each.items()
    ]
    problems: dict[str | None, AnyProblem] = {str(number): own for number, own in enumerate(some.problems[:part])}

    def in_words() -> None:
        judge(answers, [], problems, Options())

    loop = PlainLoop(some.routes, tuple(some.honest[0]))

    def plainly(name: str, scripts: Sequence[Script]) -> Callable[[], None]:
        def work() -> None:
            pairs = zip(some.problems, scripts, strict=True)
            found[name] = [loop.judged(problem, each) for problem, each in pairs]

        return work

    times = medians(
        {
            "mistakes, class": timed(at_once("planted", some.planted)),
            "mistakes, one by one": timed(one_by_one),
            "mistakes, plain loop": timed(plainly("planted, plain", some.planted)),
            "mistakes, in words": timed(in_words),
            "honest, class": timed(at_once("honest", some.honest)),
            "honest, plain loop": timed(plainly("honest, plain", some.honest)),
        },
        repeats,
    )
    sizes = {"mistakes, one by one": few, "mistakes, in words": part}
    each = {name: seconds / sizes.get(name, count) for name, seconds in times.items()}
    assert found["one"] == found["planted"][:few], "a script is judged otherwise alone than in its class"
    assert not any(_faults(judged) for judged in found["honest"])
    rows = []
    for kind, what in (("mistakes", "one mistake in each"), ("honest", "honest")):
        rate = 1 / each[f"{kind}, class"]
        work = f"judging {count} scripts of {len(some.honest[0])} figures, {what}"
        quality = _named(some, found) if kind == "mistakes" else _rejected(found)
        rows.append(
            Row(work=work, beside=f"plain loop in Python floats, formulas compiled beforehand ({quality})",
                aim=f"{_AIM} scripts a second on one core",
                measured=f"{rate:.0f} a second, {each[f'{kind}, plain loop'] * rate:.1f} times the loop's",
                times=f"a script: {several({n: s for n, s in each.items() if n.startswith(kind)})}",
                met=rate >= _AIM)
        )  # fmt: skip
    alone = each["mistakes, one by one"] / each["mistakes, class"]
    rows.append(Row(work="the same class at once, one mistake in each", beside="its scripts one by one", aim="",
                    measured=f"{alone:.0f} times faster", times="as above", met=None))  # fmt: skip
    words = each["mistakes, in words"]
    rows.append(Row(work="the report: names read, right digits proved, every verdict in words",
                    beside="judging alone, one mistake in each", aim="",
                    measured=f"{1 / words:.0f} scripts a second, {words / each['mistakes, class']:.0f} times the time",
                    times="as above", met=None))  # fmt: skip
    return rows


class PlainLoop:
    """Judging as it is first written down: a script, a figure, a mistake at a time.

    Each figure is worked out in floats from the student's own figures before it, moved by half a unit of the last place
    one after the other; what does not come within the sum of these is compared with each mistake likewise. It knows
    no scratch work, no slips, no pairs, no other way, and no student who leaves a figure out.
    """

    def __init__(self, routes: Routes, asked: Sequence[str]) -> None:
        way = routes.nearest
        between = [quantity for quantity in way.quantities if quantity.id not in asked]
        self.right = {name: _formula(between, way.by_id[name].expression) for name in asked}
        self.wrong = {
            name: [(mistake.ids, _formula(between, mistake.expression)) for mistake in mistakes_at(routes, name)]
            for name in asked
        }

    def judged(self, problem: AnyProblem, scripts: Script) -> dict[str, list[tuple[str, ...]]]:
        """The mistakes that fit, by figure that does not follow."""
        values = {name: (float(number.value), 0.0) for name, number in given_numbers(problem).items()}
        for name, written in scripts.items():
            values[name] = (float(written.value), float(written.unit) / 2)
        faults: dict[str, list[tuple[str, ...]]] = {}
        for name in scripts:
            if not _follows(values[name], values, self.right[name]):
                faults[name] = [ids for ids, wrong in self.wrong[name] if _follows(values[name], values, wrong)]
        return faults


Formula = tuple[tuple[str, ...], Callable[[Sequence[float]], tuple[float, ...]]]


def _formula(between: Sequence[Quantity], expression: Expression) -> Formula:
    """A formula as a Python function of what is given and written."""
    steps = needed([*between, Quantity("result", "step", expression)], ["result"])
    own = {step.id for step in steps}
    used = tuple(dict.fromkeys(name for step in steps for name in references(step.expression) if name not in own))
    return used, compile_quantities(steps, inputs=used, outputs=["result"], arithmetic=FLOATS)


def _follows(figure: tuple[float, float], values: Mapping[str, tuple[float, float]], formula: Formula) -> bool:
    used, function = formula
    numbers = [values[name][0] for name in used]
    try:
        result = function(numbers)[0]
        room = figure[1] + 1e-12 * abs(result)
        for place, name in enumerate(used):
            half = values[name][1]
            if half:
                numbers[place] += half
                room += abs(function(numbers)[0] - result)
                numbers[place] -= half
    except ArithmeticError:
        return False
    return abs(figure[0] - result) <= 1.01 * room  # what a first order leaves out


def _class(count: int) -> _Class:
    problem = load("2-2-2")
    assert isinstance(problem, Problem)
    problems = variants(problem, count, "benchmark")
    asked, routes = form_quantities(problem), routes_for(problems)
    places = [(name, mistake) for name in asked for mistake in mistakes_at(routes, name)]
    choose, usual = chooser("benchmark"), Habit(digits=4)
    habits = [Habit(digits=4, memory=memory, scratch=scratch) for memory in (False, True) for scratch in (False, True)]
    honest, planted, at, ids = [], [], [], []
    for number, own in enumerate(problems):
        name, mistake = choose.choice(places)
        right = script(own, routes.nearest, asked, usual)
        wrong = script(own, routes.nearest, asked, usual, wrong={name: mistake.expression})
        at.append(name if wrong[name] != right[name] else None)
        ids.append(mistake.ids)
        other = script(own, routes.nearest, asked, habits[number % len(habits)])
        honest.append({quantity: read_written(text) for quantity, text in other.items()})
        planted.append({quantity: read_written(text) for quantity, text in wrong.items()})
    return _Class(routes=routes, problems=problems, honest=honest, planted=planted, places=at, ids=ids)


def _faults(judged: Mapping[str, Finding]) -> dict[str, Finding]:
    """Figures that cost marks, but not those that follow from others."""
    return {name: each for name, each in judged.items() if each.verdict not in FAULTLESS and not each.follows_from}


def _named(some: _Class, found: Mapping[str, Any]) -> str:
    """How many of the planted mistakes each way names, and at their own step alone."""
    ours = plain = seen = 0
    rows = zip(some.places, some.ids, found["planted"], found["planted, plain"], strict=True)
    for place, ids, judged, fits in rows:
        if place is None:
            continue
        seen += 1
        faults = _faults(judged)
        ours += list(faults) == [place] and set(ids) <= set(faults[place].diagnosis)
        plain += list(fits) == [place] and ids in fits[place]
    return f"names {plain} of {seen} mistakes, derive {ours}"


def _rejected(found: Mapping[str, Any]) -> str:
    """How many honest scripts each way finds fault with."""
    return f"faults {sum(map(bool, found['honest, plain']))} scripts, derive none"
