"""Whether a problem file says more than a plain layered network or a plain chain of formulas does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.program import recipes

#: Losses as texts in t and out.
MORE_LOSSES: Mapping[str, str] = {
    "absolute_error": "abs(t - out)",
    "huber": "where(abs(t - out) > delta, delta*(abs(t - out) - delta/2), 1/2*(t - out)**2)",
    "hinge": "max(0, 1 - t*out)",
    "kl_divergence": "t*log(t/out)",
}


def uses_program(given: Mapping[str, object]) -> bool:
    """Whether a file says anything that a plain layered network or a plain chain of formulas does not."""
    new = ("ask", "training", "update", "functions", "losses", "loss_weights", "maximise", "delta")
    if any(key in given for key in new):
        return True
    display = given.get("display")
    if isinstance(display, Mapping) and "bold_arrays" in display:
        return True
    if "layers" in given:
        return _new_layers(given)
    if not ("given" in given or "define" in given):
        return False
    if not all(key in given for key in ("given", "define", "objective", "wrt")):
        return "title" in given and "define" in given and "given" in given
    numbers, formulas = given["given"], given["define"]
    if isinstance(numbers, Mapping) and any(_is_array(value) for value in numbers.values()):
        return True
    return isinstance(formulas, Mapping) and any(isinstance(text, str) and _is_new(text) for text in formulas.values())


def _is_partly_connected(table: object, *, shared: bool = False) -> bool:
    """Whether weights, or their names, say no connection anywhere, or one name at several places."""
    names: list[object] = []
    waiting = [table]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Sequence) and not isinstance(found, str):
            waiting.extend(found)
        else:
            names.append(found)
    texts = [name for name in names if isinstance(name, str)]
    return "-" in texts or (shared and len(texts) > len(set(texts)))


def _is_array(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str))


def _is_new(text: str) -> bool:
    return any(sign in text for sign in "@[]<>") or any(
        f"{word}(" in text for word in ("step", "sign", "floor", "where", "softmax", "sum", "mean")
    )


def _new_layers(given: Mapping[str, object]) -> bool:
    layers = given["layers"]
    if not isinstance(layers, Sequence) or isinstance(layers, str) or not layers:
        return False
    for place, layer in enumerate(layers):
        if not isinstance(layer, Mapping):
            return False
        if any(key in ("type", "name", "from", "define", "at", "layout", "bias_input") for key in layer):
            return True
        activation = layer.get("activation")
        if isinstance(activation, str) and activation not in ACTIVATIONS and activation in recipes.texts():
            return True
        if activation == "softmax" and place < len(layers) - 1:
            return True
        if isinstance(layer.get("units"), int) or {"slope", "step_at", "step_value", "alpha"} & set(layer):
            return True
    if any(_is_partly_connected(layer.get("weights")) for layer in layers if isinstance(layer, Mapping)):
        return True
    conventions = given.get("conventions", {})
    if isinstance(conventions, Mapping) and _is_partly_connected(conventions.get("weight_names"), shared=True):
        return True
    if isinstance(conventions, Mapping) and any(key in conventions for key in ("layout", "bias_input", "time")):
        return True
    loss = given.get("loss")
    if isinstance(loss, str) and loss not in LOSSES and (loss in MORE_LOSSES or any(sign in loss for sign in "()*+")):
        return True
    samples = given.get("samples")
    if isinstance(samples, Mapping):
        return True
    inputs = given.get("inputs")
    if isinstance(inputs, Mapping) and any(_is_array(value) for value in inputs.values()):
        return True
    forward_only = ("inputs" in given or "samples" in given) and "loss" not in given and "learning_rate" not in given
    forward_only = forward_only or ("inputs" in given and "targets" not in given and "loss" not in given)
    no_rate = "learning_rate" not in given and "loss" in given and ("targets" in given or "samples" in given)
    return forward_only or no_rate
