"""What sentences of steps claim, and how each claim is worked out with the figures of its step.

A reading is a form of sentence and what must hold where one has it. A sentence is read whole; what no reading knows may
say nothing of an operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import mpmath

from derive.formula.expression import references
from derive.formula.losses import LOSSES
from derive.given.naming import with_sample
from tests.sentences.phrases import OPERATION, Unread, worth
from tests.sentences.scene import Scene, Untrue, close
from tests.steps.test_slopes import DEFINITIONS, LOSS_DEFINITIONS

Reading = tuple[str, Callable[[Scene, re.Match[str]], None]]
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}


def equal(found: Any, expected: Any, what: str) -> None:
    if not close(found, expected):
        raise Untrue(f"{what} comes to {mpmath.nstr(found, 12)}, and the step to {mpmath.nstr(expected, 12)}")


def same(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise Untrue(f"{what}: {found}, where it is {expected}")


def is_value(scene: Scene, values: list[Any], what: str) -> None:
    same(len(values), 1, f"{what} is so many numbers")
    equal(values[0], scene.value, what)


def named(scene: Scene, shown: str, quantity: str) -> None:
    if shown not in scene.shown(quantity):
        raise Untrue(f"it names {shown}, where {quantity} belongs")


def _phrase(scene: Scene, match: re.Match[str]) -> None:
    is_value(scene, worth(match["it"], scene), match["it"])


def _combined(scene: Scene, values: Iterable[Any], how: str, what: str) -> None:
    work = mpmath.fprod if how.startswith("multipl") or how == "product" else mpmath.fsum
    equal(work(list(values)), scene.value, f"{what}, {how},")


def _taken_away(scene: Scene, match: re.Match[str]) -> None:
    (step,) = worth(match["it"], scene)
    old = scene.figures[scene.parameter]
    equal(old - step if match["how"] == "taken away" else old + step, scene.value, match[0])


def _left(scene: Scene, match: re.Match[str]) -> None:
    if match["name"]:
        named(scene, match["name"], scene.parameter)
    _phrase(scene, match)


def _constant(scene: Scene, match: re.Match[str]) -> None:
    edge = with_sample(f"dnet_{scene.unit}/d{scene.parameter}", scene.sample)
    if match["edge"]:
        named(scene, match["edge"], edge)
    equal(mpmath.mpf(match["number"].replace("−", "-")), scene.figures[edge], match[0])


def _bias_is_delta(scene: Scene, match: re.Match[str]) -> None:
    _phrase(scene, match)
    if match["number"]:
        sign = mpmath.mpf(match["number"].replace("−", "-"))
        equal(sign * scene.of(f"delta_{scene.unit}"), scene.value, match["number"])


def _shared(scene: Scene, match: re.Match[str]) -> None:
    total = mpmath.fsum(worth(match["it"], scene))
    turned = match["turned"] is not None
    equal(-total if turned else total, scene.value, match["it"] + " added up")
    same(turned, scene.structure.conventions.bias_sign == "subtracted", "a minus sign")


def _factors(scene: Scene, match: re.Match[str]) -> None:
    same(match["unit"], scene.unit, "the unit")
    two = [scene.of(f"dE_total/dout_{scene.unit}"), scene.of(f"dout_{scene.unit}/dnet_{scene.unit}")]
    same(len(two), _COUNTS[match["count"]], "so many factors")
    _combined(scene, two, match["how"], "the first factors")


def _paths(scene: Scene, match: re.Match[str]) -> None:
    same(match["unit"], scene.unit, "the unit")
    same(int(match["count"]), len(scene.above), "so many paths")
    _combined(scene, scene.coming_back(), match["how"], "the paths")


def _one_path(scene: Scene, match: re.Match[str]) -> None:
    same(match["unit"], scene.unit, "the unit")
    same(len(scene.above), 1, "units above")


def _path_target(scene: Scene) -> str:
    return scene.parsed.base.partition("/")[0].removeprefix("dE_")


def _same_weight(scene: Scene, match: re.Match[str]) -> None:
    equal(scene.coming_back()[scene.above.index(_path_target(scene))], scene.value, "a delta through the same weight")


def _serves(scene: Scene, match: re.Match[str]) -> None:
    same({match["unit"], match["again"]}, {_path_target(scene)}, "the unit above")
    assert scene.formula is not None
    same(with_sample(f"delta_{match['unit']}", scene.sample) in references(scene.formula), True, "its delta serves")


def _only_error(scene: Scene, match: re.Match[str]) -> None:
    same(match["unit"], scene.unit, "the output")
    if not LOSSES[scene.structure.loss].averages(len(scene.structure.outputs)):
        equal(scene.of(f"dE_{scene.unit}/dout_{scene.unit}"), scene.of(f"dE_total/dout_{scene.unit}"), match[0])


def _one_output(scene: Scene, match: re.Match[str]) -> None:
    same(len(scene.structure.outputs), 1, "outputs")
    equal(scene.of(f"E_{scene.unit}"), scene.of("E_total"), match[0])


def _inner(scene: Scene, match: re.Match[str]) -> None:
    out = with_sample(f"out_{scene.unit}", scene.sample)
    moved = Scene(scene.solution, _Moved(scene, out), scene.quantity)
    change = worth(match["it"], moved)[0] - worth(match["it"], scene)[0]
    equal(mpmath.mpf(match["number"].replace("−", "-")), change, match[0])


class _Moved:
    """The figures with one of them greater by 1."""

    def __init__(self, scene: Scene, moved: str) -> None:
        self.scene, self.moved = scene, moved

    def __getitem__(self, quantity: str) -> Any:
        return self.scene.figures[quantity] + (quantity == self.moved)


def _over(scene: Scene, match: re.Match[str]) -> None:
    """A mean or a sum over the outputs or the samples, of the error and of the step's own quantity."""
    if match["of"] == "outputs":
        errors = [scene.of(f"E_{unit}") for unit in scene.structure.outputs]
        share = 1 / mpmath.mpf(len(errors)) if match["how"] == "mean" else 1
        equal(share * mpmath.fsum(errors), scene.of("E_total"), match[0])
        equal(share * scene.of(f"dE_{scene.unit}/dout_{scene.unit}"), scene.value, match[0])
        return
    for base, whole in (("E_total", scene.figures["E_total"]), (scene.parsed.base, scene.value)):
        parts = scene.of_samples(base)
        share = 1 / mpmath.mpf(len(parts)) if match["how"] == "mean" else 1
        equal(share * mpmath.fsum(parts), whole, f"{match[0]} ({base})")


