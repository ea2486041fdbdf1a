"""How many points each figure of a sheet is worth."""

from __future__ import annotations

from collections.abc import Sequence

from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.given.naming import listed_ids
from derive.handouts.people.manifest import MOST_POINTS
from derive.handouts.sheets.asking import asked_ids


def points_of(problem: AnyProblem, asked: Sequence[str], wishes: Sequence[str]) -> tuple[int, ...]:
    """The points of every figure asked: 1, unless a wish says otherwise; of several wishes the last counts.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    asked : sequence of str
        Canonical ids.
    wishes : sequence of str
        Such as ``dE/dw1=3`` or ``backward=2``, each with others after commas.

    Raises
    ------
    DeriveError
        If a wish is none, or is about a figure that is not asked.
    UnknownQuantityError
        With the nearest known id.
    """
    points = dict.fromkeys(asked, 1)
    for wish in (part for several in wishes for part in listed_ids(several)):
        what, sign, number = wish.rpartition("=")
        if not sign or not (number.strip().isascii() and number.strip().isdigit() and int(number) <= MOST_POINTS):
            raise DeriveError(
                f"--points {wish[:200]}: write an id (or forward, backward, updates, all), = and a whole number from 0 "
                f"to {MOST_POINTS}, as in dE/dw1=3"
            )
        about = [name for name in asked_ids(problem, what, every_turn=True) if name in points]
        if not about:
            raise DeriveError(f"--points {wish[:200]}: {what.strip()[:200]} is not asked on this sheet")
        points |= dict.fromkeys(about, int(number))
    if not any(points.values()):
        raise DeriveError("--points: no figure is worth a point")
    return tuple(points.values())
