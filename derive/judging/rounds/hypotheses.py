"""What somebody may have done instead of the stated training: whole trajectories, each with its name.

A hypothesis is one departure from the stated problem, or two that hold together; its figures are those of a problem
of its own, perhaps one round away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product

from derive.formula.expression import ONE, Const, Product, Quotient
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import bias_ids, structural_names
from derive.given.problem import Batch, Layer, Number, Problem, Structure, Update
from derive.judging.misconceptions.programs import other_schedules
from derive.judging.rounds.trajectories import DerivationOfTurn
from derive.network.backward import derive_structure
from derive.network.derivation import Derivation
from derive.network.deriving import derive_formulas
from derive.network.graph import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A way in which a training may have been worked.

    Attributes
    ----------
    ids : tuple of str
        What departs from the stated training; empty for the stated one.
    problem : Problem or FormulaProblem
    averaged : frozenset of str
        Parameters whose batch gradient is divided by the number of samples once more.
    summed : bool
        Whether it is these that are multiplied by it: the gradients are summed, and the error is averaged.
    shift : int
        How many updates more than named were done; negative for fewer.
    """

    ids: tuple[str, ...]
    problem: AnyProblem
    averaged: frozenset[str] = frozenset()
    summed: bool = False
    shift: int = 0

    @property
    def derivation_of_turn(self) -> DerivationOfTurn:
        """The derivation for each sample's turn."""
        problem = self.problem
        if isinstance(problem, FormulaProblem):
            chain = problem.structure
            return lambda turn: derive_formulas(chain, turn)
        return partial(_derived, problem.structure, _shares(problem), self.averaged, self.summed)


def hypotheses(problem: AnyProblem) -> tuple[tuple[Hypothesis, ...], ...]:
    """The stated training alone, then all with one departure from it, then all with two.

    Departures are: the other order of updates; biases trained, frozen, or trained per unit; the batch's gradient
    averaged twice, or summed where it is to be averaged; one update more or fewer.
    """
    problems: list[list[Hypothesis]] = [[Hypothesis(ids=(), problem=problem)]]
    if isinstance(problem, FormulaProblem):
        problems.append(list(_other_trainings(problem)))
    if isinstance(problem, Problem):
        problems = [[], [], []]
        for update, biases, batch in product(_updates(problem), _biases(problem), _batches(problem)):
            ids = tuple(name for name in (update[0], biases[0], batch[0]) if name)
            if len(ids) > 2:
                continue
            structure = biases[1](problem)
            changed = replace(structure.conventions, update=update[1], batch=batch[1])
            averaged = frozenset(batch[2](structure))
            problems[len(ids)].append(
                Hypothesis(ids=ids, problem=replace(structure, conventions=changed), averaged=averaged, summed=batch[3])
            )
    stated = problems[0]
    single = [*(each for group in problems[1:2] for each in group), *_shifted(stated)]
    double = [each for group in problems[2:] for each in group]
    double += [shifted for group in problems[1:2] for shifted in _shifted(group)]
    return tuple(stated), tuple(single), tuple(double)


def _other_trainings(problem: FormulaProblem) -> Iterator[Hypothesis]:
    """All samples in every update; a rate that stays as it was, or is that of another update."""
    plan = problem.plan
    if plan.turns > 1:
        yield Hypothesis(ids=("all-samples-at-once",), problem=replace(problem, plan=replace(plan, batch=plan.samples)))
    if plan.schedule:
        for name, schedule in other_schedules(plan.schedule):
            yield Hypothesis(ids=(name,), problem=replace(problem, plan=replace(plan, schedule=schedule)))


def _shifted(given: list[Hypothesis]) -> Iterator[Hypothesis]:
    for name, shift in (("one-round-early", -1), ("one-round-late", 1)):
        for each in given:
            yield replace(each, ids=(*each.ids, name), shift=shift)


_Update = tuple[str, Update]
_Bias = tuple[str, Callable[[Problem], Problem]]
_Batch = tuple[str, Batch, Callable[[Problem], Iterator[str]], bool]


def _updates(problem: Problem) -> Iterator[_Update]:
    stated = problem.conventions.update
    yield "", stated
    if len(problem.layers) > 1:
        other: Update = "sequential" if stated == "simultaneous" else "simultaneous"
        yield f"{other}-update", other


def _biases(problem: Problem) -> Iterator[_Bias]:
    yield "", lambda given: given
    kinds = {layer.bias_kind for layer in problem.layers}
    if kinds == {"none"}:
        return
    if problem.conventions.train_biases:
        yield "biases-frozen", partial(_with_biases, trained=False, apart=False)
    else:
        yield "biases-trained", partial(_with_biases, trained=True, apart=False)
    shared = any(layer.bias_kind == "shared" and len(layer.units) > 1 for layer in problem.layers)
    names = list(structural_names(_with_biases(problem, trained=True, apart=True).structure))
    if shared and len(set(names)) == len(names):  # a weight may be called b_H1
        yield "biases-per-unit", partial(_with_biases, trained=True, apart=True)


def _with_biases(problem: Problem, *, trained: bool, apart: bool) -> Problem:
    layers = tuple(map(_apart, problem.layers)) if apart else problem.layers
    return replace(problem, layers=layers, conventions=replace(problem.conventions, train_biases=trained))


def _apart(layer: Layer) -> Layer:
    """The layer with its shared bias as one of each unit's own."""
    return replace(layer, bias=(layer.bias,) * len(layer.units)) if isinstance(layer.bias, Number) else layer


def _batches(problem: Problem) -> Iterator[_Batch]:
    stated = problem.conventions.batch
    yield "", stated, _no_names, False
    if len(problem.samples) == 1:
        return
    if stated == "mean":
        yield "averaged-twice", stated, _every_parameter, False
        yield "averaged-twice", stated, _every_bias, False
        yield "summed-for-mean", "sum", _no_names, False
        yield "summed-for-mean", stated, _every_parameter, True
    elif stated == "sum":
        yield "mean-for-sum", "mean", _no_names, False


def _no_names(_: Problem) -> Iterator[str]:
    return iter(())


def _every_bias(problem: Problem) -> Iterator[str]:
    return (name for row in bias_ids(problem.structure) for name in row or ())


def _every_parameter(problem: Problem) -> Iterator[str]:
    return iter(_derived(problem.structure, _shares(problem), frozenset(), False, 1).trained)


def _shares(problem: Problem) -> bool:
    return all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)


@lru_cache(maxsize=64)
def _derived(structure: Structure, shares: bool, averaged: frozenset[str], summed: bool, turn: int) -> Derivation:
    derivation = derive_structure(structure, turn=turn, shares=shares)
    if not averaged:
        return derivation
    count = Const(Fraction(structure.sample_count))
    share = count if summed else Quotient(ONE, count)

    def changed(quantity: Quantity) -> Quantity:
        if quantity.rule != "batch_gradient" or quantity.id.removeprefix("dE_total/d") not in averaged:
            return quantity
        return replace(quantity, expression=Product((share, quantity.expression)))

    return replace(derivation, quantities=tuple(map(changed, derivation.quantities)))
