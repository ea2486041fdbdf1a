"""Section 4: the backward pass, from the output layer down."""

from __future__ import annotations

from derive.derivation import splits_plainly
from derive.display.tree import Line, Minus, PartialOperator, Product, Row, Sum, Tree
from derive.naming import bias_ids, trained_ids, weight_ids, with_sample
from derive.problem import Structure
from derive.steps.lines import Pen, of_sample
from derive.steps.model import Block, Formula, Paragraph, Remark, Section, Text
from derive.steps.slopes import error_slope_rows
from derive.steps.updates import update_steps


def backward_section(structure: Structure, pen: Pen) -> Section:
    """Every gradient, one layer after the other; each sum over paths reuses the deltas above it."""
    parts: list[Section] = []
    depths = list(reversed(range(len(structure.layers))))
    for depth in depths:
        blocks: list[Block] = []
        samples = pen.scope.full_samples
        if structure.conventions.batch == "online" and structure.sample_count > 1:
            samples = samples[:1]
        for sample in samples:
            blocks += _Layer(structure, pen, depth, sample).blocks()
        blocks += _batch_steps(structure, pen, depth)
        if structure.conventions.update == "sequential":
            blocks += update_steps(structure, pen, depth)
        title = _title(structure, depth)
        parts.append(Section(id=f"backward-{depth + 1}", title=(title,), blocks=tuple(blocks)))
    return Section(id="backward", title=("Backward pass",), blocks=_start(structure, pen), subsections=tuple(parts))


def _title(structure: Structure, depth: int) -> str:
    if depth == len(structure.layers) - 1:
        return "Weights into the output layer"
    return f"Weights into hidden layer {depth + 1}" if len(structure.layers) > 2 else "Weights into the hidden layer"


