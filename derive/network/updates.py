"""Gradient descent: what a round makes of every trained value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.formula.expression import Expression, Neg, Product, Ref, Sum
from derive.given.program.places import Place
from derive.network.graph import Quantity


def updates(
    names: Iterable[str], gradient: str | Expression, *, of: str = "", place: Place | None = None
) -> Iterator[Quantity]:
    """The step of each trained value, and the value after it.

    Parameters
    ----------
    names : iterable of str
    gradient : str or Expression
        What is differentiated by them, or the gradient itself.
    of : str
        What ids of the gradients end in, such as ``[2]`` for that of sample 2.
    place : Place or None
        Of the one name, where it stands in an array.
    """
    for name in names:
        own = place or Place(name=name)
        slope = Ref(f"d{gradient}/d{name}{of}") if isinstance(gradient, str) else gradient
        step = Neg(Product((Ref("eta"), slope)))
        yield Quantity(str(own.called(prefix="step_")), "update_step", step)
        yield Quantity(str(own.called(suffix="_new")), "update", Sum((Ref(name), step)))
