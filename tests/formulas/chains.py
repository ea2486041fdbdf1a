"""Chains of formulas as mappings, and random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

FUNCTIONS = (
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "sigmoid",
    "relu",
    "abs",
    "softplus",
    "softsign",
)
SMOOTH = ("sin", "cos", "tanh", "sigmoid", "softplus", "exp")


def chain(define: dict[str, str], objective: str, wrt: list[str], **given: Any) -> dict[str, Any]:
    """A chain of formulas as a problem file has it; ``learning_rate`` and ``display`` are no givens."""
    extra = {key: given.pop(key) for key in ("learning_rate", "display") if key in given}
    return {"title": "A chain", "given": given, "define": define, "objective": objective, "wrt": wrt, **extra}


def formulas(names: list[str], functions: tuple[str, ...] = FUNCTIONS) -> st.SearchStrategy[str]:
    """Formula text in terms of these names, brackets as the grammar needs them."""
    numbers = st.sampled_from(["2", "3", "0.5", "1", "10", "0.25"])
    leaves = st.sampled_from(names) | numbers

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return (
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
            | st.tuples(st.sampled_from(functions), inner).map(lambda p: f"{p[0]}({p[1]})")
            | st.tuples(inner, st.sampled_from(["2", "3", "-1", "-2", "0.5"])).map(lambda p: f"({p[0]})**{p[1]}")
            | st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})")
            | inner.map(lambda p: f"-{p}")
        )

    return st.recursive(leaves, grown, max_leaves=6)


@st.composite
def smooth_chains(draw: DrawFn) -> dict[str, Any]:
    """A graph of formulas without kinks or poles, in which values are used more than once."""
    given_names = ["a", "b", "c"]
    given = {name: draw(st.integers(-20, 20)) / 8 for name in given_names}
    names = list(given_names)
    define: dict[str, str] = {}
    for number in range(draw(st.integers(2, 5))):
        first, second, third = (draw(st.sampled_from(names)) for _ in range(3))
        function = draw(st.sampled_from(SMOOTH))
        text = draw(
            st.sampled_from(
                [
                    f"{first}*{second} - {third}",
                    f"{function}({first}) + {second}*{third}",
                    f"0.3*{first}**2 + {second}",
                    f"{first}/({second}**2 + 1) - 2*{third}",
                    f"sqrt({first}**2 + 0.5) * {second}",
                    f"{function}(0.25*{first} - {second}/4)",
                    f"log(1 + {first}**2)*{function}({second}/8)",
                ]
            )
        )
        define[f"v{number}"] = text
        names.append(f"v{number}")
    return chain(define, names[-1], given_names, **given)
