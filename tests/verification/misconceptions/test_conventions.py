"""Other authors' ways of working: recognised where two steps show them, and no excuse for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from derive.arithmetic.code import FLOATS, compile_quantities
from derive.given.loading import load
from derive.given.problem import Problem
from derive.judging.conventions.choosing import Convention, conventions_of, judge_with_conventions
from derive.judging.model import Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_for, routes_of
from derive.network.derivation import check_derivation
from derive.proof.values import given_numbers
from derive.solved.solution import solve
from tests.strategies import UNSHRUNK, problems
from tests.verification.misconceptions.networks import BASE, HIDDEN, OUTPUT, TWO

#: Deltas and what is made of them, and gradients.
DELTAS = ("delta_y1", "delta_y2", "dE_total/dout_H1", "delta_H1")
GRADIENTS = ("dE_total/dw5", "dE_total/dw8", "dE_total/dw1")
UPDATES = ("step_w5", "w5_new", "w1_new")


def judged(problem: Problem, figures: dict[str, str]) -> tuple[dict[str, tuple[str, ...]], Convention | None]:
    """Verdict and ids of each figure, and the convention."""
    script = {name: read_written(text) for name, text in figures.items()}
    ((findings, convention),) = judge_with_conventions(routes_for([problem]), [problem], [script], Options())
    return {name: (finding.verdict, *finding.diagnosis) for name, finding in findings.items()}, convention


def figures(problem: Problem, names: tuple[str, ...], *, negated: tuple[str, ...] = ()) -> dict[str, str]:
    """Right figures of six digits, some with the opposite sign."""
    solution = solve(problem)
    return {name: f"{-solution.value(name) if name in negated else solution.value(name):.6g}" for name in names}


def test_the_other_wiring_of_the_same_names_is_a_convention() -> None:
    """Real script 1: both hidden units are right under source-major, and both output units lack their bias."""
    script = {"net_H1": ".3825", "net_H2": ".3900", "out_H1": ".5944", "out_H2": ".5963"}
    found, convention = judged(load("2-2-2"), script | {"net_y1": ".5359", "net_y2": ".5955"})
    assert found == {
        "net_H1": ("convention", "source-major"),
        "net_H2": ("convention", "source-major"),
        "out_H1": ("rounding",),
        "out_H2": ("correct",),
        "net_y1": ("misconception", "missing-bias"),
        "net_y2": ("misconception", "missing-bias"),
    }
    assert convention is not None
    assert "w1 and w3 into H1" in convention.sentence


def test_one_step_is_no_convention() -> None:
    """Judged with only net_H1 written, the same figure is a column for a row."""
    assert judged(load("2-2-2"), {"net_H1": ".3825"}) == ({"net_H1": ("misconception", "transposed-weights")}, None)


def test_the_other_numbering_the_other_way_round() -> None:
    """A source-major problem, and figures of somebody who reads its weights target-major."""
    problem = load(BASE | TWO | {"layers": [HIDDEN, OUTPUT], "conventions": {"weight_names": "source-major"}})
    # By name w1 = 0.15, w2 = 0.25, w3 = 0.2, w4 = 0.3.
    found, convention = judged(problem, {"net_H1": "0.3825", "net_H2": "0.3900"})
    assert set(found.values()) == {("convention", "target-major")}
    assert convention is not None


@pytest.mark.parametrize("negated", [DELTAS, DELTAS + GRADIENTS], ids=["deltas", "gradients too"])
@pytest.mark.parametrize("names", [DELTAS + GRADIENTS, DELTAS + GRADIENTS + UPDATES], ids=["without", "with updates"])
def test_deltas_of_target_minus_output_are_a_convention(negated: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Two output deltas show it; all that follows is right, and so are updates that add."""
    problem = load("2-2-2")
    found, convention = judged(problem, figures(problem, names, negated=negated))
    assert found.pop("delta_y1") == found.pop("delta_y2") == ("convention", "delta-sign")
    assert set(found.values()) == {("correct",)}
    assert convention is not None
    assert ("w + η·δ·x" in convention.sentence) == (negated != DELTAS)


def test_going_up_the_gradient_is_no_convention() -> None:
    """Deltas of target − output, and then subtracted all the same: two signs, and what follows is carried."""
    problem = load("2-2-2")
    own = figures(problem, DELTAS + GRADIENTS + UPDATES, negated=(*DELTAS, *GRADIENTS, "step_w5"))
    own |= {"w5_new": f"{0.8 - float(own['w5_new']):.6g}", "w1_new": f"{0.3 - float(own['w1_new']):.6g}"}
    found, convention = judged(problem, own)
    assert convention is None
    assert found.pop("delta_y1") == found.pop("delta_y2") == ("misconception", "sign")
    assert set(found.values()) == {("carried",)}


def one_output() -> Problem:
    """Two hidden units into one output."""
    output = OUTPUT | {"units": ["y1"], "weights": [[0.4, 0.45]]}
    problem = load(BASE | TWO | {"targets": {"y1": 0.9}, "layers": [HIDDEN, output]})
    assert isinstance(problem, Problem)
    return problem


def test_hidden_deltas_bear_the_sign_of_the_only_output_out() -> None:
    """With one output as with many: what follows from the delta is a witness."""
    names = ("delta_y1", "delta_H1", "delta_H2")
    found, convention = judged(one_output(), figures(one_output(), names, negated=names))
    assert convention is not None
    assert convention.sentence.startswith("Deltas are taken with target − output")
    assert found["delta_y1"] == ("convention", "delta-sign")


