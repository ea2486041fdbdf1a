"""Choosing one place for each label so that no two overlap: the cheapest places, with repeated repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.renderers.pictures.drawing import Point
from derive.renderers.pictures.geometry import Box, boxes_meet, segment_meets, segments_cross

#: Sweeps over all labels without fewer overlaps, after which the search gives up.
_IDLE_SWEEPS = 10
#: What an overlap costs at first; a place's own cost stays well below.
_OVERLAP = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place a label may take, how bad it is, and the line that leads to it from afar."""

    box: Box
    cost: float
    leader: tuple[Point, Point] | None = None

    def clashes(self, other: Place) -> bool:
        """Whether labels overlap, or a leader runs through the other's label or leader."""
        if boxes_meet(self.box, other.box):
            return True
        if self.leader and segment_meets(other.box, *self.leader):
            return True
        if other.leader and segment_meets(self.box, *other.leader):
            return True
        return bool(self.leader and other.leader and segments_cross(self.leader, other.leader))


def choose_places(candidates: Sequence[Sequence[Place]]) -> tuple[int, ...] | None:
    """For each label the index of its place; None where some label has none or overlaps stay.

    Each label in turn takes its cheapest place given the others; an overlap that persists becomes dearer with every
    sweep (the breakout method of Morris, 1993), so the search leaves dead ends. The same input gives the same places.
    """
    if any(not places for places in candidates):
        return None
    meet: dict[tuple[int, int, int, int], bool] = {}
    penalty: dict[tuple[int, int], float] = {}

    orders = [
        [index for _, index in sorted((place.cost, index) for index, place in enumerate(places))]
        for places in candidates
    ]
    chosen = [order[0] for order in orders]

    def overlap(label: int, place: int, other: int) -> bool:
        key = (label, place, other, chosen[other]) if label < other else (other, chosen[other], label, place)
        if key not in meet:
            meet[key] = candidates[key[0]][key[1]].clashes(candidates[key[2]][key[3]])
        return meet[key]

    fewest, idle = len(candidates) ** 2, 0
    while idle < _IDLE_SWEEPS:
        changed = False
        for label, places in enumerate(candidates):
            best, best_cost = chosen[label], float("inf")
            for index in orders[label]:
                cost = places[index].cost
                for other in range(len(candidates)):
                    if cost >= best_cost:
                        break
                    if other != label and overlap(label, index, other):
                        cost += penalty.get((min(label, other), max(label, other)), _OVERLAP)
                if cost < best_cost:
                    best, best_cost = index, cost
            changed |= best != chosen[label]
            chosen[label] = best
        clashes = [
            (label, other)
            for label in range(len(candidates))
            for other in range(label + 1, len(candidates))
            if overlap(label, chosen[label], other)
        ]
        if not clashes and (not changed or idle):
            return tuple(chosen)
        idle = 0 if len(clashes) < fewest else idle + 1
        fewest = min(fewest, len(clashes))
        for pair in clashes:
            penalty[pair] = penalty.get(pair, _OVERLAP) * 1.5
    return None
