"""One step of a document: a quantity worked out as symbols = numbers = value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.display.tree import Line, Row, Slot, Tree
from derive.formula.expression import Const, Expression, Neg, Ref, references, renamed
from derive.given.naming import with_sample
from derive.network.derivation import Derivation
from derive.telling.model import Step, Table, Text
from derive.telling.scope import Scope
from derive.telling.terms import Terms

_MOST_COLUMNS = 4  # of samples in one table
_LONGEST_TABLE = 40


@dataclass(kw_only=True)
class Pen:
    """Writes the steps of one document in order, and knows what already stands on the page.

    Attributes
    ----------
    derivation : Derivation
    terms : Terms
    scope : Scope
    standing : set of str
        Ids of quantities whose figures the reader can look up above.
    view : str
        What ids of steps and tables begin with where the round is told a second time, such as ``delta:``; else empty.
    shares : bool
        Whether the targets of every sample add up to exactly 1.
    tools : bool
        Whether the document tells its tools, where they are first used.
    carries_rounded : bool
        Whether each printed figure is the one that is used next.
    means : bool
        Whether the document says what its figures mean; see `derive.telling.meaning`.
    """

    derivation: Derivation
    terms: Terms
    scope: Scope
    standing: set[str] = field(default_factory=set)
    view: str = ""
    shares: bool = True
    tools: bool = True
    carries_rounded: bool = False
    means: bool = False

    def __post_init__(self) -> None:
        """Givens stand at the head of every document."""
        self.standing.update(self.derivation.givens)

    def step(
        self,
        quantity: str,
        *,
        title: Text,
        explanation: Text = (),
        before: tuple[Tree, ...] = (),
        working: tuple[Line, ...] = (),
    ) -> Step:
        """The step that works out a quantity.

        Parameters
        ----------
        quantity : str
            Its id, which with the view before it becomes the id of the step.
        title, explanation : Text
        before : tuple of Tree
            Right-hand sides in symbols that come before the formula itself, such as the chain rule in full.
        working : tuple of Line
            How the formula is found.
        """
        found = self.derivation.by_id[quantity]
        shown = self.looked_up(found.expression)
        self.standing.add(quantity)
        # A bare 1 or −1 is its own value and stands once.
        symbols = () if _is_whole(found.expression) else (self.terms.symbols(found.expression),)
        rows = [Row(relation="=", tree=tree) for tree in (*before, *symbols)]
        place = self.view + quantity
        if symbols and not isinstance(shown, Ref | Const) and any(references(shown)):
            rows.append(Row(relation="=", tree=self.terms.numbers(shown, place)))
        rows.append(self.result(quantity))
        mark = Slot(quantity=quantity, place=place, role="mark")
        return Step(
            id=place,
            quantity=quantity,
            rule=found.rule,
            title=title,
            uses=tuple(dict.fromkeys(references(shown))),
            line=Line(left=self.terms.name(quantity), rows=tuple(rows), mark=mark),
            explanation=explanation,
            working=working,
            formula=shown,
        )

    def result(self, quantity: str) -> Row:
        """= or ≈ and the figure of a quantity."""
        place = self.view + quantity
        relation = Slot(quantity=quantity, place=place, role="relation")
        return Row(relation=relation, tree=Slot(quantity=quantity, place=place, role="result"))

    def looked_up(self, expression: Expression) -> Expression:
        """The formula in terms of what stands above: a mere other name for such a figure is replaced by it."""

        def lookup(quantity: str) -> Expression:
            if quantity in self.standing:
                return Ref(quantity)
            other = self.derivation.by_id[quantity].expression
            return other if isinstance(other, Ref | Const) else Ref(quantity)

        return renamed(expression, lookup)

    def figure(self, quantity: str, place: str) -> Slot:
        """A table cell with the figure of a quantity, which from then on stands on the page."""
        if "@" not in quantity:
            self.standing.add(quantity)
        return self.terms.slot(quantity, self.view + place)

    def table(
        self,
        table_id: str,
        caption: Text,
        header: tuple[Text, ...],
        rows: list[tuple[Text, ...]],
        *,
        align: str | None = None,
    ) -> Table:
        """A table whose first column names and whose other columns hold figures; a long one is cut in the middle."""
        # Layer by layer updated, the layers below use every new weight: fewer may be left out.
        longest = _LONGEST_TABLE * (10 if self.scope.sequential else 1)
        if len(rows) > longest:
            left_out = len(rows) - longest + 1
            dots = ((f"… {left_out} more rows …",), *(("⋮",) for _ in header[1:]))
            rows = [*rows[: longest - 2], dots, rows[-1]]
        return Table(
            id=self.view + table_id,
            caption=caption,
            header=header,
            rows=tuple(rows),
            align=align or "l" + "r" * (len(header) - 1),
        )

    def table_of_samples(self, table_id: str, caption: str, heading: str, rows: Mapping[str, Tree]) -> Table:
        """A column for each of the first samples that are not worked line by line; all of them stand from then on.

        Parameters
        ----------
        table_id, caption, heading : str
            ``heading`` is that of the first column.
        rows : mapping of str to Tree
            The id of a quantity without its sample, to what stands for it in the first column.
        """
        samples = self.scope.table_samples
        shown = samples[:_MOST_COLUMNS]
        self.standing.update(with_sample(name, sample) for sample in samples for name in rows)
        cells: list[tuple[Text, ...]] = [
            ((label,), *((self.figure(with_sample(name, sample), table_id),) for sample in shown))
            for name, label in rows.items()
        ]
        if len(samples) > len(shown):
            caption += f" Samples {shown[-1] + 1} to {samples[-1]} are left out of the table."
        head: tuple[Text, ...] = ((heading,), *((f"Sample {sample}",) for sample in shown))
        return self.table(table_id, (caption,), head, cells)


def _is_whole(expression: Expression) -> bool:
    inner = expression.operand if isinstance(expression, Neg) else expression
    return isinstance(inner, Const) and inner.value.denominator == 1


def of_sample(sample: int | None) -> str:
    """Words that say which sample a title is about; empty where there is only one."""
    return "" if sample is None else f", sample {sample}"
