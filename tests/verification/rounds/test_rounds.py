"""Figures of later rounds against whole trajectories: what was done instead, and what no honest figure is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.arithmetic.exact import Cut
from derive.errors import PrecisionError, UnsupportedError
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Display, Problem
from derive.judging.findings import Finding
from derive.judging.model import RIGHT, VERDICTS, Options, Written
from derive.judging.rounds.budget import MOST_ROUNDS, beyond_budget
from derive.judging.rounds.judging_rounds import carried_within, judge_rounds, swapped
from derive.numeric.network import Network
from derive.numeric.training import train
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved
from tests.catalogue_map import Row, rows
from tests.core.networks import problems
from tests.numeric.problems import layer, mazur, problem


def written(text: str) -> Written:
    """A plain decimal as it stands."""
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    unit = Fraction(1, 10 ** len(text.partition(".")[2]))
    return Written(text=text, kind="number", value=Fraction(text), unit=unit, digits=len(digits))


def judged(given_problem: AnyProblem, script: Mapping[str, str], **options: object) -> dict[str, Finding]:
    """What is found out about a script of plain decimals."""
    figures = {name: written(text) for name, text in script.items()}
    return judge_rounds(given_problem, figures, Options(**options))  # type: ignore[arg-type]


def causes(finding: Finding) -> list[tuple[str, ...]]:
    """The ids of each cause."""
    return [cause.ids for cause in finding.causes]


ARTICLE = {
    "E_total@1": ("0.291027924", ("sequential-update",)),
    "E_total@10000": ("0.0000351085", ("one-round-early",)),
    "out_y1@10000": ("0.159121960", ("power-of-ten", "sequential-update")),
    "out_y2@10000": ("0.984065734", ("sequential-update",)),
}


def test_the_article() -> None:
    """The published figures come out with exactly the ids that verification.md gives, together and one by one."""
    default = derive.load("2-2-2")
    together = judged(default, {name: text for name, (text, _) in ARTICLE.items()})
    for name, (text, ids) in ARTICLE.items():
        for finding in (together[name], judged(default, {name: text})[name]):
            assert (finding.verdict, causes(finding)) == ("misconception", [ids]), name


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("E_total@1", "0.291027774", "correct"),
        ("E_total@10000", "0.0000351019", "correct"),
        ("out_y1@10000", "0.015913620", "correct"),
        ("out_y2@10000", "0.984064274", "correct"),
        ("E_total@1", "0.291027773", "rounding"),
        ("E_total@1", "0.29102777369", "correct"),
        ("E_total@1", "0.3", "too-coarse"),
        ("E_total@1", "0.0291027774", "slip"),
        ("E_total@1", "0.290127774", "slip"),
        ("E_total@1", "0.345678", "wrong"),
        ("E_total@1", "-0.291027774", "wrong"),
        ("out_y1@10000", "0.0159136204435603", "rounding"),
    ],
)
def test_the_stated_training(name: str, text: str, verdict: str) -> None:
    """Right figures, truncated ones, coarse ones and slips of the pen; a figure of double precision costs no mark."""
    assert judged(derive.load("2-2-2"), {name: text})[name].verdict == verdict


def test_truncation_and_digits_asked() -> None:
    """A whole unit is right where truncation is allowed, and fewer digits than asked are too coarse."""
    default = derive.load("2-2-2")
    assert judged(default, {"E_total@1": "0.291027773"}, truncation=True)["E_total@1"].verdict == "correct"
    assert judged(default, {"E_total@1": "0.2910"}, digits=5)["E_total@1"].verdict == "too-coarse"


def trained(given_problem: Problem, rounds: int) -> float:
    """The total error after so many rounds by matrices, which share no formula with what judges."""
    return float(train(Network.of(given_problem), rounds).errors[rounds])


@pytest.mark.parametrize(
    ("change", "rounds", "ids"),
    [
        ({"update": "sequential"}, 5, ("sequential-update",)),
        ({"train_biases": True}, 5, ("biases-trained",)),
        ({}, 4, ("one-round-early",)),
        ({}, 6, ("one-round-late",)),
        ({"update": "sequential"}, 4, ("sequential-update", "one-round-early")),
        ({"update": "sequential", "train_biases": True}, 5, ("sequential-update", "biases-trained")),
    ],
)
def test_departures(change: dict[str, object], rounds: int, ids: tuple[str, ...]) -> None:
    """Another training, worked by matrices in NumPy, is found by its name and no other."""
    finding = judged(mazur(), {"E_total@5": f"{trained(mazur(**change), rounds):.9f}"})["E_total@5"]
    assert (finding.verdict, causes(finding)) == ("misconception", [ids])


def test_departures_of_other_problems() -> None:
    """What a problem does already is no departure, its opposite is; and shared biases may be trained apart."""
    opposite = mazur(update="sequential", train_biases=True)
    wanted = {
        "simultaneous-update": mazur(train_biases=True),
        "biases-frozen": mazur(update="sequential", train_biases=False),
    }
    for name, other in wanted.items():
        finding = judged(opposite, {"E_total@5": f"{trained(other, 5):.9f}"})["E_total@5"]
        assert causes(finding) == [(name,)]
    layers = [
        layer("H1 H2", "sigmoid", [["0.15", "0.20"], ["0.25", "0.30"]], ["0.35", "0.35"]),
        layer("y1 y2", "sigmoid", [["0.40", "0.45"], ["0.50", "0.55"]], ["0.60", "0.60"]),
    ]
    apart = problem(layers, [["0.05", "0.10"]], [["0.01", "0.99"]], loss="half_squared_error")
    finding = judged(mazur(), {"E_total@5": f"{trained(apart, 5):.9f}"})["E_total@5"]
    assert causes(finding) == [("biases-per-unit",)]


def test_catalogue() -> None:
    """Published figures of later rounds: right ones cost no mark, wrong ones do, with the cause the file names."""
    scripts: dict[str, list[Row]] = {}
    for row in rows():
        if row.quantity and "@" in row.quantity:
            scripts.setdefault(row.file, []).append(row)
    assert len(scripts) >= 5
    for file, found in scripts.items():
        if file == "macleod_rgu_2_2_1":
            continue  # it follows from his own weights; see below
        script = {str(row.quantity): row.published for row in found}
        findings = judged(derive.load(str(found[0].problem)), script)
        for row in found:
            finding = findings[str(row.quantity)]
            assert (finding.verdict in RIGHT) == (row.verdict != "wrong"), row
            if file == "deepml25_case1_old_wrong":
                assert causes(finding)[0] == ("averaged-twice",), row


def test_what_follows_from_own_weights() -> None:
    """MacLeod's error after the update follows from the weights he wrote, which were carried rounded."""
    macleod = derive.load("macleod-2-2-1")
    weights = {"w1": "0.272392", "w2": "0.87305", "w3": "0.09916", "w4": "0.7978", "w5": "0.3972", "w6": "0.5928"}
    own = {f"{name}_new": written(text) for name, text in weights.items()}
    name = "dE_y/dout_y@1"
    figure = {name: written("0.18205")}
    # By itself it is two units off 0.182031: what rounding the lines above may honestly lead to.
    assert judge_rounds(macleod, figure, Options())[name].verdict == "rounding"
    assert judge_rounds(macleod, figure, Options(), first_round=own)[name].verdict == "correct"
    carried = judge_rounds(macleod, figure, Options(), first_round=own, gone_wrong=["w2_new"])[name]
    assert (carried.verdict, carried.follows_from) == ("carried", ("w2_new",))


