"""Pictures of an own architecture: what each of them shows, by ids and words."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from derive.given.formula_problem import FormulaProblem
from derive.given.program import syntax
from derive.given.program.model import Block as Array
from derive.given.program.model import Key
from derive.network.graph import Quantity
from derive.telling.arrays import Arrays, parts_of
from derive.telling.model import Paragraph, Picture, Text
from derive.telling.windows import Rows, drawn_window, laid, picture_of, table_of

#: Numbers that are drawn on a line, heads, and states of a step.
_MOST_ON_A_LINE, _MOST_HEADS, _MOST_STATES = 8, 2, 4


def pictures_of(arrays: Arrays, array: Array, example: Quantity | None) -> Sequence[Picture | Paragraph]:
    """What is drawn of an array that is worked forward; of a window what is said in place of a picture too large."""
    node = syntax.parsed(array.text, array.path)
    window = laid(arrays, array)
    if window is not None:
        return [] if example is None else [drawn_window(arrays, array, window, example)]
    found = _lines(arrays, array, node)
    return [found] if found is not None else _heat(arrays, array, node)


def _keys(array: Array) -> Mapping[str, Key]:
    return {name: keys[0] for name, keys in array.names if len(keys) == 1}


# Attention


def _heat(arrays: Arrays, array: Array, node: ast.expr) -> list[Picture]:
    rows = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "softmax"
    words = [each.id for each in node.args[1:] if isinstance(each, ast.Name)] if isinstance(node, ast.Call) else []
    if not rows or "rows" not in words or len(array.shape) not in (2, 3) or min(array.shape[-2:]) < 2:
        return []
    caption: Text = ("Attention weights: a row for each token that looks; darker is more.",)
    if len(array.shape) == 2:
        grids = (table_of(array.ids, array.shape[1]),)
        return [picture_of("heat", array, "", grids, caption, "Attention weights as a heat map.")]
    found = []
    for number, (_, positions, shape) in enumerate(parts_of(array, first=True)):
        if number < _MOST_HEADS:
            ids = [array.ids[k] for k in positions]
            own = Picture(id=f"heat-{ids[0]}", kind="heat", subject=str(number + 1), grids=(table_of(ids, shape[1]),),
                          caption=(f"Head {number + 1}. ", *caption), alternative="Attention weights.")  # fmt: skip
            found.append(own)
    return found


# Normalisation


def _lines(arrays: Arrays, array: Array, node: ast.expr) -> Picture | None:
    """What is a distance from a mean over a root, before and after: of the first row, or over the samples."""
    match node:
        case ast.BinOp(left=inner, op=ast.Div(), right=ast.Call(func=ast.Name(id="sqrt"))):
            pass
        case _:
            return None
    names, over_samples = _keys(array), False
    if isinstance(inner, ast.Name):
        held = arrays.by_key.get(names.get(inner.id, ("", None, None)))
        if held is None or not held.text:
            return None
        inner, names, over_samples = syntax.parsed(held.text, held.path), _keys(held), True
    match inner:
        case ast.BinOp(left=ast.Name(id=first), op=ast.Sub(), right=ast.Name(id=second)):
            before, mean = (arrays.by_key.get(names.get(each, ("", None, None))) for each in (first, second))
        case _:
            return None
    if before is None or mean is None:
        return None
    if over_samples:
        samples = range(1, arrays.problem.plan.samples + 1)
        several = [
            (arrays.by_key.get((before.key[0], before.key[1], s)), arrays.by_key.get((*array.key[:2], s)))
            for s in samples
        ]
        pairs = [(a.ids[0], b.ids[0]) for a, b in several if a is not None and b is not None]
    else:
        width = before.shape[-1] if before.shape else 1
        pairs = list(zip(before.ids[:width], array.ids[:width], strict=False))
    if not 2 <= len(pairs) <= _MOST_ON_A_LINE:
        return None
    grids = (tuple(a for a, _ in pairs),), (tuple(b for _, b in pairs),), ((mean.ids[0],),)
    which = "of all samples" if over_samples else "of the first row" if len(before.shape) > 1 else ""
    caption: Text = (f"The numbers {which} before and after: ".replace("  ", " "), "moved so that their mean is 0, "
                     "and stretched.")  # fmt: skip
    return picture_of("lines", array, "", grids, caption, "The same numbers on a line before and after normalisation.")


# Layers and time


def layers_picture(problem: FormulaProblem) -> Picture | None:
    """Inputs and layers with the size of what leaves each; None for a file without layers."""
    program, layers = problem.program, problem.origin.get("layers")
    if program is None or not isinstance(layers, list) or problem.counts:
        return None
    boxes: dict[str, tuple[str, str, str]] = {}
    edges: dict[tuple[str, str], None] = {}
    of_block: dict[Key, str] = {}
    inner: dict[str, None] = {}
    for array in program.given:
        if array.path.startswith(("inputs", "samples")) and (array.key[2] or 1) == 1:
            own = array.key[0] if array.shape else "inputs"
            of_block[array.key] = own
            inner[array.key[0]] = None
            scalars = sum(1 for key, name in of_block.items() if name == own and (key[1] or 1) == 1)
            boxes[own] = (own, "", _size_of(array, scalars))
    by_ids = {name: of_block[array.key] for array in program.given if array.key in of_block for name in array.ids}
    for array in program.worked:
        if not array.path.startswith("layers[") or (array.key[2] or 1) != 1:
            continue
        own = _layer_name(layers, int(array.path[7 : array.path.index("]")]))
        of_block[array.key] = own
        kind = layers[int(array.path[7 : array.path.index("]")])].get("type", "dense")
        boxes[own] = (own, kind.replace("_", " "), _size_of(array, 0))
        for _, keys in array.names:
            for key in keys:
                source = of_block.get(key)
                sources = [source] if source else [by_ids[each] for each in _ids(program.given, key) if each in by_ids]
                edges |= dict.fromkeys((each, own) for each in sources if each != own)
        by_ids |= dict.fromkeys(array.ids, own)
    if len(boxes) < 3:
        return None
    return Picture(
        id="the-layers", kind="layers", subject="", grids=(tuple(boxes.values()), tuple(edges)),
        caption=("The layers, each with the size of what leaves it.",), alternative="Sizes through the layers.",
    )  # fmt: skip


def _ids(given: Sequence[Array], key: Key) -> Sequence[str]:
    return next((array.ids for array in given if array.key == key), ())


def _size_of(array: Array, scalars: int) -> str:
    series = "" if array.key[1] is None else " a step"
    if not array.shape:
        return (f"{scalars} numbers" if scalars > 1 else "1 number") + series
    count = array.shape[0]
    plain = f"{count} number{'s' * (count != 1)}" if len(array.shape) == 1 else " × ".join(map(str, array.shape))
    return plain + series


def _layer_name(layers: Sequence[Mapping[str, object]], number: int) -> str:
    entry = layers[number]
    units = entry.get("units")
    if "name" in entry:
        return str(entry["name"])
    return ", ".join(map(str, units)) if isinstance(units, list) and len(units) < 4 else f"layer {number + 1}"


def unrolled_picture(problem: FormulaProblem) -> Picture | None:
    """The steps of time with the states that go from one to the next; None where nothing does."""
    program = problem.program
    assert program is not None
    starts = [array for array in program.given if array.key[1] == 0]
    states = list(dict.fromkeys(array.key[0] for array in starts))
    by_key = {array.key: array for array in (*program.given, *program.worked)}
    sample = 1 if any(array.key[2] for array in program.worked) else None
    last = max((array.key[1] or 0 for array in program.worked), default=0)
    if not states or last < 2 or len(states) > _MOST_STATES:
        return None
    grids: list[Rows] = []
    for time in range(1, last + 1):

        def at(name: str, moment: int | None = time) -> tuple[str, ...]:
            found = by_key.get((name, moment, sample)) or by_key.get((name, moment, None))
            return found.ids[:1] if found is not None else ()

        moving = [array.key[0] for array in program.given if array.key[1] == time and not array.path.startswith("targ")]
        outs = [array.key[0] for array in program.worked if array.key[0].startswith("out_")]
        leaving = [each for name in dict.fromkeys(outs) for each in at(name)]
        if time == last and not leaving:
            leaving = [each for name in dict.fromkeys(outs) for each in at(name, None)]
        inputs = [each for name in dict.fromkeys(moving) if name not in states for each in at(name)]
        held = [each for name in states for each in at(name)]
        grids.append((tuple(inputs), tuple(held), tuple(leaving)))
    return Picture(
        id="the-steps", kind="unrolled", subject="", grids=tuple(grids),
        caption=("The network unrolled over time: forward to the right, and the way back through time lit.",),
        alternative="The network unrolled over time.",
    )  # fmt: skip
