"""Backward steps that every layer has alike: its deltas, the gradients of its weights and biases, its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.display.tree import Line, Minus, Partial, PartialOperator, Product, Row, Sum, Tree
from derive.formula.expression import Sum as SumOf
from derive.formula.expression import references
from derive.given.naming import bias_ids, trained_ids, weight_ids, with_sample
from derive.given.problem import LayerStructure, Structure
from derive.telling.lines import Pen, of_sample
from derive.telling.meaning import sign_of_delta
from derive.telling.model import Block, Formula, Paragraph, Remark, Step, Text

#: How the words of a step begin that is worked as one above.
AS_BEFORE = "As before; here "


@dataclass(frozen=True, kw_only=True)
class LayerPen:
    """Writes the backward steps of one layer for one sample.

    Attributes
    ----------
    structure : Structure
    pen : Pen
    depth : int
        Position of the layer, from 0.
    sample : int or None
        As ids carry it.
    """

    structure: Structure
    pen: Pen
    depth: int
    sample: int | None

    @property
    def shape(self) -> LayerStructure:
        """The layer without its numbers."""
        return self.structure.layers[self.depth]

    @property
    def last(self) -> bool:
        """Whether it is the output layer."""
        return self.depth == len(self.structure.layers) - 1

    @cached_property
    def weights(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the weights into the layer, one row a unit."""
        return weight_ids(self.structure)[self.depth]

    @cached_property
    def biases(self) -> tuple[str, ...] | None:
        """Ids of the biases of its units."""
        return bias_ids(self.structure)[self.depth]

    @cached_property
    def trained(self) -> frozenset[str]:
        """Ids of the parameters that are trained."""
        return frozenset(trained_ids(self.structure))

    @cached_property
    def full(self) -> tuple[str, ...]:
        """The units that are worked line by line: those of wanted parameters always are, in the lowest layer alone."""
        scope, units, biases = self.pen.scope, self.shape.units, self.biases or ()
        into = {
            unit: {*row, *biases[place : place + 1]}
            for place, (unit, row) in enumerate(zip(units, self.weights, strict=True))
        }
        own = tuple(unit for unit in units if not into[unit].isdisjoint(scope.only))
        if own and self.depth == scope.depth:
            return own
        return tuple(unit for unit in units if unit in own or unit in scope.full(units))

    @property
    def suffix(self) -> str:
        """What keeps ids of tables apart that are written once a sample."""
        return "" if self.sample is None else f"-s{self.sample}"

    def id(self, base: str) -> str:
        """The id of a quantity of this sample."""
        return with_sample(base, self.sample)

    def name(self, base: str) -> Tree:
        """The symbol of a quantity of this sample."""
        return self.pen.terms.name(self.id(base))

    def partial(self, upper: str, lower: str) -> Tree:
        """A partial derivative of two quantities of this sample."""
        return Partial(self.name(upper), self.name(lower))

    def words(self, text: str) -> Text:
        """A title, with the sample where there are several."""
        return (text + of_sample(self.sample),)

    def slope(self, unit: str, *, first: bool) -> Step:
        """The slope of the activation function at a unit."""
        derived = ", as derived above" * self.pen.tools
        why: Text = (f"The slope of the activation function at this unit{derived}.",) if first else ()
        title = self.words(f"Slope of the activation function at {unit}")
        return self.pen.step(self.id(f"dout_{unit}/dnet_{unit}"), title=title, explanation=why)

    def delta(self, unit: str, *, first: bool) -> list[Block]:
        """The product of what arrives at a unit and its slope, under a name of its own."""
        why: Text = ()
        if first:
            which = (
                "The first"
                if any(self.id(f"dnet_{unit}/d{name}") in self.pen.standing for name in self.weights[0])
                else "These"
            )
            why = (f"{which} two factors come back for every weight into {unit}; their product is called delta.",)
        title = self.words(f"Delta of {unit}")
        before = (self.partial("E_total", f"net_{unit}"),)
        steps: list[Block] = [self.pen.step(self.id(f"delta_{unit}"), title=title, explanation=why, before=before)]
        if self.last and first:
            steps += sign_of_delta(self.pen, unit, self.id(f"delta_{unit}"))
        if self.last and self.structure.loss == "binary_cross_entropy" and self.shape.activation == "sigmoid" and first:
            steps.append(self._shorter(unit))
        return steps

    def _shorter(self, unit: str) -> Remark:
        """δ = o − t, where the slope of the sigmoid cancels."""
        difference = Sum((self.name(f"out_{unit}"), Minus(self.name(f"t_{unit}"))))
        line = Line(left=self.name(f"delta_{unit}"), rows=(Row(relation="=", tree=difference),))
        text = "The slope of the sigmoid cancels the denominator of the slope of the cross-entropy:"
        return Remark(kind="note", title="A shorter way", blocks=(Paragraph(text=(text,)), Formula(lines=(line,))))

    def wanted(self, unit: str) -> list[str]:
        """The weights into a unit that are worked line by line."""
        row = self.weights[self.shape.units.index(unit)]
        scope = self.pen.scope
        if scope.only:
            return [weight for weight in row if scope.wants(weight, self.depth)]
        return list(row if self.pen.scope.every_unit else row[:1])

    def opening(self, unit: str, weight: str) -> list[Block]:
        """The gradient of a layer's first weight, or the one that is asked for, by the chain rule factor by factor."""
        pen, names = self.pen, self.pen.terms.name
        local = self.id(f"dnet_{unit}/d{weight}")
        net = pen.derivation.by_id[self.id(f"net_{unit}")].expression
        operator = PartialOperator(names(weight), pen.terms.symbols(net))
        left = "the activation it multiplies" if self.depth else "its input"
        why: Text = (f"What is left is {left}.",)
        if isinstance(net, SumOf):
            why = ("All other terms of the net input are constants for ", names(weight), f": what is left is {left}.")
        title = self.words(f"How the net input of {unit} changes with {weight}")
        steps: list[Block] = [pen.step(local, title=title, explanation=why, before=(operator,))]
        before: tuple[Tree, ...] = ()
        if not self.shows_factors(weight):
            arriving = (self.partial("E_total", f"out_{unit}"), self.partial(f"out_{unit}", f"net_{unit}"))
            softmax = self.shape.activation == "softmax"
            before = (Product((*((self.name(f"delta_{unit}"),) if softmax else arriving), names(local))),)
        note: Text = ("The chain rule multiplies the factors.",)
        gradient = self.id(f"dE_total/d{weight}")
        return [
            *steps,
            pen.step(
                gradient,
                title=self.words(f"Partial derivative with respect to {weight}"),
                explanation=note,
                before=before,
            ),
        ]

    def shows_factors(self, weight: str) -> bool:
        """Whether the gradient of a weight is worked from every factor of the chain rule."""
        uses = references(self.pen.derivation.by_id[self.id(f"dE_total/d{weight}")].expression)
        return not any(name.startswith("delta_") for name in uses)

    def weight(self, unit: str, weight: str) -> Step:
        """The gradient of a weight by the delta of its unit; words where it is the layer's first that is told so."""
        told = (name for each in self.full for name in self.wanted(each) if not self.shows_factors(name))
        below = "the activation it multiplies" if self.depth else "its input"
        why: Text = (f"The delta of the unit it leads into, times {below}.",) if weight == next(told) else ()
        return self.pen.step(
            self.id(f"dE_total/d{weight}"),
            title=self.words(f"Partial derivative with respect to {weight}"),
            explanation=why,
        )

    def own_bias(self, unit: str, *, first: bool, by_delta: bool = False) -> list[Block]:
        """The gradient of a unit's own bias, where it has one that is trained; ``by_delta`` from its delta alone."""
        if not self.biases or self.shape.bias_kind != "per-unit":
            return []
        bias = self.biases[self.shape.units.index(unit)]
        if bias not in self.trained or not self.pen.scope.wants(bias, self.depth):
            return []
        sign = "1" if self.structure.conventions.bias_sign == "added" else "−1"
        local = self.pen.terms.inline(self.id(f"dnet_{unit}/d{bias}"))
        why: Text = ("A bias is a weight on a constant: ", local, f" = {sign}.") if first else ()
        if first and by_delta:
            turned = " with its sign turned" if sign != "1" else ""
            why = (f"A bias is a weight on a constant {sign}: its partial derivative is the delta{turned}.",)
        title = self.words(f"Partial derivative with respect to the bias of {unit}")
        return [self.pen.step(self.id(f"dE_total/d{bias}"), title=title, explanation=why)]

    def shared_bias(self) -> list[Block]:
        """The gradient of the bias that the layer shares, where there is one."""
        if not self.biases or self.shape.bias_kind != "shared" or self.biases[0] not in self.trained:
            return []
        bias = self.biases[0]
        if not self.pen.scope.wants(bias, self.depth):
            return []
        sign = "" if self.structure.conventions.bias_sign == "added" else " with a minus sign, since it is subtracted"
        why: Text = (
            f"The bias is shared: it reaches the error through every unit of the layer, so the deltas add up{sign}.",
        )
        if len(self.shape.units) == 1:
            why = (f"A bias is a weight on a constant: its partial derivative is the delta{sign}.",)
        title = self.words(f"Partial derivative with respect to the bias {bias}")
        return [self.pen.step(self.id(f"dE_total/d{bias}"), title=title, explanation=why)]

    def rest(self) -> list[Block]:
        """Tables for the units and weights that are not worked line by line."""
        columns = {
            "dE_total/dout_{0}": "Error by its activation",
            "dout_{0}/dnet_{0}": "Slope of the activation function",
            "delta_{0}": "Delta",
        }
        return [*self.other_units(columns), *self.other_gradients()]

    def other_units(self, columns: Mapping[str, str]) -> list[Block]:
        """A table of the units that are not worked line by line: ids with ``{0}`` for the unit, and their headings."""
        pen = self.pen
        units = tuple(unit for unit in self.shape.units if unit not in self.full)
        if pen.scope.every_unit or not units:
            return []
        table = f"deltas-{self.depth + 1}{self.suffix}"
        rows: list[tuple[Text, ...]] = [
            ((unit,), *((pen.figure(self.id(kind.format(unit)), table),) for kind in columns)) for unit in units
        ]
        head: tuple[Text, ...] = (("Unit",), *((heading,) for heading in columns.values()))
        return [pen.table(table, ("The other units of this layer, worked in the same way.",), head, rows)]

    def other_gradients(self) -> list[Block]:
        """A table of the gradients that are not worked line by line."""
        pen = self.pen
        if pen.scope.every_unit or pen.scope.only:
            return []
        table = f"gradients-{self.depth + 1}{self.suffix}"
        weights = [w for row in self.weights for w in row if self.id(f"dE_total/d{w}") not in pen.standing]
        if self.biases and self.shape.bias_kind == "per-unit":
            weights += [b for b in self.biases if b in self.trained and self.id(f"dE_total/d{b}") not in pen.standing]
        if not weights:
            return []
        rows: list[tuple[Text, ...]] = [
            ((pen.terms.inline(f"dE_total/d{w}"),), (pen.figure(self.id(f"dE_total/d{w}"), table),)) for w in weights
        ]
        caption: Text = ("The other partial derivatives of this layer, worked in the same way.",)
        return [pen.table(table, caption, (("Partial derivative",), ("Value",)), rows)]
