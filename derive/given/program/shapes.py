"""Sizes, parameters and multiplications of layers as quantities with lines of their own.

What a type of layer makes of a size stands in its recipe, in the table ``[shape]``; parameters are counted from the
sizes of its arrays.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.errors import ProblemError
from derive.given import fields
from derive.given.domain import CannotError, worked
from derive.given.problem import Number
from derive.given.program import syntax
from derive.given.program.builder import Builder
from derive.given.program.model import Key, ShapeRow

#: What may be asked for by one word, as columns of the table by layer.
WORDS = ("shapes", "parameters", "multiplications")
#: What a size has, by kind.
KINDS: Mapping[str, tuple[str, ...]] = {
    "image": ("height", "width", "channels"),
    "matrix": ("rows", "columns"),
    "vector": ("units",),
}
#: Of each kind the numbers that a scale or a shift goes over.
_FEATURES = {"image": "channels", "matrix": "columns", "vector": "units"}
DENSE: Mapping[str, Any] = {
    "title": "Dense layer",
    "shape": {
        "sizes": {"W": ["units", "inputs"], "b": ["units"]},
        "vector": {"units": "units", "multiplications": "units*inputs"},
        "matrix": {"rows": "rows_x", "columns": "units", "multiplications": "rows_x*units*inputs"},
        "words": {
            "parameters": "A weight for each input of each unit.",
            "multiplications": "One product for each weight.",
        },
    },
}
#: Options of a layer that its sizes hang on.
OPTIONS = ("size", "stride", "padding", "heads")

#: What stands for one number: its value, its place in words, and where it stands in the file, if it does.
Typed = tuple[object, str, tuple[object, ...]]


@dataclass(frozen=True, kw_only=True)
class Size:
    """What leaves a layer, without its numbers: height, width and so on, each the key of a quantity."""

    kind: str
    parts: Mapping[str, Key]
    steps: Key | None = None
    series: bool = False


@dataclass(frozen=True, kw_only=True)
class Sized:
    """A layer that is counted.

    Attributes
    ----------
    name, path : str
    recipe : mapping
    arrays : mapping of str to list of Typed
        Of each array of parameters that it has its sizes, in the order of the recipe's names for them; None where a
        size is known from elsewhere.
    options : mapping of str to Typed
    same : bool
        Whether the padding keeps the size.
    fewer : int
        Weights that are no connection, or stand in two places.
    """

    name: str
    path: str
    recipe: Mapping[str, Any]
    arrays: Mapping[str, Sequence[Typed | None]]
    options: Mapping[str, Typed]
    same: bool = False
    fewer: int = 0


@dataclass(kw_only=True)
class Shapes:
    """Collects what is counted, layer by layer."""

    builder: Builder
    rows: list[ShapeRow] = field(default_factory=list)
    known: dict[str, Fraction] = field(default_factory=dict)

    def value(self, key: Key) -> Fraction:
        """What a size comes to at the numbers of the file."""
        return self.known[self.builder.find(key).ids[0]]  # type: ignore[union-attr]

    def give(self, name: str, typed: Typed) -> Key:
        """A number that is given, one or more."""
        value, path, origin = typed
        key: Key = (name, None, None)
        if self.builder.find(key) is None:
            block = self.builder.give(key, value, path, origin)
            if not origin:
                self.builder.origins.pop(block.ids[0])
            self.known[name] = self.builder.numbers[name].value
        return key

    def work(self, name: str, text: str, path: str, scope: Mapping[str, Key], title: str, why: str = "") -> Key:
        """A number that is worked out; a whole one."""
        key: Key = (name, None, None)
        self.builder.define(key, text, path, scope=scope, title=title, why=why)
        (place, formula) = self.builder.definitions[-1]
        try:
            found = worked([(place, formula)], self.known)[place]
        except CannotError as error:
            raise ProblemError(f"{place} has no value: {error.reason}", key=path) from None
        self.known[place] = Fraction(found)
        return key

    def input(self, name: str, sizes: Sequence[Typed], kind: str, steps: Typed | None, series: bool) -> Size:
        """An input of so many numbers in each direction."""
        words = KINDS[kind]
        parts = {word: self.give(f"{word}_{name}", one) for word, one in zip(words, sizes, strict=False)}
        if kind == "image" and len(sizes) == 2:
            parts["channels"] = self.give(f"channels_{name}", (1, sizes[0][1], ()))
        self.rows.append(ShapeRow(layer=name, sizes=tuple(parts[word][0] for word in words)))
        return Size(kind=kind, parts=parts, series=series, steps=self.give("steps", steps) if steps else None)

    def layer(self, made: Sized, sources: Sequence[Size]) -> Size:
        """Count a layer; what leaves it."""
        shape: Mapping[str, Any] = made.recipe.get("shape", {})
        first = sources[0]
        lines, kind = self._lines(made, shape, sources)
        scope = self._scope(made, sources)
        arrays = {**made.recipe.get("parameters", {}), **shape.get("sizes", {})}
        groups = [self._array(made, arrays[array], sizes, scope) for array, sizes in made.arrays.items()]
        for name in OPTIONS:
            if name in made.options and name not in scope:
                alike = name == "stride" and made.options[name] is made.options.get("size")
                scope[name] = self.give(f"{'size' if alike else name}_{made.name}", made.options[name])
        if made.same:
            self._same_padding(made, scope)
        words: Mapping[str, str] = {**_WHY, **shape.get("words", {})}
        plain = {each: key for each, key in scope.items() if each in ("stride", "size") and self.value(key) == 1}
        parts: dict[str, Key] = {}
        for name in KINDS[kind]:
            text = _without_rounding(lines[name], frozenset(plain))
            target = f"{name}_{made.name}"
            if text == name and scope.get(name) == (target, None, None):
                parts[name] = scope[name]
                continue
            why = words.get(name, "") + (_DROPPED if "floor(" in text else "")
            parts[name] = self.work(target, text, made.path, scope, name.capitalize(), why)
            scope.setdefault(name, parts[name])
            self._positive(made, name, parts[name])
        self._count(made, lines, groups, scope | parts, words, first)
        self.rows.append(
            ShapeRow(
                layer=made.name,
                sizes=tuple(parts[name][0] for name in KINDS[kind]),
                parameters=f"parameters_{made.name}",
                multiplications=f"multiplications_{made.name}",
            )
        )
        return Size(kind=kind, parts=parts, steps=first.steps, series=first.series)

    def total(self) -> None:
        """Everything together."""
        for what in WORDS[1:]:
            ids = [getattr(row, what) for row in self.rows if getattr(row, what)]
            counted = [name for name in ids if self.known[name]] or ids[:1]
            self.work(f"{what}_total", " + ".join(counted), "layers", {}, f"{what.capitalize()} in all")
        self.rows.append(ShapeRow(layer="", sizes=(), parameters="parameters_total",
                                  multiplications="multiplications_total"))  # fmt: skip

    def _lines(self, made: Sized, shape: Mapping[str, Any], sources: Sequence[Size]) -> tuple[dict[str, str], str]:
        """The formulas of a layer's sizes for what comes in, and the kind of what goes out."""
        kind = sources[0].kind
        if shape.get("same"):
            for other in sources[1:]:
                values = [[self.value(key) for key in each.parts.values()] for each in (sources[0], other)]
                if other.kind != kind or values[0] != values[1]:
                    raise ProblemError(
                        f"{self.spoken(sources[0])} and {self.spoken(other)} do not go together", key=made.path
                    )
            return {name: f"{name}_x" for name in KINDS[kind]}, kind
        if made.recipe.get("over") == "time" and made.recipe.get("parameters"):
            if kind != "vector":
                raise ProblemError(f"takes a vector at each step; here comes {self.spoken(sources[0])}", key=made.path)
            return {"units": "units"}, "vector"
        if kind not in shape:
            takes = [_SPOKEN[each] for each in KINDS if each in shape]
            if not takes:
                raise ProblemError(
                    "says nothing of the sizes that it gives; a table [shape] is needed, as `derive recipes flatten` "
                    "shows one", key=made.path,
                )  # fmt: skip
            hint = "; put a layer of the type flatten before this" if kind != "vector" and "vector" in shape else ""
            raise ProblemError(
                f"takes {fields.listed(takes)}; here comes {self.spoken(sources[0])}{hint}", key=made.path
            )
        lines: dict[str, str] = dict(shape[kind])
        for array in made.arrays:
            lines |= shape.get(f"when_{array}", {})
        if lines.get("units") == "sum_of_inputs":
            lines["units"] = " + ".join(f"units_x{number + 1}" for number in range(len(sources)))
        return lines, next(each for each in KINDS if set(KINDS[each]) <= set(lines))

    def _scope(self, made: Sized, sources: Sequence[Size]) -> dict[str, Key]:
        """What comes in, by the names that recipes have for it."""
        first = sources[0]
        scope = {f"{name}_x": key for name, key in first.parts.items()}
        for number, each in enumerate(sources, start=1):
            scope |= {f"{name}_x{number}": key for name, key in each.parts.items()}
        scope["features"] = scope["inputs"] = first.parts[_FEATURES[first.kind]]
        if first.steps is not None:
            scope["steps"] = first.steps
        return scope

    def _array(
        self, made: Sized, names: Sequence[str], sizes: Sequence[Typed | None], scope: dict[str, Key]
    ) -> tuple[str, ...]:
        """The names of an array's sizes; those not known yet are given, others are compared."""
        for name, typed in zip(names, sizes, strict=False):
            if typed is None:
                continue
            value, path, _ = typed
            if name not in scope:
                alike = name.startswith("kernel_") and "size" in made.options
                scope[name] = self.give(*(("size_" + made.name, made.options["size"]) if alike else
                                          (f"{name}_{made.name}", typed)))  # fmt: skip
            elif self.value(scope[name]) != Number.of(str(value)).value:
                raise ProblemError(f"{value}, where {self.value(scope[name])} are needed ({scope[name][0]})", key=path)
        return tuple(names[: len(sizes)])

    def _same_padding(self, made: Sized, scope: dict[str, Key]) -> None:
        kernel = self.value(scope["kernel_height"])
        if kernel % 2 == 0 or self.value(scope["kernel_width"]) != kernel:
            raise ProblemError('"same" needs a kernel as high as wide, of an odd size', key=f"{made.path}.padding")
        why = "Zeros around the picture, as many as keep its size."
        name = f"padding_{made.name}"
        scope["padding"] = self.work(name, "(kernel_height - 1)/2", made.path, scope, "Padding", why)

    def _positive(self, made: Sized, name: str, key: Key) -> None:
        if self.value(key) < 1:
            raise ProblemError(
                f"{name}_{made.name} comes to {self.value(key)}: the window is larger than what comes in", key=made.path
            )

    def _count(
        self,
        made: Sized,
        lines: Mapping[str, str],
        groups: Sequence[tuple[str, ...]],
        scope: Mapping[str, Key],
        words: Mapping[str, str],
        first: Size,
    ) -> None:
        text = parameters_text(groups)
        if made.fewer:
            text = f"{text} - {made.fewer}"
        why = words.get("parameters", "") if text != "0" else "Nothing is learnt here."
        if any(len(group) < 2 for group in groups) and not made.recipe.get("shape", {}).get("same"):
            why += " The 1 is the bias." if "+ 1" in text else " Biases are added."
        self.work(f"parameters_{made.name}", text, made.path, scope, "Parameters", why.strip())
        text = lines.get("multiplications", "")
        if not text:
            products = [group for group in groups if len(group) > 1] if made.recipe.get("parameters") else []
            text = parameters_text(products)
        why = words.get("multiplications", "") if text != "0" or "multiplications" in words else _WHY["multiplications"]
        if text != "0" and first.series:
            if first.steps is None:
                why += " For one step of time."
            else:
                text = f"steps*({text})" if "+" in text and "*(" not in text else f"steps*{text}"
                why += " At each step of time."
        self.work(f"multiplications_{made.name}", text, made.path, scope, "Multiplications", why.strip())

    def spoken(self, size: Size) -> str:
        """A size in words: a picture of 5 × 5 × 1."""
        return f"{_SPOKEN[size.kind]} of " + " × ".join(str(self.value(key)) for key in size.parts.values())


