"""Published figures of own architectures, to each printed digit; and published mistakes, which are none of ours."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

import derive
from derive.given.loading import problem_named

#: A built-in problem or a file, an id, the figure as printed, and whether it is right. Sources stand in the problems.
Row = tuple[str, str, str]

DEEPML_54 = {
    "title": "Deep-ML 54, second test",
    "inputs": {"x": {"over": "time", "values": ["0.5", "0.1", "-0.2"]}},
    "layers": [{"name": "cell", "type": "rnn", "parameters": {"W": 1, "U": "0.5", "b": "0.1"}}],
}
DEEPML_41 = {
    "title": "Deep-ML 41, example",
    "given": {"x": [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]], "k": [[1, 0], [-1, 1]]},
    "define": {"y": "convolve(x, k, stride=2, padding=1)"},
}
DEEPML_53 = {
    "title": "Deep-ML 53, third test",
    "inputs": {"X": [[1, 0, 1], [0, 1, 1], [1, 1, 0]]},
    "layers": [{"name": "a", "type": "attention", "Wq": [[1, 1, 0], [0, 1, 1], [1, 0, 1]],
                "Wk": [[1, 1, 0], [0, 1, 1], [1, 0, 1]], "Wv": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}],
}  # fmt: skip
LSTM = {
    "title": "click4ai LSTM: one step, its matrices for [x; h] parted",
    "inputs": {"x": {"over": "time", "values": [["1", "0.5"]]}},
    "layers": [{"name": "cell", "type": "lstm", "parameters": {
        "Wf": [["0.5", "0.3"], ["0.1", "0.4"]], "Uf": [["0.1", "0.2"], ["0.2", "0.3"]],
        "Wi": [["0.2", "0.1"], ["0.3", "0.2"]], "Ui": [["0.3", "0.4"], ["0.1", "0.5"]],
        "Wg": [["0.4", "0.2"], ["0.2", "0.5"]], "Ug": [["0.1", "0.3"], ["0.3", "0.1"]],
        "Wo": [["0.1", "0.3"], ["0.4", "0.1"]], "Uo": [["0.2", "0.4"], ["0.3", "0.2"]]}}],
}  # fmt: skip
ADAGRAD = {
    "title": "Deep-ML 145", "given": {"p": 1}, "define": {"f": "0.5*p"}, "objective": "f", "wrt": ["p"],
    "update": {"rule": "adagrad", "learning_rate": "0.01"},
}  # fmt: skip
ACTIVATIONS = {
    "leaky_relu(-2; 0.1)": ("leaky_relu", "-2", {"slope": "0.1"}, "-0.2"),
    "hard_sigmoid(0)": ("hard_sigmoid", "0", {}, "0.5"),
    "elu(-1)": ("elu", "-1", {}, "-0.6321"),
    "softplus(2)": ("softplus", "2", {}, "2.1269"),
    "softsign(1)": ("softsign", "1", {}, "0.5"),
    "swish(1)": ("swish", "1", {}, "0.7311"),
    "selu(-1)": ("selu", "-1", {}, "-1.1113"),
}
ROWS: tuple[tuple[Any, str, str], ...] = (
    ("perceptron-and", "net_y[1]", "0.5"), ("perceptron-and", "b_y@1", "-0.5"), ("perceptron-and", "net_y[2]", "-0.5"),
    ("perceptron-and", "net_y[3]", "0"), ("perceptron-and", "w2@3", "-0.5"), ("perceptron-and", "b_y@3", "-1.5"),
    ("perceptron-and", "net_y[4]", "-1.5"), ("perceptron-and", "w1@5", "1.5"), ("perceptron-and", "b_y@5", "-0.5"),
    ("cubic-descent", "df/dx", "24"), ("cubic-descent", "x@1", "1.6"), ("cubic-descent", "df/dx@1", "-1.92"),
    ("cubic-descent", "x@2", "1.792"),
    ("momentum-parabola", "step_w", "-16"), ("momentum-parabola", "w@1", "-6"), ("momentum-parabola", "step_w@1", "8"),
    ("momentum-parabola", "w@2", "2"), ("momentum-parabola", "step_w@2", "-2.4"), ("momentum-parabola", "w@3", "-0.4"),
    ("adam-parabola", "df/dtheta", "10"), ("adam-parabola", "m_theta@1", "1"), ("adam-parabola", "v_theta@1", "0.1"),
    ("adam-parabola", "m_hat_theta", "10"), ("adam-parabola", "v_hat_theta", "100"),
    ("adam-parabola", "theta@1", "4.9"), ("adam-parabola", "df/dtheta@1", "9.8"),
    ("rmsprop-parabola", "w1@1", "-4.05132"), ("rmsprop-parabola", "w2@1", "-1.05132"),
    ("rmsprop-parabola", "w1@2", "-3.43520"), ("rmsprop-parabola", "w2@2", "-0.59152"),
    ("rmsprop-parabola", "w1@3", "-2.95893"), ("rmsprop-parabola", "w2@3", "-0.32944"),
    ("mini-batches", "w1@200", "1.10334065"), ("mini-batches", "w2@200", "0.68329431"),
    (ADAGRAD, "s_p@1", "0.25"),
    ("rnn-three-steps", "h:3", "0.9759"), (DEEPML_54, "h:3", "0.118"),
    (LSTM, "f[1]:1", "0.657"), (LSTM, "f[2]:1", "0.574"), (LSTM, "i[1]:1", "0.562"), (LSTM, "i[2]:1", "0.599"),
    (LSTM, "g[1]:1", "0.462"), (LSTM, "g[2]:1", "0.422"), (LSTM, "o[1]:1", "0.562"), (LSTM, "o[2]:1", "0.611"),
    (LSTM, "C[1]:1", "0.260"), (LSTM, "C[2]:1", "0.253"), (LSTM, "h[1]:1", "0.143"), (LSTM, "h[2]:1", "0.151"),
    ("gru-step", "z[1]:1", "0.599"), ("gru-step", "z[2]:1", "0.587"), ("gru-step", "r[1]:1", "0.599"),
    ("gru-step", "r[2]:1", "0.611"), ("gru-step", "h[1]:1", "0.300"),
    (DEEPML_41, "y[1,1]", "1"), (DEEPML_41, "y[1,3]", "-4"), (DEEPML_41, "y[2,1]", "9"), (DEEPML_41, "y[3,2]", "14"),
    (DEEPML_41, "y[3,3]", "16"),
    ("attention-2x2", "out_att[1,1]", "1.660477"), ("attention-2x2", "out_att[1,2]", "2.660477"),
    ("attention-2x2", "out_att[2,1]", "2.339523"), ("attention-2x2", "out_att[2,2]", "3.339523"),
    (DEEPML_53, "out_a[1,1]", "8.0"), (DEEPML_53, "out_a[2,1]", "8.61987385"), (DEEPML_53, "out_a[3,3]", "11.38012615"),
    ("attention-two-heads", "Z[1,1]", "2.97166793"), ("attention-two-heads", "Z[1,3]", "-3.97166793"),
    ("attention-two-heads", "Z[2,4]", "2.9998996"), ("attention-two-heads", "out_att[1,1]", "6.94333586"),
    ("layer-norm-2x5", "mean_norm[1,1]", "0.58"), ("layer-norm-2x5", "var_norm[2,1]", "3.7016"),
    ("layer-norm-2x5", "normal_norm[1,1]", "-0.052101953208"),
    ("layer-norm-2x5", "normal_norm[1,3]", "1.771466409078"),
    ("layer-norm-2x5", "out_norm[2,5]", "0.353438278196"), ("embedding-twice", "out_e[1,2]", "5.1"),
    ("batch-norm-3x2", "mean_norm[1]", "3"), ("batch-norm-3x2", "out_norm[1]#1", "-1.22"),
    ("batch-norm-3x2", "out_norm[1]#2", "0"), ("batch-norm-3x2", "out_norm[2]#3", "1.22"),
    ("dropout-mask", "y[1]", "2"), ("dropout-mask", "y[2]", "0"), ("dropout-mask", "y[3]", "6"),
    ("dropout-mask", "dL/dx[1]", "0.2"), ("dropout-mask", "dL/dx[2]", "0"), ("dropout-mask", "dL/dx[3]", "0.6"),
    ("softmax-forward", "p[1]", "0.34"), ("softmax-forward", "p[2]", "0.19"), ("softmax-forward", "p[3]", "0.47"),
    ("softmax-forward", "CE", "0.76"),
)  # fmt: skip
#: Printed in the sources, and wrong there.
WRONG: tuple[tuple[str, str, str], ...] = (
    ("perceptron-and", "net_y[5]", "-1"), ("perceptron-and", "w2@5", "-1.5"), ("rnn-three-steps", "h:3", "0.9993"),
)  # fmt: skip
#: No published figure: recomputed in float64 in the catalogue.
CONVOLUTION = {
    "dL/dW[1,1]": 9.13298073322608e-05, "dL/dW[1,2]": 0.0001818730265607936, "dL/dW[2,1]": 2.4839624328253584e-07,
    "dL/dW[2,2]": 9.128840795838039e-05, "dL/dX[1,1]": 8.279874776084527e-08, "dL/dX[2,2]": 4.560280460530977e-05,
    "dL/dX[3,2]": 4.54786064836685e-05,
}  # fmt: skip


def _printed(value: float, like: str) -> Decimal:
    """A figure in as many decimals as another."""
    places = len(like.partition(".")[2])
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _solved(problem: Any) -> derive.Solution:
    return derive.solve(derive.load(problem) if isinstance(problem, str) else problem_named(problem, "published"))


@pytest.mark.parametrize(("problem", "quantity", "printed"), ROWS)
def test_published_figures_to_each_digit(problem: Any, quantity: str, printed: str) -> None:
    """What was printed and is right comes out to each printed digit."""
    assert _printed(_solved(problem).value(quantity), printed) == Decimal(printed)


@pytest.mark.parametrize(("problem", "quantity", "printed"), WRONG)
def test_published_mistakes_do_not(problem: str, quantity: str, printed: str) -> None:
    """What was printed and is wrong does not."""
    assert _printed(_solved(problem).value(quantity), printed) != Decimal(printed)


@pytest.mark.parametrize("quantity", CONVOLUTION)
def test_the_gradient_of_a_kernel(quantity: str) -> None:
    """Gradients of a convolution, recomputed elsewhere in float64, where 1 - out cancels."""
    assert _solved("convolution-3x3").value(quantity) == pytest.approx(CONVOLUTION[quantity], rel=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_published_activations(name: str) -> None:
    """One value each of Deep-ML's activation functions (questions 44, 96 to 100, 102, 103, 156)."""
    function, net, options, printed = ACTIVATIONS[name]
    layer = {"units": ["y"], "activation": function, "weights": [[1]], **options}
    mapping = {"title": name, "inputs": {"x": net}, "layers": [layer]}
    assert _printed(_solved(mapping).value("out_y"), printed) == Decimal(printed)
