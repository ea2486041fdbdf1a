"""English for arithmetic: "every input times its weight, added up, plus the bias" worked out with figures."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import mpmath

from tests.sentences.scene import Scene, Untrue

Column = list[Any]

#: Words of operations: a sentence that has one of them makes a claim, and must be read.
OPERATION = re.compile(
    r"\b(add(s|ed|ing|ition)?|sum(s|med)?|plus|minus|subtract\w*|tak(e|es|en|ing) away|multipl\w*|products?|times|"
    r"divid\w*|quotients?|over|mean|averag\w*|half|halv\w*|doubl\w*|twice|squared?(?! brackets)|factors?|shares?|"
    r"difference|sign turned|minus sign|raised to|powers?|hundredth)\b",
    re.IGNORECASE,
)

NOUNS: dict[str, Callable[[Scene], Column]] = {
    "every input": lambda scene: scene.sources(inputs=True),
    "every activation of the layer below": lambda scene: scene.sources(inputs=False),
    "its input": lambda scene: scene.source(inputs=True),
    "the activation it multiplies": lambda scene: scene.source(inputs=False),
    "its weight": lambda scene: scene.weights(),
    "the bias": lambda scene: scene.bias(),
    "the delta": lambda scene: [scene.of(f"delta_{scene.unit}")],
    "the delta of the unit it leads into": lambda scene: [scene.of(f"delta_{scene.unit}")],
    "the deltas": lambda scene: [scene.of(f"delta_{unit}") for unit in scene.units[scene.depth]],
    "the slope of the error": lambda scene: [scene.of(f"dE_total/dout_{scene.unit}")],
    "the slope of the activation function": lambda scene: [scene.of(f"dout_{scene.unit}/dnet_{scene.unit}")],
    "the slopes": lambda scene: [scene.of(f"dout_{scene.unit}/dnet_{scene.unit}")],
    "what comes back through the weights": lambda scene: [mpmath.fsum(scene.coming_back())],
    "back through the transposed weights": lambda scene: [mpmath.fsum(scene.coming_back())],
    "the partial derivative": lambda scene: [gradient(scene)],
    "the learning rate ⟦η⟧": lambda scene: [scene.figures["eta"]],
    "the output": lambda scene: [scene.of(f"out_{scene.unit}")],
    "its target": lambda scene: [scene.of(f"t_{scene.unit}")],
    "the target": lambda scene: [scene.of(f"t_{scene.unit}")],
    "its exponential": lambda scene: [mpmath.exp(scene.of(f"net_{scene.unit}"))],
    "all exponentials of the layer": lambda scene: [
        mpmath.exp(scene.of(f"net_{unit}")) for unit in scene.units[scene.depth]
    ],
    "its net input": lambda scene: [scene.of(f"net_{scene.unit}")],
}


def gradient(scene: Scene) -> Any:
    """The gradient that an update uses: of the batch, or of sample 1 where samples take turns."""
    structure = scene.structure
    turns = structure.conventions.batch == "online" and structure.sample_count > 1
    return scene.figures[f"dE_total/d{scene.parameter}" + ("[1]" if turns else "")]


def _each(work: Callable[[Any, Any], Any]) -> Callable[[Column, Column], Column]:
    def worked(first: Column, second: Column) -> Column:
        if len(second) == 1:
            second = second * len(first)
        if len(first) != len(second):
            raise Untrue(f"{len(first)} numbers, and {len(second)} to go with them")
        return [work(a, b) for a, b in zip(first, second, strict=True)]

    return worked


_SIGNS = {
    "plus": operator.add, "minus": operator.sub, "times": operator.mul, "over": operator.truediv,
    "divided by": operator.truediv, "added to": operator.add, "multiplied by": operator.mul,
}  # fmt: skip
_BETWEEN = "|".join(_SIGNS)
#: What binds loosest comes first.
_FORMS: tuple[tuple[str, Callable[[re.Match[str], Scene], Column]], ...] = (
    (r"(?P<a>.+) with (?:its sign turned|a minus sign, since it is subtracted)",
     lambda m, scene: [-a for a in worth(m["a"], scene)]),
    (rf"(?P<a>.+), (?:then )?(?P<sign>{_BETWEEN}) (?P<b>.+?)", lambda m, scene: _signed(m, scene)),
    (r"(?P<a>.+), added up", lambda m, scene: [mpmath.fsum(worth(m["a"], scene))]),
    (r"(?P<a>.+), multiplied", lambda m, scene: [mpmath.fprod(worth(m["a"], scene))]),
    (r"the sum of (?P<a>.+)", lambda m, scene: [mpmath.fsum(worth(m["a"], scene))]),
    (r"the product of (?P<a>.+)", lambda m, scene: [mpmath.fprod(worth(m["a"], scene))]),
    (r"half (?P<a>.+)", lambda m, scene: [a / 2 for a in worth(m["a"], scene)]),
    (r"twice (?P<a>.+)", lambda m, scene: [a * 2 for a in worth(m["a"], scene)]),
    (r"the square of (?P<a>.+)", lambda m, scene: [a * a for a in worth(m["a"], scene)]),
    (r"the distance between (?P<a>.+) and (?P<b>.+)", lambda m, scene: _signed(m, scene, "minus")),
    (rf"(?P<a>.+) (?P<sign>{_BETWEEN}) (?P<b>.+?)", lambda m, scene: _signed(m, scene)),
    (
        r"(?P<a>.+) with (?:its sign turned|a minus sign, since it is subtracted)",
        lambda m, scene: [-a for a in worth(m["a"], scene)],
    ),
)  # fmt: skip


class Unread(Exception):  # noqa: N818 - English that these tests do not know
    """A phrase that is none of arithmetic."""


def _signed(match: re.Match[str], scene: Scene, sign: str = "") -> Column:
    return _each(_SIGNS[sign or match["sign"]])(worth(match["a"], scene), worth(match["b"], scene))


def worth(phrase: str, scene: Scene) -> Column:
    """What a phrase comes to.

    Raises
    ------
    Unread
        If a part of it is no noun.
    Untrue
        If it names what there is not at this step.
    """
    phrase = phrase.strip()
    phrase = phrase[:1].lower() + phrase[1:]
    if phrase in NOUNS:
        return NOUNS[phrase](scene)
    for form, work in _FORMS:
        match = re.fullmatch(form, phrase)
        if match is not None:
            return work(match, scene)
    raise Unread(phrase)
