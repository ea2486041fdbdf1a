"""Problems from fitted models of scikit-learn; held against its own gradients where it is installed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import UnsupportedError
from tests.bridges.fakes import named


def classifier(**attributes: Any) -> Any:
    """A fitted MLPClassifier of two inputs, two hidden units, one output; its weights lead out of a unit."""
    return named(
        "MLPClassifier",
        **{
            "coefs_": [[[0.1, 0.2], [0.3, 0.4]], [[0.5], [0.6]]],
            "intercepts_": [[0.7, 0.8], [0.9]],
            "activation": "logistic",
            "out_activation_": "logistic",
            "classes_": ["cat", "dog"],
            "alpha": 0,
            "learning_rate_init": 0.25,
            **attributes,
        },
    )


def test_weights_are_turned_and_labels_become_targets() -> None:
    """Their first column leads into H1; the second class is the target 1; the rate is the model's."""
    problem = derive.from_sklearn(classifier(), [[1, 2], [3, 4]], ["dog", "cat"])
    assert [[number.text for number in row] for row in problem.layers[0].weights] == [["0.1", "0.3"], ["0.2", "0.4"]]
    assert [sample.targets[0].text for sample in problem.samples] == ["1", "0"]
    assert [layer.activation for layer in problem.layers] == ["sigmoid", "sigmoid"]
    assert (problem.loss, problem.conventions.batch) == ("binary_cross_entropy", "mean")
    assert problem.learning_rate.text == "0.25"


def test_a_single_row_and_a_single_label() -> None:
    """One row of x and one label are one sample."""
    problem = derive.from_sklearn(classifier(), [1, 2], ["dog"])
    assert len(problem.samples) == 1
    assert problem.samples[0].targets[0].text == "1"


def test_three_classes_are_shares() -> None:
    """Logistic regression of three classes has softmax outputs, and each label is a row with one 1."""
    model = named(
        "LogisticRegression",
        coef_=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
        intercept_=[0.0, 0.5, 1.0],
        classes_=[3, 5, 7],
        C=math.inf,
    )
    problem = derive.from_sklearn(model, [[1, 2]], [5])
    assert problem.layers[0].activation == "softmax"
    assert [number.text for number in problem.samples[0].targets] == ["0", "1", "0"]
    assert "It has no learning rate" in problem.source


@pytest.mark.parametrize(
    ("model", "t", "reason", "nearest"),
    [
        (
            named("LogisticRegression", coef_=[[1.0, 2.0]], intercept_=[0.0], C=1.0, l1_ratio=0.5, classes_=[0, 1]),
            [1],
            "absolute values (l1)",
            "penalty=False",
        ),
        (named("MLPRegressor"), [1.0], "not fitted", "fit(x, t)"),
        (named("RandomForestClassifier", classes_=[0, 1]), [1], "cannot be taken", "LogisticRegression"),
        (named("Ridge", coef_=[1.0]), [1.0], "cannot be taken", "LinearRegression"),
        (classifier(), ["cow"], "'cow'", "['cat', 'dog']"),
        (classifier(out_activation_="exp"), ["dog"], "exp has no layer", "there are sigmoid"),
        (classifier(), [[[1]]], "1 × 1 × 1", "1 labels or targets"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_nearest_that_can(
    model: Any, t: Any, reason: str, nearest: str
) -> None:
    """One line says why, and what to do."""
    with pytest.raises(UnsupportedError) as caught:
        derive.from_sklearn(model, [[1, 2]], t)
    assert reason in str(caught.value)
    assert nearest in str(caught.value)


def test_a_penalty_that_is_left_out_is_told() -> None:
    """The page says what its figures leave out."""
    problem = derive.from_sklearn(classifier(alpha=0.5), [[1, 2]], ["dog"], penalty=False)
    assert "(alpha = 0.5) is left out" in problem.source


def test_a_penalty_becomes_l2_of_the_mean_with_biases_free() -> None:
    """alpha / samples, as a problem file has it; by hand for the last weight and its bias."""
    problem = derive.from_sklearn(classifier(alpha=0.5), [[1, 2], [3, 4], [5, 6]], ["dog", "cat", "dog"])
    assert problem.penalties["l2"].text == "1/6"
    assert "(alpha = 0.5) is l2 = 1/6 for 3 samples" in problem.source
    solution = derive.solve(problem)
    assert solution.value("dcost/dw5") == pytest.approx(solution.value("dE_total/dw5") + 0.5 / 6, rel=1e-15)
    assert "dcost/db_y1" not in solution.ids()


# Against scikit-learn itself.


def sklearn(module: str) -> Any:
    return pytest.importorskip(
        f"sklearn.{module}", reason="scikit-learn is not installed: pip install '.[test-frameworks]'"
    )


X = np.array([[0.2, -1.0, 0.5], [1.5, 0.3, -0.4], [-0.7, 0.8, 0.1], [0.4, 0.4, -1.2], [0.9, -0.6, 0.3]])
BINARY, CLASSES = np.array(["no", "yes", "yes", "no", "yes"]), np.array([4, 2, 9, 2, 9])
ONE, TWO = np.array([0.5, -0.25, 1.0, 0.0, 2.0]), np.array([[0.5, 1], [-1, 0.25], [0, 0.5], [1, 1], [2, 0]])


def own_gradients(model: Any, targets: Any) -> tuple[list[Any], list[Any]]:
    """What the model's own backward pass gives at its weights."""
    activations = [X, *(np.empty((len(X), size)) for size in (len(b) for b in model.intercepts_))]
    empty = [np.empty_like(a) for a in activations[1:]]
    slots = [np.empty_like(w) for w in model.coefs_], [np.empty_like(b) for b in model.intercepts_]
    _, weights, biases = model._backprop(X, targets, None, activations, empty, *slots)
    return weights, biases


@pytest.mark.filterwarnings("ignore")  # stopped long before it converges
@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("MLPClassifier", BINARY),
        ("MLPClassifier", CLASSES),
        ("MLPClassifier", np.array([[0, 1], [1, 1], [1, 0], [0, 0], [0, 1]])),
        ("MLPRegressor", ONE),
        ("MLPRegressor", TWO),
    ],
    ids=["binary", "classes", "several labels", "one target", "two targets"],
)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
def test_gradients_are_those_of_its_own_backward_pass(kind: str, labels: Any, activation: str) -> None:
    """Of every kind of target and activation function, all weights and biases."""
    network = sklearn("neural_network")
    model = getattr(network, kind)(
        hidden_layer_sizes=(2, 3), activation=activation, alpha=0, max_iter=3, random_state=3
    ).fit(X, labels)
    binarizer = getattr(model, "_label_binarizer", None)
    targets = binarizer.transform(labels) if binarizer is not None else labels.reshape(len(X), -1)
    weights, biases = own_gradients(model, targets)
    solution = derive.solve(derive.from_sklearn(model, X, labels))
    found = [value for name, value in solution.gradient.items() if name.startswith("w")]
    assert found == pytest.approx([number for each in weights for number in each.T.ravel()], rel=1e-11, abs=1e-14)
    found = [value for name, value in solution.gradient.items() if name.startswith("b")]
    assert found == pytest.approx([number for each in biases for number in each], rel=1e-11, abs=1e-14)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "labels"), [("MLPClassifier", CLASSES), ("MLPRegressor", TWO)])
