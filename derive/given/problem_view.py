"""What a shell and a notebook show of a problem: a line, and a small table of what is given."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.given.formula_problem import FormulaProblem
    from derive.given.problem import Problem

_LONGEST_TITLE = 60
_MOST = 24


def line(kind: str, name: str, *facts: str) -> str:
    """One line that stands for an object: its kind, the problem it is about, and a few facts; at most 119 signs."""
    shown = f"{kind}({name[:40]!r}" + "".join(f", {fact}" for fact in facts) + ")"
    return shown if len(shown) < 120 else shown[:117] + "…)"


def counted(number: int, what: str) -> str:
    """``1 weight``, ``8 weights``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def problem_line(problem: Problem | FormulaProblem) -> str:
    """A problem in one line."""
    title = problem.title if len(problem.title) <= _LONGEST_TITLE else problem.title[: _LONGEST_TITLE - 1] + "…"
    return line(type(problem).__name__, problem.name, repr(title))


def network_html(problem: Problem) -> str:
    """Title, network and numbers of a layered network as a fragment of HTML; every text is escaped."""
    rows = [("Inputs", ", ".join(problem.inputs))]
    for layer in problem.layers:
        row = f"{', '.join(layer.units[:_MOST])}{' …' * (len(layer.units) > _MOST)} ({layer.activation})"
        rows.append(("Layer", row))
    rows += [("Loss", problem.loss), ("Learning rate", problem.learning_rate.text)]
    for number, sample in enumerate(problem.samples[:_MOST], start=1):
        which = f" of sample {number}" if len(problem.samples) > 1 else ""
        rows.append((f"Inputs{which}", _equal(problem.inputs, (each.text for each in sample.inputs))))
        rows.append((f"Targets{which}", _equal(problem.outputs, (each.text for each in sample.targets))))
    for layer in problem.layers:
        for unit, weights in zip(layer.units[:_MOST], layer.weights, strict=False):
            rows.append((f"Weights into {unit}", ", ".join(each.text for each in weights[:_MOST])))
    return _table(problem.title, rows)


def chain_html(problem: FormulaProblem) -> str:
    """Title, numbers and definitions of a chain of formulas as a fragment of HTML; every text is escaped."""
    names, numbers = zip(*problem.givens, strict=True) if problem.givens else ((), ())
    rows = [("Given", _equal(names, (number.text for number in numbers)))]
    rows += [(name, text) for name, text, _ in problem.definitions[:_MOST]]
    rows.append(("Differentiated", f"{problem.objective} by {', '.join(problem.wrt)}"))
    return _table(problem.title, rows)


def _equal(names: Iterable[str], numbers: Iterable[str]) -> str:
    pairs = [f"{name} = {number}" for name, number in zip(names, numbers, strict=True)]
    return ", ".join(pairs[:_MOST]) + " …" * (len(pairs) > _MOST)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f'<tr><th scope="row">{escape(left)}</th><td>{escape(right)}</td></tr>' for left, right in rows)
    return f"<p><strong>{escape(title)}</strong></p><table><tbody>{body}</tbody></table>"