def _start(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    total = pen.terms.name("E_total")
    text: Text = (
        "For every weight: how much does the total error ",
        total,
        " change when this weight changes a little? The chain rule answers with a product of local derivatives, one "
        "for each edge on the way from the weight to the error. We start at the output and go back layer by layer.",
    )
    blocks: list[Block] = [Paragraph(text=text)]
    if structure.conventions.batch == "online" and structure.sample_count > 1:
        blocks.append(Paragraph(text=("The samples take turns: this round updates with sample 1 alone.",)))
    elif pen.scope.table_samples:
        blocks.append(
            Paragraph(text=("Sample 1 is worked line by line; the gradients of the others stand in the tables.",))
        )
    return tuple(blocks)


class _Layer:
    """Writes the backward steps of one layer for one sample."""

    def __init__(self, structure: Structure, pen: Pen, depth: int, sample: int | None) -> None:
        self.structure = structure
        self.pen = pen
        self.depth = depth
        self.sample = sample
        self.layer = structure.layers[depth]
        self.last = depth == len(structure.layers) - 1
        self.weights = weight_ids(structure)[depth]
        self.biases = bias_ids(structure)[depth]
        self.trained = frozenset(trained_ids(structure))
        self.full = pen.scope.full(self.layer.units)
        only = pen.scope.only
        if only is not None and only in {name for row in self.weights for name in row} | set(self.biases or ()):
            # The one wanted parameter is worked in full, whatever the size of the network.
            positions = [j for j, row in enumerate(self.weights) if only in row or (self.biases and self.biases[j] == only)]
            self.full = tuple(self.layer.units[j] for j in positions)

    def id(self, base: str) -> str:
        return with_sample(base, self.sample)

    def words(self, text: str) -> Text:
        return (text + of_sample(self.sample),)

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        softmax = self.layer.activation == "softmax"
        if self.last:
            for position, unit in enumerate(self.full if not softmax else self.layer.units):
                if not softmax:
                    found += self._output_slope(unit, first=position == 0)
                    found += self._to_net(unit, first=position == 0)
                    found += self._weights_of(unit, first=position == 0)
                elif self.pen.scope.every_unit or position < 1:
                    found += self._output_slope(unit, first=position == 0)
            if softmax:
                found += self._softmax()
        else:
            for position, unit in enumerate(self.full):
                found += self._arriving(unit, first=position == 0)
                found += self._to_net(unit, first=position == 0)
                found += self._weights_of(unit, first=position == 0)
        found += self._rest()
        return found + self._shared_bias()

    def _output_slope(self, unit: str, *, first: bool) -> list[Block]:
        pen, names = self.pen, self.pen.terms.name
        found: list[Block] = []
        own, total = self.id(f"dE_{unit}/dout_{unit}"), self.id(f"dE_total/dout_{unit}")
        target, out = names(self.id(f"t_{unit}")), names(self.id(f"out_{unit}"))
        rows = error_slope_rows(self.structure.loss, target, out)
        working = (Line(left=names(own), rows=tuple(Row(relation="=", tree=row) for row in rows)),) if first else ()
        mean = self.structure.loss == "mean_squared_error" and len(self.structure.outputs) > 1
        why: Text = ()
        if first:
            why = (
                "Only the error of ",
                unit,
                " depends on this output; the others are constants for it. The inner derivative, of the target minus "
                "the output, is −1."
                if "squared" in self.structure.loss
                else " depends on this output; the others are constants for it.",
            )
        if mean:
            found.append(pen.step(own, title=self.words(f"Slope of the error of {unit}"), explanation=why, working=working))
            why, working = ("The total is the mean over the outputs.",) if first else (), ()
            before: tuple[Tree, ...] = ()
        else:
            before = (names(own),)
        title = self.words(f"Slope of the error by the activation of {unit}")
        found.append(pen.step(total, title=title, explanation=why, before=before, working=working))
        return found

    def _arriving(self, unit: str, *, first: bool) -> list[Block]:
        """∂E/∂out of a hidden unit: over every path by which it reaches the error."""
        pen, names = self.pen, self.pen.terms.name
        above = self.structure.layers[self.depth + 1]
        out = self.id(f"out_{unit}")
        found: list[Block] = []
        splits = self.depth == len(self.structure.layers) - 2 and splits_plainly(self.structure)
        if splits:
            for position, target in enumerate(above.units if pen.scope.every_unit else above.units[:1]):
                net = self.id(f"net_{target}")
                chain = Product((_partial(pen, self.id(f"E_{target}"), net), _partial(pen, net, out)))
                why: Text = ("The error goes back the way the activation came, through the same weight.",)
                found.append(
                    pen.step(
                        self.id(f"dE_{target}/dout_{unit}"),
                        title=self.words(f"What reaches {unit} from {target}"),
                        explanation=why if first and position == 0 else (),
                        before=(chain,),
                    )
                )
            if not pen.scope.every_unit:
                found.append(self._path_table(unit, above.units[1:]))
        terms = tuple(
            Product((names(self.id(f"delta_{target}")), _partial(pen, self.id(f"net_{target}"), out)))
            for target in above.units[:4]
        )
        why = ()
        if first:
            count = len(above.units)
            why = (
                f"{unit} reaches the error by {count} path{'s' * (count > 1)}, one through each unit above it, and the "
                "chain rule adds them up."
                if count > 1
                else f"{unit} reaches the error by one path only.",
            )
        whole = len(terms) == len(above.units) and not splits
        found.append(
            pen.step(
                self.id(f"dE_total/dout_{unit}"),
                title=self.words(f"Slope of the error by the activation of {unit}: the sum over paths"),
                explanation=why,
                before=((Sum(terms) if len(terms) > 1 else terms[0]),) if whole else (),
            )
        )
        return found

    def _path_table(self, unit: str, units: tuple[str, ...]) -> Block:
        suffix = "" if self.sample is None else f"-s{self.sample}"
        table = f"paths-{unit}{suffix}"
        rows: list[tuple[Text, ...]] = []
        for target in units:
            path = self.id(f"dE_{target}/dout_{unit}")
            rows.append(((self.pen.terms.name(path),), (self.pen.figure(path, table),)))
        return self.pen.table(table, ("The other paths, worked in the same way.",), (("Path",), ("Value",)), rows)

    def _to_net(self, unit: str, *, first: bool) -> list[Block]:
        pen, names = self.pen, self.pen.terms.name
        slope, delta, net = self.id(f"dout_{unit}/dnet_{unit}"), self.id(f"delta_{unit}"), self.id(f"net_{unit}")
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
                before=(_partial(pen, self.id("E_total"), net),),
            )
        )
        if self.last and self.structure.loss == "binary_cross_entropy" and self.layer.activation == "sigmoid" and first:
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

    def _weights_of(self, unit: str, *, first: bool) -> list[Block]:
        pen, names = self.pen, self.pen.terms.name
        position = self.layer.units.index(unit)
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
                title = self.words(f"Slope of the net input of {unit} by {weight}")
                found.append(pen.step(local, title=title, explanation=why, before=(operator,)))
                note: Text = ("The chain rule multiplies the factors.",)
            else:
                note = ("As before; here ", names(local), " = ", source, ".")
            found.append(pen.step(gradient, title=self.words(f"Gradient of {weight}"), explanation=note))
        if self.biases and self.layer.bias_kind == "per-unit":
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

    def _shared_bias(self) -> list[Block]:
        if not self.biases or self.layer.bias_kind != "shared" or self.biases[0] not in self.trained:
            return []
        bias = self.biases[0]
        if self.pen.scope.only not in (None, bias):
            return []
        sign = "" if self.structure.conventions.bias_sign == "added" else " with a minus sign, since it is subtracted"
        why: Text = (f"The bias is shared: it reaches the error through every unit of the layer, so the deltas add up{sign}.",)
        if len(self.layer.units) == 1:
            why = (f"A bias is a weight on a constant: its gradient is the delta{sign}.",)
        title = self.words(f"Gradient of the bias {bias}")
        return [self.pen.step(self.id(f"dE_total/d{bias}"), title=title, explanation=why)]

    def _softmax(self) -> list[Block]:
        """The deltas of a softmax layer: over all pairs, and what that comes to."""
        pen, names, units = self.pen, self.pen.terms.name, self.layer.units
        found: list[Block] = []
        if not pen.scope.every_unit:
            found.append(self._pair_table(units))
        for position, unit in enumerate(self.full):
            net = self.id(f"net_{unit}")
            for other in units if pen.scope.every_unit else ():
                why: Text = ()
                if position == 0:
                    why = (
                        "An activation and its own net input: as derived in the tools."
                        if other == unit
                        else "A softmax output depends on every net input of the layer, this one included.",
                    )
                title = self.words(f"Slope of the activation of {other} by the net input of {unit}")
                found.append(pen.step(self.id(f"dout_{other}/dnet_{unit}"), title=title, explanation=why))
            terms = [
                Product((_partial(pen, self.id("E_total"), self.id(f"out_{o}")), _partial(pen, self.id(f"out_{o}"), net)))
                for o in units[:4]
            ]
            why = ("The net input reaches the error through every output of the layer: a sum over all of them.",)
            found.append(
                pen.step(
                    self.id(f"delta_{unit}"),
                    title=self.words(f"Delta of {unit}"),
                    explanation=why if position == 0 else (),
                    before=(_partial(pen, self.id("E_total"), net),),
                )
            )
            if position == 0 and self.structure.loss == "cross_entropy":
                found.append(self._shorter(unit, tuple(terms)))
            found += self._weights_of(unit, first=position == 0)
        return found

    def _pair_table(self, units: tuple[str, ...]) -> Block:
        table = "softmax-pairs" + ("" if self.sample is None else f"-s{self.sample}")
        unit = self.full[0]
        rows: list[tuple[Text, ...]] = []
        for other in units:
            ids = (self.id(f"dE_total/dout_{other}"), self.id(f"dout_{other}/dnet_{unit}"))
            cells: list[Text] = [(other,)]
            for name in ids:
                cells += [(self.pen.figure(name, table),)]
            rows.append(tuple(cells))
        total, out = self.pen.terms.name("E_total"), self.pen.terms.name
        head: tuple[Text, ...] = (
            ("Output",),
            ("Slope of ", total, " by it"),
            ("Its slope by ", out(self.id(f"net_{unit}"))),
        )
        return self.pen.table(table, ("The factors for every output of the layer.",), head, rows)

    def _shorter(self, unit: str, terms: tuple[Tree, ...]) -> Block:
        """δ = o − t, derived from the sum over all pairs."""
        names = self.pen.terms.name
        units = self.layer.units
        out, target = names(self.id(f"out_{unit}")), names(self.id(f"t_{unit}"))
        targets = [names(self.id(f"t_{other}")) for other in units]
        own = Minus(Product((target, _bracketed(Sum((Digits_one(), Minus(out)))))))
        crossed = [Product((names(self.id(f"t_{other}")), out)) for other in units if other != unit]
        rows: list[Tree] = []
        if len(units) <= 4:
            rows.append(Sum(terms) if len(terms) > 1 else terms[0])
            rows.append(Sum((own, *crossed)))
            whole = Sum(tuple(targets)) if len(targets) > 1 else targets[0]
            rows.append(Sum((Product((out, _bracketed(whole))), Minus(target))))
        rows.append(Sum((out, Minus(target))))
        line = Line(left=names(self.id(f"delta_{unit}")), rows=tuple(Row(relation="=", tree=row) for row in rows))
        text = "In every product the output cancels, and the targets add up to 1, so that the delta of each unit is simply"
        return Remark(kind="note", title="A shorter way", blocks=(Paragraph(text=(text,)), Formula(lines=(line,))))

    def _rest(self) -> list[Block]:
        """Tables for the units and weights that are not worked line by line."""
        pen, names = self.pen, self.pen.terms.name
        if pen.scope.every_unit:
            return []
        suffix = "" if self.sample is None else f"-s{self.sample}"
        found: list[Block] = []
        units = tuple(unit for unit in self.layer.units if unit not in self.full)
        if units:
            table = f"deltas-{self.depth + 1}{suffix}"
            kinds = ("dE_total/dout_{0}", "dout_{0}/dnet_{0}", "delta_{0}")
            rows: list[tuple[Text, ...]] = [
                ((unit,), *((pen.figure(self.id(kind.format(unit)), table),) for kind in kinds)) for unit in units
            ]
            first = units[0]
            head: tuple[Text, ...] = (
                ("Unit",),
                ("Slope by its activation",),
                ("Slope of the activation function",),
                ("Delta ", names(self.id(f"delta_{first}")), ", …"),
            )
            found.append(pen.table(table, ("The other units of this layer, worked in the same way.",), head, rows))
        if pen.scope.only is not None:
            return found
        table = f"gradients-{self.depth + 1}{suffix}"
        weights = [w for row in self.weights for w in row if self.id(f"dE_total/d{w}") not in pen.standing]
        if self.biases and self.layer.bias_kind == "per-unit":
            weights += [b for b in self.biases if b in self.trained and self.id(f"dE_total/d{b}") not in pen.standing]
        rows = [((names(w),), (pen.figure(self.id(f"dE_total/d{w}"), table),)) for w in weights]
        if rows:
            head = (("Parameter",), ("Gradient",))
            caption: Text = ("The other gradients of this layer, worked in the same way.",)
            found.append(pen.table(table, caption, head, rows))
        return found


