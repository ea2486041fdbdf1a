"""Ids under every name people use for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import UnknownQuantityError
from derive.given.loading import load
from derive.judging.quantity_names import QuantityNames
from derive.judging.reading.form import form_quantities
from derive.judging.routes import routes_of


def names(problem: str = "2-2-2", notation: str | None = None) -> QuantityNames:
    given_problem = load(problem)
    shown = notation or given_problem.display.notation
    return QuantityNames(routes_of(given_problem.structure).nearest, shown)  # type: ignore[arg-type]


KNOWN = names(notation="net-out")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("net_H1", "net_H1"),
        ("z_H1", "net_H1"),
        (" Z_H1 ", "net_H1"),
        ("z_{H1}", "net_H1"),
        ("$z_{H1}$", "net_H1"),
        ("a_y1", "out_y1"),
        ("δ_y1", "delta_y1"),
        ("δy1", "delta_y1"),
        (r"delta_y1", "delta_y1"),
        ("η", "eta"),
        ("w5⁺", "w5_new"),
        ("w5+", "w5_new"),
        ("w5@0", "w5"),
        ("E_total@100", "E_total@100"),
        ("a_y1@7", "out_y1@7"),
        ("∂E/∂w5", "dE_total/dw5"),
        ("∂E_total/∂w5", "dE_total/dw5"),
        ("dE/dw5", "dE_total/dw5"),
        ("∂E/∂z_H1", "delta_H1"),
        ("∂E/∂a_H1", "dE_total/dout_H1"),
        ("∂a_y1/∂z_y1", "dout_y1/dnet_y1"),
    ],
)
def test_a_name_in_any_notation(typed: str, meant: str) -> None:
    """Ids, the symbols of both notations, and what typesetting does to them."""
    assert KNOWN.known(typed) == meant


@pytest.mark.parametrize("name", ["", " ", "net_H9", "w9", "dE/dw9", "w5@-1", "w5@x", "net_H1[1]", "d/d", "/", "w5@"])
def test_what_names_nothing_is_told(name: str) -> None:
    """With a message for the reader, never anything else."""
    with pytest.raises(UnknownQuantityError):
        KNOWN.known(name)


def test_the_nearest_known_id_is_named() -> None:
    """A slip of the finger leads to what was meant."""
    with pytest.raises(UnknownQuantityError, match="delta_y1"):
        KNOWN.known("detla_y1")


def test_h1_is_a_net_input_under_the_notation_final_alone() -> None:
    """`H1` by itself is an activation elsewhere, as in most books."""
    for notation in ("net-out", "z-a"):
        assert names(notation=notation).known("H1") == "out_H1"
    assert names(notation="final").known("H1") == "net_H1"
    assert names(notation="final").known("H1 final") == "out_H1"


#: Spellings that another reading contradicts: 2-2-2 is in the notation `final`, its b1 is not trained, and dw5 is a
#: gradient to some and a step to others.
CONTRADICTED = {"h1", "H1", "y1", "dE/dH1", "∂E/∂h1", "b1+", "b1_new", "b1new", "new b1", "dw5", "dW5", "d_w5", "z1[1]"}
SPELLINGS = json.loads((Path(__file__).parent / "judging_cases" / "names.json").read_text())


@pytest.mark.parametrize("quantity", SPELLINGS)
def test_spellings_people_use(quantity: str) -> None:
    """Greek, LaTeX, primes, positions in a layer, PyTorch."""
    spelled = [text for text in SPELLINGS[quantity] if text not in CONTRADICTED]
    read = {text: KNOWN.known(text).replace("w5@1", "w5_new") for text in spelled}  # the same figure
    assert read == dict.fromkeys(spelled, quantity)


def test_a_spelling_of_several_is_asked_about() -> None:
    """What it may be is named, and nothing is guessed."""
    for text, meant in (("dw5", "dE_total/dw5 or step_w5"), ("Z1[1]", "net_H1 or net_H2")):
        with pytest.raises(UnknownQuantityError, match=meant):
            KNOWN.known(text)


def test_parameters_of_pytorch() -> None:
    """By layer, row and column."""
    assert KNOWN.known("fc1.weight[0][1]") == "w2"
    assert KNOWN.known("fc1.weight.grad[0][1]") == "dE_total/dw2"
    assert KNOWN.known("fc2.weight.grad[1,0]") == "dE_total/dw7"


def test_every_id_is_its_own_name() -> None:
    """All that a form asks, and all rounds of it."""
    for name in form_quantities(load("2-2-2")):
        assert KNOWN.known(name) == name
        assert KNOWN.known(f"{name}@0") == name


def test_samples_are_told_apart() -> None:
    """An index stays with its quantity, in quotients too; without one it must be said which."""
    batch = names("logistic-regression")
    with pytest.raises(UnknownQuantityError):
        batch.known("net_nothing[2]")


def test_names_of_a_chain_of_formulas() -> None:
    """Its own names and derivatives."""
    chain = names("ng-graph-J")
    assert [chain.known(name) for name in ("u", "J", "dJ/da", "∂J/∂a")] == ["u", "J", "dJ/da", "dJ/da"]


@given(st.text(max_size=40))
def test_any_text_is_an_id_or_an_error(text: str) -> None:
    """No text raises anything else, and what is known is known under its canonical id."""
    try:
        found = KNOWN.known(text)
    except UnknownQuantityError:
        return
    assert KNOWN.known(found) == found


@pytest.mark.parametrize(
    ("problem", "typed", "meant"),
    [
        ("convolution-pool", "conv.K[1,1]", "K_conv[1,1]"),
        ("convolution-pool", "conv.net[1,2]", "net_conv[1,2]"),
        ("2-2-2", "hidden.out_H1", "out_H1"),
        ("2-2-2", "layer1.w2@3", "w2@3"),
        ("2-2-2", "H1.net", "net_H1"),
    ],
)
def test_a_layer_or_unit_before_a_point(problem: str, typed: str, meant: str) -> None:
    """As libraries write what a layer owns."""
    assert names(problem).known(typed) == meant
