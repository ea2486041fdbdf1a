"""Words that are given by their numbers, as rows with a 1 at the word's place: what an embedding takes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import recipes
from derive.given.program.samples import read_samples


def words_as_rows(given: Mapping[str, object]) -> Mapping[str, object]:
    """A parsed file with rows in place of words' numbers, counted from 1 or as ``index_from`` of the input says.

    A list with a single 1 among as many numbers as the table has rows is such a row already.

    Raises
    ------
    ProblemError
        If there is no such row in the table.
    """
    rows = _tables(given)
    found = given
    for pair in read_samples(given):
        for name, (value, path, origin) in pair.inputs.items():
            counted = isinstance(value, Mapping) and "index_from" in value
            if counted and name not in rows:
                raise ProblemError("index_from counts words, and no embedding takes in this input", key=path)
            if name in rows:
                found = _put(found, origin, _rows(value, rows[name], path))
    return found


def _tables(given: Mapping[str, object]) -> dict[str, int]:
    """Of inputs whose words pick rows of a table, as the recipe of the layer above them says, how many rows it has."""
    found: dict[str, int] = {}
    layers = given["layers"] if isinstance(given["layers"], list) else []
    inputs = [name for pair in read_samples(given)[:1] for name in pair.inputs]
    for place, entry in enumerate(layers):
        if not isinstance(entry, Mapping):
            continue
        kind, recipe = entry.get("type"), entry.get("define")
        if isinstance(kind, str) and kind in recipes.names("layers"):
            recipe = recipes.shipped("layers", kind)
        if not isinstance(recipe, Mapping) or "picks" not in recipe:
            continue
        table = entry.get(recipe.get("keys", {}).get(recipe["picks"]))
        source = entry.get("from", inputs[0] if len(inputs) == 1 and not place else None)
        if isinstance(table, list) and source in inputs:
            found[source] = len(table)
    return found


def _rows(value: object, count: int, path: str) -> object:
    first = 1
    if isinstance(value, Mapping) and "index_from" in value:
        fields.only_keys(value, ("values", "index_from"), path)
        first = fields.whole(value["index_from"], 0, 1, f"{path}.index_from")
        value, path = value.get("values"), f"{path}.values"
        numbers = fields.sequence(value, path, what="the number of each word")
    elif not isinstance(value, list) or any(isinstance(each, list | Mapping) for each in value):
        return value
    else:
        numbers = value
        read = [fields.number(each, f"{path}[{place}]").value for place, each in enumerate(numbers)]
        if len(read) == count and sorted(read) == [0] * (count - 1) + [1]:
            return value
    places = [
        fields.whole(each, first, count - 1 + first, f"{path}[{place}]") - first for place, each in enumerate(numbers)
    ]
    return [[int(place == column) for column in range(count)] for place in places]


def _put(given: object, origin: Sequence[object], value: object) -> Mapping[str, object]:
    """A parsed file with another value at one place; what it shares with the first is not changed."""
    if not origin:
        return value  # type: ignore[return-value]
    key, *rest = origin
    copy = dict(given) if isinstance(given, Mapping) else list(given)  # type: ignore[call-overload]
    copy[key] = _put(copy[key], rest, value)
    return copy
