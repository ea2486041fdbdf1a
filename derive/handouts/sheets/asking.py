"""What a sheet asks: which quantities, in working order, and how each is called in words."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from derive.errors import UnknownQuantityError, UnsupportedError
from derive.formula.expression import Const, Ref
from derive.given.formula_problem import AnyProblem, FormulaProblem, FormulaStructure
from derive.given.naming import QuantityId, listed_ids, parameter_ids, trained_ids, weight_ids
from derive.given.problem import Notation, Structure
from derive.handouts.sheets.honest import MOST_UPDATES
from derive.judging.quantity_names import names_of
from derive.judging.routes import Routes, routes_of
from derive.network.derivation import Derivation
from derive.proof.crosscheck import derivations
from derive.solved.solution import known_id
from derive.telling.later_turns import worked_quantities
from derive.telling.program_document import wanted_ids
from derive.telling.updates import spoken_parameter

_FORWARD = frozenset({"net_input", "activation", "output_error", "total_error", "batch_error", "definition"})
_BACKWARD = frozenset(
    {"delta", "softmax_delta", "weight_gradient", "bias_gradient", "shared_bias_gradient", "batch_gradient",
     "sum_over_paths", "chain_rule"}
)  # fmt: skip
_UPDATES = frozenset({"update", "state"})
#: The rules of the quantities that a word asks for.
_GROUPS = {
    "forward": _FORWARD,
    "backward": _BACKWARD,
    "updates": _UPDATES,
    "all": _FORWARD | _BACKWARD | _UPDATES,
}
#: What layers call their quantities.
_KINDS = {"net": "net input", "out": "activation", "E": "error", "delta": "delta", "t": "target"}
#: What may be asked for by one word.
WORDS: tuple[str, ...] = tuple(_GROUPS)


def sheet_routes(problem: AnyProblem) -> Routes:
    """The ways of working a problem out, as judging knows them."""
    if isinstance(problem, FormulaProblem):
        return routes_of(problem.structure)
    return routes_of(
        problem.structure, all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
    )


def asked_ids(problem: AnyProblem, ask: str, *, every_turn: bool = False) -> tuple[str, ...]:
    """Canonical ids of what is asked, each once, in working order; words ask no more than the file itself does.

    Where samples take turns, all asks for the first five turns of an epoch; a part of it for the first alone, since
    what later ones start from would be neither asked nor given.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    ask : str
        Words of `WORDS` and quantity ids, with commas between.
    every_turn : bool
        Whether a part is to be that of all these turns.

    Raises
    ------
    UnknownQuantityError
        With the nearest known id.
    UnsupportedError
        If it asks for nothing, or for what is given.
    """
    derivation = sheet_routes(problem).nearest
    parts = listed_ids(ask)
    worked = derivation.of_first_turn
    if every_turn or "all" in parts:
        worked = worked_quantities(derivations(problem), MOST_UPDATES)
    if isinstance(problem, FormulaProblem) and problem.program is not None and problem.ask:
        bounds = wanted_ids(problem, derivation, ())
        worked = tuple(quantity for quantity in worked if quantity.id in bounds)
    found: dict[str, None] = {}
    for part in parts:
        if part in _GROUPS:
            names = [quantity.id for quantity in worked if quantity.rule in _GROUPS[part]]
            # Of what is counted, nothing is to be worked out where a layer of its kind never has any.
            none = {name for name in names if problem.counts and isinstance(derivation.by_id[name].expression, Const)}
            found |= dict.fromkeys(each for each in names if each not in none and not _same_as_total(each, derivation))
            continue
        name = _known(derivation, part, problem.display.notation)
        if name in derivation.givens:
            raise UnsupportedError(f"{part[:200]!r} is given and cannot be asked")
        found[name] = None
    if not found:
        raise UnsupportedError(f"nothing is asked; name {', '.join(WORDS)} or quantity ids, with commas between")
    order = {name: place for place, name in enumerate((*derivation.givens, *derivation.by_id))}

    def place(name: str) -> tuple[int, int]:
        parsed = _parsed(name)
        return parsed.round, order[str(replace(parsed, round=0))]

    return tuple(sorted(found, key=place))


def with_ends(structure: Structure | FormulaStructure, quantity: str) -> str:
    """A quantity in words, a weight's with the units it joins: ``gradient of w5 from H1 to y1``; plain text."""
    words = in_words(structure, quantity)
    if isinstance(structure, FormulaStructure):
        return words
    base = _parsed(quantity).base
    name = base.rpartition("/d")[2].removesuffix("_new").removeprefix("step_")
    for table, above, below in zip(weight_ids(structure), _above(structure), structure.layers, strict=True):
        for row, target in zip(table, below.units, strict=True):
            if name in row:
                head, _, tail = words.rpartition(name)
                return f"{head}{name} from {above[row.index(name)]} to {target}{tail}"
    return words


