"""Problems from fitted models of scikit-learn, read by their attributes; scikit-learn itself is never imported."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derive.bridges.arrays import Array, array_of, precision_text, shape_text
from derive.bridges.networks import Dense, Network, activation_called, sizes_text
from derive.errors import UnsupportedError
from derive.formula.functions import ACTIVATIONS
from derive.given.formula_problem import AnyProblem

_KINDS = ("MLPClassifier", "MLPRegressor", "LogisticRegression", "LinearRegression")
#: The rate where a model has none, as a linear model that is solved at once.
_USUAL_RATE = "0.01"


def from_sklearn(model: Any, x: Any, t: Any, lr: float | str | None = None, *, penalty: bool = True) -> AnyProblem:
    """The problem that a fitted model of scikit-learn and some data are.

    Parameters
    ----------
    model : fitted MLPClassifier, MLPRegressor, LogisticRegression or LinearRegression
    x : array, shape (inputs,) or (samples, inputs)
    t : array
        Labels or targets: one a sample, or a row a sample.
    lr : number, optional
        The learning rate; if left out, the model's own ``learning_rate_init``, or 0.01 for a model without one.
    penalty : bool
        The penalty on large weights becomes l2 = alpha / samples, or 1 / (C · samples), where the figures are of the
        samples given here. False leaves it out, and the page tells so.

    Returns
    -------
    Problem or FormulaProblem
        With the mean over samples, as these models take it; of LinearRegression the sum. Biases stand outside of any
        penalty.

    Raises
    ------
    UnsupportedError
        If the model or its penalty cannot be said in a problem, with the reason and the nearest thing that can.
    ProblemError
        If shapes or numbers do not fit.
    """
    kind = type(model).__name__
    if kind not in _KINDS:
        near = "LogisticRegression" if hasattr(model, "classes_") or "Classifier" in kind else "LinearRegression"
        raise UnsupportedError(
            f"{kind} cannot be taken: its rule of training is none of a layered network. The nearest that can: {near}; "
            f"there are {', '.join(_KINDS)}"
        )
    if not hasattr(model, "coefs_") and not hasattr(model, "coef_"):
        raise UnsupportedError(f"this {kind} is not fitted, and has no weights yet: call fit(x, t) first")
    large = _penalty(model)
    arrays, layers = _layers(model)
    inputs = array_of(x, "x")
    samples = inputs.rows()
    outputs = len(layers[-1].weights)
    loss, convention = _loss(model, layers[-1].activation)
    own = getattr(model, "learning_rate_init", None)
    rate = str(array_of(lr if lr is not None else own if own is not None else float(_USUAL_RATE), "lr").texts())
    source = [
        f"Taken from a fitted {kind} of scikit-learn ({sizes_text(layers)}).",
        precision_text([*arrays, inputs]),
        f"Its penalty on large weights ({large}) is left out." if large and not penalty else "",
        f"Its penalty on large weights ({large}) is l2 = {_l2(model, len(samples))} for {len(samples)} samples."
        if large and penalty
        else "",
        "" if lr is not None or own is not None else f"It has no learning rate; {_USUAL_RATE} is our own.",
        "loss_ of the model is the mean over its outputs, but its gradient is that of their sum, which stands here."
        if kind == "MLPRegressor" and outputs > 1
        else "",
    ]
    return Network(
        layers=layers,
        loss=loss,
        inputs=samples,
        targets=_targets(model, t, outputs, len(samples)),
        learning_rate=rate,
        title=f"{kind} of scikit-learn, {sizes_text(layers)}",
        source=" ".join(filter(None, source)),
        conventions={"batch": convention},
        l2=_l2(model, len(samples)) if large and penalty else "",
    ).problem("from-sklearn")


def _l2(model: Any, samples: int) -> str:
    """The penalty for the mean over so many samples, of which half is taken times the squares of the weights.

    Source: `MLPClassifier` has alpha/(2·samples) and `LogisticRegression` 1/(2·C·samples) beside the mean loss
    (https://scikit-learn.org/stable/modules/neural_networks_supervised.html, .../linear_model.html).
    """
    ratio = getattr(model, "l1_ratio", None)
    if ratio or getattr(model, "penalty", "l2") in ("l1", "elasticnet"):
        raise UnsupportedError(
            "the penalty of this model is one on absolute values (l1), which is not taken from models; fit it with l2, "
            "or call from_sklearn(..., penalty=False), which leaves the penalty out and says so"
        )
    alpha = getattr(model, "alpha", 0)
    strength = _fraction(alpha) if alpha else 1 / _fraction(model.C)
    return str(strength / samples)


def _fraction(number: Any) -> Fraction:
    return Fraction(str(array_of(number, "penalty").texts()))


def _penalty(model: Any) -> str:
    """The penalty on large weights, as it is set; empty where there is none."""
    alpha = getattr(model, "alpha", 0)
    if alpha:
        return f"alpha = {alpha}"
    strength = getattr(model, "C", None)
    if strength is None or strength == float("inf") or getattr(model, "penalty", "") is None:
        return ""
    return f"C = {strength}"


def _layers(model: Any) -> tuple[list[Array], list[Dense]]:
    """The layers, and the arrays they were read from."""
    if not hasattr(model, "coefs_"):
        weights = array_of(model.coef_, "coef_")
        rows = weights.rows()
        shares = type(model).__name__ == "LogisticRegression"
        activation = "identity" if not shares else "sigmoid" if len(rows) == 1 else "softmax"
        if not getattr(model, "fit_intercept", True):
            return [weights], [Dense(weights=rows, bias=None, activation=activation)]
        bias = array_of(model.intercept_, "intercept_")
        texts = bias.texts() if bias.shape else [bias.texts()]
        return [weights, bias], [Dense(weights=rows, bias=texts, activation=activation)]
    arrays: list[Array] = []
    layers: list[Dense] = []
    last = len(model.coefs_) - 1
    for k, (coefficients, intercepts) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        weights, bias = array_of(coefficients, "coefs_"), array_of(intercepts, "intercepts_")
        arrays += [weights, bias]
        columns = [list(column) for column in zip(*weights.texts(), strict=True)]  # theirs lead out of a unit
        word = model.out_activation_ if k == last else model.activation
        layers.append(Dense(weights=columns, bias=bias.texts(), activation=_activation(word)))
    return arrays, layers


def _activation(word: str) -> str:
    """An activation function by its name in scikit-learn, which calls the sigmoid function logistic."""
    function = "sigmoid" if word == "logistic" else activation_called(word)
    if function is None:
        raise UnsupportedError(
            f"the activation function {word} has no layer here (of a Poisson loss, for instance); there are "
            f"{', '.join(ACTIVATIONS)}"
        )
    return function


def _loss(model: Any, activation: str) -> tuple[str, str]:
    """The loss here, and what is done over samples: the gradient that the model follows is of these."""
    if activation == "softmax":
        return "cross_entropy", "mean"
    if activation == "sigmoid":
        return "binary_cross_entropy", "mean"
    return ("half_squared_error", "mean") if hasattr(model, "coefs_") else ("squared_error", "sum")


def _targets(model: Any, t: Any, outputs: int, samples: int) -> list[list[str]]:
    """Targets as rows; labels become rows of 0 and 1 in the order of the model's classes."""
    given = array_of(t, "t")
    classes = getattr(model, "classes_", None)
    if given.shape not in ((), (samples,), (outputs,), (samples, outputs), (samples, 1)):
        raise UnsupportedError(
            f"t is {shape_text(given.shape)}; {samples} labels or targets are needed, or rows of {outputs}"
        )
    if classes is not None and (not given.shape or given.shape in ((samples,), (samples, 1))):
        known = array_of(classes, "classes_").flat()
        labels = given.flat()
        strange = next((label for label in labels if label not in known), None)
        if strange is not None:
            raise UnsupportedError(f"t holds {strange!r}, which is no class of the model; there are {known}")
        if outputs == 1:
            return [[str(known.index(label))] for label in labels]
        if len(labels) == samples:
            return [[str(int(one == label)) for one in known] for label in labels]
    if len(given.shape) < 2 and outputs == 1:
        return [[text] for text in (given.texts() if given.shape else [given.texts()])]
    return given.rows() if given.shape else [[given.texts()]]
