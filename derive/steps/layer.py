"""Backward steps that every layer has alike: its deltas, the gradients of its weights and biases, its tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from derive.display.tree import Line, Minus, Partial, PartialOperator, Row, Sum, Tree
from derive.naming import bias_ids, trained_ids, weight_ids, with_sample
from derive.problem import LayerStructure, Structure
from derive.steps.lines import Pen, of_sample
from derive.steps.model import Block, Formula, Paragraph, Remark, Text


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
        """The units that are worked line by line; the unit of the one wanted parameter always is."""
        only = self.pen.scope.only
        own = [
            unit
            for position, unit in enumerate(self.shape.units)
            if only in self.weights[position] or (self.biases and self.biases[position] == only)
        ]
        return tuple(own) if only is not None and own else self.pen.scope.full(self.shape.units)

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

    def to_net(self, unit: str, *, first: bool) -> list[Block]:
        """The slope of the activation function, and the delta: how the error changes with the net input."""
        pen, names = self.pen, self.pen.terms.name
        slope, delta = self.id(f"dout_{unit}/dnet_{unit}"), self.id(f"delta_{unit}")
        why: Text = ("The slope of the activation function at this unit, as derived in the tools.",) if first else ()
        steps: list[Block] = [
            pen.step(slope, title=self.words(f"Slope of the activation function at {unit}"), explanation=why)
        ]
        why = ()
        if first:
            why = ("Every weight into ", unit, " needs these two factors: their product gets a name of its own, δ.")
        steps.append(
            pen.step(
                delta,
                title=self.words(f"Delta of {unit}"),
                explanation=why,
                before=(self.partial("E_total", f"net_{unit}"),),
            )
        )
        if self.last and self.structure.loss == "binary_cross_entropy" and self.shape.activation == "sigmoid" and first:
            out, target = names(self.id(f"out_{unit}")), names(self.id(f"t_{unit}"))
            line = Line(left=names(delta), rows=(Row(relation="=", tree=Sum((out, Minus(target)))),))
            steps.append(
                Remark(
                    kind="note",
                    title="A shorter way",
                    blocks=(
                        Paragraph(text=("The slope of the sigmoid cancels the denominator of the cross-entropy's:",)),
                        Formula(lines=(line,)),
                    ),
                )
            )
        return steps

    def weights_of(self, unit: str, *, first: bool) -> list[Block]:
        """The gradients of the weights into a unit that are worked line by line, and of its own bias."""
        pen, names = self.pen, self.pen.terms.name
        position = self.shape.units.index(unit)
        found: list[Block] = []
        row = self.weights[position]
        wanted = [w for w in row if pen.scope.only in (None, w)]
        if not pen.scope.every_unit and pen.scope.only is None:
            wanted = wanted[:1]
        for number, weight in enumerate(wanted):
            local = self.id(f"dnet_{unit}/d{weight}")
            gradient = self.id(f"dE_total/d{weight}")
            source = pen.terms.symbols(pen.derivation.by_id[local].expression)
            if first and number == 0:
                net = pen.derivation.by_id[self.id(f"net_{unit}")].expression
                operator = PartialOperator(names(weight), pen.terms.symbols(net))
                why: Text = (
                    "All other terms of the net input are constants for ",
                    names(weight),
                    ": what is left is the activation it weighs." if self.depth else ": what is left is its input.",
                )
                title = self.words(f"How the net input of {unit} changes with {weight}")
                found.append(pen.step(local, title=title, explanation=why, before=(operator,)))
                note: Text = ("The chain rule multiplies the factors.",)
            else:
                note = ("As before; here ", names(local), " = ", source, ".")
            found.append(pen.step(gradient, title=self.words(f"Gradient of {weight}"), explanation=note))
        if self.biases and self.shape.bias_kind == "per-unit":
            found += self._own_bias(unit, self.biases[position], first=first)
        return found

    def _own_bias(self, unit: str, bias: str, *, first: bool) -> list[Block]:
        if bias not in self.trained or self.pen.scope.only not in (None, bias):
            return []
        sign = "1" if self.structure.conventions.bias_sign == "added" else "−1"
        local = self.pen.terms.name(self.id(f"dnet_{unit}/d{bias}"))
        why: Text = ("A bias is a weight on a constant: ", local, f" = {sign}.") if first else ()
        title = self.words(f"Gradient of the bias of {unit}")
        return [self.pen.step(self.id(f"dE_total/d{bias}"), title=title, explanation=why)]

    def shared_bias(self) -> list[Block]:
        """The gradient of the bias that the layer shares, where there is one."""
        if not self.biases or self.shape.bias_kind != "shared" or self.biases[0] not in self.trained:
            return []
        bias = self.biases[0]
        if self.pen.scope.only not in (None, bias):
            return []
        sign = "" if self.structure.conventions.bias_sign == "added" else " with a minus sign, since it is subtracted"
        why: Text = (
            f"The bias is shared: it reaches the error through every unit of the layer, so the deltas add up{sign}.",
        )
        if len(self.shape.units) == 1:
            why = (f"A bias is a weight on a constant: its gradient is the delta{sign}.",)
        title = self.words(f"Gradient of the bias {bias}")
        return [self.pen.step(self.id(f"dE_total/d{bias}"), title=title, explanation=why)]

    def rest(self) -> list[Block]:
        """Tables for the units and weights that are not worked line by line."""
        pen, names = self.pen, self.pen.terms.name
        if pen.scope.every_unit:
            return []
        found: list[Block] = []
        units = tuple(unit for unit in self.shape.units if unit not in self.full)
        if units:
            table = f"deltas-{self.depth + 1}{self.suffix}"
            kinds = ("dE_total/dout_{0}", "dout_{0}/dnet_{0}", "delta_{0}")
            rows: list[tuple[Text, ...]] = [
                ((unit,), *((pen.figure(self.id(kind.format(unit)), table),) for kind in kinds)) for unit in units
            ]
            head: tuple[Text, ...] = (
                ("Unit",),
                ("Error by its activation",),
                ("Slope of the activation function",),
                ("Delta",),
            )
            found.append(pen.table(table, ("The other units of this layer, worked in the same way.",), head, rows))
        if pen.scope.only is not None:
            return found
        table = f"gradients-{self.depth + 1}{self.suffix}"
        weights = [w for row in self.weights for w in row if self.id(f"dE_total/d{w}") not in pen.standing]
        if self.biases and self.shape.bias_kind == "per-unit":
            weights += [b for b in self.biases if b in self.trained and self.id(f"dE_total/d{b}") not in pen.standing]
        rows = [((names(w),), (pen.figure(self.id(f"dE_total/d{w}"), table),)) for w in weights]
        if rows:
            head = (("Parameter",), ("Gradient",))
            caption: Text = ("The other gradients of this layer, worked in the same way.",)
            found.append(pen.table(table, caption, head, rows))
        return found