def test_penalised_gradients_are_those_of_its_own_backward_pass(kind: str, labels: Any) -> None:
    """Weights with alpha, biases without."""
    network = sklearn("neural_network")
    model = getattr(network, kind)(hidden_layer_sizes=(2,), alpha=0.3, max_iter=3, random_state=3).fit(X, labels)
    binarizer = getattr(model, "_label_binarizer", None)
    targets = binarizer.transform(labels) if binarizer is not None else labels
    weights, biases = own_gradients(model, targets)
    solution = derive.solve(derive.from_sklearn(model, X, labels))
    trained = solution.derivation.trained
    found = [solution.value(f"dcost/d{name}") for name in trained if name.startswith("w")]
    theirs = [number for each in weights for number in each.T.ravel()]
    assert sorted(found) == pytest.approx(sorted(theirs), rel=1e-11, abs=1e-14)
    found = [solution.value(f"dE_total/d{name}") for name in trained if name.startswith("b")]
    assert sorted(found) == pytest.approx(sorted(number for each in biases for number in each), rel=1e-11, abs=1e-14)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("labels", [BINARY, CLASSES], ids=["binary", "classes"])
def test_logistic_regression_stands_at_the_bottom_of_its_cost(labels: Any) -> None:
    """With its penalty 1/C: every derivative of the cost is 0."""
    linear = sklearn("linear_model")
    model = linear.LogisticRegression(C=2.0, max_iter=5000, tol=1e-12).fit(X, labels)
    solution = derive.solve(derive.from_sklearn(model, X, labels))
    slopes = [solution.value(f"d{'cost' if name.startswith('w') else 'E_total'}/d{name}")
              for name in solution.derivation.trained]  # fmt: skip
    assert slopes == pytest.approx([0.0] * len(slopes), abs=1e-6)
    assert abs(solution.value("dE_total/dw1")) > 1e-3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("labels", [BINARY, CLASSES], ids=["binary", "classes"])
def test_logistic_regression_s_shares_and_loss_are_its_own(labels: Any) -> None:
    """Outputs are predict_proba's, the total error is its log loss."""
    linear, metrics = sklearn("linear_model"), sklearn("metrics")
    model = linear.LogisticRegression(C=2.0, max_iter=500).fit(X, labels)
    solution = derive.solve(derive.from_sklearn(model, X, labels, penalty=False))
    shares = model.predict_proba(X)
    outputs = [name for name in solution.ids() if name.startswith("out_") and name.endswith("[2]")]
    expected = shares[1] if len(outputs) > 1 else shares[1, 1:]
    assert [solution.value(name) for name in outputs] == pytest.approx(list(expected), rel=1e-12)
    assert solution.value("E_total") == pytest.approx(metrics.log_loss(labels, shares), rel=1e-12)


@pytest.mark.parametrize("targets", [ONE, TWO], ids=["one", "two"])
def test_linear_regression_stands_at_the_bottom(targets: Any) -> None:
    """Least squares: the sum of squares is its residual's, and every derivative of it is 0."""
    linear = sklearn("linear_model")
    model = linear.LinearRegression().fit(X, targets)
    solution = derive.solve(derive.from_sklearn(model, X, targets))
    assert solution.value("E_total") == pytest.approx(float(((model.predict(X) - targets) ** 2).sum()), rel=1e-9)
    assert [*solution.gradient.values()] == pytest.approx([0.0] * len(solution.gradient), abs=1e-12)
