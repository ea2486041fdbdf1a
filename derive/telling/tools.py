"""The tools, short, on this very network, each where it is used first: matrices, chain rule, functions, gradient."""

from __future__ import annotations

from collections.abc import Callable

from derive.display.tree import (
    Digits,
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
    Row,
    Slot,
    Sum,
    Transposed,
    Tree,
)
from derive.formula.functions import ACTIVATIONS
from derive.given.naming import Symbol, bias_ids, trained_ids, weight_ids, with_sample
from derive.given.problem import LayerStructure, Structure
from derive.telling.given import path_picture
from derive.telling.lines import Pen
from derive.telling.model import Block, Formula, Paragraph, Picture, Section, Text
from derive.telling.slopes import activation_definition, activation_slope_lines

_WIDEST_MATRIX = 4


def matrix_tool(structure: Structure, pen: Pen) -> tuple[Section, ...]:
    """Linear algebra: the first layer as a matrix; nothing where the document has no tools, as for all of these."""
    if not pen.tools:
        return ()
    sample = None if structure.sample_count == 1 else 1
    layer, weights, biases = structure.layers[0], weight_ids(structure)[0], bias_ids(structure)[0]
    sources = [with_sample(name, sample) for name in structure.inputs]
    nets = [with_sample(f"net_{unit}", sample) for unit in layer.units]
    text: Text = (
        "A layer’s net inputs in one line: a matrix with one row of weights for each unit, times the vector of its "
        "inputs"
        + (", and the biases." if biases else ".")
        + " Row times column, added up, is just the weighted sum of one unit.",
    )
    blocks: list[Block] = [Paragraph(text=text)]
    if max(len(sources), len(nets)) <= _WIDEST_MATRIX:
        blocks.append(Formula(lines=(_matrix_line(pen, weights, sources, nets, biases, structure),)))
    else:
        sizes = f"Here the first matrix has {len(nets)} rows and {len(sources)} columns: too large to print."
        blocks.append(Paragraph(text=(sizes,)))
    return (Section(id="tools-algebra", title=("Linear algebra: a layer is a matrix",), blocks=tuple(blocks)),)


def _matrix_line(
    pen: Pen,
    weights: tuple[tuple[str, ...], ...],
    sources: list[str],
    nets: list[str],
    biases: tuple[str, ...] | None,
    structure: Structure,
) -> Line:
    place = "tools-matrix"
    names = pen.terms.name
    added = structure.conventions.bias_sign == "added"

    def product(show: Callable[[str], Tree]) -> Tree:
        table = Matrix(tuple(tuple(show(weight) for weight in row) for row in weights))
        times = Juxtaposed((table, Matrix(tuple((show(source),) for source in sources))))
        if not biases:
            return times
        column: Tree = Matrix(tuple((show(bias),) for bias in biases))
        return Sum((times, column if added else Minus(column)))

    left = Matrix(tuple((names(net),) for net in nets))
    result = Matrix(tuple((Slot(quantity=net, place=place, role="operand"),) for net in nets))
    rows = (
        Row(relation="=", tree=product(names)),
        Row(relation="=", tree=product(lambda quantity: pen.terms.slot(quantity, place))),
        Row(relation=Slot(quantity=place, place=place, role="relation"), tree=result),
    )
    return Line(left=left, rows=rows)


def slope_tools(structure: Structure, pen: Pen) -> tuple[Section, ...]:
    """What the backward pass needs: the chain rule, and the slope of each activation function."""
    if not pen.tools:
        return ()
    kinds = dict.fromkeys(layer.activation for layer in structure.layers)
    return (_chain_rule(structure, pen), *(_activation(structure, kind) for kind in kinds))


