"""A small document made by hand, with hostile texts, every kind of block, and two fillings for it."""

from __future__ import annotations

from decimal import Decimal

from derive.display.tree import (
    Cases,
    Digits,
    Fraction,
    Function,
    Juxtaposed,
    Line,
    Matrix,
    Minus,
    Name,
    Parentheses,
    Partial,
    Power,
    Product,
    Relation,
    Row,
    Slot,
    Sum,
    Tree,
    Words,
)
from derive.formula.figures import Figure
from derive.given.naming import symbol
from derive.given.problem import Layer, Number, Problem, Sample
from derive.telling.filling import Filling
from derive.telling.model import Document, Formula, Paragraph, Picture, Remark, Section, Step, Table

#: Text that would do something if it were not escaped, in one format or another.
HOSTILE = (
    '<script>alert(1)</script> \\input{/etc/passwd} #import "x" $x$ & % _ ^ ~ {} \' \\ [a] *b* `c` @d <e> «é» '
    "\u4e2d\U0001f600 ]]> --> $$ #panic() //x /*y*/ ((* z *)) {{ z }} {% z %} << z >> \ue0000\ue001 \ue000999\ue001"
)


def name(quantity: str) -> Tree:
    """The symbol of a quantity in the notation of the sample."""
    return Name(symbol(quantity, "net-out"))


def partial(above: str, below: str) -> Tree:
    return Partial(name(above), name(below))


NET = Line(
    left=name("net_H1"),
    rows=(
        Row(
            relation="=",
            tree=Sum(
                (
                    Product((name("w1"), name("x1"))),
                    Product((name("w2"), name("x2"))),
                    name("b1"),
                )
            ),
        ),
        Row(
            relation="=",
            tree=Sum(
                (
                    Product(
                        (
                            Slot(quantity="w1", place="net_H1", role="given"),
                            Slot(quantity="x1", place="net_H1", role="given", wrap="signed"),
                        )
                    ),
                    Product(
                        (
                            Slot(quantity="w2", place="net_H1", role="given"),
                            Slot(quantity="x2", place="net_H1", role="given", wrap="signed"),
                        )
                    ),
                    Slot(quantity="b1", place="net_H1", role="given", wrap="signed"),
                )
            ),
        ),
        Row(
            relation=Slot(quantity="net_H1", place="net_H1", role="relation"),
            tree=Slot(quantity="net_H1", place="net_H1", role="result"),
        ),
    ),
    mark=Slot(quantity="net_H1", place="net_H1", role="mark"),
)

LONG = Line(
    left=partial("E_total", "w1"),
    rows=(
        Row(
            relation="=",
            tree=Product(
                (
                    Parentheses(
                        Sum(
                            tuple(
                                Product(
                                    (
                                        partial(f"E_y{k}", f"out_y{k}"),
                                        partial(f"out_y{k}", f"net_y{k}"),
                                        partial(f"net_y{k}", "out_H1"),
                                    )
                                )
                                for k in range(1, 7)
                            )
                        )
                    ),
                    partial("out_H1", "net_H1"),
                    partial("net_H1", "w1"),
                )
            ),
        ),
        Row(
            relation="=",
            tree=Product(
                (
                    Parentheses(
                        Sum(
                            tuple(
                                Product(
                                    (
                                        Slot(quantity="long", place="long"),
                                        Slot(quantity="long", place="long", wrap="signed"),
                                    )
                                )
                                for _ in range(6)
                            )
                        )
                    ),
                    Slot(quantity="long", place="long", wrap="signed"),
                )
            ),
        ),
        Row(
            relation=Slot(quantity="long", place="long", role="relation"),
            tree=Slot(quantity="long", place="long", role="result"),
        ),
    ),
    mark=Slot(quantity="long", place="long", role="mark"),
)

SIGMOID = Line(
    left=Function("σ", (Name(symbol("net_H1", "z-a")),)),
    rows=(
        Row(
            relation="=",
            tree=Fraction(
                Digits("1"),
                Sum((Digits("1"), Power(name("e"), Minus(Name(symbol("net_H1", "z-a")))))),
            ),
        ),
    ),
)

LAYER = Line(
    left=Juxtaposed(
        (Matrix(((name("w1"), name("w2")), (name("w3"), name("w4")))), Matrix(((name("x1"),), (name("x2"),))))
    ),
    rows=(Row(relation="=", tree=Matrix(((name("net_H1"),), (name("net_H2"),)))),),
)

RELU = Line(
    left=Function("relu", (name("n"),)),
    rows=(
        Row(
            relation="=",
            tree=Cases(
                (
                    (name("n"), Juxtaposed((Words("if"), Relation(name("n"), ">", Digits("0"))))),
                    (Digits("0"), Words("otherwise")),
                )
            ),
        ),
    ),
)


def _table(text: str) -> Table:
    return Table(
        id="updates",
        caption=("Old beside new: ", text),
        header=(("Weight",), ("Old",), ("Gradient ", partial("E_total", "w1")), ("Remark",)),
        rows=(
            (
                (name("w1"),),
                (Slot(quantity="w1", place="net_H1", role="given"),),
                (Slot(quantity="long", place="long"), Slot(quantity="long", place="long", role="mark")),
                (text,),
            ),
            ((name("w2"),), (Slot(quantity="w2", place="net_H1", role="given"),), ("—",), ("none",)),
        ),
        align="lrrl",
    )


