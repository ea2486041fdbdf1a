"""One line in matrices: its symbols, its numbers, its result, and the formula behind every entry that is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from derive.display.tree import Line, Name, Partial, Row, Slot, Tree
from derive.formula.expression import Expression, references
from derive.given.naming import Symbol, bias_ids, weight_ids, with_sample
from derive.given.problem import Structure
from derive.telling.lines import Pen, of_sample
from derive.telling.matrices import Grid
from derive.telling.model import Step, Text

#: Estimated width in em of an entry as the problem gives it, with its sign.
_TYPED_WIDTH = 2.5


@dataclass(frozen=True, kw_only=True)
class MatrixPen:
    """Writes lines in vectors and matrices for one layer and one sample.

    Attributes
    ----------
    structure : Structure
    pen : Pen
        With a derivation by deltas.
    figure_width : float
        Estimated width in em of a computed figure.
    depth : int
        Position of the layer, from 0.
    sample : int or None
        As ids carry it.
    """

    structure: Structure
    pen: Pen
    figure_width: float
    depth: int = 0
    sample: int | None = None
    _symbols: dict[tuple[str, ...], Tree] = field(default_factory=dict)

    def at(self, depth: int, sample: int | None = None) -> MatrixPen:
        """The same for another layer or sample."""
        return replace(self, depth=depth, sample=sample)

    @property
    def suffix(self) -> str:
        """What ids of steps end with where there are several samples."""
        return "" if self.sample is None else f"-s{self.sample}"

    # Vectors and matrices by what they hold: ids of their entries, and their symbols.

    @property
    def words(self) -> str:
        """The layer in words."""
        if self.depth == len(self.structure.layers) - 1:
            return "the output layer"
        return f"hidden layer {self.depth + 1}" if len(self.structure.layers) > 2 else "the hidden layer"

    @property
    def inputs(self) -> Grid:
        """What comes into the layer: the network's inputs, or the activations below."""
        if self.depth == 0:
            ids = [with_sample(name, self.sample) for name in self.structure.inputs]
            return self._known(ids, self._named("x", ""))
        return self.at(self.depth - 1, self.sample).units("out")

    @property
    def targets(self) -> Grid:
        """The targets of the outputs."""
        ids = [with_sample(f"t_{unit}", self.sample) for unit in self.structure.outputs]
        return self._known(ids, self._named("t", ""))

    def units(self, kind: str) -> Grid:
        """One quantity for each unit of the layer: ``net``, ``out``, ``delta`` or ``dE_total/dout``."""
        ids = [with_sample(f"{kind}_{unit}", self.sample) for unit in self.structure.layers[self.depth].units]
        if kind == "dE_total/dout":
            return self._known(ids, Partial(self.total, self.symbol("out")))
        return self._known(ids, self.symbol(kind))

    def weights(self, *, new: bool = False) -> Grid:
        """The weights into the layer, one row for each unit."""
        rows = tuple(
            tuple(f"{name}_new" if new else name for name in row) for row in weight_ids(self.structure)[self.depth]
        )
        return Grid(rows=rows, entry_width=self.figure_width if new else _TYPED_WIDTH)

    def biases(self, *, new: bool = False) -> Grid | None:
        """The bias of each unit of the layer; a shared one stands once for each."""
        names = bias_ids(self.structure)[self.depth]
        return Grid.column([f"{name}_new" if new else name for name in names]) if names else None

    def gradients(self, sample: int | None) -> Grid:
        """The gradients of the weights into the layer, of one sample or of the batch."""
        return self.figures([[with_sample(f"dE_total/d{w}", sample) for w in row] for row in self.weights().rows])

    def symbol(self, kind: str, *, new: bool = False) -> Tree:
        """The symbol of a vector of the layer, or of its weights (``W``) and biases (``b``)."""
        short = {"net": "z", "out": "a"} if self.pen.terms.notation == "z-a" else {}
        letters = {"delta": "δ", **short}.get(kind, kind)
        of_layer = f"[{self.depth + 1}]"
        sample = "" if self.sample is None or kind in "Wb" else f"({self.sample})"
        return Name(Symbol(letters=letters, superscript=of_layer + sample + ("+" if new else "")))

    @property
    def total(self) -> Tree:
        """The total error of the sample, or of all."""
        return self.pen.terms.name(with_sample("E_total", self.sample))

    def shown(self, ids: tuple[str, ...]) -> Tree:
        """The symbol of a vector by its entries.

        Raises
        ------
        KeyError
            If no vector with these entries has been written.
        """
        return self._symbols[ids]

    def numbers(self, place: str) -> Callable[[tuple[str, ...]], Tree]:
        """What shows a vector by its figures at one place."""
        return lambda ids: Grid.column(ids).tree(self.slots(place))

    def slots(self, place: str) -> Callable[[str], Tree]:
        """What shows an entry by its figure at one place."""
        return lambda quantity: self.pen.terms.slot(quantity, self.pen.view + place)

    def line(
        self,
        place: str,
        *,
        rule: str,
        title: str,
        left: Tree,
        symbols: Sequence[Tree],
        numbers: Tree | None,
        result: Grid,
        explanation: Text = (),
    ) -> Step:
        """The step that works out a whole vector or matrix.

        Parameters
        ----------
        place : str
            Its id, without the view.
        symbols : sequence of Tree
            Right-hand sides in symbols.
        numbers : Tree or None
            The last of them with its figures, from `numbers` and `slots` of the same place.
        result : Grid
            Quantities of the derivation; those that are printed give the entries.
        """
        identity = self.pen.view + place
        rows = [Row(relation="=", tree=tree) for tree in symbols]
        if numbers is not None:
            rows.append(Row(relation="=", tree=numbers))
        found = result.tree(lambda quantity: Slot(quantity=quantity, place=identity, role="result"))
        rows.append(Row(relation=Slot(quantity=identity, place=identity, role="relation"), tree=found))
        entries = tuple((name, self.formula(name)) for name in dict.fromkeys(result.printed))
        self.pen.standing.update(name for name, _ in entries)
        return Step(
            id=identity,
            quantity=None,
            rule=rule,
            title=(title + of_sample(self.sample),),
            uses=tuple(dict.fromkeys(used for _, formula in entries for used in references(formula))),
            line=Line(left=left, rows=tuple(rows), mark=Slot(quantity=identity, place=identity, role="mark")),
            explanation=explanation,
            entries=entries,
        )

    def formula(self, quantity: str) -> Expression:
        """The formula that gives a quantity."""
        return self.pen.derivation.by_id[quantity].expression

    def figures(self, rows: Sequence[Sequence[str]]) -> Grid:
        """A matrix of computed quantities."""
        return Grid(rows=tuple(map(tuple, rows)), entry_width=self.figure_width)

    def _known(self, ids: list[str], shown: Tree) -> Grid:
        self._symbols[tuple(ids)] = shown
        return Grid.column(ids)

    def _named(self, letter: str, layer: str) -> Tree:
        """The vector of inputs or targets, upright where a single input has its letter."""
        words = {"x": "inputs", "t": "targets"}
        sample = "" if self.sample is None else f"({self.sample})"
        letters = words[letter] if letter in self.pen.terms.givens or letter in self.structure.inputs else letter
        return Name(Symbol(letters=letters, superscript=layer + sample))


def bias_gradients(biases: Sequence[str], sample: int | None) -> list[str]:
    """Ids of the gradients of biases, of one sample or of the batch."""
    return [with_sample(f"dE_total/d{bias}", sample) for bias in biases]
