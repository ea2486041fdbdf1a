"""The NumPy core against published worked examples, with their exact figures to 12 digits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive.given.problem import Number, Problem
from derive.numeric import Network, train, values
from tests.numeric.problems import layer, mazur, problem

CLOSE = 2e-11


def assert_figures(found: dict[str, float], expected: dict[str, float], rel: float = CLOSE) -> None:
    """Each named figure agrees to the 12 digits it is known to."""
    for name, figure in expected.items():
        assert found[name] == pytest.approx(figure, rel=rel, abs=1e-15), name


def test_mazur_round() -> None:
    """Every figure of Mazur's first round, from net inputs to new weights."""
    found = values(mazur())
    assert_figures(
        found,
        {
            "x1": 0.05, "t_y2": 0.99, "eta": 0.5, "w5": 0.4, "b2": 0.6,
            "net_H1": 0.3775, "out_H1": 0.593269992107, "out_H2": 0.59688437826, "net_y1": 1.10590596706,
            "out_y1": 0.751365069552, "out_y2": 0.772928465321, "E_y1": 0.274811083176,
            "E_y2": 0.0235600255838, "E_total": 0.29837110876, "dE_total/dout_y1": 0.741365069552,
            "dE_y1/dout_y1": 0.741365069552, "dout_y1/dnet_y1": 0.186815601809, "dnet_y1/dw5": 0.593269992107,
            "dE_total/dw5": 0.0821670405642, "delta_y1": 0.138498561629, "delta_y2": -0.0380982365166,
            "w5_new": 0.358916479718, "w6_new": 0.408666186076, "w7_new": 0.511301270239,
            "w8@1": 0.561370121108, "dE_y1/dout_H1": 0.0553994246514, "dE_y2/dout_H1": -0.0190491182583,
            "dE_total/dout_H1": 0.0363503063931, "dout_H1/dnet_H1": 0.241300708572,
            "dE_total/dw1": 0.000438567734474, "w1_new": 0.149780716133, "w2_new": 0.199561432266,
            "w3@1": 0.249751143632, "w4@1": 0.299502287265, "E_total@1": 0.291027773694, "b1@1": 0.35,
            "step_w5": -0.0410835202821, "dnet_y1/dout_H2": 0.45, "dnet_y1/db2": 1.0,
        },
    )  # fmt: skip
    assert "b1_new" not in found, "biases are not trained"


def test_mazur_trajectories() -> None:
    """10,000 simultaneous rounds, and what the article printed, which sequential updates give."""
    plain = train(Network.of(mazur()), 10_000)
    assert plain.errors.shape == (10_001,)
    assert plain.errors[1] == pytest.approx(0.291027773694, rel=CLOSE)
    assert plain.errors[9_999] == pytest.approx(3.51085481e-05, rel=1e-8)
    assert plain.errors[10_000] == pytest.approx(3.51018778298e-05, rel=CLOSE)
    sequential = train(Network.of(mazur(update="sequential")), 10_000)
    assert sequential.errors[1] == pytest.approx(0.291027923905, rel=CLOSE)
    assert sequential.errors[10_000] == pytest.approx(3.50847863e-05, rel=1e-8)


def per_unit(given: Problem) -> Problem:
    layers = tuple(
        replace(old, bias=(Number.of(bias), Number.of(bias)))
        for old, bias in zip(given.layers, ("0.35", "0.60"), strict=True)
    )
    return replace(given, layers=layers)


def test_mazur_biases() -> None:
    """Biases of their own, updated; and the error after one round under each way to train biases."""
    found = values(per_unit(mazur(train_biases=True)))
    assert_figures(
        found,
        {"b_H1_new": 0.345614322655, "b_H2_new": 0.345022872647, "b_y1_new": 0.530750719186,
         "b_y2@1": 0.619049118258},
    )  # fmt: skip
    assert found["E_total@1"] == pytest.approx(0.28047144679143016, rel=1e-14)
    assert values(mazur(train_biases=True))["E_total@1"] == pytest.approx(0.2857508866992965, rel=1e-14)
    assert values(per_unit(mazur()))["E_total@1"] == pytest.approx(0.29102777369359933, rel=1e-14)


