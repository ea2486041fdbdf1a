"""A wrong rule as an entry of a table: what it is called, what is said about it, and which parts it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Never, TypeVar, cast

from derive.judging.misconceptions.forms import Form
from derive.judging.misconceptions.places import Place

#: The form of the steps that a rule is about.
F = TypeVar("F", contravariant=True)

#: Parts of a form with what stands in their place.
Changes = Mapping[str, object]
#: All ways in which a rule may be applied to a step, the likeliest first; none where it does not apply.
Variants = Callable[[Place, F], Iterable[Changes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[F]):
    """A misconception at some kinds of step.

    Attributes
    ----------
    kinds : tuple of str
    id : str
    done, instead : str
        What was done, to follow "consistent with"; and what to do instead.
    variants : callable
        Gets the step and its right form.
    drawn_apart : bool
        Whether the numbers of a drawn sheet have to tell it from the right rule.
    """

    kinds: tuple[str, ...]
    id: str
    done: str
    instead: str
    variants: Variants[F]
    drawn_apart: bool = True

    def at(self, place: Place | None, form: Form) -> Iterable[Changes]:
        """The variants at a step of one of its kinds, which has the form that the rule is written for.

        Parameters
        ----------
        place : Place or None
            None in a chain of formulas, which has no layers; rules for chains look at the form alone.
        form : Form
        """
        return self.variants(cast(Place, place), cast(F, form))


#: Rules for forms of any kind.
Rules = tuple[Rule[Never], ...]


def always(**changes: object) -> Variants[object]:
    """Variants of a rule that changes the same parts at every step."""
    return lambda place, form: (changes,)
