"""derive: the complete worked solution of a neural network by hand calculation, proved digit by digit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from derive.bridges.pytorch import from_torch
    from derive.bridges.scikit import from_sklearn
    from derive.errors import DeriveError, ProblemError
    from derive.given.loading import builtin_names, load
    from derive.given.problem import Problem
    from derive.handouts.making.handing_out import handout
    from derive.handouts.marking import mark
    from derive.judging.verification import Verification
    from derive.judging.verifying import verify
    from derive.solved.explanation import Explanation, explain
    from derive.solved.solution import Solution, solve
    from derive.solved.starts import train_many
    from derive.solved.training import Training, train

#: The one place where the version stands; the package is built from it.
__version__ = "0.2.0"

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
    "from_sklearn",
    "from_torch",
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
    "Explanation": "solved.explanation",
    "Problem": "given.problem",
    "ProblemError": "errors",
    "Solution": "solved.solution",
    "Training": "solved.training",
    "Verification": "judging.verification",
    "builtin_names": "given.loading",
    "explain": "solved.explanation",
    "from_sklearn": "bridges.scikit",
    "from_torch": "bridges.pytorch",
    "handout": "handouts.making.handing_out",
    "load": "given.loading",
    "mark": "handouts.marking",
    "solve": "solved.solution",
    "train": "solved.training",
    "train_many": "solved.starts",
    "verify": "judging.verifying",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for: `import derive` alone loads neither SymPy nor NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"derive.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
