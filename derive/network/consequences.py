"""What a round has for consequences, as further quantities: what a nudge does, what an update foretells and brings.

Their ids have a dot, which no name of a problem has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Ref, Sum, renamed, sum_of
from derive.given.naming import sample_indices, updated_id, with_sample
from derive.given.problem import Structure
from derive.network.derivation import Derivation
from derive.network.graph import Quantity, build_graph

#: By how much a weight is nudged.
NUDGE = Fraction(1, 100)


def consequences(structure: Structure, derivation: Derivation, nudged: str, other: str) -> Derivation:
    """A derivation with further quantities after its own.

    ``gap.y1`` is an output minus its target, ``miss.y1`` its size. Where the update is one of gradient descent with
    the old weights: ``nudged.E_total`` and all before it have one weight greater by `NUDGE`, ``change.real`` and
    ``change.foretold`` are by how much the error changes; ``fall.real`` (``rise.real`` with its sign turned) and
    ``fall.foretold`` by how much it falls in an update; ``most.w5`` and ``least.w5`` are above 0 where no partial
    derivative is as large, or as small, in size; ``beyond.100`` is above 0 where the partial derivative by the nudged
    weight is more than 100 times that by the other one.

    Parameters
    ----------
    structure : Structure
    derivation : Derivation
    nudged, other : str
        Trained parameters.
    """
    return replace(derivation, quantities=(*derivation.quantities, *_further(structure, derivation, nudged, other)))


def descends(structure: Structure) -> bool:
    """Whether one update takes one step against the gradient of the whole error."""
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    return structure.conventions.update == "simultaneous" and not online


def _further(structure: Structure, derivation: Derivation, nudged: str, other: str) -> Iterator[Quantity]:
    for sample in sample_indices(structure):
        for unit in structure.outputs:
            out, target = (Ref(with_sample(f"{kind}_{unit}", sample)) for kind in ("out", "t"))
            gap = Sum((out, Neg(target)))
            yield Quantity(with_sample(f"gap.{unit}", sample), "consequence", gap)
            yield Quantity(with_sample(f"miss.{unit}", sample), "consequence", Call("abs", (gap,)))
    if not descends(structure):
        return
    yield from _forward(structure, "nudged", {nudged: Sum((Ref(nudged), Const(NUDGE)))})
    yield from _forward(structure, "after", {name: Ref(updated_id(name)) for name in derivation.trained})
    error = Ref("E_total")
    slopes = {name: Ref(f"dE_total/d{name}") for name in derivation.trained}
    square = sum_of([Power(slope, 2) for slope in slopes.values()])
    yield Quantity("change.real", "consequence", Sum((Ref("nudged.E_total"), Neg(error))))
    yield Quantity("change.foretold", "consequence", Product((Const(NUDGE), slopes[nudged])))
    yield Quantity("fall.real", "consequence", Sum((error, Neg(Ref("after.E_total")))))
    yield Quantity("rise.real", "consequence", Neg(Ref("fall.real")))
    yield Quantity("fall.foretold", "consequence", Product((Ref("eta"), square)))
    sizes = {name: Call("abs", (slope,)) for name, slope in slopes.items()}
    for times in (1, 2, 10, 100):
        less = Neg(Product((Const(Fraction(times)), sizes[other])))
        yield Quantity(f"beyond.{times}", "consequence", Sum((sizes[nudged], less)))
    yield from _extremes(sizes)


def _forward(structure: Structure, called: str, put_in: Mapping[str, Expression]) -> Iterator[Quantity]:
    """The forward pass once more with other parameters, every id behind a word and a dot."""
    forward = build_graph(structure).forward
    own = {quantity.id for quantity in forward}

    def renewed(name: str) -> Expression:
        return Ref(f"{called}.{name}") if name in own else put_in.get(name, Ref(name))

    for quantity in forward:
        yield replace(quantity, id=f"{called}.{quantity.id}", expression=renamed(quantity.expression, renewed))


def _extremes(sizes: Mapping[str, Expression]) -> Iterator[Quantity]:
    """How far each size lies above, and below, all others."""
    names = list(sizes)
    if len(names) < 2:
        return
    for word, function, sign in (("most", "max", 1), ("least", "min", -1)):
        for way, order in (("upto", names), ("from", names[::-1])):
            for before, name in zip((None, *order), order, strict=False):
                whole = sizes[name] if before is None else Call(function, (Ref(f"{word}.{way}.{before}"), sizes[name]))
                yield Quantity(f"{word}.{way}.{name}", "consequence", whole)
        for place, name in enumerate(names):
            ends = [Ref(f"{word}.upto.{names[place - 1]}")] if place else []
            ends += [Ref(f"{word}.from.{names[place + 1]}")] if place + 1 < len(names) else []
            others: Expression = ends[0] if len(ends) == 1 else Call(function, tuple(ends))
            gap = Sum((sizes[name], Neg(others))) if sign > 0 else Sum((others, Neg(sizes[name])))
            yield Quantity(f"{word}.{name}", "consequence", gap)
