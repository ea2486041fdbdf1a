"""A step is called after what it works out: its title names the quantity, its unit, its weight and its sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

import derive
from derive.formula.expression import references
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import QuantityId, weight_ids
from derive.given.problem import Problem, Structure
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of
from derive.telling.model import Step
from tests.sentences.claims import check
from tests.sentences.scene import Figures, Scene
from tests.sentences.test_steps import said, told
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems

_U, _V = r"(?P<u>\w+)", r"(?P<v>\w+)"
#: Titles of steps, and the base of the id that each stands for, from the names in it.
TITLES = (
    (rf"Net input of {_U}", "net_{u}"),
    (rf"Activation of {_U}", "out_{u}"),
    (rf"Error of {_U}", "E_{u}"),
    (r"Total error(?: over all samples)?", "E_total"),
    (rf"How the error of {_U} changes with its activation", "dE_{u}/dout_{u}"),
    (rf"How the total error changes with the activation of {_U}(?:: the sum over paths)?", "dE_total/dout_{u}"),
    (rf"What reaches {_U} from {_V}", "dE_{v}/dout_{u}"),
    (rf"Slope of the activation function at {_U}", "dout_{u}/dnet_{u}"),
    (rf"How the activation of {_U} changes with the net input of {_V}", "dout_{u}/dnet_{v}"),
    (rf"Delta of {_U}", "delta_{u}"),
    (rf"How the net input of {_U} changes with {_V}", "dnet_{u}/d{v}"),
    (rf"Partial derivative with respect to the bias of {_U}(?: over all samples)?", "dE_total/db_{u}"),
    (rf"Partial derivative with respect to (?:the bias )?{_U}(?: over all samples)?", "dE_total/d{u}"),
    (rf"Update of the bias of {_U}", "b_{u}_new"),
    (rf"Update of (?:the bias )?{_U}", "{u}_new"),
)
_LAYER = r"(?P<layer>the output layer|the hidden layer|hidden layer \d+)"
#: Titles of lines in matrices, with what the ids of their entries look like, ``{u}`` a unit of the layer.
OF_LAYERS = (
    (rf"Net inputs of {_LAYER}", r"net_{u}"),
    (rf"Activations of {_LAYER}", r"out_{u}"),
    (rf"Deltas of {_LAYER}", r"delta_{u}"),
    (rf"How the error changes with the activations of {_LAYER}", r"dE_total/dout_{u}"),
    (r"How every output changes with every net input", r"dout_{u}/dnet_{u}"),
    (rf"Gradients of the weights into {_LAYER}(?: over all samples)?", r"dE_total/d{w}"),
    (rf"Gradients of the biases of {_LAYER}(?: over all samples)?", r"dE_total/db_{u}"),
    (rf"Update of the weights into {_LAYER}", r"{w}_new"),
    (rf"Update of the biases of {_LAYER}", r"b_{u}_new"),
)


def complaints(explanation: Explanation) -> list[str]:
    structure = explanation.solution.problem.structure
    assert isinstance(structure, Structure)
    found = []
    for step in steps_of(explanation.document):
        good = (
            fits(said(step.title), step, structure) if step.quantity else fits_layer(said(step.title), step, structure)
        )
        if not good:
            found.append(f"{step.id} is called “{said(step.title)}”")
    return found


def fits(title: str, step: Step, structure: Structure) -> bool:
    """Whether a title is that of a step's quantity, sample included."""
    parsed = QuantityId.parse(step.quantity or "")
    assert parsed is not None
    if parsed.round and parsed.sample is None:  # after a later turn
        parsed = replace(parsed, base=f"{parsed.base}_new")
    text, _, sample = title.partition(", sample ")
    if text.startswith("Error of sample "):
        text, sample = "Total error", text.removeprefix("Error of sample ")
    if sample != ("" if parsed.sample is None else str(parsed.sample)):
        return False
    if ("over all samples" in text) != (parsed.sample is None and structure.sample_count > 1 and "_new" not in title
                                        and not text.startswith("Update")):  # fmt: skip
        return False
    if text.startswith("How the total") and (": the sum over paths" in text) != sums_paths(parsed.base, structure):
        return False
    for form, base in TITLES:
        match = re.fullmatch(form, text)
        if match is not None:
            return base.format(**match.groupdict()) == parsed.base
    return False


def sums_paths(base: str, structure: Structure) -> bool:
    """Whether the unit is a hidden one below several."""
    unit = base.removeprefix("dE_total/dout_")
    depth = next(depth for depth, layer in enumerate(structure.layers) if unit in layer.units)
    return depth + 1 < len(structure.layers) and len(structure.layers[depth + 1].units) > 1


def fits_layer(title: str, step: Step, structure: Structure) -> bool:
    """Whether all entries of a line in matrices are what its title says, of the layer that it names."""
    text, _, sample = title.partition(", sample ")
    for form, entry in OF_LAYERS:
        match = re.fullmatch(form, text)
        if match is None:
            continue
        depth = _depth(match.groupdict().get("layer", "the output layer"), len(structure.layers))
        units = "|".join(structure.layers[depth].units)
        weights = "|".join(_weights(structure, depth))
        pattern = entry.replace("{u}", f"(?:{units})").replace("{w}", f"(?:{weights})")
        parsed = [QuantityId.parse(name) for name, _ in step.entries]
        several = sample or ("" if structure.sample_count == 1 or "over all" in text or "Update" in text else "none")
        return all(
            each is not None
            and re.fullmatch(pattern, each.base) is not None
            and ("" if each.sample is None else str(each.sample)) == several
            for each in parsed
        )
    return False


