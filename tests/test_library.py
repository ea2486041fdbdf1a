"""derive as a library: load, solve, ask, explain."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import derive
from derive import Problem, Solution
from derive.errors import DeriveError, ProblemError, UnknownQuantityError
from tests.problem_files import GOOD, PAIR, parsed, sampled


@pytest.fixture(scope="module")
def solution() -> Solution:
    """The default problem, solved once."""
    return derive.solve(derive.load("2-2-2"))


def test_the_example_of_the_design(solution: Solution) -> None:
    """Load, solve, gradient, value after rounds, and every format."""
    assert solution.gradient["w5"] == pytest.approx(0.08216704056423, rel=1e-13)
    assert solution.value("out_y1@10000") == pytest.approx(0.0159136204436, rel=1e-11)
    assert solution.value("E_total@10000") == pytest.approx(3.51018778298e-05, rel=1e-11)
    explanation = derive.explain(solution, rounds=10)
    assert "</html>" in explanation.to_html()
    assert "\\end{document}" in explanation.to_latex()
    assert explanation.to_pdf().startswith(b"%PDF-")
    assert json.loads(explanation.to_json())["values"]["E_total"] == solution.value("E_total")


def test_gradient_has_every_trained_parameter(solution: Solution) -> None:
    """Eight weights of the default, whose biases are not trained; a shared trained bias gets the sum of its deltas."""
    assert list(solution.gradient) == [f"w{number}" for number in range(1, 9)]
    trained = derive.solve(derive.load(parsed()))
    assert set(trained.gradient) == {*solution.gradient, "b1", "b2"}
    deltas = trained.value("delta_y1") + trained.value("delta_y2")
    assert trained.gradient["b2"] == pytest.approx(deltas, rel=1e-14)


def test_gradient_of_samples_in_turn_is_the_first_one_s() -> None:
    """Where samples take turns, the gradient is that of the sample whose turn is first."""
    mapping = sampled(PAIR, {"inputs": {"x1": 3, "x2": -1}, "targets": {"y1": 1, "y2": 0}})
    mapping["conventions"] = {"batch": "online"}
    online = derive.solve(derive.load(mapping))
    alone = sampled(PAIR)
    first = derive.solve(derive.load(alone))
    assert dict(online.gradient) == pytest.approx(dict(first.gradient), rel=1e-13)


def test_values_are_the_nearest_floats(solution: Solution) -> None:
    """net_H1 is the rational 0.3775, out_H1 its sigmoid; a float is off by half a last place at most."""
    assert solution.value("net_H1") == float(Fraction("0.15") * Fraction("0.05") + Fraction("0.02") + Fraction("0.35"))
    assert abs(solution.value("out_H1") - 1 / (1 + math.exp(-0.3775))) <= 1.2e-16


def test_figures_are_as_printed(solution: Solution) -> None:
    """A figure has the digits of the document and knows whether they are all there are."""
    assert solution.figure("dE/dw5").ascii == "0.0821670406"
    assert not solution.figure("dE/dw5").exact
    assert solution.figure("net_H1").ascii == "0.3775"
    assert solution.figure("net_H1").exact
    assert solution.figure("w5@1").ascii == solution.figure("w5_new").ascii == "0.358916480"


def test_every_id_that_is_listed_has_a_value(solution: Solution) -> None:
    """All ids of rounds 0 and 1 are known under their own name and have finite values."""
    ids = solution.ids()
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert solution.known(name) == name
        assert math.isfinite(solution.value(name))


@pytest.mark.parametrize(
    ("spelt", "canonical"),
    [("dE/dw5", "dE_total/dw5"), ("dE/dnet_y1", "delta_y1"), (" w5@007 ", "w5@7"), ("E_total@0", "E_total")],
)
def test_aliases(solution: Solution, spelt: str, canonical: str) -> None:
    """Other spellings of an id mean the same quantity."""
    assert solution.known(spelt) == canonical


@pytest.mark.parametrize("wrong", ["w9", "", "out_y1@", "out_y1@-1", "out_y1[1]", "w5@99999999", "w5/", "a\nb", "é"])
def test_an_unknown_id_is_refused(solution: Solution, wrong: str) -> None:
    """Whatever is no quantity of the problem is an UnknownQuantityError that quotes it."""
    for ask in (solution.value, solution.figure, solution.known):
        with pytest.raises(UnknownQuantityError) as caught:
            ask(wrong)
        assert str(caught.value).startswith(repr(wrong))
        assert str(caught.value).isprintable()


def test_a_sample_is_asked_for_where_it_matters() -> None:
    """With two samples net_H1 alone stands for nothing, net_H1[2] is the second one's; E_total is the batch's."""
    both = derive.solve(derive.load(sampled(PAIR, {**PAIR, "inputs": {"x1": 3, "x2": 4}})))
    with pytest.raises(UnknownQuantityError, match=r"needs a sample, 1 to 2, as in net_H1\[1\]"):
        both.value("net_H1")
    assert both.value("net_H1[2]") == pytest.approx(0.15 * 3 + 0.2 * 4 + 0.35)
    assert both.value("E_total") == pytest.approx(both.value("E_total[1]") + both.value("E_total[2]"))


def test_problems_come_from_mappings_and_paths(tmp_path: Path) -> None:
    """A mapping with Python numbers and a file with the same text give the same figures."""
    path = tmp_path / "good.toml"
    path.write_text(GOOD, encoding="utf-8")
    for source in (path, str(path)):
        assert derive.load(source).name == "good"
    mapping = parsed()
    mapping["layers"][1]["bias"] = [0.6, "0.61"]
    assert derive.solve(derive.load(mapping)).gradient == derive.solve(derive.load(path)).gradient
    assert isinstance(derive.load(mapping), Problem)


def test_errors_have_one_base() -> None:
    """Whoever catches derive.DeriveError catches a bad problem and an unknown parameter."""
    with pytest.raises(derive.DeriveError) as caught:
        derive.load({"title": "t"})
    assert isinstance(caught.value, ProblemError)
    assert caught.value.key
    with pytest.raises(DeriveError, match="w1, w2"):
        derive.explain(derive.load("2-2-2"), wrt="w9", rounds=0)


def test_explain_takes_a_problem_too() -> None:
    """What is not yet solved is solved on the way."""
    explanation = derive.explain(derive.load("deepml-neuron"), rounds=0, brief=True)
    assert isinstance(explanation, derive.Explanation)
    assert explanation.solution.problem.name == "deepml-neuron"


def test_public_names_exist() -> None:
    """Every name in __all__ is there, listed by dir(), and nothing else is answered."""
    for name in derive.__all__:
        assert getattr(derive, name) is not None
    assert set(derive.__all__) <= set(dir(derive))
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = derive.nosuch


@pytest.mark.parametrize(
    ("source", "cold"),
    [
        ("import derive", ["sympy", "numpy", "flint", "typst", "jinja2"]),
        ("import derive; derive.load('2-2-2')", ["sympy", "numpy", "flint", "typst", "jinja2"]),
        ("import derive.cli; derive.cli.main(['problems'])", ["sympy", "flint", "typst", "jinja2"]),
    ],
)
def test_what_is_not_needed_is_not_loaded(source: str, cold: list[str]) -> None:
    """Importing derive, loading a problem and listing the built-in ones need no SymPy and no NumPy."""
    script = f"{source}\nimport sys\nprint()\nprint([name for name in {cold!r} if name in sys.modules])"
    folder = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[-1] == "[]"
