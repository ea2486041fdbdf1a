"""Layers from recipes: those that come with derive, and a problem's own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import mistakes, recipes, syntax
from derive.given.program.builder import nested_shape
from derive.given.program.model import Flow, Key, Made, Site, WrongLine
from derive.given.program.places import Place

if TYPE_CHECKING:
    from derive.given.program.layers import Layers

#: Options that choose formulas and stand in none.
_WHEN = ("causal", "channels_first")
_COMMON_KEYS = ("name", "type", "from", "at", "activation")


def recipe_layer(
    layers: Layers, name: str, kind: str, keys: Mapping[str, object], path: str, flows: list[Flow]
) -> None:
    """Give the numbers of a recipe and define its lines, in every sample and at every step of time."""
    if kind == "own":
        recipe: Mapping[str, Any] = fields.table(keys["define"], f"{path}.define", example='h = "tanh(W @ x)"')
        if "define" not in recipe:
            moves = any(flow.series for flow in flows)
            recipe = {"define": recipe, "own_names": True} | ({"over": "time"} if moves else {})
        recipe = {
            "state": dict.fromkeys(fields.table(keys.get("state", {}), f"{path}.state", example="h = 0")),
            **recipe,
        }
    else:
        fields.choice(kind, ("dense", *recipes.names("layers")), f"{path}.type")
        recipe = recipes.shipped("layers", kind)
    parameters = fields.table(keys.get("parameters", {}), f"{path}.parameters", example="W = 0.3")
    state = fields.table(keys.get("state", {}), f"{path}.state", example="h = 0")
    names: Mapping[str, str] = recipe.get("keys", {})
    options = _recipe_options(layers, recipe, keys, path)
    own = ("define", "mistakes") if kind == "own" else ()
    several = ("units",) if recipe.get("inputs") == "several" else ()
    named = _activated(recipe, keys)
    allowed = (*_COMMON_KEYS, *own, *names.values(), *recipe.get("options", {}), "parameters", "state", *several)
    allowed = (*allowed, *layers.activation_options(named, path))
    fields.only_keys(keys, allowed, path)
    if "activation" in keys and not any(
        "activation(" in str(text) for text in (*recipe["define"].values(), *recipe.get("when_activation", {}).values())
    ):
        raise ProblemError(
            "a layer of this type has no activation function; put a layer that has one after it",
            key=f"{path}.activation",
        )
    if state and not recipe.get("state"):
        raise ProblemError("a layer of this type keeps no state", key=f"{path}.state")
    fields.only_keys(state, tuple(recipe.get("state", ())), f"{path}.state")
    over_time = recipe.get("over") == "time"
    if over_time and not any(flow.series for flow in flows):
        raise ProblemError('a layer of this type goes over time; its input needs over = "time"', key=f"{path}.type")
    layers.coupled = layers.coupled or recipe.get("over") == "samples"
    if recipe.get("over") == "samples" and len(layers.samples) < 2:
        raise ProblemError("one sample has no mean and variance over samples; give several", key=f"{path}.type")
    own_names = bool(recipe.get("own_names", over_time))
    scope = _give_parameters(layers, name, recipe, parameters, names, keys, path, own_names)
    missing = frozenset(set(recipe.get("optional", ())) - set(scope))
    into = layers.block(flows[0].name, layers.times(flows)[0], layers.samples[0])
    if layers.channels_first and len(into.shape) == 3:
        options = {**options, "channels_first": "1"}
    finish = _finishing(layers, recipe, keys, options, missing, path)
    lines = _lines(recipe, keys, options, finish, path)
    if over_time:
        _give_state(layers, name, recipe, state, scope, path, own_names)
    last = list(lines)[-1]
    if over_time and "state" in recipe and "h" in lines:
        last = "h"
    units = keys.get("units")
    sites = _work(layers, name, lines, recipe, scope, flows, path, own_names, units)
    _wrong_lines(layers, recipe, keys, lines, sites, finish, missing, path)
    spelled = last if own_names and not last.startswith(("net", "out")) else f"{last}_{name}"
    layers.flows[name] = Flow(name=spelled, series=any(flow.series for flow in flows))
    layers.units[name] = (
        tuple(map(str, units)) if isinstance(units, Sequence) and not isinstance(units, str) else (name,)
    )
    layers.made[name] = Made(recipe=recipe, arrays=scope, options=options, dims=len(into.shape))


def _recipe_options(layers: Layers, recipe: Mapping[str, Any], keys: Mapping[str, object], path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, default in recipe.get("options", {}).items():
        value = keys.get(key, default)
        if key == "activation":
            continue
        if isinstance(default, bool):
            found[key] = "1" if fields.flag(value, f"{path}.{key}") else "0"
        elif key == "padding" and value == "same":
            found[key] = "same"
        elif isinstance(value, str) and value in found:
            found[key] = found[value]
        elif isinstance(default, Decimal):
            found[key] = fields.number(value, f"{path}.{key}").text
        else:
            found[key] = str(fields.whole(value, 0, 10_000, f"{path}.{key}"))
    if found.get("padding") == "same":
        kernel = nested_shape(keys.get("kernels"), f"{path}.kernels")
        size = kernel[1:3] if len(kernel) > 2 else kernel[:2]
        if len(size) != 2 or size[0] != size[1] or size[0] % 2 == 0:
            raise ProblemError('"same" needs a kernel as high as wide, of an odd size', key=f"{path}.padding")
        found["padding"] = str((size[0] - 1) // 2)
    return found


def _give_parameters(
    layers: Layers,
    name: str,
    recipe: Mapping[str, Any],
    parameters: Mapping[str, object],
    names: Mapping[str, str],
    keys: Mapping[str, object],
    path: str,
    own_names: bool,
) -> dict[str, Key]:
    """Give the numbers of a recipe's parameters; what each of its names stands for."""
    scope: dict[str, Key] = {}
    position, fixed = len(layers.names), recipe.get("fixed", ())
    listed: list[tuple[str, str, object, tuple[object, ...]]] = [
        (key, f"{path}.{names[key]}", keys.get(names[key]), (names[key],)) for key in names
    ]
    shapes = recipe.get("parameters", {})
    wanted = dict.fromkeys((*shapes, *parameters))
    listed += [(key, f"{path}.parameters.{key}", parameters.get(key), ("parameters", key)) for key in wanted]
    for key, where, value, origin in listed:
        if value is None:
            if key in recipe.get("optional", ()):
                continue
            raise ProblemError("missing; this type of layer needs it", key=where)
        if isinstance(value, Mapping):
            raise ProblemError(
                "a shape, where numbers are needed: the inputs have theirs (or give every input by its shape alone: "
                "sizes are then counted)", key=where,
            )  # fmt: skip
        if shapes and key not in shapes and "parameters" in origin:
            raise ProblemError(
                f"unknown parameter; {fields.nearest(key, shapes)}allowed here: {fields.listed(shapes)}", key=where
            )
        numbers = value
        if key == "K" and isinstance(value, Sequence) and len(nested_shape(value, where)) > 2:
            counted = nested_shape(value, where)
            if counted[0] == 1:
                numbers, origin = value[0], (*origin, 0)
        shown = key if own_names else f"{key}_{name}"
        if own_names and any(each.name == shown for each in layers.builder.places.values()):
            shown = f"{key}_{name}"
        where_given = ("layers", position, *origin)
        block = layers.builder.give((shown, None, None), numbers, where, where_given)
        scope[key] = block.key
        if key not in fixed:
            layers.trained |= dict.fromkeys(block.ids, key in recipe.get("biases", ()))
    return scope


