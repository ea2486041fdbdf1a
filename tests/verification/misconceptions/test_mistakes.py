"""Every misconception as a wrong formula: the figures it gives, what is said about it, and what it may refer to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from derive.arithmetic.code import FLOATS, compile_rounds, evaluate
from derive.formula.expression import references
from derive.given.loading import load
from derive.judging.misconceptions.applied import with_mistakes
from derive.judging.misconceptions.mistakes import MISCONCEPTIONS, kind_of, mistakes_at, pairs_at
from derive.judging.misconceptions.places import places_of
from derive.judging.routes import routes_of
from derive.proof.values import given_numbers
from tests.strategies import UNSHRUNK, problems
from tests.verification.misconceptions.examples import EXAMPLES, Example
from tests.verification.misconceptions.networks import routes, values

#: The table of the specification: (steps, ids).
TABLE = {
    ("net",): "missing-bias transposed-weights inputs-swapped wrong-bias bias-subtracted used-net-not-out used-inputs",
    ("out",): "exp-sign other-activation no-activation exp-only forgot-one base-ten softmax-not-normalised "
    "sigmoid-for-softmax",
    ("error",): "no-half not-squared absolute wrong-target log-ten",
    ("total",): "mean-not-sum difference one-term",
    ("output-delta", "hidden-delta"): "sign factor-two extra-half missing-slope slope-of-net sigmoid-twice "
    "one-minus-only out-only other-slope squared-error-used error-used missing-mask",
    ("hidden-delta",): "slope-of-output-layer",
    ("output-delta",): "slope-kept",
    ("output-gradient",): "wrong-hidden wrong-delta used-net used-weight sign missing-input",
    ("sum-over-paths",): "updated-weights untransposed no-weight one-path error-not-delta subtracted error-used "
    "averaged",
    ("hidden-gradient",): "missing-input wrong-input used-weight used-out sign",
    ("update",): "ascent missing-learning-rate learning-rate-twice multiplied step-only",
    ("batch-gradient", "batch-error"): "summed-for-mean mean-for-sum averaged-twice",
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(example[:4]).replace("/", "_"))
def test_a_mistake_gives_the_figure_that_somebody_who_makes_it_writes(example: Example) -> None:
    """One variant of the id gives the figure worked out by hand, and it is another than the right one."""
    kind, name, network, quantity, wrong = example
    assert kind_of(routes(network), quantity) == kind
    found = [mistake for mistake in mistakes_at(routes(network), quantity) if mistake.ids == (name,)]
    figures = [evaluate(mistake.expression, values(network), FLOATS) for mistake in found]
    assert any(figure == pytest.approx(wrong, rel=1e-12, abs=1e-15) for figure in figures), figures


def test_no_example_is_right() -> None:
    """An example whose figure is the right one would prove nothing; a batch's one sample may happen to be its mean."""
    same = [
        example[:4]
        for example in EXAMPLES
        if values(example[2])[example[3]] == pytest.approx(example[4], rel=1e-9, abs=1e-12)
    ]
    assert same == []


def test_every_misconception_has_an_example() -> None:
    """Whatever is in the tables is shown to be found."""
    assert {(kind, name) for kind, name, *_ in EXAMPLES} == set(MISCONCEPTIONS)


def test_the_table_of_the_specification_is_there() -> None:
    """Each id at each kind of step that the specification names."""
    wanted = {(kind, name) for kinds, names in TABLE.items() for kind in kinds for name in names.split()}
    assert wanted - set(MISCONCEPTIONS) == set()


@settings(max_examples=40, phases=UNSHRUNK)
@given(problem=problems())
def test_mistakes_of_any_network_can_be_worked_and_explained(problem: object) -> None:
    """No wrong formula is the right one, refers to itself or to what there is not; every one has its sentences."""
    routes = routes_of(problem.structure)  # type: ignore[attr-defined]
    for quantity in routes.nearest.quantities:
        right = {way.by_id[quantity.id].expression for way in routes.ways}
        singles, pairs = mistakes_at(routes, quantity.id), pairs_at(routes, quantity.id)
        assert len(pairs) <= 40
        for mistake in (*singles, *pairs):
            used = set(references(mistake.expression))
            assert used <= routes.nearest.ids
            assert quantity.id not in used
            assert mistake.expression not in right
            assert mistake.at == quantity.id
            assert mistake.parts
            assert all((mistake.kind, name) in MISCONCEPTIONS for name in mistake.ids)
        assert [len(mistake.ids) for mistake in (*singles, *pairs)] == [1] * len(singles) + [2] * len(pairs)


