"""Weights that are not there, and weights that stand at several places."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named
from derive.given.problem import Number
from derive.given.problem_file import problem_text

#: A kernel of two weights that slides over three inputs, and stands in the output once more.
SHARED: dict[str, Any] = {
    "title": "Shared", "inputs": {"x1": "0.5", "x2": "-0.3", "x3": "0.2"}, "targets": {"y": 1},
    "loss": "half_squared_error", "learning_rate": "0.5",
    "layers": [
        {"units": ["a", "b"], "activation": "sigmoid", "weights": [["0.4", "0.7", "-"], ["-", "0.4", "0.7"]]},
        {"units": ["y"], "activation": "sigmoid", "weights": [["0.3", "0.4"]]},
    ],
    "conventions": {"weight_names": [[["k1", "k2", "-"], ["-", "k1", "k2"]], [["v", "k1"]]]},
}  # fmt: skip
#: The same with a name for every place, and 0 where nothing is connected.
APART = {
    **SHARED,
    "layers": [{**SHARED["layers"][0], "weights": [["0.4", "0.7", 0], [0, "0.4", "0.7"]]}, SHARED["layers"][1]],
    "conventions": {},
}


def test_a_shared_weight_has_the_gradients_of_all_its_places() -> None:
    """Against a plain network in which each place has a weight of its own, and none at the two that are 0."""
    shared, apart = (derive.solve(problem_named(mapping, "p")) for mapping in (SHARED, APART))
    assert set(shared.derivation.trained) == {"k1", "k2", "v"}
    for name in ("net_a", "net_b", "out_y", "E_total", "delta_a"):
        assert shared.value(name) == apart.value(name), name
    for name, places in (("k1", ("w1", "w5", "w8")), ("k2", ("w2", "w6")), ("v", ("w7",))):
        whole = sum(apart.value(f"dE_total/d{place}") for place in places)
        assert shared.value(f"dE_total/d{name}") == pytest.approx(whole, rel=1e-12), name
        assert shared.value(f"{name}_new") == pytest.approx(shared.value(name) - whole / 2, rel=1e-12)


@pytest.mark.parametrize(("numbering", "typed"), [("target-major", "1234"), ("source-major", "1324")])
def test_no_connection_takes_no_number(numbering: str, typed: str) -> None:
    """Four weights of six are there, and the layer above goes on with the fifth."""
    layers = [{**SHARED["layers"][0], "weights": [[1, 2, "-"], [3, "-", 4]]}, SHARED["layers"][1]]
    problem = problem_named({**SHARED, "layers": layers, "conventions": {"weight_names": numbering}}, "p")
    assert isinstance(problem, FormulaProblem)
    numbers = dict(problem.givens)
    assert "".join(numbers[f"w{k}"].text for k in range(1, 5)) == typed
    assert numbers["w5"].text == "0.3"


def test_columns_have_their_names_in_columns() -> None:
    """Names are shaped like the weights."""
    columns = {
        **SHARED,
        "layers": [{**SHARED["layers"][0], "layout": "columns",
                    "weights": [["0.4", "-"], ["0.7", "0.4"], ["-", "0.7"]]},
                   SHARED["layers"][1]],
        "conventions": {"weight_names": [[["k1", "-"], ["k2", "k1"], ["-", "k2"]], [["v", "k1"]]]},
    }  # fmt: skip
    first, second = (derive.solve(problem_named(mapping, "p")) for mapping in (SHARED, columns))
    assert first.value("dE_total/dk1") == second.value("dE_total/dk1")
    again = problem_named(tomllib.loads(problem_text(second.problem), parse_float=str), "p")
    assert again == second.problem


def test_a_drawn_number_stands_at_all_its_places() -> None:
    """A file that is written has a shared weight's number wherever it is."""
    problem = problem_named(SHARED, "p")
    assert isinstance(problem, FormulaProblem)
    givens = tuple((name, Number.of("0.9") if name == "k1" else number) for name, number in problem.givens)
    again = problem_named(tomllib.loads(problem_text(replace(problem, givens=givens)), parse_float=str), "p")
    assert isinstance(again, FormulaProblem)
    assert dict(again.givens)["k1"].text == "0.9"


def test_the_page_says_what_is_shared() -> None:
    """And its formulas have no product with nothing."""
    text = derive.explain(problem_named(SHARED, "p"), brief=True).to_markdown()
    assert "k1, k2: one number each" in text
    assert "\\mathrm{net}_{a} &= k_{1} \\cdot x_{1} + k_{2} \\cdot x_{2} \\\\" in text


NAMES = SHARED["conventions"]["weight_names"]


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"layers": [{**SHARED["layers"][0], "weights": [["0.4", "0.7", "-"], ["-", "0.5", "0.7"]]},
                     SHARED["layers"][1]]}, "layers[0].weights", "k1 is 0.4 at one place and 0.5 at another"),
        ({"conventions": {"weight_names": [[["k1", "k2", "z"], ["-", "k1", "k2"]], NAMES[1]]}},
         "conventions.weight_names[0][0][2]", "alike"),
        ({"conventions": {"weight_names": [[["-", "k2", "-"], ["-", "k1", "k2"]], NAMES[1]]}},
         "conventions.weight_names[0][0][0]", "alike"),
        ({"conventions": {"weight_names": [NAMES[0], [["x1", "k1"]]]}}, "conventions.weight_names[1][0][0]",
         "no weight"),
        ({"conventions": {"weight_names": NAMES[:1]}}, "conventions.weight_names", "each dense layer"),
    ],
)  # fmt: skip
def test_refusals(change: dict[str, Any], key: str, expected: str) -> None:
    """Each at its own key."""
    with pytest.raises(ProblemError) as caught:
        problem_named({**SHARED, **change}, "x")
    assert caught.value.key == key
    assert expected in caught.value.message


TABLE = {"name": "e", "type": "embedding", "table": [["0.1", "0.7"], ["-0.4", "0.3"], ["0.2", "0.9"]]}
ROWS = [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("words", [[3, 1], {"index_from": 0, "values": [2, 0]}, {"index_from": 1, "values": [3, 1]}])
def test_words_by_their_numbers_are_rows_with_a_1(words: object) -> None:
    """In inputs, in samples one by one, and in a table of samples."""
    plain = {"title": "Words", "layers": [TABLE]}
    same = problem_named({**plain, "inputs": {"w": ROWS}}, "p")
    assert problem_named({**plain, "inputs": {"w": words}}, "p") == same
    several = {"samples": [{"inputs": {"w": each}} for each in (words, [2, 2])]}
    table = {"samples": {"inputs": ["w"], "rows": [[words], [[[0, 1, 0], [0, 1, 0]]]]}}
    assert problem_named({**plain, **several}, "p").givens == problem_named({**plain, **table}, "p").givens


def test_one_row_with_a_1_is_no_list_of_words() -> None:
    """A single word may be given by its row."""
    solution = derive.solve(problem_named({"title": "Word", "inputs": {"w": [0, 1, 0]}, "layers": [TABLE]}, "p"))
    assert [solution.value(f"out_e[{column}]") for column in (1, 2)] == [-0.4, 0.3]
