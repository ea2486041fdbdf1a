"""A wrong rule as an entry of a table: what it is called, what is said about it, and which parts it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.judging.misconceptions.places import Place

#: Parts of a form with what stands in their place.
Changes = Mapping[str, object]
#: All ways in which a rule may be applied to a step, the likeliest first; none where it does not apply.
Variants = Callable[[Place, Any], Iterable[Changes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
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
    variants: Variants
    drawn_apart: bool = True


def always(**changes: object) -> Variants:
    """Variants of a rule that changes the same parts at every step."""
    return lambda place, form: (changes,)
