"""Every published row of own architectures, `ok` ones to each printed digit and `wrong` ones not; see `ROWS`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

import derive
from derive.given.loading import problem_named


def _formulas(given: dict[str, Any], define: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"title": "x", "given": given, "define": define, **more}


def _rule(name: str, start: dict[str, str], rate: str, slope: str = "0.1", **options: str) -> dict[str, Any]:
    """One step of a rule of one's own from states that are not 0, on a line of a given slope."""
    steps = {
        "momentum": {"v": "beta*v + eta*g", "parameter": "parameter - v"},
        "adagrad": {"s": "s + g**2", "parameter": "parameter - eta*g/(sqrt(s) + 1e-8)"},
        "adamax": {"m": "beta1*m + (1 - beta1)*g", "u": "max(beta2*u, abs(g))",
                   "parameter": "parameter - eta*m/((1 - beta1**(k + 1))*u)"},
        "adadelta": {"u": "rho*u + (1 - rho)*g**2", "d": "sqrt(v + epsilon)/sqrt(u + epsilon)*g",
                     "v": "rho*v + (1 - rho)*d**2", "parameter": "parameter - d"},
    }[name]  # fmt: skip
    update = {"learning_rate": rate, "state": start, "steps": steps, **options}
    return _formulas({"p": 1, "a": slope}, {"f": "a*p"}, objective="f", wrt=["p"], update=update)


TEN = [
    ["0.76743473", "1.57921282", "-0.46947439", 1], ["-0.23415337", "1.52302986", "-0.23413696", 1],
    ["0.11092259", "-0.54438272", "-1.15099358", 0], ["-0.60063869", "0.37569802", "-0.29169375", 0],
    ["-1.91328024", "0.24196227", "-1.72491783", 0], ["-1.01283112", "-0.56228753", "0.31424733", 0],
    ["-0.1382643", "0.49671415", "0.64768854", 1], ["-0.46341769", "0.54256004", "-0.46572975", 1],
    ["-1.4123037", "-0.90802408", "1.46564877", 0], ["0.0675282", "-0.2257763", "-1.42474819", 0],
]  # fmt: skip


def _logistic(names: list[str], rows: list[list[Any]], rate: str) -> dict[str, Any]:
    layer = {"units": ["y"], "activation": "sigmoid", "weights": [["0"] * len(names)], "bias": ["0"]}
    return {"title": "x", "samples": {"inputs": names, "targets": ["y"], "rows": rows}, "layers": [layer],
            "loss": "binary_cross_entropy", "learning_rate": rate}  # fmt: skip


def _attention(x: list[list[int]], wq: list[list[int]], wv: list[list[int]]) -> dict[str, Any]:
    layer = {"name": "a", "type": "attention", "Wq": wq, "Wk": wq, "Wv": wv}
    return {"title": "x", "inputs": {"X": x}, "layers": [layer]}