def _batch_steps(structure: Structure, pen: Pen, depth: int) -> list[Block]:
    """The gradients over all samples."""
    if structure.sample_count == 1 or structure.conventions.batch == "online":
        return []
    found: list[Block] = []
    trained = frozenset(trained_ids(structure))
    names = [w for row in weight_ids(structure)[depth] for w in row]
    names += [b for b in dict.fromkeys(bias_ids(structure)[depth] or ()) if b in trained]
    wanted = [name for name in names if pen.scope.only in (None, name)]
    if pen.scope.table_samples:
        found.append(_sample_gradients(pen, depth, wanted))
    worked = wanted if pen.scope.every_unit else wanted[:1]
    average = structure.conventions.batch == "mean"
    for position, name in enumerate(worked):
        why: Text = ()
        if position == 0:
            why = ("The error is the mean over the samples, and so is its gradient.",) if average else (
                "The error is the sum over the samples, and so is its gradient.",
            )
        found.append(pen.step(f"dE_total/d{name}", title=(f"Gradient of {name} over all samples",), explanation=why))
    if len(wanted) > len(worked):
        table = f"batch-gradients-{depth + 1}"
        rows: list[tuple[Text, ...]] = [
            ((pen.terms.name(n),), (pen.figure(f"dE_total/d{n}", table),)) for n in wanted[len(worked) :]
        ]
        head: tuple[Text, ...] = (("Parameter",), ("Gradient",))
        found.append(pen.table(table, ("The other gradients over all samples.",), head, rows))
    return found


def _sample_gradients(pen: Pen, depth: int, wanted: list[str]) -> Block:
    samples = pen.scope.table_samples
    table = f"sample-gradients-{depth + 1}"
    for sample in samples:
        pen.standing.update(with_sample(f"dE_total/d{name}", sample) for name in wanted)
    shown = samples[:4]
    rows: list[tuple[Text, ...]] = [
        ((pen.terms.name(name),), *((pen.figure(with_sample(f"dE_total/d{name}", s), table),) for s in shown))
        for name in wanted
    ]
    head: tuple[Text, ...] = (("Parameter",), *((f"Sample {sample}",) for sample in shown))
    more = f" Samples {shown[-1] + 1} to {samples[-1]} are left out of the table." if len(samples) > len(shown) else ""
    return pen.table(table, (f"Gradients of the other samples.{more}",), head, rows)


def _partial(pen: Pen, upper: str, lower: str) -> Tree:
    from derive.display.tree import Partial

    return Partial(pen.terms.name(upper), pen.terms.name(lower))


def _bracketed(tree: Tree) -> Tree:
    from derive.display.tree import Parentheses

    return Parentheses(tree)


def Digits_one() -> Tree:  # noqa: N802
    from derive.display.tree import Digits

    return Digits("1")
