"""Quantity ids, and the symbol by which each notation shows a quantity.

Ids are what JSON, answers and the library use; notation never changes them. Positions count from 0 in code and
from 1 in names and samples; the conversion happens here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from derive.given.problem import Notation, Structure
from derive.given.program.places import Place

_NAME = r"[A-Za-z][A-Za-z0-9_.]{0,60}"
_INDICES = r"\[[1-9]\d{0,6}(?:,[1-9]\d{0,6})+\]"
_ELEMENT = r"\[[1-9]\d{0,6}(?:,[1-9]\d{0,6})*\]"
_TIME = r":\d{1,4}"
_ID = re.compile(
    rf"({_NAME}(?:{_INDICES})?(?:{_ELEMENT}(?={_TIME}|#))?(?:(?:{_ELEMENT})?(?:{_TIME})?/{_NAME}(?:{_INDICES})?"
    rf"(?:{_ELEMENT}(?={_TIME}|#))?)?)({_TIME})?(?:\[([1-9]\d{{0,6}})\]|#([1-9]\d{{0,6}}))?(?:@(\d{{1,7}}))?",
    re.ASCII,
)
#: A base after which a sample is marked by #: it ends in an index or a step of time.
_MARKED = re.compile(r"(\]|:\d+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class QuantityId:
    """An id taken apart: ``delta_y1[2]@1`` has base ``delta_y1``, sample 2 (1-based) and round 1.

    ``base`` is the id of a quantity of one sample and one round; a quotient such as ``dout_y1/dnet_y1`` is one base.
    """

    base: str
    sample: int | None = None
    round: int = 0

    @classmethod
    def parse(cls, text: str, *, aliases: bool = True) -> QuantityId | None:
        """The id a text spells, or None where it is none; ``dE/d...`` is read as ``dE_total/d...``.

        Without ``aliases`` it is read as it stands, for a chain of formulas that defines an E of its own.
        """
        match = _ID.fullmatch(text.strip())
        if match is None:
            return None
        base, time, element, sample, number = match.groups()
        # One index behind a name that stands alone is a sample; behind an array or a step of time it comes with #.
        base, sample = base + (time or ""), element or sample
        if aliases and base.startswith("dE/d"):
            base = "dE_total/d" + base.removeprefix("dE/d")
        if aliases and base.startswith("dE_total/dnet_"):
            base = "delta_" + base.removeprefix("dE_total/dnet_")
        return cls(base=base, sample=int(sample) if sample else None, round=int(number or 0))

    def __str__(self) -> str:
        marked = self.sample is not None and _MARKED.search(self.base)
        sample = "" if self.sample is None else f"#{self.sample}" if marked else f"[{self.sample}]"
        number = f"@{self.round}" if self.round else ""
        return f"{self.base}{sample}{number}"


def with_sample(base: str, sample: int | None) -> str:
    """The id of a quantity of one sample; unchanged where there is only one sample (None)."""
    return base if sample is None else f"{base}[{sample}]"


def listed_ids(text: str) -> list[str]:
    """Ids with commas between; those within an id, as in ``K[1,2]``, part nothing."""
    return [part.strip() for part in re.split(r",(?![^\[\]]*\])", text) if part.strip()]


def at_round(name: str) -> tuple[str, int]:
    """An id as that of round 0, and its round: ``E_total`` and 3 of ``E_total@3``."""
    base, _, number = name.partition("@")
    return base, int(number or 0)


def worked_in(name: str, trained: Container[str]) -> tuple[str, int]:
    """The step that works a quantity out, by its id of round 0, and its round: ``w5@2`` is ``w5_new`` of round 1."""
    base, number = at_round(name)
    return (updated_id(base), number - 1) if number and base in trained else (base, number)


def updated_id(name: str) -> str:
    """The id of a trained value after the update: ``w5_new``, of an element of an array ``K_new[1,2]``."""
    head = re.match(r"[^\[:#]*", name)
    end = head.end() if head else len(name)
    return f"{name[:end]}_new{name[end:]}"


def before_update(name: str) -> str:
    """The id of a trained value before the update, of `updated_id`; any other id is left as it is."""
    return re.sub(r"_new(?=[\[:#]|\Z)", "", name, count=1)


def weight_ids(structure: Structure) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Ids of the weights, one table a layer, row j leading into unit j, whatever the numbering."""
    naming = structure.conventions.weight_names
    if not isinstance(naming, str):
        return naming
    tables: list[tuple[tuple[str, ...], ...]] = []
    first = 1
    for sources, targets in zip(structure.sizes, structure.sizes[1:], strict=False):
        if naming == "target-major":
            rows = [[first + j * sources + i for i in range(sources)] for j in range(targets)]
        else:
            rows = [[first + i * targets + j for i in range(sources)] for j in range(targets)]
        tables.append(tuple(tuple(f"w{number}" for number in row) for row in rows))
        first += sources * targets
    return tuple(tables)