def test_a_delta_alone_may_be_meant_with_target_minus_output() -> None:
    """No other figure shows it either way: the mark is given, and what is meant is said with an if."""
    found, convention = judged(one_output(), figures(one_output(), ("delta_y1",), negated=("delta_y1",)))
    assert found == {"delta_y1": ("convention", "delta-sign")}
    assert convention is not None
    assert "if the delta is meant" in convention.sentence


@pytest.mark.parametrize("witness", ["E_y2", "delta_y1"])
def test_a_half_on_the_same_sheet_refutes_that_it_is_left_out(witness: str) -> None:
    """Two new weights look like the loss without its ½ where η is doubled; an error or delta with the ½ says no."""
    problem = load("2-2-2")
    right = solve(problem)
    doubled = {f"w{k}_new": f"{2 * right.value(f'w{k}_new') - float(old):.6g}" for k, old in ((5, "0.4"), (6, "0.45"))}
    without, convention = judged(problem, doubled)
    assert set(without.values()) == {("convention", "no-half")}
    assert convention is not None
    found, convention = judged(problem, doubled | {witness: f"{right.value(witness):.6g}"})
    assert convention is None
    assert found[witness] == ("correct",)


@pytest.mark.parametrize("throughout", [False, True])
def test_errors_without_their_half(throughout: bool) -> None:
    """Only the errors, or the derivatives as well."""
    problem = load("2-2-2")
    solution = solve(problem)
    doubled = {"E_y1", "E_y2", "E_total", *(("delta_y1", "delta_y2", "dE_total/dw5") if throughout else ())}
    names = ("E_y1", "E_y2", "E_total", "delta_y1", "delta_y2", "dE_total/dw5")
    found, convention = judged(
        problem, {name: f"{solution.value(name) * (2 if name in doubled else 1):.5g}" for name in names}
    )
    assert convention is not None
    assert ("throughout" in convention.sentence) == throughout
    assert found["E_y1"] == found["E_y2"] == ("convention", "no-half")
    assert found["E_total"] == found["dE_total/dw5"] == ("correct",)
    assert found["delta_y1"] == (("convention", "no-half") if throughout else ("correct",))


def test_a_sum_over_samples_for_their_mean() -> None:
    """Errors and gradients of a batch of three, added; w0 loses η times the sum of the gradients."""
    problem = load("deepml-neuron")
    solution = solve(problem)
    own = {name: 3 * solution.value(name) for name in ("E_total", "dE_total/dw0", "dE_total/dw1", "dE_total/db1")}
    own["w0_new"] = 0.1 - 0.1 * own["dE_total/dw0"]
    found, convention = judged(problem, {name: f"{value:.6g}" for name, value in own.items()})
    assert found.pop("w0_new") == ("correct",)
    assert set(found.values()) == {("convention", "sum-for-mean")}
    assert convention is not None


def test_a_mistake_under_a_convention_is_named() -> None:
    """Under target − output the sign of a hidden delta may be lost as anywhere else."""
    problem = load("2-2-2")
    own = figures(problem, (*DELTAS, "delta_H2"), negated=(*DELTAS, "delta_H2"))
    own["delta_H2"] = own["delta_H2"].removeprefix("-")
    found, convention = judged(problem, own)
    assert convention is not None
    assert found["delta_H2"] == ("correct",)  # it is the true one: never called wrong
    own["delta_H1"] = f"{float(own['dE_total/dout_H1']):.6g}"
    assert judged(problem, own)[0]["delta_H1"] == ("misconception", "missing-slope")


@settings(max_examples=30, phases=UNSHRUNK)
@given(problem=problems())
def test_conventions_of_any_network_hold_the_same_quantities(problem: Problem) -> None:
    """Same ids and givens; all ways give the same values; delta-sign changes signs alone, and the update nothing."""
    plain = routes_of(problem.structure)
    right = _values(plain.nearest, problem)
    for convention in conventions_of(problem.structure):
        values = [_values(way, convention.problem_of(problem)) for way in convention.routes.ways]
        for way in convention.routes.ways:
            check_derivation(way)
            assert way.ids >= plain.nearest.ids
            assert set(way.givens) == set(plain.nearest.givens)
        for other in values[1:2]:
            assert other == pytest.approx(values[0], rel=1e-6, abs=1e-9, nan_ok=True)
        assert {name: values[0][name] for name in way.givens} == {name: right[name] for name in way.givens}
        if convention.id == "delta-sign":
            assert {n: abs(v) for n, v in values[0].items()} == pytest.approx(
                {n: abs(v) for n, v in right.items()}, rel=1e-6, abs=1e-9, nan_ok=True
            )
            rules = ("update", "update_step", "output_error")
            kept = [quantity.id for quantity in plain.nearest.quantities if quantity.rule in rules]
            assert [values[0][n] for n in kept] == pytest.approx([right[n] for n in kept], rel=1e-6, nan_ok=True)
        for quantity in plain.nearest.quantities:
            for mistake in (*convention.mistakes(convention.routes, quantity.id),):
                assert mistake.expression != convention.routes.nearest.by_id[quantity.id].expression


def _values(derivation: object, problem: object) -> dict[str, float]:
    numbers = {name: float(number.value) for name, number in given_numbers(problem).items()}  # type: ignore[arg-type]
    outputs = list(derivation.by_id)  # type: ignore[attr-defined]
    work = compile_quantities(
        derivation.quantities,  # type: ignore[attr-defined]
        inputs=list(numbers),
        outputs=outputs,
        arithmetic=FLOATS,
    )
    try:
        return numbers | dict(zip(outputs, work(list(numbers.values())), strict=True))
    except (ZeroDivisionError, OverflowError):
        return numbers | dict.fromkeys(outputs, float("nan"))
