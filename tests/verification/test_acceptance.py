"""What judging must hold, at a size that fits a test run; ``python -m tests.simulation`` runs it at full size."""

from __future__ import annotations

import pytest

from derive.given.problem import Problem
from tests.simulation import architectures, honest, planted, variants
from tests.students import Habit, habits

_NAMES = tuple(architectures())


@pytest.fixture(scope="module")
def separated() -> dict[str, list[Problem]]:
    """Variants of every architecture."""
    return {name: variants(make(), 60 if name == _NAMES[0] else 12, "tests") for name, make in architectures().items()}


def _id(habit: Habit) -> str:
    return (
        f"{'truncates' if habit.truncates else 'rounds'}-{'memory' if habit.memory else 'paper'}-"
        f"{'scratch' if habit.scratch else 'lines'}-{habit.digits}"
    )


@pytest.mark.parametrize("habit", habits(), ids=_id)
def test_no_honest_script_loses_a_mark(separated: dict[str, list[Problem]], habit: Habit) -> None:
    """Whatever is rounded, carried or cut off, on any network."""
    for name, problems in separated.items():
        found = honest(problems, habit)
        assert found.scripts == len(problems)
        assert not found.faulty, (name, found.examples)
        if habit.scratch and name == _NAMES[0]:
            assert found.verdicts["rounding"]  # scratch work does need its own band


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("memory", [False, True], ids=["paper", "memory"])
def test_a_planted_mistake_is_flagged_at_one_step(separated: dict[str, list[Problem]], name: str, memory: bool) -> None:
    """At 4 digits on separated variants, with its true id among the candidates."""
    found = planted(separated[name] * (4 if name == _NAMES[0] else 3), memory=memory)
    assert found.planted >= 0.6 * len(separated[name])
    assert found.found >= 0.995 * found.planted - (0 if name == _NAMES[0] else 1), found.examples


def test_a_planted_mistake_is_a_mistake(separated: dict[str, list[Problem]]) -> None:
    """The measurement can fail: judged against other numbers, hardly anything is found at one step."""
    problems = separated[_NAMES[0]][:12]
    found = planted(problems, against=[*problems[1:], problems[0]])
    assert found.found < 0.2 * found.planted
