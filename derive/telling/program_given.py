"""What is given of an own architecture: its numbers, arrays as matrices, what is worked from them, conventions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from derive.display.tree import Tree
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import SIZE_WORDS
from derive.given.program import recipes
from derive.given.program.model import Block as Array
from derive.given.program.model import ShapeRow
from derive.given.program.shapes import WORDS
from derive.telling.arrays import MANY, Arrays
from derive.telling.conventions import LOGARITHM, RELU, SLOPE_OF_SIZE, conventions_table, figures_row, functions_in
from derive.telling.given_numbers import equation_rows
from derive.telling.lines import Pen
from derive.telling.model import Block, Formula, Paragraph, Section, Table, Text
from derive.telling.program_matrices import is_printed_whole, value_lines, values_in_line
from derive.telling.program_pictures import layers_picture

_MOST_ARRAYS = 40
#: Numbers of a step of time that stand in one row, and steps from which on each has a row.
_MOST_IN_A_ROW, _MANY_STEPS = 6, 3
_VIEW = "by the chain rule, arrays as matrices; the views delta and matrix are for layered networks alone"
_VECTORS = (
    "are columns; ⊙ multiplies entry by entry, and so works a function that is written before an array; "
    "a row or column beside a matrix is taken for each of its rows or columns"
)


def given_section(problem: FormulaProblem, arrays: Arrays) -> Section:
    """Source, numbers, formulas, conventions."""
    pen = arrays.pen
    blocks: list[Block] = []
    if problem.source:
        blocks.append(Paragraph(text=(f"Source: {problem.source}",)))
    blocks.append(Paragraph(text=_wanted(problem, pen)))
    picture = layers_picture(problem)
    if picture is not None:
        blocks.append(picture)
    numbers = numbers_of_program(problem, pen)
    if numbers.rows:
        blocks.append(numbers)
    series = _series(problem)
    blocks += [_table_of_series(arrays, each) for each in series.values()]
    listed = {array.key for each in series.values() for array in each}
    shown = [array for array in arrays_of(problem) if array.key not in listed]
    blocks += values_in_line(arrays, [(array, array.ids) for array in shown[:_MOST_ARRAYS]], "given-arrays")
    if note := _left_out(arrays, shown[:_MOST_ARRAYS]):
        blocks.append(Paragraph(text=(note,)))
    blocks.append(_conventions(problem))
    return Section(id="what-is-given", title=("What is given",), blocks=tuple(blocks))


def arrays_of(problem: FormulaProblem) -> list[Array]:
    """What is given as arrays, beside the numbers that stand in the table."""
    return [array for array in _arrays(problem) if array.shape and not _is_listed(array)]


def _series(problem: FormulaProblem) -> dict[tuple[str, int | None], list[Array]]:
    """Vectors that are given over so many steps of time that a row for each is shorter than a column."""
    found: dict[tuple[str, int | None], list[Array]] = {}
    for array in arrays_of(problem):
        name, time, sample = array.key
        if time and len(array.shape) == 1 and len(array.ids) <= _MOST_IN_A_ROW:
            found.setdefault((name, sample), []).append(array)
    return {key: each for key, each in found.items() if len(each) >= _MANY_STEPS}


def _table_of_series(arrays: Arrays, series: Sequence[Array]) -> Table:
    """A row for each step of time."""
    pen, first = arrays.pen, series[0]
    name, _, sample = first.key
    place = f"given-{name}" + (f"-{sample}" if sample else "")
    rows: list[tuple[Text, ...]] = []
    for array in series:
        rows.append(((str(array.key[1]),), *((pen.figure(each, place),) for each in array.ids)))
    heads = (arrays.bare(each) for each in first.ids)
    which = f", sample {sample}" if sample else ""
    return pen.table(place, (f"{name} over time{which}.",), (("Step",), *((head,) for head in heads)), rows,
                     align="r" * (1 + len(first.ids)))  # fmt: skip


def matrix_of(arrays: Arrays, array: Array, place: str) -> Formula:
    """An array with its figures; of kernels and maps one matrix after the other."""
    return value_lines(arrays, [(array, array.ids)], place)


def _left_out(arrays: Arrays, shown: Sequence[Array]) -> str:
    """What is left out of the given arrays, in a sentence."""
    large = [
        (array, " × ".join(map(str, array.shape))) for array in shown if not is_printed_whole(arrays, array)
    ]  # fmt: skip
    if not large:
        return ""
    sizes = ", ".join(f"{array.name.replace('_', ' ')} is {size}" for array, size in large)
    return f"Of what is too large for the page the middle is left out: {sizes}. All of it stands in the problem file."


def _arrays(problem: FormulaProblem) -> Iterator[Array]:
    program = problem.program
    assert program is not None
    numbers = dict(problem.givens)
    seen: set[str] = set()
    for array in program.given:
        known = seen.intersection(array.own)
        if all(name in numbers for name in array.own) and (not known or (_is_listed(array) and known < {*array.own})):
            seen.update(array.own)
            yield array


def _wanted(problem: FormulaProblem, pen: Pen) -> Text:
    count = len(problem.definitions)
    words = problem.origin.get("ask", WORDS) if problem.program and problem.program.shapes else ()
    if words and set(words) <= set(WORDS):  # type: ignore[call-overload]
        return ("Wanted, layer by layer: ", ", ".join(words), ".")  # type: ignore[arg-type]
    if problem.ask:
        listed: list[str | Tree] = ["Wanted: "]
        for place, name in enumerate(problem.ask):
            listed += [", " if place else "", pen.terms.inline(name) if name in pen.derivation.ids else name]
        return (*listed, ".")
    if not problem.objective:
        return (f"{count} number{'s are' if count > 1 else ' is'} worked out from those that are given.",)
    if not problem.wrt:
        return ("Wanted: the value of ", pen.terms.name(problem.objective), ".")
    one = len(problem.wrt) == 1
    update = f" Then {'it' if one else 'every parameter'} is updated." if problem.structure.updated else ""
    by: Text = (pen.terms.inline(problem.wrt[0]),) if one else (f"each of {len(problem.wrt)} numbers",)
    return ("Wanted: the value of ", pen.terms.name(problem.objective), ", and how it changes with ", *by, f".{update}")


def numbers_of_program(problem: FormulaProblem, pen: Pen) -> Table:
    """The numbers that are given one by one, a row for each kind."""
    rows: list[tuple[Text, ...]] = []
    groups: dict[str, list[str]] = {}
    told: set[str] = set()
    for array in _arrays(problem):
        if not array.shape or _is_listed(array):
            groups.setdefault(_kind(array, problem), []).extend(each for each in array.own if each not in told)
            told.update(array.own)
    for title, ids in groups.items():
        rows += equation_rows(pen, title, ids)
    if problem.structure.updated:
        given = frozenset(problem.structure.givens)
        own = [name for name in problem.numbers if name not in given]
        kept = [name for name in own if name in problem.structure.states]
        others = [name for name in own if name not in kept and name not in ("k", "epoch")]
        rate = [name for name in others if name == "eta"]
        rows += equation_rows(pen, "Learning rate", rate) if rate else []
        if problem.plan.schedule:
            rows.append((("Learning rate",), (pen.terms.name("eta"), f" = {problem.plan.schedule}")))
        rest = [name for name in others if name != "eta"]
        rows += equation_rows(pen, "Numbers of the update", rest) if rest else []
        if kept:
            rows.append((("Kept from round to round",), ("all of them start at 0",)) if _all_zero(problem, kept) else
                        (("Kept from round to round",), equation_rows(pen, "", kept)[0][1]))  # fmt: skip
    return Table(id="given-numbers", caption=("The numbers, as given.",), header=(), rows=tuple(rows), align="ll")


def _is_listed(array: Array) -> bool:
    """Whether its numbers stand in the table: weights and biases of dense layers have names of their own."""
    return array.name.startswith(("W ", "b ")) and len(array.ids) < MANY


def _shapes(problem: FormulaProblem) -> Sequence[ShapeRow]:
    return problem.program.shapes if problem.program else ()


def _all_zero(problem: FormulaProblem, names: Sequence[str]) -> bool:
    return all(problem.numbers[name].value == 0 for name in names)


def _kind(array: Array, problem: FormulaProblem) -> str:
    name, time, sample = array.key
    which = "" if sample is None else f", sample {sample}"
    if name.startswith("W "):
        return f"Weights into {name.removeprefix('W ')}" if not name.startswith("W layer") else "Weights, " + name[2:]
    if name.startswith("b "):
        return "Biases"
    if sample is not None and time is None and "layers" in problem.origin:
        return f"Sample {sample}"
    if name.startswith("t_"):
        return f"Targets{which}"
    if name.startswith("share "):
        return "Shares of the errors"
    if set(array.ids) <= set(problem.wrt):
        return "Parameters"
    if time == 0:
        return "Start of the state"
    sized = [row for row in _shapes(problem) if name.endswith(f"_{row.layer}") and row.layer]
    if sized and name.partition("_")[0] in SIZE_WORDS:
        return ("Layer " if sized[-1].parameters else "Input ") + sized[-1].layer
    if time is not None:
        return f"{name} over time{which}"
    return f"Inputs{which}" if "layers" in problem.origin else f"Given{which}"


def _conventions(problem: FormulaProblem) -> Table:
    program = problem.program
    assert program is not None
    rows = [("View", _VIEW), *convention_rows(problem)]
    if any(len(array.ids) > 1 and array.shape for array in program.worked):
        rows.append(("Vectors", _VECTORS))
        if any(array.name.startswith("W ") and array.shape for array in program.given):
            rows.append(("Matrices", "W with the name of a layer holds the weights into it, a row for each unit"))
    if any("convolve(" in array.text for array in program.worked):
        rows.append(("∗", "the kernel lies on every window, not turned: the products of what meets are added"))
    rows.append(("†", "marks a line worked with full figures, where those printed are too few for its result"))
    return conventions_table("the-conventions", [*rows, figures_row(problem.display)])


def convention_rows(problem: FormulaProblem) -> list[tuple[str, str]]:
    """What is agreed on how it is trained, and on slopes at corners."""
    functions = set(functions_in(problem))
    rows: list[tuple[str, str]] = []
    plan = problem.plan
    if problem.structure.updated:
        rows.append(("Update rule", _rule_title(problem)))
        for key, text in plan.rule.steps:
            rows.append((_pretty(key), _pretty(text)))
        if plan.rule.ahead:
            rows.append(("Ahead", f"all figures of an update, the error too, are those at {_pretty(plan.rule.ahead)}"))
        if plan.samples > 1:
            each = "one sample" if plan.batch == 1 else f"{plan.batch} samples"
            how = ", averaged" if plan.mean and plan.batch > 1 else ", added up" if plan.batch > 1 else ""
            rows.append(("Samples", f"{plan.samples}; an update takes {each}{how}, in the order of the file"))
        if plan.l1 or plan.l2:
            parts = ("half of l2 times the sum of squares" * plan.l2, "l1 times the sum of sizes" * plan.l1)
            rows.append(("Penalty", " plus ".join(filter(None, parts))))
    rows += _connections(problem)
    if plan.coupled:
        rows.append(("Batch normalisation", "mean and variance over the samples on turn; no running averages"))
    if "relu" in functions:
        rows.append(RELU)
    if "ln" in functions:
        rows.append(LOGARITHM)
    if {"abs", "sign"} & functions:
        rows.append(SLOPE_OF_SIZE)
    if {"above", "at_least"} & functions:
        rows.append(("Slope of [a ≥ b]", "taken as 0"))
    if {"max", "min"} & functions:
        rows.append(("Slope of max and min", "1 for the one that is chosen, else 0; of equal ones the first is chosen"))
    return rows


def _pretty(text: str) -> str:
    """A rule's text as it is read aloud: w for the parameter, Greek letters, a raised dot."""
    words = {"parameter": "w", "eta": "η", "beta1": "β₁", "beta2": "β₂", "beta": "β", "epsilon": "ε", "m_hat": "m̂",
             "v_hat": "v̂", "gamma": "γ", "alpha": "α", "rho": "ρ"}  # fmt: skip
    shown = re.sub(r"[A-Za-z_]\w*", lambda found: words.get(found[0], found[0]), text)
    return shown.replace("**2", "²").replace("**(k + 1)", "^(k + 1)").replace("*", "·").replace("-", "−")


def _connections(problem: FormulaProblem) -> Iterator[tuple[str, str]]:
    """What is not connected, and what stands at several places."""
    listed_arrays = [array for array in problem.program.given if _is_listed(array)] if problem.program else []
    if any("" in array.ids for array in listed_arrays):
        yield "Connections", "where the weights have a dash there is none"
    places = Counter(name for array in listed_arrays if array.name.startswith("W ") for name in array.ids if name)
    shared = [name for name, count in places.items() if count > 1]
    if shared:
        shown = ", ".join(shared[:8]) + (", …" if len(shared) > 8 else "")
        one = "one number each, whose gradient is the sum over its places"
        yield "Shared weights", f"{shown}: {one if len(shared) > 1 else one.replace(' each', '')}"


def _rule_title(problem: FormulaProblem) -> str:
    rule = problem.plan.rule
    if rule.name in recipes.names("rules"):
        return f"{rule.title}: {recipes.shipped('rules', rule.name)['source']}"
    return rule.title