def _slope_here(scene: Scene, match: re.Match[str]) -> None:
    same(scene.parsed.base, f"dout_{scene.unit}/dnet_{scene.unit}", "the step")
    net = scene.of(f"net_{scene.unit}")
    if net != 0:
        activation = scene.structure.layers[scene.depth].activation
        slope = mpmath.diff(DEFINITIONS[activation], net, h=mpmath.mpf("1e-20"))
        if abs(slope - scene.value) > mpmath.mpf("1e-15"):
            raise Untrue(f"{match[0]} {slope} is not {scene.value}")


def _pair(own: bool) -> Callable[[Scene, re.Match[str]], None]:
    def check(scene: Scene, match: re.Match[str]) -> None:
        upper = scene.parsed.base.partition("/")[0].removeprefix("dout_")
        same(upper == scene.unit, own, "a unit with itself")

    return check


def _over_outputs(scene: Scene, match: re.Match[str]) -> None:
    _combined(scene, scene.over_outputs(), "summed", "what comes through every output")


def _targets(scene: Scene, match: re.Match[str]) -> None:
    equal(mpmath.fsum(scene.of(f"t_{unit}") for unit in scene.structure.outputs), mpmath.mpf(1), "the targets")
    _difference(scene, match)


def _difference(scene: Scene, match: re.Match[str]) -> None:
    equal(scene.of(f"out_{scene.unit}") - scene.of(f"t_{scene.unit}"), scene.value, "output minus target")


def _unlikely(scene: Scene, match: re.Match[str]) -> None:
    loss = LOSS_DEFINITIONS[scene.structure.loss]
    equal(loss(scene.of(f"t_{scene.unit}"), scene.of(f"out_{scene.unit}")), scene.value, "the error")
    errors = [loss(mpmath.mpf(1), mpmath.mpf(share) / 10) for share in (8, 5, 2)]
    same(errors, sorted(errors), "the less likely, the larger")


def activation_at(scene: Scene) -> tuple[Any, Any]:
    return scene.of(f"net_{scene.unit}"), scene.value


def _does(activation: str) -> Callable[[Scene, re.Match[str]], None]:
    """A sentence that names the function of the layer; what it says of it is tested with the records of functions."""

    def check(scene: Scene, match: re.Match[str]) -> None:
        used = scene.structure.layers[scene.depth].activation
        same(used, activation, "the activation function")
        if used in DEFINITIONS:
            net, out = activation_at(scene)
            equal(DEFINITIONS[used](net), out, match[0])

    return check


def _shares(scene: Scene, match: re.Match[str]) -> None:
    equal(mpmath.fsum(scene.of(f"out_{unit}") for unit in scene.units[scene.depth]), mpmath.mpf(1), match[0])


def _against(scene: Scene, match: re.Match[str]) -> None:
    """A chain's update."""
    name = scene.quantity.removesuffix("_new")
    objective = scene.solution.derivation.objective
    named(scene, match["rate"], "eta")
    step = scene.figures["eta"] * scene.figures[f"d{objective}/d{name}"]
    equal(scene.figures[name] - step, scene.value, match[0])


def _nothing(scene: Scene, match: re.Match[str]) -> None:
    """Says how a line is to be read, and nothing of its operations."""