def test_ailab() -> None:
    """AbdulRehman393/AI-LAB, BackPropagation notebook: shared biases, trained with the sum of their deltas."""
    layers = [
        layer("H1 H2", "sigmoid", [["0.2", "0.25"], ["0.3", "0.35"]], "0.4"),
        layer("y1 y2", "sigmoid", [["0.45", "0.5"], ["0.55", "0.6"]], "0.65"),
    ]
    found = values(problem(layers, [["0.1", "0.2"]], [["0.05", "0.95"]], loss="half_squared_error", rate="0.3"))
    assert_figures(
        found,
        {
            "net_H1": 0.47, "out_H1": 0.615383756391, "net_y1": 1.23815235598, "out_y2": 0.796074276194,
            "E_y1": 0.262988154317, "E_total": 0.274834718541, "delta_y1": 0.126367447266,
            "delta_y2": -0.0249883055394, "dE_total/dw5": 0.0777644743838, "dE_total/dw8": -0.0155542039539,
            "w5_new": 0.426670657685, "w8_new": 0.604666261186, "delta_H1": 0.0102063477723,
            "delta_H2": 0.0113250028664, "dE_total/dw4": 0.00226500057328, "w4_new": 0.349320499828,
            "b1_new": 0.393540594808, "b2_new": 0.619586257482, "out_y1@1": 0.764458839392,
            "out_y2@1": 0.791741512036, "E_total@1": 0.267748591099,
        },
    )  # fmt: skip


def test_han_kamber() -> None:
    """Han and Kamber, Data Mining, Example 9.1: three inputs, one bias a unit, the author's weight names."""
    layers = [
        layer("u4 u5", "sigmoid", [["0.2", "0.4", "-0.5"], ["-0.3", "0.1", "0.2"]], ["-0.4", "0.2"]),
        layer("u6", "sigmoid", [["-0.3", "-0.2"]], ["0.1"]),
    ]
    names = ((("w14", "w24", "w34"), ("w15", "w25", "w35")), (("w46", "w56"),))
    found = values(problem(layers, [[1, 0, 1]], [[1]], loss="half_squared_error", rate="0.9", weight_names=names))
    assert_figures(
        found,
        {
            "net_u4": -0.7, "out_u4": 0.331812227832, "out_u5": 0.524979187479, "net_u6": -0.104539505845,
            "out_u6": 0.473888898824, "delta_u6": -0.131169078214, "delta_u5": 0.00654208506417,
            "delta_u4": 0.00872456196543, "w46_new": -0.260828846342, "w56_new": -0.138025067507,
            "w14_new": 0.192147894231, "w15_new": -0.305887876558, "w24_new": 0.4, "w34_new": -0.507852105769,
            "w35_new": 0.194112123442, "b_u6_new": 0.218052170393, "b_u5_new": 0.194112123442,
            "b_u4@1": -0.407852105769,
        },
    )  # fmt: skip


def test_subtracted_biases_are_added_ones_with_the_other_sign() -> None:
    """A threshold of 0.4 is a bias of -0.4: same nets, opposite gradient, mirrored new figure."""
    layers = [layer("H1", "sigmoid", [["0.2", "0.4"]], "-0.4"), layer("y1", "sigmoid", [["0.3"]], ["0.1"])]
    mirrored = [layer("H1", "sigmoid", [["0.2", "0.4"]], "0.4"), layer("y1", "sigmoid", [["0.3"]], ["-0.1"])]
    added = values(problem(layers, [[1, 2]], [[1]], loss="squared_error"))
    taken = values(problem(mirrored, [[1, 2]], [[1]], loss="squared_error", bias_sign="subtracted"))
    for name in ("net_H1", "net_y1", "E_total", "w1_new", "w3_new", "E_total@1"):
        assert taken[name] == pytest.approx(added[name], rel=1e-15), name
    for name in ("dE_total/db1", "b1_new", "b_y1_new", "dnet_y1/db_y1", "step_b_y1"):
        assert taken[name] == pytest.approx(-added[name], rel=1e-15), name


