"""Training a problem over many rounds: the error curve in floats, its milestones and the final figures proved."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from derive.errors import PrecisionError, UnsupportedError
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Problem
from derive.given.problem_view import counted, line
from derive.proof.checks import Check
from derive.proof.crosscheck import require_agreement
from derive.proof.crosscheck_training import crosscheck_training
from derive.solved.solution import Solution, solve
from derive.telling.build import blocks_of
from derive.telling.fill import fill
from derive.telling.filling import Filling
from derive.telling.model import Document, Picture
from derive.telling.training import milestones, outputs_and_targets, spaced
from derive.telling.training_page import training_document

#: Rounds in the error curve unless asked otherwise, and what they may cost: quantities times rounds.
USUAL_ROUNDS = 10_000
MOST_ROUNDS = 1_000_000
_USUAL_WORK = {"full": 3_000_000, "rounded": 300_000}
_LARGEST_WORK = 300_000_000
_LONGEST_LIST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far the training of a problem was followed.

    Attributes
    ----------
    rounds : int
        The last round whose figures are proved.
    errors : tuple of float, length rounds + 1
        The total error before each round and after the last.
    checks : tuple of Check
        Its milestones by independent routes.
    ending : str
        Why it ends before the rounds that were asked for; empty where it does not.
    seconds : float
        What the rounds in floats took; with ``carry = "rounded"``, the rounds as they are carried.
    """

    rounds: int = 0
    errors: tuple[float, ...] = ()
    checks: tuple[Check, ...] = ()
    ending: str = ""
    seconds: float = 0.0


#: From this relative difference on, the curve and the proved figures part visibly.
_STALLED = 0.01


def follow(solution: Solution, asked: int | None) -> Course:
    """Train as far as was asked for (None: as far as is usual), or as far as figures can be proved.

    Raises
    ------
    UnsupportedError
        If so many rounds of this network take too long.
    CrosscheckError
        If two routes to a milestone disagree.
    """
    problem, proved, objective = solution.problem, solution.proved, solution.derivation.objective
    if isinstance(problem, FormulaProblem) and problem.program is not None and not problem.objective:
        what = (
            "counts sizes and parameters, and nothing is trained: derive explain works it out"
            if problem.counts
            else "has no error to follow: give it targets and a loss, or an objective; derive explain works it as it is"
        )
        raise UnsupportedError(f"{problem.name} {what}")
    if not solution.derivation.trained:
        raise UnsupportedError(
            f"{problem.name} has nothing to train: without a learning rate there are no rounds; "
            "add learning_rate to the problem"
        )
    size = len(solution.derivation.quantities)
    usual = max(10, 10 ** int(math.log10(_USUAL_WORK[problem.display.carry] / size)))
    rounds = min(USUAL_ROUNDS, usual) if asked is None else asked
    if rounds * size > _LARGEST_WORK:
        most = 10 ** int(math.log10(_LARGEST_WORK / size))
        raise UnsupportedError(f"{spaced(rounds)} rounds of this network take too long; at most {spaced(most)} go")
    if rounds == 0:
        return Course()
    started = time.perf_counter()
    errors = proved.errors(rounds) if problem.display.carry == "rounded" else proved.error_curve(rounds)
    seconds = time.perf_counter() - started
    reached, ending = len(errors) - 1, ""
    if reached < rounds:
        ending = f"The training diverges: after {spaced(reached)} rounds the error leaves the range of 64-bit floats."
    steps = milestones(reached)
    proved.prepare(steps)
    for before, step in zip((0, *steps), steps, strict=False):
        try:
            proved.figure(f"{objective}@{step}")
        except PrecisionError as error:
            reached, ending = before, f"Figures of later rounds cannot be proved, and are left out ({error})."
            break
    if not ending and abs(errors[reached] - (last := proved.number(f"{objective}@{reached}"))) > _STALLED * abs(last):
        ending = "The curve is drawn from 64-bit floats, which come no closer to 0 than this; the table is proved."
    checked = [step for step in milestones(reached) if step > 1]  # rounds 0 and 1 are checked with all their figures
    if problem.display.carry == "rounded" or not checked:
        checks: tuple[Check, ...] = ()
    else:
        checks = crosscheck_training(problem, proved, checked, errors, solution.checks)
    require_agreement(checks)
    return Course(rounds=reached, errors=tuple(errors[: reached + 1]), checks=checks, ending=ending, seconds=seconds)