@settings(max_examples=40, phases=UNSHRUNK)
@given(problem=problems())
def test_every_step_of_any_network_has_its_place(problem: object) -> None:
    """Every quantity of a derivation has a kind, so that none is judged without misconceptions for want of a name."""
    routes = routes_of(problem.structure)  # type: ignore[attr-defined]
    places = places_of(problem.structure)  # type: ignore[attr-defined]
    assert [name for name in routes.nearest.by_id if name not in places] == []


@pytest.mark.parametrize("key", sorted(MISCONCEPTIONS), ids="-".join)
def test_sentences_are_sentences(key: tuple[str, str]) -> None:
    """What was done follows "consistent with"; what to do instead stands by itself."""
    said = MISCONCEPTIONS[key]
    assert not said.done.endswith(".")
    assert said.done[0].islower()
    assert said.instead.endswith(".")
    assert said.instead[0].isupper()


def test_pairs_change_disjoint_parts_and_hold_both() -> None:
    """The exam answer 2·(t − o)·slope: a reversed sign and a factor 2 at one delta."""
    found = {frozenset(pair.ids): pair for pair in pairs_at(routes("default"), "delta_y1")}
    pair = found[frozenset({"sign", "factor-two"})]
    right = values("default")["delta_y1"]
    assert evaluate(pair.expression, values("default"), FLOATS) == pytest.approx(-2 * right)
    assert pair.parts == {"negative", "factor"}


def test_the_likeliest_come_first() -> None:
    """The order of a step's mistakes is that of the tables."""
    assert mistakes_at(routes("default"), "net_H1")[0].ids == ("missing-bias",)
    assert mistakes_at(routes("default"), "dE_total/dout_H1")[0].ids == ("updated-weights",)


def test_updated_weights_need_updates() -> None:
    """Under a sequential update they are the right ones, and the old weights are the mistake."""
    ids = {mistake.ids for mistake in mistakes_at(routes("sequential"), "dE_total/dout_H1")}
    assert ("updated-weights",) not in ids
    assert ("old-weights",) in ids


def test_a_bias_averaged_twice_gives_what_was_once_published() -> None:
    """catalogue/deepml25_case1_old_wrong: 2/n · mean for the bias gives -0.0056, where -0.0167 is right."""
    problem = load("deepml-neuron")
    routes = routes_of(problem.structure)
    (mistake,) = (each for each in mistakes_at(routes, "dE_total/db1") if each.ids == ("averaged-twice",))
    assert _parameters(routes.nearest, problem, 2) == pytest.approx((0.103574399968, -0.142543955647, -0.016719880375))
    wrong = _parameters(with_mistakes(routes.nearest, [mistake]), problem, 2)
    assert [f"{value:.4f}" for value in wrong] == ["0.1035", "-0.1426", "-0.0056"]


def test_a_round_may_be_worked_with_updated_weights() -> None:
    """The wrong formula needs what stands later; the whole round is then that of a sequential update."""
    (mistake,) = (
        each for each in mistakes_at(routes("default"), "dE_total/dout_H1") if each.ids == ("updated-weights",)
    )
    (other,) = (each for each in mistakes_at(routes("default"), "dE_total/dout_H2") if each.ids == ("updated-weights",))
    wrong = with_mistakes(routes("default").nearest, [mistake, other])
    from tests.verification.misconceptions.networks import NETWORKS

    found = _parameters(wrong, load(NETWORKS["default"]), 3)
    assert found == pytest.approx(_parameters(routes("sequential").nearest, load(NETWORKS["sequential"]), 3), rel=1e-14)
    assert found != pytest.approx(_parameters(routes("default").nearest, load(NETWORKS["default"]), 3), rel=1e-9)


def _parameters(derivation: object, problem: object, count: int) -> tuple[float, ...]:
    """Parameters after so many rounds."""
    numbers = {name: float(number.value) for name, number in given_numbers(problem).items()}  # type: ignore[arg-type]
    state = {name: f"{name}_new" for name in derivation.trained}  # type: ignore[attr-defined]
    fixed = [name for name in numbers if name not in state]
    run = compile_rounds(
        derivation.quantities,  # type: ignore[attr-defined]
        state=state,
        fixed=fixed,
        watched=None,
        arithmetic=FLOATS,
    )
    return run([numbers[name] for name in state], [numbers[name] for name in fixed], count, lambda error: None)