def test_cs231n_two_layer() -> None:
    """The cs231n two-layer net (g-eoj): relu below softmax with cross-entropy."""
    layers = [
        layer("H1 H2", "relu", [["0.18", "0.1"], ["0.04", "0.22"]], [0, 0]),
        layer("y1 y2 y3", "softmax", [["0.19", "-0.02"], ["-0.1", "-0.01"], ["0.1", "0.04"]], [0, 0, 0]),
    ]
    found = values(problem(layers, [[16, -6]], [[0, 0, 1]], loss="cross_entropy"))
    assert_figures(
        found,
        {
            "net_H1": 2.28, "net_H2": -0.68, "out_H2": 0.0, "net_y1": 0.4332, "net_y2": -0.228,
            "net_y3": 0.228, "E_total": 1.0513754685, "E_y1": 0.0, "E_y3": 1.0513754685,
            "delta_y1": 0.429052723714, "delta_y2": 0.221490524653, "delta_y3": -0.650543248367,
            "dE_total/dw5": 0.978240210069, "dE_total/dw7": 0.504998396208, "dE_total/dw9": -1.48323860628,
            "dE_total/dout_H1": -0.00568335979621, "dE_total/dout_H2": -0.0368176896555,
            "dE_total/dw1": -0.0909337567393, "dE_total/dw2": 0.0341001587772, "dE_total/dw3": 0.0,
            "dE_total/db_H1": -0.00568335979621, "delta_H2": 0.0,
        },
    )  # fmt: skip
    for row in ("y1", "y2", "y3"):
        assert sum(found[f"dout_{row}/dnet_{source}"] for source in ("y1", "y2", "y3")) == pytest.approx(0, abs=1e-16)
    assert "dE_y1/dout_H1" not in found, "with softmax no path runs through one output alone"


def test_deeplearning_ai_planar() -> None:
    """deeplearning.ai C1W3: four tanh units, sigmoid, binary cross-entropy, mean over three samples."""
    first = [["-0.00416758", "-0.00056267"], ["-0.02136196", "0.01640271"], ["-0.01793436", "-0.00841747"],
             ["0.00502881", "-0.01245288"]]  # fmt: skip
    layers = [
        layer("H1 H2 H3 H4", "tanh", first, [0, 0, 0, 0]),
        layer("y1", "sigmoid", [["-0.01057952", "-0.00909008", "0.00551454", "0.02292208"]], [0]),
    ]
    inputs = [
        [1.6243453636632417, -1.0729686221561705],
        [-0.6117564136500754, 0.8654076293246785],
        [-0.5281717522634557, -2.3015386968802827],
    ]
    found = values(problem(layers, inputs, [[1], [0], [1]], loss="binary_cross_entropy", batch="mean"))
    assert_figures(
        found,
        {
            "dE_total/dw1": 0.00301023039485, "dE_total/dw2": -0.00747266587668,
            "dE_total/dw5": -0.00156891903122, "dE_total/dw8": 0.0161824292716,
            "dE_total/db_H1": 0.00176201333454, "dE_total/db_H4": -0.00381421786981,
            "dE_total/dw9": 0.00078840690298, "dE_total/dw12": -0.0102252694417,
            "dE_total/db_y1": -0.166557119814, "out_y1[1]": 0.500230702302, "out_y1[2]": 0.499858305305,
            "out_y1[3]": 0.50023963295, "out_H1[1]": -0.00616578385964,
        },
    )  # fmt: skip
    totals = [found[f"E_total[{sample}]"] for sample in (1, 2, 3)]
    assert found["E_total"] == pytest.approx(sum(totals) / 3, rel=1e-15)
    assert "net_H1" not in found, "with several samples a net input belongs to one of them"


def test_deep_ml_25() -> None:
    """Deep-ML problem 25: one sigmoid unit, mean squared error over three samples, two rounds."""
    layers = [layer("p", "sigmoid", [["0.1", "-0.2"]], [0])]
    given = problem(layers, [[1, 2], [2, 1], [-1, -2]], [[1], [0], [0]], loss="squared_error", rate="0.1", batch="mean")
    assert_figures(
        values(given, rounds=2),
        {"w1@2": 0.103574399968, "w2@2": -0.142543955647, "b_p@2": -0.016719880375, "E_total": 0.303322803414,
         "E_total@1": 0.294223262182},
        rel=1e-10,
    )  # fmt: skip


