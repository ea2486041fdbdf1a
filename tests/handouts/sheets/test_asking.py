"""What is asked: words, ids, order, refusals."""

from __future__ import annotations

import pytest

import derive
from derive.errors import UnknownQuantityError, UnsupportedError
from derive.handouts.sheets.asking import asked_ids, in_words
from derive.handouts.sheets.worksheet import worksheet_document

FORWARD = ("net_H1", "net_H2", "out_H1", "out_H2", "net_y1", "net_y2", "out_y1", "out_y2", "E_y1", "E_y2", "E_total")
UPDATES = tuple(f"w{number}_new" for number in range(1, 9))


def test_all_of_the_default_problem_is_33_figures_in_working_order() -> None:
    """Nets, activations, errors, deltas, gradients, sums over paths, updates."""
    asked = asked_ids(derive.load("2-2-2"), "all")
    assert len(asked) == 33
    assert asked[:11] == FORWARD
    assert asked[-8:] == UPDATES
    assert asked[11:13] == ("delta_y1", "delta_y2")
    assert asked.index("dE_total/dout_H1") < asked.index("delta_H1") < asked.index("dE_total/dw1")


def test_words_name_their_parts() -> None:
    """Forward, backward and updates together are all."""
    problem = derive.load("2-2-2")
    assert asked_ids(problem, "forward") == FORWARD
    assert asked_ids(problem, "updates") == UPDATES
    assert asked_ids(problem, "forward,backward,updates") == asked_ids(problem, "all")


def test_ids_are_made_canonical_sorted_and_taken_once() -> None:
    """Aliases and repeats of an id are one figure; later rounds come last."""
    problem = derive.load("2-2-2")
    assert asked_ids(problem, "E_total@2, dE/dw5 ,net_H1, dE_total/dw5,net_H1") == (
        "net_H1",
        "dE_total/dw5",
        "E_total@2",
    )


def test_the_error_of_a_lone_output_is_asked_as_the_total_only() -> None:
    """Nobody writes one figure twice."""
    asked = asked_ids(derive.load("deepml-neuron"), "forward")
    assert "E_total[1]" in asked
    assert "E_p[1]" not in asked


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    """A typing slip is answered with the id that was meant."""
    with pytest.raises(UnknownQuantityError, match="net_H1"):
        asked_ids(derive.load("2-2-2"), "nett_H1")


@pytest.mark.parametrize("ask", ["", " , ", "w5", "x1,net_H1", "eta"])
def test_nothing_and_givens_are_refused(ask: str) -> None:
    """A given number is no question."""
    with pytest.raises(UnsupportedError):
        asked_ids(derive.load("2-2-2"), ask)


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("net_H1", "net input of H1"),
        ("dE_total/dw5", "gradient of w5"),
        ("dE_total/dout_H1", "derivative of the total error by the activation of H1"),
        ("w5_new", "updated value of w5"),
        ("E_total@2", "total error, after 2 updates"),
    ],
)
def test_quantities_have_words(quantity: str, words: str) -> None:
    """A reader who cannot see the symbol hears what is asked."""
    assert in_words(derive.load("2-2-2").structure, quantity) == words


def test_words_name_the_sample() -> None:
    """Figures of one sample and of the batch are told apart."""
    structure = derive.load("deepml-neuron").structure
    assert in_words(structure, "net_p[2]") == "net input of p, sample 2"
    assert in_words(structure, "dE_total/dw0") == "gradient of w0 over all samples"


def test_updates_of_a_rule_with_states_ask_for_the_states() -> None:
    """Momentum: who is asked for the new weight is asked for the velocity, in words too; neither is given away."""
    problem = derive.load("momentum-parabola")
    asked = asked_ids(problem, "updates")
    assert asked == ("v_w_new", "w_new")
    assert [in_words(problem.structure, name) for name in asked] == ["updated v of w", "updated value of w"]
    assert worksheet_document(problem, asked_ids(problem, "all")).shown == ()


def test_an_architecture_is_given_in_rows_and_tells_no_rule_twice() -> None:
    """A convolution: image and kernel as arrays, and beside the lines that are asked no second list of formulas."""
    problem = derive.load("convolution-pool")
    whole, backward = (worksheet_document(problem, asked_ids(problem, ask)) for ask in ("all", "backward"))
    labels = [row[0][0] for row in whole.numbers.rows]
    assert labels == ["image", "Kernel of conv", "Bias of conv", "Weights into y", "Biases", "Targets", "Learning rate"]
    assert whole.definitions == ()
    assert len(backward.definitions) == 30
    assert len(worksheet_document(problem, whole.asked, level=4).definitions) == 30
