"""Where a quantity stands in a network: the kind of its step, and the layer, unit, source and sample it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from derive.given.naming import bias_ids, parameter_ids, sample_indices, trained_ids, weight_ids, with_sample
from derive.given.problem import LayerStructure, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One step of a network's derivation.

    Attributes
    ----------
    structure : Structure
    id : str
        The quantity that the step works out.
    kind : str
        The kind of step: misconceptions hang on it.
    depth : int
        0-based layer.
    position : int
        0-based unit within the layer.
    other : int
        0-based source within the layer below (a gradient), unit within the layer above (a path), or unit within the
        same layer (a pair of softmax).
    sample : int or None
        As ids carry it.
    name : str
        The parameter that a gradient or an update is about.
    """

    structure: Structure
    id: str
    kind: str
    depth: int = 0
    position: int = 0
    other: int = 0
    sample: int | None = None
    name: str = ""

    @property
    def layer(self) -> LayerStructure:
        """The layer it belongs to."""
        return self.structure.layers[self.depth]

    @property
    def unit(self) -> str:
        """The unit it belongs to."""
        return self.layer.units[self.position]

    @property
    def is_output(self) -> bool:
        """Whether it belongs to the last layer."""
        return self.depth == len(self.structure.layers) - 1

    def of_sample(self, base: str) -> str:
        """The id of another quantity of the same sample."""
        return with_sample(base, self.sample)

    def own(self, head: str) -> str:
        """The id of another quantity of the same unit, such as its ``out``."""
        return self.of_sample(f"{head}_{self.unit}")

    def outs_below(self, depth: int | None = None) -> tuple[str, ...]:
        """What the weights into a layer weigh: the activations below it, or the inputs."""
        depth = self.depth if depth is None else depth
        if depth == 0:
            return tuple(map(self.of_sample, self.structure.inputs))
        return tuple(self.of_sample(f"out_{unit}") for unit in self.structure.layers[depth - 1].units)

    @property
    def slope_id(self) -> str:
        """The id of the slope of this unit's activation function."""
        return self.of_sample(f"dout_{self.unit}/dnet_{self.unit}")

    @property
    def arriving_id(self) -> str:
        """The id of ∂E/∂out of this unit."""
        return self.of_sample(f"dE_total/dout_{self.unit}")


@lru_cache(maxsize=32)
def places_of(structure: Structure) -> dict[str, Place]:
    """Every step of a structure by the id of its quantity; some may be missing from a derivation, none from here."""
    found: dict[str, Place] = {}
    for sample in sample_indices(structure):
        for place in [*_forward(structure, sample), *_backward(structure, sample)]:
            found[place.id] = place
    several = structure.sample_count > 1
    if several:
        found["E_total"] = Place(structure=structure, id="E_total", kind="batch-error")
    for name in parameter_ids(structure):
        if several and structure.conventions.batch != "online":
            found[f"dE_total/d{name}"] = Place(
                structure=structure, id=f"dE_total/d{name}", kind="batch-gradient", name=name
            )
        found[f"step_{name}"] = Place(structure=structure, id=f"step_{name}", kind="step", name=name)
        found[f"{name}_new"] = Place(structure=structure, id=f"{name}_new", kind="update", name=name)
    return found


def updated_id(structure: Structure, name: str) -> str | None:
    """The id of a parameter's updated value; None where it is not trained."""
    return f"{name}_new" if name in trained_ids(structure) else None


def _forward(structure: Structure, sample: int | None) -> list[Place]:
    found = [_place(structure, sample, "E_total", "total")]
    for depth, layer in enumerate(structure.layers):
        for position, unit in enumerate(layer.units):
            found.append(_place(structure, sample, f"net_{unit}", "net", depth, position))
            found.append(_place(structure, sample, f"out_{unit}", "out", depth, position))
    last = len(structure.layers) - 1
    found += [
        _place(structure, sample, f"E_{unit}", "error", last, position)
        for position, unit in enumerate(structure.outputs)
    ]
    return found


def _backward(structure: Structure, sample: int | None) -> list[Place]:
    found: list[Place] = []
    tables, biases = weight_ids(structure), bias_ids(structure)
    for depth, layer in enumerate(structure.layers):
        last = depth == len(structure.layers) - 1
        for position, unit in enumerate(layer.units):
            where = (depth, position)
            if last:
                found.append(_place(structure, sample, f"dE_{unit}/dout_{unit}", "error-slope", *where))
                found.append(_place(structure, sample, f"dE_total/dout_{unit}", "total-error-slope", *where))
            else:
                found.append(_place(structure, sample, f"dE_total/dout_{unit}", "sum-over-paths", *where))
                found += [
                    _place(structure, sample, f"dE_{above}/dout_{unit}", "path", *where, other)
                    for other, above in enumerate(structure.layers[depth + 1].units)
                ]
            if layer.activation == "softmax":
                found += [
                    _place(structure, sample, f"dout_{upper}/dnet_{unit}", "softmax-slope", *where, other)
                    for other, upper in enumerate(layer.units)
                ]
            else:
                found.append(_place(structure, sample, f"dout_{unit}/dnet_{unit}", "slope", *where))
            found.append(_place(structure, sample, f"delta_{unit}", f"{_side(last)}-delta", *where))
            for other, weight in enumerate(tables[depth][position]):
                edge, gradient = f"dnet_{unit}/d{weight}", f"dE_total/d{weight}"
                found.append(_place(structure, sample, edge, "net-slope", *where, other, weight))
                found.append(_place(structure, sample, gradient, f"{_side(last)}-gradient", *where, other, weight))
            row = biases[depth]
            if row is not None and layer.bias_kind == "per-unit":
                edge, gradient = f"dnet_{unit}/d{row[position]}", f"dE_total/d{row[position]}"
                found.append(_place(structure, sample, edge, "bias-slope", *where, 0, row[position]))
                found.append(_place(structure, sample, gradient, "bias-gradient", *where, 0, row[position]))
        row = biases[depth]
        if row is not None and layer.bias_kind == "shared":
            found.append(_place(structure, sample, f"dE_total/d{row[0]}", "shared-bias-gradient", depth, name=row[0]))
    return found


def _side(last: bool) -> str:
    return "output" if last else "hidden"


def _place(
    structure: Structure,
    sample: int | None,
    base: str,
    kind: str,
    depth: int = 0,
    position: int = 0,
    other: int = 0,
    name: str = "",
) -> Place:
    return Place(
        structure=structure,
        id=with_sample(base, sample),
        kind=kind,
        depth=depth,
        position=position,
        other=other,
        sample=sample,
        name=name,
    )
