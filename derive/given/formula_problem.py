"""What is given when a problem is a chain of formulas: numbers, definitions in order, and what is differentiated.

Like a layered problem it has a structure without numbers, from which everything symbolic is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from derive.formula.expression import Expression, references
from derive.given.problem import Display, Number, Problem
from derive.given.problem_view import chain_html, problem_line
from derive.given.program.model import Program
from derive.given.program.places import Place
from derive.given.program.plan import Plan


@dataclass(frozen=True, kw_only=True)
class FormulaStructure:
    """A chain of formulas without its numbers: all that a derivation depends on. Hashable.

    Attributes
    ----------
    givens : tuple of str
    definitions : tuple of (str, Expression)
        Name and formula, in working order; each uses givens and names defined above it.
    objective : str
        The defined name that is differentiated.
    wrt : tuple of str
        The names, given or defined, by which it is differentiated.
    updated : tuple of str
        The givens among them that a learning rate moves; empty without one.
    program : Program or None
        The arrays that the formulas come from, where it is more than a plain chain.
    plan : Plan
        How it is trained.
    ask : tuple of str
        Derivatives that are asked for beside those of the objective.
    """

    givens: tuple[str, ...]
    definitions: tuple[tuple[str, Expression], ...]
    objective: str
    wrt: tuple[str, ...]
    updated: tuple[str, ...] = ()
    program: Program | None = None
    plan: Plan = field(default_factory=Plan)
    ask: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Worked out once: a structure may hold thousands of formulas, and is looked up by everything that derives."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.givens, self.definitions, self.objective, self.wrt, self.updated, self.plan, self.ask))

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """What each id says."""
        if self.program is not None:
            return self.program.places
        return {name: Place(name=name) for name in (*self.givens, *self.uses)}

    @cached_property
    def states(self) -> dict[str, tuple[str, str]]:
        """What an update rule keeps from round to round: of each id the state and the parameter."""
        return {
            str(self.places[name].called(prefix=f"{state}_")): (state, name)
            for state, _ in self.plan.rule.states
            for name in self.updated
        }

    @cached_property
    def options(self) -> dict[str, str]:
        """The numbers of an update rule: by their ids, which give way to names of the problem, their names."""
        taken = {*self.places, *(place.name for place in self.places.values())}
        return {(name if name not in taken else f"{name}_rule"): name for name, _ in self.plan.rule.options}

    @cached_property
    def uses(self) -> dict[str, tuple[str, ...]]:
        """The names that each definition uses, each once, in written order."""
        return {name: tuple(dict.fromkeys(references(formula))) for name, formula in self.definitions}

    @cached_property
    def behind(self) -> frozenset[str]:
        """The names that the objective depends on, itself included."""
        found = {self.objective}
        for name, used in reversed(self.uses.items()):
            if name in found:
                found.update(used)
        return frozenset(found)

    def ahead(self, names: tuple[str, ...]) -> frozenset[str]:
        """The names that depend on one of these, themselves included."""
        found = set(names)
        for name, used in self.uses.items():
            if found.intersection(used):
                found.add(name)
        return frozenset(found)

    def edges(self) -> Iterator[tuple[str, str]]:
        """All edges (used name, definition that uses it) of the graph, in working order."""
        for name, used in self.uses.items():
            yield from ((source, name) for source in used)

    def traced(self) -> tuple[str, ...]:
        """Names whose derivative the reverse trace works out, the last defined first and givens in their order.

        Those on the way from a name in ``wrt`` to the objective, the objective left out; and every name in ``wrt``.
        """
        wanted = (self.behind & self.ahead(self.wrt)) | set(self.wrt)
        defined = [name for name, _ in reversed(self.definitions)]
        return tuple(name for name in (*defined, *self.givens) if name in wanted and name != self.objective)

    @cached_property
    def _consumers(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for source, target in self.edges():
            if target in self.behind:
                found[source] = (*found.get(source, ()), target)
        return found

    def consumers(self, name: str) -> tuple[str, ...]:
        """The definitions, on the way to the objective, that use a name, in working order."""
        return self._consumers.get(name, ())

    def edge_id(self, name: str, consumer: str) -> str:
        """The id of the local derivative on the edge from a name to a definition that uses it.

        Where the definition is the objective and the name reaches it by other paths too, ``dJ/da`` is the sum over
        all paths and the edge is called ``edge_J/a``.
        """
        if consumer == self.objective and self.consumers(name) != (consumer,):
            return f"edge_{consumer}/{name}"
        return f"d{consumer}/d{name}"


@dataclass(frozen=True, kw_only=True, repr=False)
class FormulaProblem:
    """A chain of formulas, its numbers, and how to show them.

    Make one with `derive.load`, which validates.

    Attributes
    ----------
    name : str
        File stem or built-in name; output files are called after it.
    givens : tuple of (str, Number)
    definitions : tuple of (str, str, Expression)
        Name, formula as typed, and what it says.
    objective : str
    wrt : tuple of str
    learning_rate : Number or None
        With it, the givens in ``wrt`` are updated.
    program : Program or None
        The arrays behind the formulas, where it is more than a plain chain.
    plan : Plan
    ask : tuple of str
        What is asked for; empty: everything.
    also : tuple of str
        Derivatives that are worked besides, for somebody who asks for a figure.
    penalties : mapping of str to Number
        ``l1`` and ``l2``.
    origin : mapping
        The parsed file that it was read from, where it is more than a plain chain.
    origins : tuple of (str, tuple)
        Of each given number where it stands in that file.
    begun_with : tuple of (str, Number)
        What an update rule keeps, where a later round begins with it.
    display : Display
        Its notation does not matter here.
    """

    name: str
    title: str
    givens: tuple[tuple[str, Number], ...]
    definitions: tuple[tuple[str, str, Expression], ...]
    objective: str
    wrt: tuple[str, ...]
    learning_rate: Number | None = None
    source: str = ""
    display: Display = field(default_factory=Display)
    program: Program | None = None
    plan: Plan = field(default_factory=Plan)
    ask: tuple[str, ...] = ()
    also: tuple[str, ...] = field(default=(), compare=False)
    penalties: Mapping[str, Number] = field(default_factory=dict, hash=False)
    origin: Mapping[str, object] = field(default_factory=dict, compare=False)
    origins: tuple[tuple[str, tuple[object, ...]], ...] = ()
    begun_with: tuple[tuple[str, Number], ...] = ()

    def __repr__(self) -> str:
        return problem_line(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: title, numbers and definitions."""
        return chain_html(self)

    @cached_property
    def structure(self) -> FormulaStructure:
        """The same chain without its numbers."""
        names = dict.fromkeys(name for name, _ in self.givens)
        moves = self.learning_rate is not None or bool(self.plan.schedule)
        return FormulaStructure(
            givens=tuple(names),
            definitions=tuple((name, formula) for name, _, formula in self.definitions),
            objective=self.objective,
            wrt=self.wrt,
            updated=tuple(name for name in self.wrt if name in names) if moves else (),
            program=self.program,
            plan=self.plan,
            ask=tuple(dict.fromkeys((*(name for name in self.ask if "/" in name), *self.also))),
        )

    @cached_property
    def counts(self) -> bool:
        """Whether all that is worked are sizes and counts, which are whole."""
        counted = self.program.counted if self.program else ()
        return bool(counted) and all(name in counted or name.startswith("padding_") for name, _, _ in self.definitions)

    @cached_property
    def numbers(self) -> Mapping[str, Number]:
        """Everything that it states, by id: the givens, the rate, penalties, and what the update rule needs."""
        structure = self.structure
        found = dict(self.givens)
        if not structure.updated:
            return found | ({} if self.learning_rate is None else {"eta": self.learning_rate})
        if self.learning_rate is not None:
            found["eta"] = self.learning_rate
        found |= self.penalties
        options, starts = dict(self.plan.rule.options), dict(self.plan.rule.states)
        found |= {name: options[option] for name, option in structure.options.items()}
        found |= {name: starts[state] for name, (state, _) in structure.states.items()}
        if self.plan.needs_count:
            nothing = Number(text="0", value=Fraction(0))
            found |= {"k": nothing, "epoch": nothing}
        return found | dict(self.begun_with)


#: What `derive.load` gives.
AnyProblem = Problem | FormulaProblem
Either = TypeVar("Either", Problem, FormulaProblem, AnyProblem)


def in_full_figures(problem: Either) -> Either:
    """The problem with full figures carried from line to line."""
    return replace(problem, display=replace(problem.display, carry="full"))