def test_what_follows_within_a_round() -> None:
    """An error worked out rightly from a wrong output of the same round is carried; the output is what went wrong."""
    script = {"out_y1@3": "0.7300", "out_y2@3": "0.7798", "E_total@3": "0.2813"}
    findings = judged(derive.load("2-2-2"), script)
    assert findings["out_y1@3"].verdict == "wrong"
    assert (findings["E_total@3"].verdict, findings["E_total@3"].follows_from) == ("carried", ("out_y1@3",))


@pytest.mark.parametrize("rounds", [3, 30])
def test_carried_rounding_costs_no_mark(rounds: int) -> None:
    """Figures of a training that carries 4 digits are right or rounding, and some are told to be carried rounding."""
    default = derive.load("2-2-2")
    carried = replace(default, display=Display(carry="rounded", digits=4))
    proved = Proved(carried, derivations(carried))
    names = [f"{name}@{rounds}" for name in ("E_total", "out_y1", "out_y2", "w5", "w1", "dE_total/dw5")]
    findings = judged(default, {name: proved.figure(name).ascii for name in names})
    assert {finding.verdict for finding in findings.values()} <= {"correct", "rounding"}
    assert ("carried-rounding",) in [ids for finding in findings.values() for ids in causes(finding)]


def test_single_precision() -> None:
    """A training in NumPy's float32, written here by hand, is told and costs no mark."""
    single = np.float32
    x, t = np.array([0.05, 0.10], single), np.array([0.01, 0.99], single)
    lower, upper = np.array([[0.15, 0.20], [0.25, 0.30]], single), np.array([[0.40, 0.45], [0.50, 0.55]], single)
    one = single(1)
    for _ in range(1000):
        hidden = one / (one + np.exp(-(lower @ x + single(0.35))))
        out = one / (one + np.exp(-(upper @ hidden + single(0.60))))
        delta = (out - t) * out * (one - out)
        below = (upper.T @ delta) * hidden * (one - hidden)
        upper, lower = upper - single(0.5) * np.outer(delta, hidden), lower - single(0.5) * np.outer(below, x)
    assert upper.dtype == single
    digits = f"{float(upper[0, 0]):.7f}"
    right = Proved(derive.load("2-2-2"), derivations(derive.load("2-2-2"))).number("w5@1000")
    assert 1e-7 < abs(float(digits) - right) < 1e-3  # it does stray
    finding = judged(derive.load("2-2-2"), {"w5@1000": digits})["w5@1000"]
    assert (finding.verdict, causes(finding)) == ("rounding", [("float32",)])