def bias_ids(structure: Structure) -> tuple[tuple[str, ...] | None, ...]:
    """Ids of the bias of every unit, one row a layer; a shared bias repeats; None where a layer has none."""
    rows: list[tuple[str, ...] | None] = []
    for number, layer in enumerate(structure.layers, start=1):
        match layer.bias_kind:
            case "none":
                rows.append(None)
            case "shared":
                rows.append((f"b{number}",) * len(layer.units))
            case "per-unit":
                rows.append(tuple(f"b_{unit}" for unit in layer.units))
    return tuple(rows)


def parameter_ids(structure: Structure) -> tuple[str, ...]:
    """Ids of all weights and biases in their natural order: layer by layer, weights by number, then biases."""
    ids: list[str] = []
    for table, biases in zip(weight_ids(structure), bias_ids(structure), strict=True):
        flat = [name for row in table for name in row]
        ids += sorted(flat, key=_natural) if structure.conventions.weight_names == "source-major" else flat
        ids += dict.fromkeys(biases or ())
    return tuple(ids)


def trained_ids(structure: Structure) -> tuple[str, ...]:
    """Ids of the parameters that an update changes."""
    biases = {name for row in bias_ids(structure) for name in row or ()}
    keep = structure.conventions.train_biases
    return tuple(name for name in parameter_ids(structure) if keep or name not in biases)


def sample_indices(structure: Structure) -> tuple[int | None, ...]:
    """Sample indices as ids carry them: (None,) for one sample, else 1, 2, ..."""
    count = structure.sample_count
    return (None,) if count == 1 else tuple(range(1, count + 1))


@lru_cache(maxsize=64)
def given_ids(structure: Structure) -> tuple[str, ...]:
    """Names of the numbers that a network is given, in the order in which a problem holds them; shared ones repeat."""
    names: list[str] = []
    for index in sample_indices(structure):
        names += [with_sample(name, index) for name in structure.inputs]
        names += [with_sample(f"t_{unit}", index) for unit in structure.outputs]
    for table, biases in zip(weight_ids(structure), bias_ids(structure), strict=True):
        names += [name for row in table for name in row]
        names += biases or ()
    return (*names, "eta")