@dataclass(frozen=True, kw_only=True, repr=False)
class Training:
    """A problem trained over many rounds.

    Attributes
    ----------
    solution : Solution
    rounds : int
        How far it goes: what was asked for, unless `ending` says why not.
    errors : tuple of float, length rounds + 1
        E_total before each round and after the last.
    milestones : mapping of int to Figure
        E_total after so many rounds, every digit proved.
    parameters : mapping of str to float
        Every trained parameter after the last round: the float64 nearest to its exact value.
    checks : tuple of Check
        Those of the first round, and those of the milestones.
    ending : str
        Why it ends before the rounds that were asked for; empty where it does not.
    seconds : float
        What the rounds took in generated straight-line code.
    whole_seconds : float
        What everything took: derivation, rounds, proofs, checks.
    """

    solution: Solution
    rounds: int
    errors: tuple[float, ...] = field(repr=False)
    milestones: Mapping[int, Figure]
    parameters: Mapping[str, float]
    checks: tuple[Check, ...] = field(repr=False)
    ending: str
    seconds: float
    whole_seconds: float
    document: Document = field(repr=False)
    filling: Filling = field(repr=False)

    def __repr__(self) -> str:
        first, last = (self.milestones[step].ascii for step in (min(self.milestones), max(self.milestones)))
        rounds = counted(self.rounds, "round")
        objective = self.solution.derivation.objective
        return line("Training", self.solution.problem.name, rounds, f"{objective} {first} -> {last}")

    def _repr_html_(self) -> str:
        """The page in a frame of its own: curve, milestones, final outputs and parameters."""
        from derive.renderers.notebook import framed

        return framed(self.to_html(), self.document.title)

    def to_html(self) -> str:
        """One self-contained page: what is given, the error curve, milestones, final outputs and parameters."""
        from derive.renderers.html import render_html

        return render_html(self.document, self.filling)

    def to_svg(self) -> str:
        """The error curve alone, as a picture file."""
        from derive.renderers.drawings import drawing_for
        from derive.renderers.pictures.svg import print_svg

        curve = next(
            block for block in blocks_of(self.document) if isinstance(block, Picture) and block.kind == "error_curve"
        )
        return print_svg(drawing_for(curve, self.filling), standalone=True)

    def to_csv(self) -> str:
        """The error curve as figures: ``round,E_total`` (or another objective), each at full float64 precision."""
        head = f"round,{self.solution.derivation.objective}\n"
        return head + "".join(f"{number},{error!r}\n" for number, error in enumerate(self.errors))

    def to_text(self) -> str:
        """What a terminal shows: milestones, final parameters, final outputs against targets, time."""
        problem, derivation, figure = self.solution.problem, self.solution.derivation, self.solution.figure
        last = f"@{self.rounds}" if self.rounds else ""
        reached = [(_plain(number), shown.ascii) for number, shown in self.milestones.items()]
        blocks: list[list[tuple[str, ...]]] = [[("rounds", derivation.objective), *reached]]
        names = [(name, figure(name).ascii, figure(f"{name}{last}").ascii) for name in self.parameters]
        blocks.append([("parameter", "before", "after"), *names])
        if isinstance(problem, Problem):
            outputs = [
                (out, figure(target).ascii, figure(f"{out}@0").ascii, figure(f"{out}@{self.rounds}").ascii)
                for out, target in outputs_and_targets(problem.structure)
            ]
            blocks.append([("output", "target", "before", "after"), *outputs])
        text = "\n".join(line for rows in blocks for line in (*_columns(_shortened(rows)), ""))
        speed = f"{_plain(self.rounds)} rounds in {self.seconds:.3g} s; with all proofs {self.whole_seconds:.3g} s"
        return f"{text}\n{speed}\n" + (f"{self.ending}\n" if self.ending else "")


def train(problem: Solution | AnyProblem, *, rounds: int = USUAL_ROUNDS) -> Training:
    """Repeat the round of a problem and prove its milestones.

    Parameters
    ----------
    problem : Solution, Problem or FormulaProblem
    rounds : int, 1 to 1,000,000

    Returns
    -------
    Training
        It ends early, and says why, where the training diverges or figures cannot be proved.

    Raises
    ------
    UnsupportedError
        If ``rounds`` is out of range or takes too long on this network, or the problem has no learning rate.
    CrosscheckError, PrecisionError
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        raise UnsupportedError(f"{rounds} rounds: 1 to {spaced(MOST_ROUNDS)} are allowed")
    started = time.perf_counter()
    solution = problem if isinstance(problem, Solution) else solve(problem)
    course = follow(solution, rounds)
    checks = (*solution.checks, *course.checks)
    document = training_document(
        solution.problem, solution.derivation, checks, rounds=course.rounds, ending=course.ending
    )
    proved = solution.proved
    filling = fill(document, solution.problem, proved, checks, errors=course.errors)
    steps = milestones(course.rounds)
    return Training(
        solution=solution,
        rounds=course.rounds,
        errors=course.errors,
        milestones={step: proved.figure(f"{solution.derivation.objective}@{step}") for step in steps},
        parameters={name: proved.number(f"{name}@{course.rounds}") for name in solution.derivation.trained},
        checks=checks,
        ending=course.ending,
        seconds=course.seconds,
        whole_seconds=time.perf_counter() - started,
        document=document,
        filling=filling,
    )


def _plain(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _shortened(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(rows) <= _LONGEST_LIST + 1:
        return rows
    left_out = len(rows) - _LONGEST_LIST
    dots = (f"... {left_out} more ...", *("" for _ in rows[0][1:]))
    return [*rows[: _LONGEST_LIST - 1], dots, rows[-1]]


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """The first column to the left where it names, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers_first = rows[0][0] == "rounds"
    for first, *others in rows:
        head = first.rjust(widths[0]) if numbers_first else first.ljust(widths[0])
        tail = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((head, *tail)).rstrip()
