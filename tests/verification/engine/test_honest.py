"""No honest, rounded calculation is ever called wrong."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from derive.given.loading import load
from derive.given.problem import Problem
from derive.judging.model import Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_of
from tests.strategies import problems
from tests.verification.engine.by_hand import ASKED, default_values
from tests.verification.engine.hands import decimals, faults, judged, script, significant, verdicts

DEFAULT = load("2-2-2")
WAYS = routes_of(DEFAULT.structure).ways


def test_default_by_hand_to_four_digits() -> None:
    """All 33 figures of the default network, worked out apart from the package, are correct at 4 digits."""
    write = significant(4)
    figures = {name: write(value) for name, value in default_values().items()}
    assert set(figures) == set(ASKED)
    assert set(verdicts(judged(DEFAULT, figures)[0]).values()) == {"correct"}


@pytest.mark.parametrize("digits", [3, 4, 6, 9, 12])
def test_default_by_hand_to_any_digits(digits: int) -> None:
    """Figures of 3 to 12 digits are right, and one more unit in the third place is not."""
    write = significant(digits)
    figures = {name: write(value) for name, value in default_values().items()}
    assert not faults(judged(DEFAULT, figures)[0])
    spoilt = figures | {"out_y2": write(default_values()["out_y2"] * 1.02)}
    assert "out_y2" in faults(judged(DEFAULT, spoilt)[0])


@pytest.mark.parametrize("paper", [True, False])
@pytest.mark.parametrize("scratch", [False, True])
@pytest.mark.parametrize("truncate", [False, True])
@pytest.mark.parametrize("way", range(3))
def test_every_honest_habit(paper: bool, scratch: bool, truncate: bool, way: int) -> None:
    """Rounding or truncating, on paper or in memory, lines only or scratch work too, by each way: no fault."""
    write = significant(4, truncate=truncate)
    figures = script(DEFAULT, WAYS[way], ASKED, write, paper=paper, scratch=scratch)
    assert not faults(judged(DEFAULT, figures, options=Options(truncation=truncate))[0])


def test_scratch_work_needs_its_own_band() -> None:
    """Some figures of rounded scratch work lie outside the strict band: they are rounding, and cost nothing."""
    figures = [script(DEFAULT, way, ASKED, significant(4), scratch=True) for way in WAYS]
    found = {verdict for findings in judged(DEFAULT, *figures) for verdict in verdicts(findings).values()}
    assert found == {"correct", "rounding"}


@pytest.mark.parametrize("places", [3, 4])
def test_decimals_cost_nothing(places: int) -> None:
    """So many decimals throughout are a habit: one digit is enough then, and only a 0 is too coarse."""
    figures = script(DEFAULT, WAYS[0], ASKED, decimals(places))
    found = verdicts(judged(DEFAULT, figures)[0])
    small = {name for name, text in figures.items() if read_written(text).digits == 1}
    assert ("dE_total/dw1" in small) is (places == 4)
    zeros = {name for name, text in figures.items() if not read_written(text).digits}
    assert ("dE_total/dw1" in zeros) is (places == 3)
    assert {found[name] for name in zeros} <= {"too-coarse"}
    assert {verdict for name, verdict in found.items() if name not in zeros} == {"correct"}


def test_digits_that_are_asked_for_are_asked_for_of_decimals_too() -> None:
    """Four digits asked for, and four decimals written: 0.0004 has one."""
    figures = script(DEFAULT, WAYS[0], ASKED, decimals(4))
    assert verdicts(judged(DEFAULT, figures, options=Options(digits=4))[0])["dE_total/dw1"] == "too-coarse"


def test_blanks_leave_what_follows_to_the_figures_before() -> None:
    """With any half of the figures left out, the rest is judged from the nearest that are there."""
    chance = random.Random(5)
    scripts = [
        script(DEFAULT, WAYS[0], chance.sample(ASKED, 16), significant(4), paper=bool(number % 2))
        for number in range(40)
    ]
    assert [faults(findings) for findings in judged(DEFAULT, *scripts)] == [{}] * 40


def test_each_student_is_judged_alone() -> None:
    """A class with different blanks and mistakes gets, student by student, what each gets alone."""
    chance = random.Random(7)
    scripts = [script(DEFAULT, WAYS[0], chance.sample(ASKED, 20), significant(4)) for _ in range(12)]
    for number, figures in enumerate(scripts):
        name = chance.choice(list(figures))
        figures[name] = f"{float(figures[name]) * (1.3 if number % 2 else 10):.4g}"
    together = judged(DEFAULT, *scripts)
    assert together == [judged(DEFAULT, figures)[0] for figures in scripts]
    assert any(faults(findings) for findings in together)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    problem=problems(most_units=3, most_samples=2, carry="full"),
    digits=st.integers(3, 7),
    paper=st.booleans(),
    data=st.data(),
)
def test_random_networks(problem: Problem, digits: int, paper: bool, data: st.DataObject) -> None:
    """On any network, by any way, with any figures left out, honest rounding is never at fault."""
    shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
    routes = routes_of(problem.structure, shares)
    way = data.draw(st.sampled_from(routes.ways))
    ids = [quantity.id for quantity in way.quantities]
    asked = data.draw(st.one_of(st.just(ids), st.lists(st.sampled_from(ids), min_size=1)))
    try:
        figures = script(problem, way, asked, significant(digits), paper=paper)
    except (ZeroDivisionError, TypeError):
        assume(False)  # a rounded 0 or 1 has no logarithm: nobody can go on
    sizes = [abs(float(read_written(text).value)) for text in figures.values()]
    assume(all(size < 1e30 and (size == 0 or size > 1e-14) for size in sizes))
    assert not faults(judged(problem, figures, routes=routes)[0])