def _chain_rule(structure: Structure, pen: Pen) -> Section:
    names, last = pen.terms.name, structure.layers[-1]
    sample = None if structure.sample_count == 1 else 1
    weight, unit = weight_ids(structure)[-1][0][0], last.units[0]
    net, out = names(with_sample(f"net_{unit}", sample)), names(with_sample(f"out_{unit}", sample))
    error = names(with_sample("E_total", sample))
    blocks: list[Block] = []
    if last.activation == "softmax":
        blocks.append(
            Paragraph(
                text=(
                    "The chain rule: a weight changes its net input, the net input changes every activation of a "
                    "softmax layer, and each of them changes the error; along one path the slopes multiply, and over "
                    "several paths the products add up.",
                )
            )
        )
    else:
        text: Text = (
            "The chain rule: ",
            names(weight),
            " changes ",
            net,
            ", that changes ",
            out,
            ", and that changes the error; along a path the slopes multiply. Where there are several paths, their "
            "products add up.",
        )
        factors = (Partial(error, out), Partial(out, net), Partial(net, names(weight)))
        chain = Line(left=Partial(error, names(weight)), rows=(Row(relation="=", tree=Product(factors)),))
        blocks += [Paragraph(text=text), Formula(lines=(chain,))]
        if pen.scope.every_unit:
            blocks.append(path_picture("path", (weight, unit), f"The path from {weight} to the error.", 2))
    return Section(id="tools-calculus", title=("Calculus: the chain rule",), blocks=tuple(blocks))


def gradient_tool(structure: Structure, pen: Pen) -> tuple[Section, ...]:
    """The gradient as a vector, and why a step goes against it."""
    if not pen.tools:
        return ()
    names, parameters = pen.terms.name, trained_ids(structure)
    total, eta = names("E_total"), names("eta")
    gradient = Juxtaposed((Name(Symbol(letters="∇")), total))
    shown = parameters if len(parameters) <= 4 else (*parameters[:2], "…", parameters[-1])
    cells = tuple(Name(Symbol(letters="⋯")) if p == "…" else Partial(total, names(p)) for p in shown)
    point = Name(Symbol(letters="w"))
    there = Juxtaposed((total, Parentheses(Sum((point, Minus(Product((eta, gradient))))))))
    steepness = Power(Function("abs", (gradient,)), Digits("2"))
    fallen = Sum((Juxtaposed((total, Parentheses(point))), Minus(Product((eta, steepness)))))
    falls = Line(left=there, rows=(Row(relation="≈", tree=fallen),))
    blocks: tuple[Block, ...] = (
        Paragraph(text=("The gradient collects the partial derivatives with respect to every trained parameter:",)),
        Formula(lines=(Line(left=gradient, rows=(Row(relation="=", tree=Transposed(Matrix((cells,)))),)),)),
        Paragraph(
            text=(
                "Why minus the gradient: for a small step the error changes by the gradient times the step. Of all "
                "steps of one length, the one against the gradient makes the error fall most. With the learning rate ",
                eta,
                " it falls by about",
            )
        ),
        Formula(lines=(falls,)),
    )
    return (Section(id="tools-gradient", title=("Calculus: the gradient",), blocks=blocks),)


def _activation(structure: Structure, kind: str) -> Section:
    layers: list[LayerStructure] = [layer for layer in structure.layers if layer.activation == kind]
    units = [unit for layer in layers for unit in layer.units]
    first = layers[0].activation
    function, definition = activation_definition(first)
    name = ACTIVATIONS[first].title
    blocks: list[Block] = [
        Paragraph(text=(f"The {name} function, used by {_list(units)}:",)),
        Formula(lines=(Line(left=function, rows=(Row(relation="=", tree=definition),)),)),
    ]
    if first != "softmax":
        blocks.append(
            Picture(
                id=f"curve-{first.replace('_', '-')}",
                kind="activation",
                subject=first,
                caption=(
                    f"The {name} function, with the net inputs of this network marked on it, and the tangent at "
                    f"{units[0]}: its slope is what the backward pass needs.",
                ),
                alternative=f"Curve of the {name} function with the net inputs of {_list(units)} marked.",
                beside=2,
            )
        )
    blocks.append(Paragraph(text=("Its slope, step by step:",)))
    blocks.append(Formula(lines=activation_slope_lines(first)))
    closing = ACTIVATIONS[first].remark
    if closing:
        blocks.append(Paragraph(text=(closing,)))
    return Section(
        id=f"tools-{first.replace('_', '-')}", title=(f"The activation function: {name}",), blocks=tuple(blocks)
    )


def _list(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) <= 8 else f"{names[0]} to {names[-1]}"