def structural_names(structure: Structure) -> Iterator[str]:
    """Every base name the network itself gives out, repeats included, for the check that no id is given twice."""
    yield from structure.inputs
    for layer in structure.layers:
        for unit in layer.units:
            yield f"net_{unit}"
            yield f"out_{unit}"
            yield f"delta_{unit}"
    for unit in structure.outputs:
        yield f"t_{unit}"
        yield f"E_{unit}"
    for name in parameter_ids(structure):
        yield name
        yield f"{name}_new"
        yield f"step_{name}"
    yield "E_total"
    yield "eta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """How a quantity is shown: letters with a subscript and marks, free of any format.

    Attributes
    ----------
    letters : str
        One letter is set in italics, more are set upright; Greek letters are given as themselves.
    subscript : str
        Shown as given; a single letter followed by digits is set as in ``net_{H1}``.
    note : str
        An upright word after the subscript, such as ``final``.
    superscript : str
        ``(2)`` for a sample, ``+`` for a value after the update, or both.
    bold : bool
        Whether its letters are, as those of an array may be.
    """

    letters: str
    subscript: str = ""
    note: str = ""
    superscript: str = ""
    bold: bool = False


def symbol(quantity: str, notation: Notation) -> Symbol:
    """The symbol of a quantity that is no quotient; rounds other than 0 are marked as after the update.

    Raises
    ------
    ValueError
        If the text is no quantity id, or is a quotient (which is shown as a fraction of two symbols).
    """
    parsed = QuantityId.parse(quantity)
    if parsed is None or "/" in parsed.base:
        raise ValueError(f"{quantity!r} has no single symbol")
    return place_symbol(_place_of(parsed), notation, parsed.round)


def place_symbol(place: Place, notation: Notation, number: int = 0) -> Symbol:
    """The symbol of a number by what its id says, after so many updates."""
    base, mark = place.name, ""
    # A unit may be called "new": what belongs to a unit has no updated value under such a name.
    if base.endswith("_new") and base.partition("_")[0] not in ("net", "out", "delta", "E", "t"):
        base, mark = base.removesuffix("_new"), "+"
    if number:
        mark = "+" if number == 1 else f"[{number}]"
    shown = _plain_symbol(base, notation)
    below = ",".join(part for part in (shown.subscript, ",".join(map(str, place.index))) if part)
    time = "" if place.time is None else f"⟨{place.time}⟩"
    sample = "" if place.sample is None else f"({place.sample})"
    return replace(shown, subscript=below, superscript=time + sample + mark)


def _place_of(parsed: QuantityId) -> Place:
    found = re.fullmatch(r"([^\[:]+)(?:\[([\d,]+)\])?(?::(\d+))?", parsed.base)
    if found is None:
        return Place(name=parsed.base, sample=parsed.sample)
    name, index, time = found.groups()
    return Place(
        name=name,
        index=tuple(map(int, index.split(","))) if index else (),
        time=None if time is None else int(time),
        sample=parsed.sample,
    )


def _plain_symbol(base: str, notation: Notation) -> Symbol:
    head, _, rest = base.partition("_")
    match (head, notation):
        case ("net", "z-a") if rest:
            return Symbol(letters="z", subscript=rest)
        case ("out", "z-a") if rest:
            return Symbol(letters="a", subscript=rest)
        case ("net", "final") if rest:
            return _named(rest)
        case ("out", "final") if rest:
            return replace(_named(rest), note="final")
        case ("net" | "out", _) if rest:
            return Symbol(letters=head, subscript=rest)
        case ("delta", _) if rest:
            return Symbol(letters="δ", subscript=rest)
        case ("E" | "t" | "b" | "share", _) if rest:
            return Symbol(letters=head, subscript=rest)
        case ("eta", _) if not rest:
            return Symbol(letters="η")
        case _:
            return _named(base)


def _named(name: str) -> Symbol:
    """x1 as x with the subscript 1, W_f as W with the subscript f; a name of several letters as it stands."""
    match = re.fullmatch(r"([A-Za-z])_?(\d+)", name, re.ASCII)
    if match:
        return Symbol(letters=match[1], subscript=match[2])
    head, _, rest = name.partition("_")
    digits = re.fullmatch(r"([a-z]+)(\d*)", head, re.ASCII)
    if digits and digits[1] in GREEK:
        below = ",".join(part for part in (digits[2], rest) if part)
        return Symbol(letters=GREEK[digits[1]], subscript=below)
    if rest and (
        len(head) == 1 or head in ("step", "ahead", "E", "t", "mean", "var", "normal", "centred", "square", *SIZE_WORDS)
    ):
        return Symbol(letters=head, subscript=rest.replace("_", ","))
    short = re.fullmatch(r"([A-Zb])([a-z])", name, re.ASCII)
    if short:
        return Symbol(letters=short[1], subscript=short[2])  # Wf, as cells call their weights
    return Symbol(letters=name)


#: What is counted of a layer, whose name is printed below the word.
SIZE_WORDS = (
    "height", "width", "channels", "rows", "columns", "units", "parameters", "multiplications", "count", "size",
    "stride", "padding", "kernel", "keys", "values", "outputs", "words", "heads",
)  # fmt: skip

#: Words before a layer, a unit or a parameter, whose name stands below them.
_HEADS = frozenset(("step", "ahead", "E", "t", "mean", "var", "normal", "centred", "square", *SIZE_WORDS))

#: Names that are printed as Greek letters.
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "theta": "θ", "lambda": "λ", "mu": "μ",
    "sigma": "σ", "rho": "ρ", "phi": "φ", "eta": "η",
}  # fmt: skip


def _natural(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+\Z", name)
    return (int(digits[0]) if digits else 0, name)