def test_the_likelier_cause_comes_first() -> None:
    """A coarse figure that two departures explain names first the one that explains the rest of the script."""
    names = ["averaged-twice", "biases-frozen"]
    finding = judged(derive.load("deepml-neuron"), {"w0@2": "0.1035", "b1@2": "-0.0056"})["w0@2"]
    assert (finding.verdict, causes(finding)) == ("ambiguous", [(name,) for name in names])


def test_chains_of_formulas() -> None:
    """A chain of formulas has rounds, too: J = (a - 3)², 4 halvings of the distance with the rate 1/4."""
    chain = derive.load(
        {"title": "T", "objective": "J", "wrt": ["a"], "learning_rate": "0.25",
         "given": {"a": 7}, "define": {"J": "(a - 3)**2"}}
    )  # fmt: skip
    findings = judged(chain, {"a@4": "3.25", "J@2": "1.0", "J@3": "1.0"})
    assert [findings[name].verdict for name in ("a@4", "J@2", "J@3")] == ["correct", "correct", "misconception"]
    assert causes(findings["J@3"]) == [("one-round-early",)]


def test_blanks_words_and_too_many_rounds() -> None:
    """What is no number is passed on as such, and rounds beyond proof are refused with the reason."""
    default = derive.load("2-2-2")
    script = {
        "E_total@1": Written(text="", kind="blank"),
        "E_total@2": Written(text="x", kind="unreadable", reason="a word"),
    }
    assert [each.verdict for each in judge_rounds(default, script, Options()).values()] == ["blank", "unreadable"]
    with pytest.raises(PrecisionError, match="too many"):
        judged(default, {"E_total@9999999": "0.1234"})


def test_digits_that_may_have_been_swapped() -> None:
    """Each pair of neighbouring digits is swapped once, the zero after the point included."""
    assert {float(each) for each in swapped(written("0.0123"))} == {0.1023, 0.0213, 0.0132}
    assert {float(each) for each in swapped(written("-4.512"))} == {-5.412, -4.152, -4.521}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(4, 9), st.sampled_from(["E_total", "out_y1", "w1", "delta_H2", "net_y2"]))
def test_honest_figures_are_right(rounds: int, digits: int, name: str) -> None:
    """A figure rounded to any number of digits is correct, and truncated it costs no mark."""
    default = derive.load("2-2-2")
    value = Proved(default, derivations(default)).number(f"{name}@{rounds}")
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    rounded = f"{value:.{places}f}"
    assert judged(default, {f"{name}@{rounds}": rounded})[f"{name}@{rounds}"].verdict == "correct"
    cut = int(abs(value) * 10**places)
    truncated = _decimal(cut, places, value)
    finding = judged(default, {f"{name}@{rounds}": truncated}, truncation=True)[f"{name}@{rounds}"]
    assert finding.verdict == "correct"


@settings(max_examples=10, deadline=None)
@given(problems(), st.integers(1, 4), st.integers(100, 9999))
def test_networks_of_every_kind(network: Problem, rounds: int, other: int) -> None:
    """Any network's own figure is right, and no other figure is beyond a verdict."""
    name = f"E_total@{rounds}"
    own = Proved(network, derivations(network)).figure(name, Cut(digits=6, decimals=5)).digits
    found = judged(network, {name: own})[name].verdict
    assert found == "correct" or (found == "too-coarse" and float(own) < 2e-4)
    assert judged(network, {name: _decimal(other, 4, 1.0)})[name].verdict in VERDICTS


def _decimal(units: int, places: int, like: float) -> str:
    text = str(units).rjust(places + 1, "0")
    return ("-" if like < 0 else "") + f"{text[:-places]}.{text[-places:]}"