def _give_state(
    layers: Layers,
    name: str,
    recipe: Mapping[str, Any],
    state: Mapping[str, object],
    scope: dict[str, Key],
    path: str,
    own_names: bool,
) -> None:
    wide = max((layers.builder.find(key).shape[:1] for key in scope.values()), key=len, default=())  # type: ignore[union-attr]
    for key in recipe.get("state", {}):
        value = state.get(key, 0)
        shown = key if own_names else f"{key}_{name}"
        value = value if key in state else 0
        if wide and nested_shape(value, f"{path}.state.{key}") == ():
            value = [value] * wide[0]
        block = layers.builder.give(
            (shown, 0, None), value, f"{path}.state.{key}", ("layers", len(layers.names), "state", key)
        )
        if nested_shape(state.get(key), path) != block.shape or key not in state:
            for each in block.ids:  # the file has one number for all of them, or none
                layers.builder.origins.pop(each)


def _finishing(
    layers: Layers,
    recipe: Mapping[str, Any],
    keys: Mapping[str, object],
    options: Mapping[str, str],
    missing: frozenset[str],
    path: str,
) -> Callable[[str, str], str]:
    """What puts the options into a formula of a recipe, and leaves out what is left out."""
    activation = layers.activation(_activated(recipe, keys), path)
    texts = {each: value for each, value in options.items() if each not in _WHEN}

    def finish(text: str, where: str) -> str:
        tree = without(syntax.parsed(text, where), missing, activation, layers.activations)
        return recipes.substituted(tree, texts)

    return finish


def _lines(
    recipe: Mapping[str, Any],
    keys: Mapping[str, object],
    options: Mapping[str, str],
    finish: Callable[[str, str], str],
    path: str,
) -> dict[str, str]:
    """The formulas of a recipe with its options put in and without what is left out."""
    lines: dict[str, str] = dict(recipe["define"])
    if options.get("causal") == "1":
        lines |= recipe.get("when_causal", {})
    if int(options.get("heads", "1")) > 1:
        lines |= recipe.get("when_heads", {})
    if options.get("channels_first") == "1":
        lines |= recipe.get("when_channels_first", {})
    if "activation" in keys:
        lines = {**recipe.get("when_activation", {}), **lines} | recipe.get("when_activation", {})
    found = {key: finish(text, f"{path}.define.{key}") for key, text in lines.items()}
    if found.get("out") == found.get("net") == "":
        raise ProblemError("an empty recipe", key=path)
    return found


