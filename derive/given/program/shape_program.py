"""Layered networks without numbers: shapes of inputs, counts of units and kernels, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import recipes, wiring
from derive.given.program.reading import Reading
from derive.given.program.shapes import DENSE, KINDS, OPTIONS, Shapes, Size, Sized, Typed

_LARGEST = 1_000_000
_ALLOWED = ("title", "source", "ask", "inputs", "layers", "display")
_DENSE_KEYS = ("name", "type", "from", "at", "units", "bias", "activation")


def is_shapes(given: Mapping[str, object]) -> bool:
    """Whether a file gives the shape of an input and not its numbers."""
    inputs = given.get("inputs")
    return isinstance(inputs, Mapping) and any(
        isinstance(value, Mapping) and "shape" in value and "values" not in value for value in inputs.values()
    )


class ShapeReading(Reading):
    """Inputs and layers of which sizes alone are known."""

    def read(self) -> None:
        """Everything of the file."""
        given = self.given
        for key in given:
            if key not in _ALLOWED:
                raise ProblemError(
                    "the inputs are given by their shapes, without numbers: sizes, parameters and multiplications are "
                    "counted, and there is no error and no update", key=key,
                )  # fmt: skip
        self.shapes = Shapes(builder=self.builder)
        entries = fields.sequence(given["layers"], "layers", what="[[layers]] entries")
        if not entries:
            raise ProblemError("at least one layer is needed", key="layers")
        sizes = self._inputs(fields.table(given["inputs"], "inputs", example="image = { shape = [32, 32, 3] }"),
                             pictures=has_pictures(entries))  # fmt: skip
        names: list[str] = []
        activations = recipes.Activations({})
        for position, entry in enumerate(entries):
            path = f"layers[{position}]"
            keys = fields.table(entry, path, example='type = "convolution", kernels = { count = 8, size = 5 }')
            name = wiring.layer_name(keys, path, position, sizes)
            kind = wiring.layer_kind(keys, path)
            ways = wiring.sources(keys, path, names, sizes, wiring.names_below(entries, position))
            last = wiring.only_last(keys, path)
            into = [sizes[layer] for layer, _ in ways]
            if last:
                into = [Size(kind=each.kind, parts=each.parts) for each in into]
            if "activation" in keys:
                fields.choice(keys["activation"], activations.names(), f"{path}.activation")
            made = _sized(name, kind, keys, path, position, into)
            sizes[name] = self.shapes.layer(made, into)
            names.append(name)
        self.shapes.total()
        self.builder.shapes = tuple(self.shapes.rows)

    def _inputs(self, given: Mapping[str, object], *, pictures: bool) -> dict[str, Size]:
        found: dict[str, Size] = {}
        for name, value in given.items():
            path = fields.inside("inputs", name)
            fields.name(name, path)
            if not isinstance(value, Mapping):
                raise ProblemError(
                    f"numbers, where another input has its shape alone; write {name} = {{ shape = [32, 32, 3] }}",
                    key=path,
                )
            fields.only_keys(value, ("shape", "over", "steps", "channels"), path)
            if "over" in value:
                fields.choice(value["over"], ("time",), f"{path}.over")
            elif "steps" in value:
                raise ProblemError('steps of time go with over = "time"', key=f"{path}.steps")
            sizes = _whole_numbers(value["shape"], f"{path}.shape", ("inputs", name, "shape"), most=3)
            if fields.choice(value.get("channels", "last"), ("first", "last"), f"{path}.channels") == "first":
                sizes = [*sizes[1:], sizes[0]]
            kind = "vector" if len(sizes) == 1 else "image" if pictures or len(sizes) == 3 else "matrix"
            steps = None
            if "steps" in value:
                steps = _counted(value["steps"], f"{path}.steps", ("inputs", name, "steps"))
            found[name] = self.shapes.input(name, sizes, kind, steps, series="over" in value)
        found["inputs"] = next(iter(found.values()))
        if len(given) > 1:
            del found["inputs"]
        return found


def has_pictures(entries: Sequence[object]) -> bool:
    """Whether a layer works on pictures, so that an input of two sizes is one."""
    kinds = {each.get("type") for each in entries if isinstance(each, Mapping)}
    shaped = [recipes.shipped("layers", name).get("shape", {}) for name in recipes.names("layers") if name in kinds]
    return any(set(KINDS) & set(shape) == {"image"} for shape in shaped)


def _sized(name: str, kind: str, keys: Mapping[str, object], path: str, position: int, into: Sequence[Size]) -> Sized:
    """A layer with the sizes that the file gives of its arrays."""
    origin = ("layers", position)
    if kind == "dense":
        fields.only_keys(keys, _DENSE_KEYS, path)
        units = _units(keys, path, origin)
        bias = {"b": [units]} if _bias(keys, path) else {}
        return Sized(name=name, path=path, recipe=DENSE, arrays={"W": [units, None], **bias}, options={})
    if kind == "own":
        recipe: Mapping[str, Any] = fields.table(keys["define"], f"{path}.define", example='out = "2*x"')
    else:
        fields.choice(kind, ("dense", *recipes.names("layers")), f"{path}.type")
        recipe = recipes.shipped("layers", kind)
    names: Mapping[str, str] = recipe.get("keys", {})
    shape, options = recipe.get("shape", {}), recipe.get("options", {})
    own = ("define",) if kind == "own" else ()
    cell = bool(recipe.get("parameters"))
    biases = ("bias",) if cell or "bias" in names.values() else ()
    allowed = ("name", "type", "from", "at", *own, *names.values(), *options, *(("units",) if cell else ()), *biases)
    if any("activation(" in str(text) for text in recipe.get("define", {}).values()):
        allowed = (*allowed, "activation")
    for key in ("parameters", "state"):
        if key in keys:
            raise ProblemError("numbers, where the inputs have none; write units = 10", key=f"{path}.{key}")
    fields.only_keys(keys, allowed, path)
    arrays: dict[str, Sequence[Typed | None]] = {}
    if cell:
        units = _units(keys, path, origin)
        skipped = () if _bias(keys, path) else recipe.get("biases", ())
        for array, sizes in recipe["parameters"].items():
            if array not in skipped:
                arrays[array] = [units if each == "units" else None for each in sizes]
    typed: dict[str, Typed] = {}
    for key in OPTIONS:
        if key in options and keys.get(key) != "same":
            typed[key] = _option(keys, key, options[key], typed, path, origin)
    for array, key in names.items():
        sizes = shape.get("sizes", {}).get(array, ())
        if key == "bias":
            if _bias(keys, path):
                arrays[array] = [None]
        elif array in shape.get("counted", ()):
            if fields.flag(keys.get(key, True), f"{path}.{key}"):
                arrays[array] = [None]
        elif sizes and (key in keys or array not in recipe.get("optional", ())):
            arrays[array] = _array(keys, key, path, origin, sizes, typed)
    return Sized(name=name, path=path, recipe=recipe, arrays=arrays, options=typed, same=keys.get("padding") == "same")


def _option(
    keys: Mapping[str, object],
    key: str,
    default: object,
    typed: Mapping[str, Typed],
    path: str,
    origin: tuple[object, ...],
) -> Typed:
    if key in keys:
        return _counted(keys[key], f"{path}.{key}", (*origin, key), least=0 if key == "padding" else 1)
    return typed[default] if isinstance(default, str) else (default, path, ())


def _array(
    keys: Mapping[str, object],
    key: str,
    path: str,
    origin: tuple[object, ...],
    sizes: Sequence[str],
    typed: dict[str, Typed],
) -> Sequence[Typed | None]:
    """The sizes of an array of parameters: of kernels how many and how large, of others their shape."""
    where, kernels = f"{path}.{key}", "count" in sizes
    wanted = (
        "{ count = 8, size = 5 }"
        if kernels
        else "{ shape = [" + ", ".join(str(4 * k + 4) for k in range(len(sizes))) + "] }"
    )
    if key not in keys:
        raise ProblemError(f"missing; without numbers {key} = {wanted}", key=where)
    value = keys[key]
    if not isinstance(value, Mapping):
        raise ProblemError(f"numbers, where the inputs have none; write {key} = {wanted}", key=where)
    if not kernels:
        fields.only_keys(value, ("shape",), where)
        found = _whole_numbers(value.get("shape"), f"{where}.shape", (*origin, key, "shape"), most=len(sizes))
        if len(found) != len(sizes):
            raise ProblemError(f"{len(sizes)} sizes are needed; here are {len(found)}", key=f"{where}.shape")
        return found
    fields.only_keys(value, ("count", "size"), where)
    for part in ("count", "size"):
        if part not in value:
            raise ProblemError(f"missing; kernels without numbers are {wanted}", key=f"{where}.{part}")
    count = _counted(value["count"], f"{where}.count", (*origin, key, "count"))
    if isinstance(value["size"], Sequence) and not isinstance(value["size"], str):
        high = _whole_numbers(value["size"], f"{where}.size", (*origin, key, "size"), most=2)
        if len(high) != 2:
            raise ProblemError("height and width of a kernel, such as [3, 5]", key=f"{where}.size")
        return [count, *high, None]
    typed["size"] = _counted(value["size"], f"{where}.size", (*origin, key, "size"))
    return [count, typed["size"], typed["size"], None]


def _units(keys: Mapping[str, object], path: str, origin: tuple[object, ...]) -> Typed:
    given = keys.get("units")
    if given is None:
        raise ProblemError("missing; how many units the layer has, such as 10", key=f"{path}.units")
    if isinstance(given, Sequence) and not isinstance(given, str):
        names = [fields.name(each, f"{path}.units[{place}]") for place, each in enumerate(given)]
        if not names:
            raise ProblemError("at least one unit is needed", key=f"{path}.units")
        return len(names), f"{path}.units", ()
    return _counted(given, f"{path}.units", (*origin, "units"))


def _bias(keys: Mapping[str, object], path: str) -> bool:
    return fields.flag(keys.get("bias", True), f"{path}.bias")


def _counted(given: object, path: str, origin: tuple[object, ...], least: int = 1) -> Typed:
    number = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
    return fields.whole(number, least, _LARGEST, path), path, origin


def _whole_numbers(given: object, path: str, origin: tuple[object, ...], *, most: int) -> list[Typed]:
    listed = fields.sequence(given, path, what=f"1 to {most} whole numbers")
    if not 1 <= len(listed) <= most:
        raise ProblemError(f"1 to {most} whole numbers are needed; here are {len(listed)}", key=path)
    return [_counted(each, f"{path}[{place}]", (*origin, place)) for place, each in enumerate(listed)]
