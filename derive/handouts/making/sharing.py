"""Who shares numbers with whom: nobody, all of one version, or all of one group."""

from __future__ import annotations

from derive.errors import DeriveError
from derive.given import fields
from derive.handouts.people.roster import Roster, lettered


def drawn_for(roster: Roster, *, variants: int | None, groups: bool) -> tuple[str, ...]:
    """For each student the name that their numbers are drawn for; those who have the same name share them.

    Parameters
    ----------
    roster : Roster
    variants : int, optional
        So many versions are dealt out in turn, so that neighbours have different ones.
    groups : bool
        One version for each group of the roster.

    Raises
    ------
    DeriveError
        If both are wished, or somebody has no group.
    """
    if groups and variants is not None:
        raise DeriveError("--groups and --variants: choose one; each is another way to share numbers")
    if variants is not None:
        letters = lettered(variants).ids
        return tuple(letters[place % variants] for place in range(len(roster.students)))
    if not groups:
        return roster.ids
    alone = [student.id for student in roster.students if not student.group]
    if alone:
        raise DeriveError(
            f"--groups: no group for {fields.listed(map(fields.shown, alone[:3]))}"
            f"{f' and {len(alone) - 3:,} more' if len(alone) > 3 else ''}; the roster needs a column group"
        )
    # No group is called as a student is: the mark before it is in no id.
    return tuple(f"\n{student.group}" for student in roster.students)