ONES, THREE = [[1, 0], [0, 1]], [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
IASI = {
    "title": "x", "inputs": {"x1": 1, "x2": 3, "x3": 0}, "targets": {"p1": 0, "p2": 1, "p3": 0},
    "loss": "cross_entropy", "learning_rate": "0.1", "update": {"rule": "descent"},
    "layers": [{"units": ["p1", "p2", "p3"], "activation": "softmax", "layout": "columns",
                "weights": [["0.3", "0.1", "-2.0"], ["-0.6", "-0.5", "2.0"], ["-1.0", "-0.5", "0.1"]],
                "bias": ["0.1", "0.1", "0.1"]}],
}  # fmt: skip
PARABOLA = {"objective": "f", "wrt": ["w"]}
#: By file of the catalogue: a problem, and ids with their printed figures; after a bar those that are wrong in print.
ROWS: Mapping[str, list[tuple[Any, str, str]]] = {
    "deepml106_logreg": [
        (_logistic(["a", "b", "c"], TEN, "0.1"),
         "b_y@10=-0.2509 w1@10=0.9325 w2@10=1.6218 w3@10=0.6336 E_total=6.9315 E_total@1=5.5073 E_total@2=4.6382 "
         "E_total@3=4.0609 E_total@4=3.6503 E_total@5=3.3432 E_total@6=3.1045 E_total@7=2.9134 E_total@8=2.7567 "
         "E_total@9=2.6258", ""),
        (_logistic(["a", "b"], [["1.0", "0.5", 1], ["-0.5", "-1.5", 0], [2, "1.5", 1], [-2, -1, 0]], "0.01"),
         "E_total=2.7726", "b_y@20=0.0037 w1@20=0.0246 w2@20=0.0202 E_total@1=2.7373 E_total@2=2.7024 E_total@3=2.6678 "
         "E_total@4=2.6335"),
    ],
    "deepml41_conv": [
        (_formulas({"x": [[4 * i + j for j in range(1, 5)] for i in range(4)], "k": [[1, 0], [-1, 1]]},
                   {"y": "convolve(x, k, stride=2, padding=1)"}),
         "y[1,1]=1 y[1,2]=1 y[1,3]=-4 y[2,1]=9 y[2,2]=7 y[2,3]=-4 y[3,1]=0 y[3,2]=14 y[3,3]=16", ""),
        (_formulas({"x": [[5 * i + j for j in range(1, 6)] for i in range(5)], "k": [[1, 2], [3, -1]]},
                   {"y": "convolve(x, k)"}),
         " ".join(f"y[{i + 1},{j + 1}]={16 + 25 * i + 5 * j}" for i in range(4) for j in range(4)), ""),
    ],
    "deepml53_attention": [
        (_attention([[1, 0], [0, 1]], ONES, [[1, 2], [3, 4]]),
         "out_a[1,1]=1.660477 out_a[1,2]=2.660477 out_a[2,1]=2.339523 out_a[2,2]=3.339523", ""),
        (_attention([[1, 1], [1, 0]], ONES, [[1, 2], [3, 4]]),
         "out_a[1,1]=3.00928465 out_a[1,2]=4.6790462 out_a[2,1]=2.5 out_a[2,2]=4.0", ""),
        (_attention([[1, 0, 1], [0, 1, 1], [1, 1, 0]], THREE, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
         "out_a[1,1]=8.0 out_a[1,2]=10.0 out_a[1,3]=12.0 out_a[2,1]=8.61987385 out_a[2,2]=10.61987385 "
         "out_a[2,3]=12.61987385 out_a[3,1]=7.38012615 out_a[3,2]=9.38012615 out_a[3,3]=11.38012615", ""),
    ],
    "deepml_activations": [
        (_formulas({"x": -2, "a": "0.25"}, {"y": "max(0, x) + a*min(0, x)"}), "y=-0.5", ""),
        (_formulas({"x": [1, -1, 2, -2]}, {"y": "x[1:2]*(x[3:4]*sigmoid(x[3:4]))"}), "y[1]=1.7616 y[2]=0.2384", ""),
    ],
    "deepml_optimiser_steps": [
        (_formulas({"p": 1, "a": "0.1"}, {"f": "a*p"}, objective="f", wrt=["p"],
                   update={"rule": "adam", "learning_rate": "0.001"}), "p@1=0.999", ""),
        (_rule("adagrad", {"s": "1"}, "0.01", "0.5"), "p@1=0.99553 s_p@1=1.25", ""),
        (_rule("momentum", {"v": "0.5"}, "0.01", beta="0.9"), "v_p@1=0.451 p@1=0.549", ""),
        (_formulas({"p": 1}, {"f": "p**2/2"}, objective="f", wrt=["p"],
                   update={"learning_rate": "0.01", "state": {"v": "0.5"}, "beta": "0.9",
                           "steps": {"v": "beta*v + eta*(g - beta*v)", "parameter": "parameter - v"}}),
         "v_p@1=0.4555 p@1=0.5445", ""),
        (_rule("adamax", {"m": "1", "u": "1"}, "0.002", beta1="0.9", beta2="0.999"),
         "m_p@1=0.91 u_p@1=0.999 p@1=0.98178", ""),
        (_rule("adadelta", {"u": "1", "v": "1"}, "1", "0.5", rho="0.95", epsilon="1e-6"),
         "p@1=0.49035 u_p@1=0.9625 v_p@1=0.96299", ""),
    ],
    "iasi_softmax_update": [
        # Columns of the file's weights belong to the units; they are numbered unit by unit.
        (IASI, "out_p1=0.00405191 out_p2=0.00447805 out_p3=0.99147003 w1@1=0.29959481 w5@1=-0.20134342 "
         "b_p2@1=0.19955219 b_p3@1=0.000853", "w4@1=0.09878443 w2@1=-0.50044781 w6@1=-0.79744101 out_p2@1=0.01322143"),
    ],
    "math3850_adam": [
        (_formulas({"w": 2}, {"f": "w**2"}, objective="f", wrt=["w"], update={"rule": "adam", "learning_rate": "0.1"}),
         "m_w@1=0.4 v_w@1=0.016 step_w=-0.1", ""),
    ],
    "ng_gradient_check": [
        (_formulas({"theta": 1, "e": "0.01"}, {"J": "2*theta**3 + 2", "up": "2*(theta + e)**3 + 2",
                    "down": "2*(theta - e)**3 + 2", "slope": "(up - down)/(2*e)"}, objective="J", wrt=["theta"],
                   ask=["slope", "dJ/dtheta"]), "slope=6.0002 dJ/dtheta=6", ""),
    ],
    "nptel_softmax_ce": [
        (_formulas({"z": ["2.5", "3.6", "4.2", 5]}, {"p": "softmax(z)"}),
         "p[1]=0.046 p[2]=0.139 p[3]=0.253 p[4]=0.562", ""),
        (_formulas({"t": [10, 5, 7, 8, 6], "y": [9, 6, 5, 7, 5]}, {"E": "mean((t - y)**2)"}), "E=1.60", ""),
    ],
    "pixelbank_batchnorm": [
        (_formulas({"x": [[1, 2], [3, 4], [5, 6]]}, {"s": "sqrt(var(x, columns))", "y": "(x - mean(x, columns))/s"}),
         "s[1,1]=1.63 y[1,1]=-1.2247", ""),
    ],
    "willamette_momentum": [
        (_formulas({"w": 10}, {"f": "w**2"}, learning_rate="0.8", **PARABOLA, training={"rounds": 3}),
         "step_w=-16 w@1=-6 step_w@1=9.6 w@2=3.6 step_w@2=-5.76 w@3=-2.16", ""),
    ],
    "lexai_dropout": [("dropout-mask", "y[4]=0 dL/dx[4]=0", "")],
    "deepml54_rnn": [("rnn-three-steps", "h:3=0.9759", "h:3=0.9993")],
}  # fmt: skip


def _printed(value: float, like: str) -> Decimal:
    places = len(like.partition(".")[2])
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("file", ROWS)
def test_rows_of(file: str) -> None:
    """What is right in print comes out, what is wrong does not."""
    for problem, right, wrong in ROWS[file]:
        solution = derive.solve(derive.load(problem) if isinstance(problem, str) else problem_named(problem, file))
        for rows, is_right in ((right, True), (wrong, False)):
            for row in rows.split():
                name, _, printed = row.rpartition("=")
                assert (_printed(solution.value(name), printed) == Decimal(printed)) is is_right, row
