"""Updates: what a round makes of every trained value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.formula.expression import Neg, Product, Ref, Sum
from derive.network.graph import Quantity


def updates(names: Iterable[str], gradient: str, *, of: str = "") -> Iterator[Quantity]:
    """Gradient descent: the step of each trained value, and the value after it.

    Parameters
    ----------
    names : iterable of str
    gradient : str
        What is differentiated by them.
    of : str
        What ids of the gradients end in, such as ``[2]`` for that of sample 2.
    """
    for name in names:
        step = Neg(Product((Ref("eta"), Ref(f"d{gradient}/d{name}{of}"))))
        yield Quantity(f"step_{name}", "update_step", step)
        yield Quantity(f"{name}_new", "update", Sum((Ref(name), step)))