def _depth(words: str, layers: int) -> int:
    if words == "the output layer":
        return layers - 1
    return 0 if words == "the hidden layer" else int(words.rpartition(" ")[2]) - 1


def _weights(structure: Structure, depth: int) -> Iterator[str]:
    return (name for row in weight_ids(structure)[depth] for name in row)


@pytest.mark.parametrize("name", LAYERED)
def test_titles_name_what_is_worked_out(name: str) -> None:
    """Every title of a built-in network's steps names its quantity."""
    assert complaints(told(name)) == []


@settings(max_examples=15, phases=UNSHRUNK)
@given(problems(carry="full"))
def test_titles_of_any_network_do(problem: Problem) -> None:
    """The same for any network."""
    with known_defects_aside():
        explanation = derive.explain(problem, style="all", rounds=0)
    assert complaints(explanation) == []


CHAIN_TITLES = (
    (r"The objective ⟦(?P<u>.+)⟧", "{u}"),
    (r"Value of ⟦(?P<u>.+)⟧", "{u}"),
    (r"Local derivative of ⟦(?P<u>.+)⟧ with respect to ⟦(?P<v>.+)⟧", "d{u}/d{v}"),
    (r"Local derivative of ⟦(?P<u>.+)⟧ with respect to ⟦(?P<v>.+)⟧, directly", "edge_{u}/{v}"),
    (r"Derivative of ⟦(?P<u>.+)⟧ with respect to ⟦(?P<v>.+)⟧", "d{u}/d{v}"),
    (r"Update of ⟦(?P<u>.+)⟧", "{u}_new"),
)
CHAIN: dict[str, object] = {
    "title": "A chain", "objective": "J", "wrt": ["a", "b", "c"], "learning_rate": 0.25,
    "given": {"a": 2, "b": 3, "c": 0.5},
    "define": {"u": "a*b + c", "v": "u**2", "p": "tanh(c)", "q": "a*c", "J": "5*v + u - a*p"},
}  # fmt: skip


def _is_plain(name: str) -> bool:
    problem = derive.load(name)
    return isinstance(problem, FormulaProblem) and problem.program is None


CHAINS = [CHAIN, *filter(_is_plain, derive.builtin_names())]


def chain_complaints(explanation: Explanation) -> list[str]:
    """Titles and sentences of a chain of formulas."""
    figures = Figures(explanation.solution)
    found = []
    for step in steps_of(explanation.document):
        assert step.quantity is not None
        title = said(step.title)
        bases = [
            base.format(**match.groupdict()) for form, base in CHAIN_TITLES if (match := re.fullmatch(form, title))
        ]
        if bases != [step.quantity]:
            found.append(f"{step.id} is called “{title}”")
        scene = Scene(explanation.solution, figures, step.quantity, step.formula)
        text = said(step.explanation)
        found += check(text, scene) if step.rule == "update" else path_complaints(text, step, explanation, figures)
    return found


def path_complaints(text: str, step: Step, explanation: Explanation, figures: Figures) -> list[str]:
    """What a sentence says of paths, held against the definitions as the author wrote them."""
    problem = explanation.solution.problem
    assert isinstance(problem, FormulaProblem)
    objective = problem.objective
    used = {name: set(references(formula)) for name, _, formula in problem.definitions}
    behind = {objective}
    for name in reversed(used):
        behind |= used[name] if name in behind else set()
    if not text:
        return []
    lower = (step.quantity or "").rpartition("/")[2].removeprefix("d")
    users = [name for name in used if lower in used[name] and name in behind]
    arriving: list[Any] = []
    for user in users:
        above = 1 if user == objective else figures[f"d{objective}/d{user}"]
        arriving.append(above * edge(user, lower, users, objective, figures))
    match step.rule:
        case "chain_rule":
            expected = f"⟦{lower}⟧ reaches ⟦{objective}⟧ through ⟦{users[0]}⟧ alone."
            good = len(users) == 1 and abs(arriving[0] - figures[step.quantity or ""]) < 1e-20
        case "sum_over_paths":
            names = [f"⟦{user}⟧" for user in users]
            listed = ", ".join(names[:-1]) + " and " + names[-1]
            expected = f"⟦{lower}⟧ is used by {listed}: what comes back along each is added up."
            good = abs(sum(arriving) - figures[step.quantity or ""]) < 1e-20
        case "direct_derivative":
            expected = f"⟦{lower}⟧ stands in the formula of ⟦{objective}⟧ and reaches it by no other path."
            good = users == [objective]
        case "no_path":
            expected, good = f"⟦{objective}⟧ does not depend on ⟦{lower}⟧.", not users
        case "local_derivative":
            upper = re.split(r"[/_]", (step.quantity or "").removeprefix("edge_").removeprefix("d"))[0]
            expected, good = f"The other names in the formula of ⟦{upper}⟧ are held fixed.", True
        case "definition":
            expected, good = f"⟦{objective}⟧ does not depend on it.", step.quantity not in behind
        case _:
            return []
    return [] if good and text == expected else [f"{step.id}: “{text}”, where “{expected}” belongs"]


def edge(user: str, lower: str, users: list[str], objective: str, figures: Figures) -> Any:
    direct = user == objective and len(users) > 1
    return figures[f"edge_{user}/{lower}" if direct else f"d{user}/d{lower}"]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain if isinstance(chain, str) else "many paths")
def test_chains_say_what_holds(chain: object) -> None:
    """Titles, paths and updates of chains of formulas."""
    assert chain_complaints(derive.explain(derive.load(chain), rounds=0)) == []  # type: ignore[arg-type]