def _work(
    layers: Layers,
    name: str,
    lines: Mapping[str, str],
    recipe: Mapping[str, Any],
    scope: Mapping[str, Key],
    flows: Sequence[Flow],
    path: str,
    own_names: bool,
    units: object = None,
) -> dict[str, list[Site]]:
    """Define the lines; where each of them is worked."""
    words: Mapping[str, Sequence[str]] = recipe.get("words", {})
    sites: dict[str, list[Site]] = {key: [] for key in lines}
    shown = {key: key if own_names and key not in ("net", "out") else f"{key}_{name}" for key in lines}
    together = recipe.get("over") == "samples"
    for keys, sample, time in _order(layers, lines, together, flows):
        for key in keys:
            title, why = words.get(key, ("", ""))
            own: dict[str, Key] = {each: (shown[each], time, sample) for each in lines}
            text = lines[key]
            here = {**scope, **own}
            blocks = [layers.block(flow.name, time, sample) for flow in flows]
            if recipe.get("inputs") == "several":
                text, several = _several(text, len(blocks))
                here |= {each: block.key for each, block in zip(several, blocks, strict=True)}
            else:
                here["x"] = (flows[0].name, time, None) if together and "samples" in text else blocks[0].key
            alone = together and "samples" in lines[key]
            at = (shown[key], time, None if alone else sample)
            sites[key].append((at, here))
            layers.builder.define(
                at,
                text,
                f"{path}.define.{key}" if "define" in recipe else path,
                scope={each: value for each, value in here.items() if each != key or f"before({key})" in text},
                ids=_by_units(units, key, time, sample, path) if units is not None else None,
                title=title,
                why=why if sample in (None, 1) and time in (None, 1) else "",
            )
    return sites


def _wrong_lines(
    layers: Layers,
    recipe: Mapping[str, Any],
    keys: Mapping[str, object],
    lines: Mapping[str, str],
    sites: Mapping[str, Sequence[Site]],
    finish: Callable[[str, str], str],
    missing: frozenset[str],
    path: str,
) -> None:
    """The mistakes that a recipe names at its lines; those of a problem's own are read once, to refuse what is none."""
    own = "mistakes" in keys
    table = keys["mistakes"] if own else recipe.get("mistakes", {})
    where = f"{path}.mistakes" if own else f"{path}.define.mistakes"
    changed = recipe.get("when_activation", {}) if "activation" in keys else {}
    for named, at in mistakes.read_mistakes(table, where, lines):
        if not own and not changed.keys().isdisjoint(named.at):
            continue  # it is written for the line as it is without an activation function
        whole = mistakes.finished(named, at, finish, missing)
        everywhere = tuple(site for line in named.at for site in sites[line])
        layers.builder.wrong.append(WrongLine(named=whole, sites=everywhere, kind=f"line {named.at[0]}"))
        if "define" in keys:
            mistakes.checked(whole, at, everywhere[0], layers.builder.blocks)


def _by_units(units: object, key: str, time: int | None, sample: int | None, path: str) -> list[Place]:
    """The ids of a line by the names of its units."""
    listed = fields.sequence(units, f"{path}.units", what='the names of the units, such as ["s1", "s2"]')
    names = [fields.name(each, f"{path}.units[{place}]") for place, each in enumerate(listed)]
    return [Place(name=f"{key}_{unit}", time=time, sample=sample) for unit in names]


def _activated(recipe: Mapping[str, Any], keys: Mapping[str, object]) -> Mapping[str, object]:
    """The keys of a layer with the activation function that it has where it names none."""
    return {"activation": recipe.get("options", {}).get("activation", "identity"), **keys}


def _order(
    layers: Layers, lines: Mapping[str, str], together: bool, flows: Sequence[Flow]
) -> Iterator[tuple[tuple[str, ...], int | None, int | None]]:
    """Lines, sample and step of time in working order; what goes over samples is worked once for all of them."""
    times = layers.times(flows)
    if not together:
        for sample in layers.samples:
            for time in times:
                yield tuple(lines), sample, time
        return
    for time in times:
        for key in lines:
            for sample in layers.samples[:1] if "samples" in lines[key] else layers.samples:
                yield (key,), sample, time


def _several(text: str, count: int) -> tuple[str, list[str]]:
    names = [f"x{k}" for k in range(1, count + 1)]
    if text == "sum_of_inputs":
        return " + ".join(names), names
    if text == "concat_of_inputs":
        return f"concat({', '.join(names)})", names
    return text, names


def without(
    tree: ast.expr,
    missing: frozenset[str],
    activation: tuple[str, Mapping[str, object]],
    activations: recipes.Activations,
) -> ast.expr:
    """A formula without what is left out, and with the layer's function in place of ``activation``."""
    tree = recipes.without(tree, missing)

    class Activated(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id == "activation":
                inner = ast.unparse(node.args[0])
                found: ast.expr = ast.parse(activations.applied(activation[0], inner, activation[1]), mode="eval").body
                return found
            return node

    found: ast.expr = Activated().visit(tree)
    return found
