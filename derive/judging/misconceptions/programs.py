"""Mistakes in own architectures: those that recipes name at their lines, and paths through time that are forgotten.

A wrong line is tried wherever it is worked, element by element; where its slopes alone are wrong, at every derivative
on whose way the line stands. Nothing is built before a figure asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from derive.errors import ProblemError
from derive.formula.expression import Expression, Neg, Ref, Sum, mean_of, references, renamed, sum_of
from derive.given.formula_problem import FormulaStructure
from derive.given.program.mistakes import formulas_of, held_ids
from derive.given.program.model import Block, Key, Named, Program, Site, WrongLine
from derive.given.program.operations import ZERO, Formulas
from derive.given.program.recipes import substituted
from derive.given.program.rule_formulas import rule_formula
from derive.given.program.syntax import parsed
from derive.judging.misconceptions.model import Misconception, Mistake
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.network.programs import PassBack, updates_as_if
from derive.network.rules import rule_updates

#: Uses of one number that are looked at one by one.
_MOST_PLACES = 12

_ONE_STEP = Misconception(
    kind="ways-back",
    id="one-step-of-time",
    done="taking the gradient of one step of time only",
    instead="Add the gradients of all steps of time: the same number is used at each of them.",
    drawn_apart=False,
)
_ONE_WAY = Misconception(
    kind="ways-back",
    id="one-path-through-time",
    done="following one of the ways only by which this number acts, in its own step or by way of the next",
    instead="Add what comes back in the step itself and what comes back from the step after it.",
    drawn_apart=False,
)
_ONE_PLACE = Misconception(
    kind="ways-back",
    id="one-place-only",
    done="taking the gradient from one place only of those where this number is used",
    instead="Add a term for each place where the same number is used.",
    drawn_apart=False,
)


#: What goes wrong with rounds, batches and penalties, by id.
OF_ROUNDS: Mapping[str, Misconception] = {
    name: Misconception(kind=kind, id=name, done=done, instead=instead, drawn_apart=False)
    for kind, name, done, instead in (
        (
            "batch",
            "all-samples-at-once",
            "taking all samples for those on turn",
            "Update after each batch, with the gradients of its samples alone.",
        ),
        ("rate", "rate-not-changed", "a learning rate that is not changed", "Work the rate out anew for this update."),
        (
            "rate",
            "rate-of-wrong-update",
            "the learning rate of another update or epoch",
            "Count updates and epochs from 0 here.",
        ),
        (
            "penalty",
            "penalty-left-out",
            "leaving out the penalty",
            "Add the penalty to the error, and its own slope to the gradient.",
        ),
        (
            "penalty",
            "penalty-taken-away",
            "taking the penalty's slope away",
            "Add the penalty's own slope to the gradient.",
        ),
    )
}


class Catalogue:
    """The mistakes of one own architecture at any of its quantities.

    Parameters
    ----------
    structure : FormulaStructure
        With a program.
    derivation : Derivation
    turn : int
        Whose update the derivation works.
    words : mapping of (str, str) to Misconception
        What the tables say of a kind of step and an id, for mistakes whose words stand there.
    """

    def __init__(
        self,
        structure: FormulaStructure,
        derivation: Derivation,
        turn: int,
        words: Mapping[tuple[str, str], Misconception],
    ) -> None:
        assert structure.program is not None
        self.structure, self.derivation, self.turn, self.words = structure, derivation, turn, words
        self.program: Program = structure.program
        self._backs: dict[str, PassBack] = {}
        self._arrays: dict[tuple[int, str, Key], Formulas | None] = {}
        self._updates: dict[tuple[str, str], dict[str, Expression]] = {}

    def at(self, quantity: Quantity) -> Iterator[Mistake]:
        """The named mistakes at a quantity, those of its recipe first."""
        if quantity.rule == "definition":
            yield from self._worked_wrongly(quantity)
        elif quantity.rule == "batch_gradient":
            yield from self._other_rounds(quantity)
        elif quantity.rule in ("cost", "cost_gradient"):
            yield from self._penalised_wrongly(quantity)
        elif quantity.by:
            yield from self._taken_back_wrongly(quantity, again=False)
            yield from self._some_ways(quantity)
        elif quantity.rule in ("update", "state", "ahead", "update_step"):
            yield from self._updated_wrongly(quantity)
            yield from self._other_rounds(quantity)
            yield from self._penalised_wrongly(quantity)
        elif quantity.rule == "rate":
            yield from self._other_rounds(quantity)

    def again(self, quantity: Quantity) -> Iterator[Mistake]:
        """The derivatives that follow from lines worked wrongly: for whoever worked them so."""
        if quantity.by:
            yield from self._taken_back_wrongly(quantity, again=True)

    # Lines of layers

    @cached_property
    def _lines(self) -> dict[Key, list[tuple[WrongLine, Site]]]:
        found: dict[Key, list[tuple[WrongLine, Site]]] = {}
        for line in self.program.wrong:
            for site in line.sites:
                found.setdefault(site[0], []).append((line, site))
        return found

    def _array(self, line: WrongLine, text: str, site: Site) -> Formulas | None:
        key = (id(line), text, site[0])
        if key not in self._arrays:
            try:
                self._arrays[key] = formulas_of(text, "mistakes", site, self.program.by_key)
            except (ProblemError, ValueError, IndexError):  # it says nothing of arrays of these shapes
                self._arrays[key] = None
        return self._arrays[key]

    def _element(self, line: WrongLine, text: str, site: Site, name: str) -> Expression | None:
        """The wrong formula of one number of a line; None where the wrong array has none at its place."""
        block = self.program.by_key[site[0]]
        array = self._array(line, text, site)
        place = _place_in(block, name)
        if array is None or array.ndim != len(place) or any(i >= n for i, n in zip(place, array.shape, strict=True)):
            return None
        found: Expression = array[place]
        ahead = self._ahead
        return renamed(found, lambda used: Ref(ahead.get(used, used))) if ahead else found

    @cached_property
    def _ahead(self) -> dict[str, str]:
        if not self.structure.plan.rule.ahead:
            return {}
        places = self.structure.places
        return {name: str(places[name].called(prefix="ahead_")) for name in self.structure.updated}

    def _worked_wrongly(self, quantity: Quantity) -> Iterator[Mistake]:
        block = self.program.blocks[quantity.id]
        for line, site in self._lines.get(block.key, ()):
            if line.named.back or line.named.held:
                continue
            for text in line.named.texts:
                formula = self._element(line, text, site, quantity.id)
                if formula is not None:
                    yield self._mistake(line.named, line.kind, quantity.id, formula)

    def _taken_back_wrongly(self, quantity: Quantity, *, again: bool) -> Iterator[Mistake]:
        back = self._back(quantity)
        users = back.consumers.get(quantity.by, ())
        blocks = dict.fromkeys(self.program.blocks[user.id].key for user in users)
        lines = {id(line): line for key in blocks for line, _ in self._lines.get(key, ())}
        for line in lines.values():
            named = line.named
            if again == bool(named.back or named.held):
                continue
            sites = [site for site in line.sites if site[0] in blocks]
            if named.held:
                formulas = {
                    user.id: ZERO
                    for site in sites
                    if any(quantity.by in held_ids(name, site, self.program.by_key) for name in named.held)
                    for user in users
                    if self.program.blocks[user.id].key == site[0]
                }
                if formulas:
                    yield self._mistake(named, line.kind, quantity.id, back.as_if(quantity.by, formulas))
            else:
                for text in named.texts:
                    wrong = {
                        name: formula
                        for site in sites
                        for name in self.program.by_key[site[0]].ids
                        if (formula := self._element(line, text, site, name)) is not None
                    }
                    if wrong:
                        yield self._mistake(named, line.kind, quantity.id, back.as_if(quantity.by, wrong))

    def _back(self, quantity: Quantity) -> PassBack:
        if quantity.of not in self._backs:
            forward = [each for each in self.derivation.quantities if each.rule == "definition"]
            self._backs[quantity.of] = PassBack(self.structure, forward, quantity.of, quantity.sample)
        return self._backs[quantity.of]

    def _mistake(self, named: Named, kind: str, at: str, formula: Expression) -> Mistake:
        known = self.words.get((kind, named.id)) if not named.says else None
        said = (
            replace(known, drawn_apart=False)
            if known is not None
            else Misconception(kind=kind, id=named.id, done=named.says, instead=named.advice, drawn_apart=False)
        )
        return _told(said, at, formula)

    # Ways back

    def _some_ways(self, quantity: Quantity) -> Iterator[Mistake]:
        """The derivative along the ways of one step of time, or from one place alone."""
        if quantity.rule != "sum_over_paths":
            return
        back, places = self._back(quantity), self.structure.places
        users = [user.id for user in back.consumers.get(quantity.by, ())]
        times = dict.fromkeys(places[user].time for user in users)
        of_time = places[quantity.by].time is not None
        if len(times) > 1:
            said = _ONE_WAY if of_time else _ONE_STEP
            groups = [[user for user in users if places[user].time == time] for time in times]
        elif quantity.by in self.structure.givens and places[quantity.by].sample is None:
            said = _ONE_PLACE
            groups = [[user] for user in users[:_MOST_PLACES]]
        else:
            return
        for kept in groups:
            formula = back.as_if(quantity.by, {user: ZERO for user in users if user not in kept})
            yield _told(said, quantity.id, formula)

    # Lines of update rules

    def _updated_wrongly(self, quantity: Quantity) -> Iterator[Mistake]:
        for named in self.structure.plan.rule.mistakes:
            for text in named.texts:
                key = (named.at[0], text)
                if key not in self._updates:
                    self._updates[key] = updates_as_if(self.structure, self.turn, *key)
                formula = self._updates[key].get(quantity.id)
                if formula is not None:
                    yield self._mistake(named, f"line {named.at[0]}", quantity.id, formula)

    def _other_rounds(self, quantity: Quantity) -> Iterator[Mistake]:
        """All samples for those on turn, and the rate of another update."""
        plan, at = self.structure.plan, quantity.id
        if quantity.rule == "rate":
            for name, text in other_schedules(plan.schedule):
                formula = rule_formula(text, {"k": Ref("k"), "epoch": Ref("epoch")}, {})
                yield _told(OF_ROUNDS[name], at, formula)
        elif plan.turns > 1 and at in self._of_all_samples:
            yield _told(OF_ROUNDS["all-samples-at-once"], at, self._of_all_samples[at])

    @cached_property
    def _without_penalty(self) -> dict[str, Expression]:
        """The error and the gradient without the penalty, by the ids of those with it."""
        with_it = (each for each in self.derivation.quantities if each.rule in ("cost", "cost_gradient"))
        return {each.id: each.expression.terms[0] for each in with_it if isinstance(each.expression, Sum)}

    def _penalised_wrongly(self, quantity: Quantity) -> Iterator[Mistake]:
        """The gradient, or what is worked with it, without the penalty; and with its slope taken away."""
        plain, formula = self._without_penalty, quantity.expression
        if quantity.id in plain and isinstance(formula, Sum):
            yield _told(OF_ROUNDS["penalty-left-out"], quantity.id, plain[quantity.id])
            first, *slopes = formula.terms
            yield _told(OF_ROUNDS["penalty-taken-away"], quantity.id, Sum((first, *map(Neg, slopes))))
        elif not plain.keys().isdisjoint(references(formula)):
            wrong = renamed(formula, lambda used: plain.get(used, Ref(used)))
            yield _told(OF_ROUNDS["penalty-left-out"], quantity.id, wrong)

    @cached_property
    def _of_all_samples(self) -> dict[str, Expression]:
        """The gradients of the samples together, or new values, as if all samples were on turn."""
        structure = self.structure
        plan = replace(structure.plan, batch=structure.plan.samples)
        if plan.rule.gradient:
            together = mean_of if plan.mean else sum_of
            found: dict[str, Expression] = {}
            for name in structure.wrt:
                place, samples = structure.places[name], range(1, plan.samples + 1)
                shares = [Ref(str(place.derivative(structure.objective, sample=sample))) for sample in samples]
                found[str(place.derivative("E_batch"))] = together(shares)
            return found
        steps = {each.id: each.expression for each in rule_updates(replace(structure, plan=plan), {}, 1)}
        news = (str(structure.places[name].called(suffix="_new")) for name in structure.updated)
        return {new: renamed(steps[new], lambda used: steps.get(used, Ref(used))) for new in news}


def _told(said: Misconception, at: str, formula: Expression) -> Mistake:
    """A mistake of one id, which bears the words it is told in."""
    return Mistake(ids=(said.id,), kind=said.kind, at=at, expression=formula, parts=frozenset(), said=(said,))


def other_schedules(schedule: str) -> Iterator[tuple[str, str]]:
    """The schedule of a rate with updates and epochs counted otherwise, and one that never changes."""
    tree = parsed(schedule, "learning_rate")
    yield "rate-not-changed", substituted(tree, {"k": "0", "epoch": "0"})
    for by in ("+ 1", "- 1"):
        yield "rate-of-wrong-update", substituted(tree, {"k": f"(k {by})", "epoch": f"(epoch {by})"})


def _place_in(block: Block, name: str) -> tuple[int, ...]:
    """Where a number stands in its array."""
    number = block.ids.index(name)
    place: list[int] = []
    for size in reversed(block.shape):
        number, rest = divmod(number, size)
        place.append(rest)
    return tuple(reversed(place))