def _above(structure: Structure) -> list[tuple[str, ...]]:
    """For each layer the units that its weights come from."""
    return [tuple(structure.inputs), *(layer.units for layer in structure.layers[:-1])]


def in_words(structure: Structure | FormulaStructure, quantity: str) -> str:
    """A quantity in words, such as ``net input of H1, sample 2``; plain text."""
    parsed = _parsed(quantity)
    base = parsed.base
    sample = "" if parsed.sample is None else f", sample {parsed.sample}"
    later = "" if not parsed.round else f", after {parsed.round} update{'s' * (parsed.round > 1)}"
    if isinstance(structure, FormulaStructure):
        return _formula_words(structure, base) + later
    several = structure.sample_count > 1 and parsed.sample is None
    return _network_words(structure, base, over_samples=several) + sample + later


def _network_words(structure: Structure, base: str, *, over_samples: bool) -> str:
    over = " over all samples" * over_samples
    if "/" in base:
        upper, lower = (side.removeprefix("d") for side in base.split("/"))
        if upper == "E_total" and lower in parameter_ids(structure):
            return f"gradient of {spoken_parameter(structure, lower)}{over}"
        unit = lower.partition("_")[2]
        if base == f"dout_{unit}/dnet_{unit}":
            return f"slope of the activation function at {unit}"
        upper_words = _network_words(structure, upper, over_samples=False)
        return f"derivative of the {upper_words} by the {_network_words(structure, lower, over_samples=False)}"
    if base.endswith("_new") and base.removesuffix("_new") in trained_ids(structure):
        return f"updated value of {spoken_parameter(structure, base.removesuffix('_new'))}"
    if base in parameter_ids(structure):
        spoken = spoken_parameter(structure, base)
        return spoken if " " in spoken else f"weight {spoken}"
    head, _, unit = base.partition("_")
    match head:
        case "E" if unit == "total":
            return f"total error{over}"
        case _ if head in _KINDS and unit:
            return f"{_KINDS[head]} of {unit}"
        case "step" if unit:
            return f"change of {spoken_parameter(structure, unit)}"
    return base


def _formula_words(structure: FormulaStructure, base: str) -> str:
    if "/" in base:
        upper, lower = (side.removeprefix("d") for side in base.removeprefix("edge_").split("/"))
        if structure.program is not None:
            upper, lower = (f"the {_plain_words(side)}" if _plain_words(side) else side for side in (upper, lower))
        return f"derivative of {upper} by {lower}"
    for prefix, suffix, words in (("", "_new", "updated value of"), ("step_", "", "change of")):
        inner = base.removeprefix(prefix).removesuffix(suffix)
        if inner != base and inner in structure.givens:
            return f"{words} {inner}"
    if base.removesuffix("_new") in structure.states:
        state, parameter = structure.states[base.removesuffix("_new")]
        return f"updated {state} of {parameter}"
    return (_plain_words(base) if structure.program is not None else "") or f"value of {base}"


def _plain_words(base: str) -> str:
    """What layers call a quantity; empty for a name that is not theirs."""
    head, _, of = base.partition("_")
    if base == "E_total":
        return "total error"
    return f"{_KINDS[head]} of {of}" if of and head in _KINDS else ""


def _known(derivation: Derivation, name: str, notation: Notation | None = None) -> str:
    try:
        return known_id(derivation, name)
    except UnknownQuantityError as error:
        if notation is not None:
            with contextlib.suppress(UnknownQuantityError):
                return names_of(derivation, notation).known(name)
        words = ", ".join(WORDS)
        raise UnknownQuantityError(f"{error}; or ask for {words}") from None


def _same_as_total(name: str, derivation: Derivation) -> bool:
    """Whether it is the error of the only output, which is the total under another name."""
    first = replace(_parsed(name), round=0)
    total = str(replace(first, base="E_total"))
    found = derivation.by_id.get(total)
    return name.startswith("E_") and str(first) != total and found is not None and found.expression == Ref(str(first))


def _parsed(name: str) -> QuantityId:
    parsed = QuantityId.parse(name, aliases=False)
    assert parsed is not None, name
    return parsed
