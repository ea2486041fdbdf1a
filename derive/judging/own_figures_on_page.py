"""What a live page needs to judge a reader's own figures: right formulas, wrong ones, and what is said of these."""

from __future__ import annotations

from typing import Any

from derive.formula.expression import Expression, references
from derive.given.formula_problem import AnyProblem
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.misconceptions.model import GENERAL
from derive.judging.misconceptions.said import said_of
from derive.judging.routes import routes_for
from derive.renderers.live.plain_formulas import as_lists

#: Quantities from which on the mistakes of every step would make a page long: their right formulas alone are told.
_MOST = 250
#: Kinds of steps and ids of mistakes that are right under a convention, where nothing else speaks against it.
_CONVENTIONS = frozenset({("output-delta", "sign"), ("hidden-delta", "sign")})


def own_figures(problem: AnyProblem) -> dict[str, Any]:
    """Quantities in working order, for each the formulas by which it may be found, and the mistakes at it.

    Parameters
    ----------
    problem : Problem or FormulaProblem

    Returns
    -------
    dict
        As JSON has it: ``names``; ``ways``, for each a list of formulas, the nearest first; ``mistakes``, for each a
        list of a cause, a formula, and 1 where that is a mere convention, 2 where it is a mistake that any formula has;
        ``causes``. A formula refers to places in
        ``names``.
    """
    routes = routes_for([problem])
    nearest = routes.nearest
    names = [*nearest.givens, *nearest.by_id]
    places = {name: place for place, name in enumerate(names)}
    causes: dict[tuple[str, str, str], int] = {}

    def known(formula: Expression) -> bool:
        return all(name in places for name in references(formula))

    def told(formula: Expression) -> Any:
        return as_lists(formula, places.__getitem__)

    ways: list[list[Any]] = [[] for _ in nearest.givens]
    mistakes: list[list[Any]] = [[] for _ in nearest.givens]
    for name in nearest.by_id:
        right = (way.by_id[name].expression for way in routes.ways if name in way.by_id)
        ways.append([told(formula) for formula in dict.fromkeys(right) if known(formula)])
        wrong = mistakes_at(routes, name) if len(nearest.by_id) <= _MOST else ()
        mistakes.append([])
        for mistake in wrong:
            if known(mistake.expression):
                (name_of_it,) = mistake.ids
                said = said_of(mistake, name_of_it)
                assert said is not None
                cause = causes.setdefault((name_of_it, *said), len(causes))
                kind = 1 if (mistake.kind, name_of_it) in _CONVENTIONS else 2 if mistake.kind in GENERAL else 0
                mistakes[-1].append([cause, told(mistake.expression), *([kind] if kind else [])])
    return {
        "names": names,
        "ways": ways,
        "mistakes": mistakes,
        "causes": [{"id": key, "done": done, "instead": instead} for key, done, instead in causes],
    }
