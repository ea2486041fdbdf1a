"""derive: the complete worked solution of a neural network by hand calculation, proved digit by digit."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.errors import DeriveError, ProblemError
    from derive.explanation import Explanation, explain
    from derive.handouts.making.handing_out import handout
    from derive.handouts.marking import mark
    from derive.loading import builtin_names, load
    from derive.problem import Problem
    from derive.solution import Solution, solve
    from derive.starts import train_many
    from derive.training import Training, train
    from derive.verification.verifying import Verification, verify

#: The one place where the version stands; the package is built from it.
__version__ = "0.2.0.dev0"

__all__ = [
    "DeriveError",
    "Explanation",
    "Problem",
    "ProblemError",
    "Solution",
    "Training",
    "Verification",
    "builtin_names",
    "explain",
    "handout",
    "load",
    "mark",
    "solve",
    "train",
    "train_many",
    "verify",
]

_HOMES = {
    "DeriveError": "errors",
    "Explanation": "explanation",
    "Problem": "problem",
    "ProblemError": "errors",
    "Solution": "solution",
    "Training": "training",
    "Verification": "verification.verifying",
    "builtin_names": "loading",
    "explain": "explanation",
    "handout": "handouts.making.handing_out",
    "load": "loading",
    "mark": "handouts.marking",
    "solve": "solution",
    "train": "training",
    "train_many": "starts",
    "verify": "verification.verifying",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for: `import derive` alone loads neither SymPy nor NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    found = getattr(import_module(f"derive.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