@pytest.mark.parametrize("digits", [2, 4, 5, 6, 9])
@pytest.mark.parametrize("off", [-1, 1])
def test_a_last_digit_that_is_one_off_accuses_nobody(digits: int, off: int) -> None:
    """One unit up or down is rounding at any round, though other trainings are as near to the stated one."""
    default = derive.load("2-2-2")
    proved = Proved(default, derivations(default))
    script = {}
    for name in ("w5@20", "w1@20", "E_total@200", "out_y1@7", "delta_H1@2"):
        value = proved.number(name)
        places = digits - 1 - int(np.floor(np.log10(abs(value))))
        script[name] = _decimal(abs(round(value * 10**places)) + off, places, value)
    for name, finding in judged(default, script).items():
        assert finding.verdict == "rounding", name
        assert set(causes(finding)) <= {("carried-rounding",), ("float32",)}


def by_hand(decimals: int, rounds: int, *, every_line: bool) -> dict[str, str]:
    """A training in plain floats that rounds the weights, or every line, to so many decimals in each round."""

    def line(value: float) -> float:
        return round(value, decimals) if every_line else value

    lower, upper = [[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]
    x, t = [0.05, 0.10], [0.01, 0.99]
    for _ in range(rounds):
        hidden = [line(1 / (1 + np.exp(-(row[0] * x[0] + row[1] * x[1] + 0.35)))) for row in lower]
        out = [line(1 / (1 + np.exp(-(row[0] * hidden[0] + row[1] * hidden[1] + 0.60)))) for row in upper]
        delta = [line((o - wanted) * o * (1 - o)) for o, wanted in zip(out, t, strict=True)]
        back = [line(delta[0] * upper[0][i] + delta[1] * upper[1][i]) for i in range(2)]
        below = [line(back[i] * hidden[i] * (1 - hidden[i])) for i in range(2)]
        upper = [[round(upper[k][i] - 0.5 * line(delta[k] * hidden[i]), decimals) for i in range(2)] for k in range(2)]
        lower = [[round(lower[i][j] - 0.5 * line(below[i] * x[j]), decimals) for j in range(2)] for i in range(2)]
    names = {"w1": lower[0][0], "w4": lower[1][1], "w5": upper[0][0], "w8": upper[1][1]}
    return {f"{name}@{rounds}": f"{value:.{decimals}f}" for name, value in names.items()}


@pytest.mark.parametrize("every_line", [False, True])
@pytest.mark.parametrize(("decimals", "rounds"), [(4, 5), (4, 20), (5, 10), (5, 20), (6, 20)])
def test_weights_carried_by_hand_accuse_nobody(decimals: int, rounds: int, every_line: bool) -> None:
    """Weights rounded in every round, in an order of operations of the test's own, are right or rounding."""
    findings = judged(derive.load("2-2-2"), by_hand(decimals, rounds, every_line=every_line))
    assert {finding.verdict for finding in findings.values()} <= {"correct", "rounding"}


def test_what_the_script_shows_elsewhere() -> None:
    """One coarse figure of another training is rounding; beside a figure that shows the departure it is named."""
    coarse = {"w0@2": "0.1035"}  # exact: 0.10357, averaged twice: 0.10350
    neuron = derive.load("deepml-neuron")
    assert judged(neuron, coarse)["w0@2"].verdict == "rounding"
    assert judged(neuron, coarse | {"b1@2": "-0.0056"})["w0@2"].diagnosis[:1] == ("averaged-twice",)


def test_what_figures_carried_by_hand_may_lead_to_ends_somewhere() -> None:
    """Half a unit for each of 20 rounds, a fiftieth of the value, and nothing for figures of a computer."""
    assert carried_within("w5@7", written("0.4396")) == Fraction(35, 100_000)
    assert carried_within("w5@500", written("0.4396")) == Fraction(1, 1000)
    assert carried_within("w5@500", written("0.044")) == Fraction(88, 100_000)
    assert carried_within("w5@500", written("0.4395449")) == 0
    findings = judged(derive.load("2-2-2"), {"w5@20": "-0.4420"})  # exact: -0.43954488
    assert findings["w5@20"].verdict == "wrong"


def test_too_many_rounds_in_one_script() -> None:
    """The earliest rounds are within the budget; the others are named with what to do, and nothing is worked."""
    default = derive.load("2-2-2")
    many = {f"E_total@{number}": "0.1234" for number in range(300, 0, -1)}
    beyond = beyond_budget(default, many)
    assert set(beyond) == {f"E_total@{number}" for number in range(MOST_ROUNDS + 1, 301)}
    assert "fewer" in beyond["E_total@300"]
    late = [f"E_total@{number}" for number in range(100_000, 100_300)]
    assert 240 < len(beyond_budget(default, late)) < 300
    assert "E_total@100000" not in beyond_budget(default, late)
    assert beyond_budget(default, ["E_total@9999999", "w5@9999999"]) == {}
    with pytest.raises(UnsupportedError, match="too many later rounds"):
        judged(default, many)
