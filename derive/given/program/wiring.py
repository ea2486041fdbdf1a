"""Which layer follows which, and what a layer is called."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from derive.errors import ProblemError
from derive.given import fields


def layer_name(keys: Mapping[str, object], path: str, position: int, taken: Container[str]) -> str:
    """What a layer is called: by its key, by its only unit, or by its number.

    Raises
    ------
    ProblemError
    """
    if "name" in keys:
        name = fields.name(keys["name"], f"{path}.name")
        if name in taken:
            raise ProblemError(f"{name} is called so already; give this layer another name", key=f"{path}.name")
        return name
    units = keys.get("units")
    one = units[0] if isinstance(units, Sequence) and not isinstance(units, str) and len(units) == 1 else None
    if isinstance(one, str) and one not in taken:
        return one
    return f"layer{position + 1}"


def layer_kind(keys: Mapping[str, object], path: str) -> str:
    """The type of a layer; one that brings its own definition is ``own``."""
    given = keys.get("type", "own" if "define" in keys else "dense")
    return fields.text(given, f"{path}.type", longest=40, lines=False)


def names_below(entries: Sequence[object], position: int) -> tuple[str, ...]:
    """The names of a layer itself and of those further down."""
    return tuple(str(each.get("name")) for each in entries[position:] if isinstance(each, Mapping) and "name" in each)


def sources(
    keys: Mapping[str, object], path: str, above: Sequence[str], known: Iterable[str], below: Sequence[str]
) -> list[tuple[str, str]]:
    """What comes into a layer: layer or input, and which part of it; what it names, or the layer above it.

    Parameters
    ----------
    above : sequence of str
        The layers above this one.
    known : iterable of str
        These and the inputs.
    below : sequence of str
        The layers further down, which cannot be used yet.

    Raises
    ------
    ProblemError
    """
    given = keys.get("from", above[-1] if above else "inputs")
    wanted = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not wanted:
        raise ProblemError("an empty list; a layer follows at least one other", key=f"{path}.from")
    found = []
    for each in wanted:
        name = str(each)
        layer, _, part = name.partition(".")
        if layer not in known:
            if layer in below:
                own = keys.get("name", "this layer")
                way = f"{own} from {layer}" + ("" if own == layer else f", which stands below {own}")
                raise ProblemError(f"the wiring goes round in a circle: {way}; a layer follows layers above it alone",
                                   key=f"{path}.from")  # fmt: skip
            raise ProblemError(
                f"{fields.shown(name)} is no layer above and no input; {fields.nearest(name, known)}"
                f"known here: {fields.listed(known)}",
                key=f"{path}.from",
            )
        found.append((layer, part))
    return found


def only_last(keys: Mapping[str, object], path: str) -> bool:
    """Whether a layer takes a series at its last step alone."""
    return "at" in keys and fields.choice(keys["at"], ("last", "every"), f"{path}.at") == "last"
