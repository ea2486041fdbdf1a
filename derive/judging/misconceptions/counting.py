"""Mistakes of counting, read off the formulas of sizes, parameters and multiplications, whatever the layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import gcd

from derive.formula.expression import (
    ONE,
    Call,
    Const,
    Expression,
    Neg,
    Product,
    Quotient,
    Ref,
    Sum,
    number,
    product_of,
    references,
    sum_of,
)
from derive.judging.misconceptions.count_forms import Change, CountForm, degree, so_many, times_of, without
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules, Variants

#: Layers that are left out one by one.
_MOST_LAYERS = 40
_TWO = Const(ONE.value * 2)


def _of(*kinds: str, change: Change) -> Variants[CountForm]:
    """A change of one part in the formulas of some kinds."""
    return _whole(*kinds, change=lambda form: form.once(change))


def _whole(*kinds: str, change: Callable[[CountForm], Iterable[Expression]]) -> Variants[CountForm]:
    def variants(place: Place, form: CountForm) -> Iterator[Changes]:
        if form.what in kinds:
            yield from ({"body": wrong} for wrong in change(form))

    return variants


def _terms_left_out(which: Callable[[Expression], bool]) -> Change:
    def change(part: Expression, _: int) -> Iterator[Expression]:
        if isinstance(part, Sum) and 0 < sum(map(which, part.terms)) < len(part.terms):
            yield sum_of([term for term in part.terms if not which(term)])

    return change


def _is_padding(term: Expression) -> bool:
    return isinstance(term, Product) and term.factors[0] == _TWO


def _off_by_one(part: Expression, _: int) -> Iterator[Expression]:
    if isinstance(part, Sum) and ONE in part.terms:
        yield sum_of([term for term in part.terms if term != ONE])
        yield Sum(tuple(_TWO if term == ONE else term for term in part.terms))


def _on_one_side(part: Expression, _: int) -> Iterator[Expression]:
    if _is_padding(part) and isinstance(part, Product):
        yield product_of(part.factors[1:])


def _undivided(part: Expression, _: int) -> Iterator[Expression]:
    if isinstance(part, Quotient):
        yield part.numerator


def _rounded_up(part: Expression, _: int) -> Iterator[Expression]:
    if isinstance(part, Call) and part.function == "floor":
        yield Neg(Call("floor", (Neg(part.arguments[0]),)))


def _added(form: CountForm) -> Iterator[Expression]:
    if isinstance(form.body, Product):
        yield Sum(form.body.factors)


def _biases(changed: Callable[[Expression, int], Expression | None]) -> Change:
    """A change of the biases in a sum of weights and biases: of a bias there is one name less.

    What is changed gets the bias, and how many arrays of weights there are beside it.
    """

    def change(part: Expression, by: int) -> Iterator[Expression]:
        if not isinstance(part, Sum):
            return
        biases = [by + degree(term) == 1 for term in part.terms]
        weights = [term for term, bias in zip(part.terms, biases, strict=True) if not bias and by + degree(term) > 1]
        if any(biases) and weights:
            gates = gcd(*map(times_of, weights))
            new = [changed(term, gates) if bias else term for term, bias in zip(part.terms, biases, strict=True)]
            yield sum_of([term for term in new if term is not None])

    return change


def _one_bias_for_all(form: CountForm) -> Iterator[Expression]:
    for bare in form.once(_biases(lambda term, _: None)):
        yield Sum((bare, ONE))


def _for_one(form: CountForm) -> Iterator[Expression]:
    left = [factor for factor in form.factors if not (isinstance(factor, Ref) and factor.id in form.how_many)]
    if len(left) < len(form.factors) and any(map(degree, left)):
        yield product_of(left)


def _fewer_arrays(form: CountForm, fewer: Callable[[int], int]) -> Iterator[Expression]:
    """As if fewer arrays of one size were there; a number that a product begins with says how many."""
    for place, factor in enumerate(form.factors):
        if isinstance(factor, Const) and 0 < fewer(int(factor.value)) < factor.value:
            left = fewer(int(factor.value))
            new = (number(ONE.value * left),) if left > 1 else ()
            yield product_of((*form.factors[:place], *new, *form.factors[place + 1 :]))


def _one_gate_too_few(form: CountForm) -> Iterator[Expression]:
    return _fewer_arrays(form, lambda count: count - 1 if count > 2 else 0) if form.of_state else iter(())


def _without_state(form: CountForm) -> Iterator[Expression]:
    return form.once(_terms_left_out(lambda term: isinstance(term, Ref) and term.id in form.of_state))


def _at_each_step(form: CountForm) -> Iterator[Expression]:
    if form.steps and degree(form.body):
        yield product_of((Ref("steps"), *form.factors))


def _at_each_place(form: CountForm) -> Iterator[Expression]:
    if len(form.row.sizes) == 3 and degree(form.body):
        yield product_of((*map(Ref, form.row.sizes[:2]), *form.factors))


def _missing_counted(form: CountForm) -> Iterator[Expression]:
    if isinstance(form.body, Sum) and isinstance(last := form.body.terms[-1], Neg) and not degree(last):
        yield sum_of(form.body.terms[:-1])


def _layer_left_out(form: CountForm) -> Iterator[Expression]:
    terms = form.body.terms if isinstance(form.body, Sum) else ()
    for place in range(min(len(terms), _MOST_LAYERS)):
        yield sum_of((*terms[:place], *terms[place + 1 :]))


def _additions(form: CountForm) -> Iterator[Expression]:
    if degree(form.body):
        yield product_of((_TWO, *form.factors))


def _biases_multiplied(form: CountForm) -> Iterator[Expression]:
    yield product_of((*map(Ref, form.repeated), Ref(form.row.parameters)))


def _one_place(form: CountForm) -> Iterator[Expression]:
    return without(form, form.row.sizes[:2]) if len(form.row.sizes) == 3 else iter(())


def _size_before(form: CountForm) -> Iterator[Expression]:
    """With the size of the picture that comes in, which the formula of the own size begins with."""
    before = {
        name: next(iter(references(form.formulas[name])), name)
        for name in form.row.sizes[:2]
        if len(form.row.sizes) == 3 and name in form.formulas
    }
    if set(before) & set(references(form.body)):
        factors = (Ref(before.get(each.id, each.id)) if isinstance(each, Ref) else each for each in form.factors)
        yield product_of(tuple(factors))


def _rule(name: str, done: str, instead: str, variants: Variants[CountForm]) -> Rule[CountForm]:
    return Rule(kinds=("count",), id=name, done=done, instead=instead, variants=variants, drawn_apart=False)


_BOTH = ("parameters", "multiplications")

RULES: Rules = (
    _rule(
        "off-by-one",
        "being off by one place",
        "The window lies at one place before it moves: add 1 to the number of its moves, once.",
        _of("size", change=_off_by_one),
    ),
    _rule(
        "padding-once",
        "taking the padding on one side only",
        "The zeros stand on both sides: add the padding twice.",
        _of("size", change=_on_one_side),
    ),
    _rule(
        "padding-forgotten",
        "leaving out the padding",
        "The zeros stand on both sides: add the padding twice.",
        _of("size", change=_terms_left_out(_is_padding)),
    ),
    _rule(
        "window-forgotten",
        "leaving out the size of the window",
        "Subtract the size of the window before you divide by the stride.",
        _of("size", change=_terms_left_out(lambda term: isinstance(term, Neg))),
    ),
    _rule(
        "stride-forgotten",
        "leaving out the division by the stride",
        "Divide by the stride, round down, and then add 1.",
        _of("size", change=_undivided),
    ),
    _rule(
        "rounded-up",
        "rounding up",
        "Round down: a window that does not fit gives no number.",
        _of("size", change=_rounded_up),
    ),
    _rule(
        "added-for-multiplied",
        "adding the sizes of the directions",
        "Multiply the sizes: each row has a number for every column, and each place one for every channel.",
        _whole("size", change=_added),
    ),
    _rule(
        "biases-forgotten",
        "leaving out the biases",
        "Add a bias for each unit or kernel; in a cell, for each unit of each gate.",
        _of("parameters", change=_biases(lambda term, _: None)),
    ),
    _rule(
        "biases-twice",
        "counting the biases twice",
        "Here each unit or kernel has one bias, and in a cell each unit of each gate.",
        _of("parameters", change=_biases(lambda term, _: so_many(term, 2 * times_of(term)))),
    ),
    _rule(
        "one-bias-of-several",
        "counting one bias for each gate, where there are more",
        "Count every bias that the formulas of the cell add.",
        _of("parameters", change=_biases(lambda term, gates: so_many(term, min(gates, times_of(term))))),
    ),
    _rule(
        "one-bias-for-all",
        "counting one bias for the whole layer",
        "Each unit or kernel has a bias of its own.",
        _whole("parameters", change=_one_bias_for_all),
    ),
    _rule(
        "channels-forgotten",
        "leaving out the channels that come in",
        "Multiply by the number of channels: each has numbers of its own.",
        _whole("size", *_BOTH, change=lambda form: without(form, form.channels)),
    ),
    _rule(
        "one-unit-only",
        "counting for one unit or kernel only",
        "Multiply by the number of units or kernels: each has weights of its own.",
        _whole(*_BOTH, change=_for_one),
    ),
    _rule(
        "one-gate-only",
        "counting one gate, or one of several equal arrays, only",
        "Multiply by how many there are: each has weights of its own.",
        _whole(*_BOTH, change=lambda form: _fewer_arrays(form, lambda count: 1)),
    ),
    _rule(
        "one-gate-too-few",
        "counting one gate too few",
        "Count the candidate too: it has weights and biases of its own, as each gate has.",
        _whole(*_BOTH, change=_one_gate_too_few),
    ),
    _rule(
        "state-weights-forgotten",
        "leaving out the weights of the old state",
        "Each unit of a cell has a weight for everything that comes in, and one for each number of the old state.",
        _whole(*_BOTH, change=_without_state),
    ),
    _rule(
        "counted-at-each-step",
        "counting the parameters anew at each step of time",
        "All steps of time share the parameters: count them once.",
        _whole("parameters", change=_at_each_step),
    ),
    _rule(
        "counted-at-each-place",
        "counting the parameters anew at each place of the map",
        "All places of the map share the parameters: count them once.",
        _whole("parameters", change=_at_each_place),
    ),
    _rule(
        "missing-counted",
        "counting weights that are not there, or one weight at each of its places",
        "Count each number that is learnt once, and none where two units are not connected.",
        _whole("parameters", change=_missing_counted),
    ),
    _rule(
        "layer-left-out",
        "leaving out a layer",
        "Add the counts of all layers.",
        _whole("total", change=_layer_left_out),
    ),
    _rule(
        "additions-counted",
        "counting an addition for each product too",
        "Count the products alone.",
        _whole("multiplications", change=_additions),
    ),
    _rule(
        "biases-multiplied",
        "counting a multiplication for each bias too",
        "Biases are added: count the products alone.",
        _whole("multiplications", change=_biases_multiplied),
    ),
    _rule(
        "one-place-only",
        "counting the products of one place of the kernel only",
        "Multiply by height and width of the map: the kernel lies at so many places.",
        _whole("multiplications", change=_one_place),
    ),
    _rule(
        "size-before",
        "taking the size of what comes in for that of the map",
        "Multiply by height and width of the map: the kernel lies at so many places.",
        _whole("multiplications", change=_size_before),
    ),
    _rule(
        "one-step-only",
        "counting the products of one step of time only",
        "Multiply by the number of steps: each works all products anew.",
        _whole("multiplications", change=lambda form: without(form, ("steps",))),
    ),
)  # fmt: skip