def test_deeplearning_ai_logistic_regression() -> None:
    """deeplearning.ai C1W2 propagate: the cost keeps its digits at a net input of 12."""
    layers = [layer("a", "sigmoid", [[1, 2]], [2])]
    given = problem(
        layers, [[1, 3], [2, 4], [-1, "-3.2"]], [[1], [0], [1]], loss="binary_cross_entropy", rate="0.009", batch="mean"
    )
    found = values(given)
    assert_figures(found, {"dE_total/dw1": 0.998456014638, "dE_total/dw2": 2.39507238849})
    assert found["dE_total/db_a"] == pytest.approx(0.00145557813678, rel=1e-10)
    assert found["E_total"] == pytest.approx(5.801545319394150, rel=3e-16), "not the published ...4553"
    last = train(Network.of(given), 100).network
    assert last.layers[0].weights[0] == pytest.approx([0.190335908886, 0.122591592466], rel=CLOSE)
    assert last.layers[0].bias[0] == pytest.approx(1.92535983008, rel=CLOSE)


def test_macleod_sequential() -> None:
    """MacLeod, example 3.1: hidden deltas led back through the weights that were just updated."""
    layers = [
        layer("H1 H2", "sigmoid", [["0.1", "0.8"], ["0.4", "0.6"]]),
        layer("y1", "sigmoid", [["0.3", "0.9"]]),
    ]
    rows = {"loss": "half_squared_error", "rate": 1}
    found = values(problem(layers, [["0.35", "0.9"]], [["0.5"]], update="sequential", **rows))
    assert_figures(
        found,
        {"out_y1": 0.690283492908, "delta_y1": 0.0406811251123, "w5_new": 0.272325965061, "w6_new": 0.872998363009,
         "delta_H1": 0.00240962095693, "delta_H2": 0.00792648084897, "w1_new": 0.0991566326651,
         "w2@1": 0.797831341139, "w3@1": 0.397225731703, "w4@1": 0.592866167236},
    )  # fmt: skip
    assert found["out_y1@1"] - 0.5 == pytest.approx(0.182031202746, rel=1e-11)
    plain = values(problem(layers, [["0.35", "0.9"]], [["0.5"]], **rows))
    assert plain["delta_H1"] == pytest.approx(0.00265449, abs=5e-9)
    assert plain["delta_H2"] == pytest.approx(0.00817165, abs=5e-9)


def test_online_takes_turns() -> None:
    """Each round descends the next sample alone: two rounds are two one-sample problems, one after the other."""
    weights, bias = [["0.3", "-0.4"]], ["0.2"]
    inputs, targets = [["1", "0.5"], ["-0.7", "2"]], [["1"], ["0"]]
    given = problem([layer("y1", "tanh", weights, bias)], inputs, targets, loss="squared_error", batch="online")
    found = values(given, rounds=3)
    for turn in range(3):
        row = turn % 2
        alone = values(
            problem([layer("y1", "tanh", weights, bias)], [inputs[row]], [targets[row]], loss="squared_error")
        )
        weights, bias = [[alone["w1_new"], alone["w2_new"]]], [alone["b_y1_new"]]
        for name, figure in (("w1", weights[0][0]), ("w2", weights[0][1]), ("b_y1", bias[0])):
            assert found[f"{name}@{turn + 1}"] == pytest.approx(figure, rel=1e-14)
    assert found["E_total"] == pytest.approx(found["E_total[1]"] + found["E_total[2]"], rel=1e-15)
    assert "dE_total/dw1" not in found
    assert found["step_w1"] == pytest.approx(-0.5 * found["dE_total/dw1[1]"], rel=1e-15)
    assert found["step_w1@1"] == pytest.approx(-0.5 * found["dE_total/dw1[2]@1"], rel=1e-15)
