"""Bits foreseen from earlier rounds: enough at once, few too many, and none spent on what cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import mpmath
import pytest

from derive.arithmetic.exact import precision
from derive.errors import PrecisionError
from derive.given.loading import load
from derive.proof.crosscheck import derivations
from derive.proof.foresight import Width, beyond_all, foreseen, width, worthwhile
from derive.proof.rounds import Rounds
from derive.proof.values import Proved

#: x becomes 4x(1 − x) in every round: Ulam and von Neumann's map, which doubles small differences.
CHAOS: dict[str, Any] = {
    "title": "Logistic map",
    "given": {"x": "0.3"},
    "define": {"J": "4*x**3/3 - 3*x**2/2"},
    "objective": "J",
    "wrt": ["x"],
    "learning_rate": "1",
}


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Every stretch of rounds that is run: its first and last round, and its bits."""
    found: list[tuple[int, int, int]] = []
    run = Rounds.run

    def noted(self: Rounds, state: Sequence[Any], start: int, stop: int, *rest: Any, **more: Any) -> Any:
        if not state or not isinstance(state[0], float):
            found.append((start, stop, flint.ctx.prec))
        return run(self, state, start, stop, *rest, **more)

    monkeypatch.setattr(Rounds, "run", noted)
    return found


def proved(data: Any) -> Proved:
    problem = load(data)
    return Proved(problem, derivations(problem))


def by_mpmath(rounds: int) -> str:
    """x after so many rounds, to nine digits, with more bits than twice the rounds."""
    with mpmath.workprec(4 * rounds + 200):
        x = mpmath.mpf(3) / 10
        for _ in range(rounds):
            x = 4 * x * (1 - x)
        return str(mpmath.nstr(x, 9, strip_zeros=False))


@pytest.mark.parametrize("rounds", [200, 333, 640, 1000])
def test_late_rounds_are_run_once(passes: list[tuple[int, int, int]], rounds: int) -> None:
    """The last nine tenths of the way are gone once, with enough bits for the figure that mpmath has."""
    assert proved(CHAOS).figure(f"x@{rounds}").ascii == by_mpmath(rounds)
    late = [(start, stop) for start, stop, _ in passes if stop > rounds // 10]
    assert sum(stop - max(start, rounds // 10) for start, stop in late) == rounds - rounds // 10


def test_bits_that_are_lost_are_worked_no_more(passes: list[tuple[int, int, int]]) -> None:
    """A stretch of rounds is worked with fewer bits than the one before it."""
    proved(CHAOS).figure("x@1000")
    bits = [bits for start, _, bits in passes if start >= 100]
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < bits[0] / 4


def test_what_no_precision_gives_is_known_before_it_is_run(passes: list[tuple[int, int, int]]) -> None:
    """10,000 rounds would take more than 4,096 bits, and 1,000 show it."""
    with pytest.raises(PrecisionError, match=r"x@10000: 4096 bits do not settle its digits; it takes more than \d{4,}"):
        proved(CHAOS).figure("x@10000")
    assert max(stop for _, stop, _ in passes) == 1000


def test_what_is_hopeless_early_is_so_later(passes: list[tuple[int, int, int]]) -> None:
    """Where a tenth of the way would take too many bits, no more of it is run."""
    with pytest.raises(PrecisionError, match="x@100000: 4096 bits do not settle its digits"):
        proved(CHAOS).figure("x@100000")
    assert max(stop for _, stop, _ in passes) == 1000


def test_one_pass_serves_all_figures_of_a_round(passes: list[tuple[int, int, int]]) -> None:
    """What one figure was proved with is tried for the others first; as a float each asks for no more."""
    figures = proved(CHAOS)
    figures.figure("x@1000")
    done = len(passes)
    assert figures.number("x@1000") == pytest.approx(float(by_mpmath(1000)), rel=1e-8)
    figures.figure("J@1000")
    assert len(passes) == done


@pytest.mark.parametrize(("rate", "shrinking"), [(0.5, 0.0), (0.5, 0.2), (0.0, 0.0), (0.1, 3.0)])
@pytest.mark.parametrize("number", [1000, 3333, 10_000])
def test_steady_losses_are_foreseen(rate: float, shrinking: float, number: int) -> None:
    """Bits in proportion to rounds: as many as are lost and the digits take, and little more."""
    earlier, before = (Width(lost=int(rate * at), size=-int(shrinking * at)) for at in (number // 10, number // 100))
    takes = rate * number + min(shrinking * number, 1110) + 57
    assert takes - 2 <= foreseen(number, earlier, before, 17) <= 1.1 * takes + 128


def test_only_hopeless_rounds_are_refused() -> None:
    """A loss that may yet slow down to a quarter is worked; the size of a figure near 0 is no reason."""
    assert beyond_all(10_000, Width(lost=400, size=0), Width(lost=40, size=0)) is None
    assert beyond_all(10_000, Width(lost=10, size=-9000), Width(lost=10, size=-900)) is None
    least = beyond_all(10_000, Width(lost=2000, size=0), Width(lost=200, size=0))
    assert least == 2000 + 1800 * 10 // 4


def test_widths_of_balls() -> None:
    """A ball's lost bits are those between its radius and the last bit; one around 0 says nothing."""
    with precision(128):
        ball = flint.arb(3) + flint.arb(0, flint.arb(2) ** -100)
        found = width(ball, 128)
        assert found is not None
        assert 28 <= found.lost <= 29
        assert found.size == 2
        assert width(flint.fmpq(1, 3), 128) == Width(lost=0, size=0)
        assert width(flint.arb(0, 1), 128) is None
        assert width(flint.arb(1) / flint.arb(0, 1), 128) is None
        assert 101 < worthwhile([ball], 4096) <= 150
        assert worthwhile([ball, flint.fmpq(1, 3)], 4096) == 4096