def sample_document(text: str = HOSTILE) -> Document:
    """A document with every kind of block; ``text`` stands wherever a user's text may."""
    step = Step(
        id="net_H1",
        quantity="net_H1",
        rule="net_input",
        title=("Net input of ", name("H1"), " ", text),
        uses=("w1", "x1", "w2", "x2", "b1"),
        line=NET,
        explanation=("Each input times its weight, plus the bias. ", text),
    )
    long = Step(
        id="dE_total/dw1",
        quantity="dE_total/dw1",
        rule="sum_over_paths",
        title=("Partial derivative ", partial("E_total", "w1")),
        uses=("net_H1",),
        line=LONG,
        explanation=("The sum over all paths.",),
        working=(SIGMOID, RELU),
    )
    return Document(
        name="sample",
        title=text,
        sections=(
            Section(
                id="givens",
                title=("What is given ", text),
                blocks=(
                    Paragraph(text=("Source: ", text)),
                    Picture(
                        id="network",
                        kind="network",
                        subject="",
                        caption=("The network. ", text),
                        alternative=text,
                    ),
                    _table(text),
                ),
            ),
            Section(
                id="forward",
                title=("Forward pass",),
                blocks=(
                    Paragraph(
                        text=(
                            "In matrix form, with ",
                            name("net_H1"),
                            " first:",
                        )
                    ),
                    Formula(lines=(LAYER,)),
                    step,
                ),
                subsections=(
                    Section(
                        id="slopes",
                        title=("Slope of ", name("out_H1")),
                        blocks=(
                            Picture(
                                id="curve",
                                kind="activation",
                                subject="sigmoid",
                                caption=("The curve.",),
                                alternative="Curve",
                            ),
                            Remark(
                                kind="note",
                                title="A convention " + text,
                                blocks=(Paragraph(text=("Read this. ", text)),),
                            ),
                            Remark(
                                kind="warning",
                                title="The old weights",
                                blocks=(
                                    Paragraph(text=("Old ", name("w5"), ", not new ones.")),
                                    Formula(lines=(SIGMOID,)),
                                ),
                            ),
                            long,
                        ),
                    ),
                ),
            ),
            Section(
                id="training",
                title=("Training",),
                blocks=(
                    Picture(id="error", kind="error_curve", subject="", caption=("The error.",), alternative="Error"),
                ),
            ),
        ),
    )


def sample_problem(text: str = HOSTILE) -> Problem:
    def numbers(*texts: str) -> tuple[Number, ...]:
        return tuple(Number.of(Decimal(one)) for one in texts)

    return Problem(
        name="sample",
        title=text,
        source=text,
        loss="half_squared_error",
        learning_rate=Number.of("0.5"),
        inputs=("x1", "x2"),
        layers=(
            Layer(
                units=("H1", "H2"),
                activation="sigmoid",
                weights=(numbers("0.15", "-0.20"), numbers("0.25", "0.30")),
                bias=Number.of("0.35"),
            ),
            Layer(units=("y1",), activation="sigmoid", weights=(numbers("0.40", "0.45"),), bias=None),
        ),
        samples=(Sample(inputs=numbers("0.05", "0.10"), targets=numbers("0.01")),),
    )


def sample_filling(
    *, text: str = HOSTILE, net: str = "0.337500000", long: str = "0.082167040", marked: bool = True
) -> Filling:
    """Figures for the sample document; those of ``net_H1`` and of the long line as asked."""

    def figure(digits: str) -> Figure:
        return Figure(negative=digits.startswith("-"), digits=digits.lstrip("-"), exact=False)

    typed = {"w1": "0.15", "x1": "0.05", "w2": "-0.20", "x2": "0.10", "b1": "0.35"}
    figures: dict[Slot, Figure] = {}
    for slot in slots():
        if slot.role == "given":
            figures[slot] = figure(typed[slot.quantity])
        elif slot.role in ("operand", "result"):
            figures[slot] = figure(net if slot.quantity == "net_H1" else long)
    return Filling(
        problem=sample_problem(text),
        figures=figures,
        relations={slot: "≈" for slot in slots() if slot.role == "relation"},
        marks=frozenset(slot for slot in slots() if slot.role == "mark" and marked),
        numbers={"net_H1": float(net), "net_H2": -1.25, "net_y1": 0.6},
        errors=tuple(0.3 / (1 + number) for number in range(1001)),
    )


def slots() -> tuple[Slot, ...]:
    """Every slot of the sample document."""
    givens = tuple(
        Slot(quantity=quantity, place="net_H1", role="given", wrap=wrap)  # type: ignore[arg-type]
        for quantity in ("w1", "x1", "w2", "x2", "b1")
        for wrap in ("bare", "signed")
    )
    rest = tuple(
        Slot(quantity=quantity, place=quantity, role=role, wrap=wrap)  # type: ignore[arg-type]
        for quantity in ("net_H1", "long")
        for role in ("operand", "result", "relation", "mark")
        for wrap in ("bare", "signed")
    )
    return givens + rest