_SPOKEN = {"image": "a picture", "matrix": "a matrix", "vector": "a vector"}
_DROPPED = " What is left over at the edge is dropped: rounded down."
_WHY = {
    "parameters": "One for each number that is learnt.",
    "multiplications": "Products of weights; biases, sums and products of states are not counted.",
}


def parameters_text(groups: Sequence[tuple[str, ...]]) -> str:
    """How many numbers arrays of these sizes have together, as courses write it: 4·units·(inputs + units + 1)."""
    if not groups:
        return "0"
    counted = Counter(groups)
    times = next(iter(counted.values())) if len(set(counted.values())) == 1 else 1
    alike = list(counted) if times > 1 or len(counted) == len(groups) else []
    if not alike:
        return " + ".join(_product(((str(count),) if count > 1 else ()) + group) for group, count in counted.items())
    head = (str(times),) if times > 1 else ()
    if len(alike) == 1:
        return _product(head + alike[0])
    if all(alike) and len({group[0] for group in alike}) == 1:
        return _product((*head, alike[0][0], f"({' + '.join(_product(group[1:]) for group in alike)})"))
    inner = " + ".join(map(_product, alike))
    return f"{times}*({inner})" if times > 1 else inner


def _product(names: Sequence[str]) -> str:
    return "*".join(names) or "1"


def _without_rounding(text: str, ones: frozenset[str]) -> str:
    """A formula in which what is divided by 1 is not rounded."""

    class Removal(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            inner = node.args[0] if node.args else node
            by = inner.right if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div) else None
            if isinstance(by, ast.Name) and by.id in ones:
                found: ast.expr = inner
                return found
            return node

    return ast.unparse(Removal().visit(syntax.parsed(text, "shape")))