_NUMBER = r"(?P<number>−?1)"
READINGS: tuple[Reading, ...] = (
    (r"One step against the gradient: (?P<it>.+) is (?P<how>taken away|added)", _taken_away),
    (r"(?:All other terms of the net input are constants for (?P<name>⟦.+⟧): w|W)hat is left is (?P<it>.+)", _left),
    (r"The chain rule (?P<how>multiplies|adds) the factors",
     lambda scene, m: _combined(scene, scene.used, m["how"], "the factors")),
    (rf"A bias is a weight on a constant: (?P<edge>⟦.+⟧) = {_NUMBER}", _constant),
    (rf"A bias is a weight on a constant(?: {_NUMBER})?: its partial derivative is (?P<it>the delta.*?)",
     _bias_is_delta),
    (r"The bias is shared: it reaches the error through every unit of the layer, so (?P<it>the deltas) add up"
     r"(?P<turned> with a minus sign, since it is subtracted)?", _shared),
    (r"The(?:se| first) (?P<count>\w+) factors come back for every weight into (?P<unit>\w+); their "
     r"(?P<how>product|sum) is called delta", _factors),
    (r"(?P<unit>\w+) reaches the error by (?P<count>\d+) paths, one through each unit above it, and the chain rule "
     r"(?P<how>adds|multiplies) them(?: up)?", _paths),
    (r"(?P<unit>\w+) reaches the error by one path only", _one_path),
    (r"The error goes back the way the activation came, through the same weight", _same_weight),
    (r"The delta of (?P<unit>\w+) serves here, because (?P<again>\w+) changes no other output’s error", _serves),
    (r"Only the error of (?P<unit>\w+) depends on this output; the others are constants for it", _only_error),
    (r"There is one output only, and the total error is its error", _one_output),
    (r"The inner derivative, of (?P<it>.+), is (?P<number>−?\d+)", _inner),
    (r"The total is the (?P<how>mean|sum) over the (?P<of>outputs)", _over),
    (r"The error is the (?P<how>mean|sum) over the (?P<of>samples), and so is its gradient", _over),
    (r"The slope of the activation function at this unit(, as derived above)?", _slope_here),
    (r"An activation and its own net input(, as derived above)?", _pair(own=True)),
    (r"A softmax output depends on every net input of the layer, this one included", _pair(own=False)),
    (r"The net input reaches the error through every output of the layer: a sum over all of them", _over_outputs),
    (r"The net input reaches the error through every output of the softmax", _difference),
    (r"Over all pairs, the outputs cancel and the targets add up to 1; the same holds for every unit of the layer:",
     _targets),
    (r"For softmax with cross-entropy the sum over all pairs comes to a difference, the same for every unit:",
     _difference),
    (r"The slope of the sigmoid cancels the denominator of the slope of the cross-entropy", _difference),
    (r"The less likely the output makes the target, the larger the error", _unlikely),
    (r"The smaller the share that the output gives to a class that is wanted, the larger the error", _unlikely),
    (r"The sigmoid function turns the net input into an activation between 0 and 1", _does("sigmoid")),
    (r"σ is the sigmoid function", _does("sigmoid")),
    (r"The hyperbolic tangent turns the net input into an activation between −1 and 1", _does("tanh")),
    (r"The softsign function turns the net input into an activation between −1 and 1, slowly", _does("softsign")),
    (r"The relu keeps a positive net input and turns a negative one into 0", _does("relu")),
    (r"The leaky relu keeps a positive net input and leaves a hundredth of a negative one", _does("leaky_relu")),
    (r"The leaky relu multiplies negative entries by 0\.01", _does("leaky_relu")),
    (r"The softplus function is a smooth relu", _does("softplus")),
    (r"The (?:unit|layer) is linear(?:: its activation is its net input)?", _does("identity")),
    (r"The softmax function turns the net inputs of the layer into shares that add up to 1", _shares),
    (r"Each entry is (?P<it>its exponential over the sum of all exponentials of the layer)", _phrase),
    (r"Against the derivative, (?P<rate>⟦.+⟧) times as far as it is large: so the objective falls", _against),
    (r"Sums, products and fractions are worked entry by entry", _nothing),
    (r"The matrix is \d+ × \d+; its middle is left out", _nothing),
    (r"(?P<it>.+), in one formula", _phrase),
    (r"(?P<it>.+), for every output", _phrase),
    (r"(?P<it>.+)", _phrase),
)  # fmt: skip


def sentences(text: str) -> list[str]:
    """The sentences of a text, without what ends them."""
    return [
        part.strip().removesuffix(".") for part in re.split(r"(?<=[.?])\s+(?=[A-Z⟦σ⊙])", text.strip()) if part.strip()
    ]


def check(text: str, scene: Scene, readings: tuple[Reading, ...] = READINGS) -> list[str]:
    """Complaints about a text at its step: claims that do not hold, and operations that nothing reads."""
    return [complaint for sentence in sentences(text) for complaint in _complaints(sentence, scene, readings)]


def _complaints(sentence: str, scene: Scene, readings: tuple[Reading, ...]) -> list[str]:
    for form, holds in readings:
        match = re.fullmatch(form, sentence)
        if match is None:
            continue
        try:
            holds(scene, match)
        except Unread:
            continue
        except Untrue as complaint:
            return [f"{scene.quantity}: “{sentence}”: {complaint}"]
        return []
    return [f"{scene.quantity}: no test reads “{sentence}”"] if OPERATION.search(sentence) else []
