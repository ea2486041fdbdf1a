"""What is given: a layered network with its numbers, exactly as typed.

A `Problem` holds numbers; its `Structure` is the same network without them. Everything symbolic is built from
the structure alone, so that one derivation serves every set of numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from derive.given.problem_view import network_html, problem_line

#: The name of a record in `derive.formula.functions.ACTIVATIONS`, and of one in `derive.formula.losses.LOSSES`.
Activation = str
Loss = str
BiasKind = Literal["none", "shared", "per-unit"]
BiasSign = Literal["added", "subtracted"]
Update = Literal["simultaneous", "sequential"]
Batch = Literal["sum", "mean", "online"]
Notation = Literal["net-out", "z-a", "final"]
Carry = Literal["full", "rounded"]
DecimalMark = Literal["point", "comma"]

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as somebody typed it.

    Attributes
    ----------
    text : str
        The digits as typed, for instance ``0.10`` or ``1/3``.
    value : Fraction
        Its exact value.
    """

    text: str
    value: Fraction

    @classmethod
    def of(cls, given: Number | Decimal | Fraction | int | float | str) -> Number:
        """The number a Python value stands for; a float stands for its shortest decimal text.

        Raises
        ------
        ValueError
            If it is not finite, is zero or infinite as float64 though its text is not, or is not a number.
        """
        if isinstance(given, Number):
            return given
        if isinstance(given, bool):
            raise ValueError("true and false are no numbers")
        if isinstance(given, Fraction):
            return cls(text=str(given), value=given)._checked()
        text = repr(given) if isinstance(given, float) else str(given)
        if isinstance(given, str):
            text = text.strip().replace("\N{MINUS SIGN}", "-")
        if len(text) > 400:
            raise ValueError(f"a number of {len(text)} characters; at most 400 are allowed")
        if not re.fullmatch(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?)", text, re.ASCII):
            raise ValueError(f"{text[:60]!r} is not a number")
        if re.search(r"[eE][+-]?\d*[1-9]\d{3}", text):
            raise ValueError(f"{text[:60]} is too large or too small for a 64-bit float")
        try:
            value = Fraction(text)
        except ZeroDivisionError:
            raise ValueError(f"{text[:60]!r} divides by zero") from None
        plain = text if "/" in text else format(Decimal(text), "f")
        return cls(text=plain.removeprefix("+"), value=value)._checked(text)

    def _checked(self, typed: str = "") -> Number:
        try:
            as_float = float(self.value)
        except OverflowError:
            as_float = float("inf")
        if as_float in (float("inf"), float("-inf")) or (as_float == 0.0 and self.value != 0):
            raise ValueError(f"{(typed or self.text)[:60]} is too large or too small for a 64-bit float")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of units with the weights that lead into it.

    Attributes
    ----------
    units : tuple of str, length m
    activation : str
    weights : tuple of m rows of n Numbers
        Row j holds the weights into unit j, in the order of the units (or inputs) below.
    bias : None, one Number shared by the layer, or m Numbers
    """

    units: tuple[str, ...]
    activation: Activation
    weights: tuple[tuple[Number, ...], ...]
    bias: Number | tuple[Number, ...] | None = None

    @property
    def bias_kind(self) -> BiasKind:
        """Whether the layer has no bias, one for all its units, or one for each."""
        if self.bias is None:
            return "none"
        return "shared" if isinstance(self.bias, Number) else "per-unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One training pair: as many inputs as the problem names, as many targets as there are output units."""

    inputs: tuple[Number, ...]
    targets: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """What authors do differently; every one is printed at the head of a document.

    ``weight_names`` is ``target-major`` (w1, w2, ... into the first unit), ``source-major`` (numbered by the unit
    they come from), or the names themselves, one list a layer shaped like its weights.
    """

    weight_names: Literal["target-major", "source-major"] | tuple[tuple[tuple[str, ...], ...], ...] = "target-major"
    train_biases: bool = True
    bias_sign: BiasSign = "added"
    update: Update = "simultaneous"
    batch: Batch = "sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How figures and quantities are shown; it changes no value unless ``carry`` is ``rounded``.

    ``decimals`` wins over ``digits`` (significant digits, 2 to 30) when it is given (0 to 30). ``decimal_mark`` is for
    what people read; what programs read has points. ``bold_arrays`` sets the names of arrays in bold.
    """

    notation: Notation = "net-out"
    digits: int = 9
    decimals: int | None = None
    carry: Carry = "full"
    decimal_mark: DecimalMark = "point"
    bold_arrays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStructure:
    """A layer without its numbers."""

    units: tuple[str, ...]
    activation: Activation
    bias_kind: BiasKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A network without its numbers: all that a derivation depends on. Hashable, so that it can key a cache."""

    inputs: tuple[str, ...]
    layers: tuple[LayerStructure, ...]
    loss: Loss
    conventions: Conventions
    sample_count: int

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the output units."""
        return self.layers[-1].units

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of inputs, hidden units and outputs, such as (2, 2, 2)."""
        return (len(self.inputs), *(len(layer.units) for layer in self.layers))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Problem:
    """A layered network, its numbers, and how to show them.

    Make one with `derive.load` (a file or a built-in name) or `derive.Problem.from_mapping`; both validate.

    Attributes
    ----------
    name : str
        File stem or built-in name; output files are called after it.
    """

    name: str
    title: str
    loss: Loss
    learning_rate: Number
    inputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    samples: tuple[Sample, ...]
    source: str = ""
    conventions: Conventions = field(default_factory=Conventions)
    display: Display = field(default_factory=Display)

    def __repr__(self) -> str:
        return problem_line(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: title, network and numbers."""
        return network_html(self)

    @property
    def structure(self) -> Structure:
        """The same network without its numbers."""
        return Structure(
            inputs=self.inputs,
            layers=tuple(
                LayerStructure(units=layer.units, activation=layer.activation, bias_kind=layer.bias_kind)
                for layer in self.layers
            ),
            loss=self.loss,
            conventions=self.conventions,
            sample_count=len(self.samples),
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the output units."""
        return self.layers[-1].units

    @property
    def counts(self) -> bool:
        """Whether all that is worked are sizes and counts: a network with numbers works more."""
        return False
