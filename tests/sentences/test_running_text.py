"""What the running text says of whole passes, of conventions, functions and losses, held against the figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import pytest

import derive
from derive.display.tree import BigSum, Line, Minus, Name, Parentheses, Partial, Product, Row, Tree
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.naming import Symbol, bias_ids, trained_ids, weight_ids, with_sample
from derive.given.problem import Problem, Structure
from derive.handouts.sheets.conventions import sheet_conventions
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of
from derive.telling.model import Formula, Paragraph, Remark, Table
from tests.core.networks import DEFINITIONS as FUNCTIONS
from tests.sentences.claims import equal, same, sentences
from tests.sentences.phrases import OPERATION
from tests.sentences.scene import Figures, Scene, Untrue, close, every_net, every_weight
from tests.sentences.test_steps import said, told
from tests.steps.reading import evaluate
from tests.steps.test_slopes import LOSS_DEFINITIONS
from tests.strategies import LAYERED

_NETS = [mpmath.mpf(tenth) / 10 for tenth in range(-60, 61, 7)]


# Sentences about a whole pass.


def weighted_sums(scene: Scene, *, biases: bool) -> None:
    """Every net input is the sum of weights times sources, with its bias where the layer has one."""
    same(biases, any(row is not None for row in bias_ids(scene.structure)), "biases")
    sign = 1 if scene.structure.conventions.bias_sign == "added" else -1
    for each in every_net(scene):
        products = [a * b for a, b in zip(each.sources(inputs=each.depth == 0), each.weights(), strict=True)]
        bias = each.bias()[0] if bias_ids(scene.structure)[each.depth] else 0
        equal(mpmath.fsum(products) + sign * bias, each.value, each.quantity)


def outer_products(scene: Scene) -> None:
    """Every gradient of a weight is the delta above it times what it weighs."""
    for each in every_weight(scene):
        source = each.source(inputs=each.place[0] == 0)[0]
        equal(each.of(f"delta_{each.unit}") * source, each.value, each.quantity)


def products_along_paths(scene: Scene) -> None:
    """Gradients are products of local slopes; where several paths lead on, their products are added."""
    outer_products(scene)
    for each in every_net(scene):
        delta = Scene(each.solution, each.figures, with_sample(f"delta_{each.unit}", each.sample))
        if delta.depth < len(delta.units) - 1:
            slope = delta.of(f"dout_{delta.unit}/dnet_{delta.unit}")
            equal(mpmath.fsum(delta.coming_back()) * slope, delta.value, delta.quantity)


def against_the_gradient(scene: Scene) -> None:
    """A small step against the gradient lowers the error; that is what an update does."""
    for name in trained_ids(scene.structure):
        step = scene.figures[f"{name}_new"] - scene.figures[name]
        turns = scene.structure.conventions.batch == "online" and scene.structure.sample_count > 1
        slope = scene.figures[f"dE_total/d{name}" + ("[1]" if turns else "")]
        equal(-scene.figures["eta"] * slope, step, name)


def old_or_new(scene: Scene, match: re.Match[str]) -> None:
    """Which weights the error travels back through, by name."""
    above = [name for row in weight_ids(scene.structure)[-1] for name in row]
    named = [match["first"], *([match["last"]] if match["last"] else [])]
    same(named, [f"⟦{name}⟧" for name in dict.fromkeys((above[0], above[-1]))], "the weights above")
    same("old" in match["which"], scene.structure.conventions.update == "simultaneous", "old weights are used")


Check = Callable[[Scene, "re.Match[str]"], None]
#: Forms of sentences, and what must hold of the whole network where one of them stands.
RUNNING: tuple[tuple[str, Check], ...] = (
    (r"From left to right: each unit adds up what reaches it and applies its activation function",
     lambda scene, m: weighted_sums(scene, biases=any(bias_ids(scene.structure)))),
    (r"From left to right, a whole layer in one line: the weights times what comes in(?P<b>, and the biases)?; then "
     r"the activation function, entry by entry", lambda scene, m: weighted_sums(scene, biases=m["b"] is not None)),
    (r"A layer’s net inputs in one line: a matrix with one row of weights for each unit, times the vector of its inputs"
     r"(?P<b>, and the biases)?", lambda scene, m: first_layer_biases(scene, m)),
    (r"Row times column, added up, is just the weighted sum of one unit",
     lambda scene, m: weighted_sums(scene, biases=any(bias_ids(scene.structure)))),
    (r"The chain rule answers with a product of local derivatives, one for each edge on the way from the weight to the "
     r"error", lambda scene, m: products_along_paths(scene)),
    (r"The chain rule: .+ along (?:a|one) path the slopes multiply(?:, and over several paths the products add up)?",
     lambda scene, m: products_along_paths(scene)),
    (r"Where there are several paths, their products add up", lambda scene, m: products_along_paths(scene)),
    (r"The deltas of the output layer come first; each layer below gets its own from the layer above; and a partial "
     r"derivative is a delta times what its weight multiplies", lambda scene, m: outer_products(scene)),
    (r"The weights, transposed, lead the deltas back to the layer below; the slopes of the activation function "
     r"multiply them entry by entry; and the deltas times the transposed inputs of the layer, an outer product, are "
     r"the gradients of all its weights at once", lambda scene, m: products_along_paths(scene)),
    (r"Why minus the gradient: for a small step the error changes by the gradient times the step",
     lambda scene, m: against_the_gradient(scene)),
    (r"(?P<which>The old|Here the error travels back through the updated) (?P<first>⟦\w+⟧)(?: (?:to|and) "
     r"(?P<last>⟦\w+⟧))?(?: are used here, not the updated ones|, as the author of this problem does it)", old_or_new),
    (r"In every product the output cancels, and the targets add up to 1, so that each delta is simply",
     lambda scene, m: differences(scene)),
    (r"The slope of the sigmoid cancels the denominator of the slope of the cross-entropy:",
     lambda scene, m: differences(scene)),
    (r"In absolute value, (?P<a>⟦.+⟧) is more than (?P<times>\d+) times as large as (?P<b>⟦.+⟧)",
     lambda scene, m: so_much_larger(scene, m)),
    (r"⊙ multiplies entry by entry, and so works a function that is written before a vector", lambda scene, m: None),
    (r"The delta of a hidden unit j, over all units k above it:", lambda scene, m: None),  # its formula is worked below
    (r"The delta of an output unit k, over all outputs i of the softmax:", lambda scene, m: None),
    (r"The gradient of the bias that a layer shares, over all its units k:", lambda scene, m: None),
    (r"Every figure was worked out by up to .+", lambda scene, m: None),
    (r"The tolerance is .+", lambda scene, m: None),
)  # fmt: skip


def so_much_larger(scene: Scene, match: re.Match[str]) -> None:
    """One partial derivative is more than so many times another one in size, by their names."""
    slopes = {shown: abs(scene.figures[f"dE_total/d{name}"]) for name in trained_ids(scene.structure)
              for shown in scene.shown(f"dE_total/d{name}")}  # fmt: skip
    same(slopes[match["a"]] > int(match["times"]) * slopes[match["b"]], True, match[0])


def first_layer_biases(scene: Scene, match: re.Match[str]) -> None:
    same(match["b"] is not None, bias_ids(scene.structure)[0] is not None, "biases of the first layer")
    weighted_sums(scene, biases=any(bias_ids(scene.structure)))


def differences(scene: Scene) -> None:
    """Every delta of the output layer is output minus target."""
    for each in every_net(scene):
        if each.unit in scene.structure.outputs:
            difference = each.of(f"out_{each.unit}") - each.of(f"t_{each.unit}")
            equal(difference, each.of(f"delta_{each.unit}"), f"delta_{each.unit}")


def paragraphs(explanation: Explanation) -> Iterator[str]:
    """Running text outside of steps, remarks included."""
    for block in blocks_of(explanation.document):
        if isinstance(block, Remark):
            yield from (said(part.text) for part in block.blocks if isinstance(part, Paragraph))
        elif isinstance(block, Paragraph):
            text = said(block.text)
            if not text.startswith("Source: "):  # the author's own words
                yield text


def running_complaints(explanation: Explanation, texts: list[str]) -> list[str]:
    structure = explanation.solution.problem.structure
    assert isinstance(structure, Structure)
    scene = Scene(explanation.solution, Figures(explanation.solution))
    found = []
    used = {layer.activation for layer in structure.layers}
    own = {ACTIVATIONS[name].remark for name in used}  # held against the functions themselves below
    for text in texts:
        for sentence in sentences(text) if text not in own else ():
            matches = [(re.fullmatch(form, sentence), check) for form, check in RUNNING]
            holding = next(((match, check) for match, check in matches if match is not None), None)
            try:
                if holding is not None:
                    holding[1](scene, holding[0])
                elif OPERATION.search(sentence):
                    found.append(f"no test reads “{sentence}”")
            except Untrue as complaint:
                found.append(f"“{sentence}”: {complaint}")
    return found


@pytest.mark.parametrize("name", LAYERED)
def test_running_text_holds(name: str) -> None:
    """What is said of whole passes is true of every figure that it is about, in every style."""
    texts = [*paragraphs(told(name)), *paragraphs(derive.explain(derive.load(name), style="matrix", rounds=0))]
    assert running_complaints(told(name), texts) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("2-2-2", "each unit adds up what", "each unit multiplies what"),
        ("2-2-2", "times what comes in, and the biases", "times what comes in"),
        ("hmkcode-2-2-1", "times what comes in", "times what comes in, and the biases"),
        ("2-2-2", "a delta times what", "a delta plus what"),
        ("2-2-2", "the slopes multiply.", "the slopes add up."),
        ("2-2-2", "their products add up", "their products multiply"),
        ("2-2-2", "the gradient times the step", "the gradient over the step"),
        ("2-2-2", "The old ⟦w5⟧", "The old ⟦w1⟧"),
        ("macleod-2-2-1", "the updated ⟦w1⟧", "the updated ⟦w3⟧"),
    ],
)
def test_a_wrong_word_in_running_text_is_heard(name: str, right: str, wrong: str) -> None:
    """A text that says another operation than the network's is complained of."""
    texts = [*paragraphs(told(name)), *paragraphs(derive.explain(derive.load(name), style="matrix", rounds=0))]
    changed = [text.replace(right, wrong) for text in texts if right in text]
    assert changed
    assert running_complaints(told(name), changed)


# The rules of backpropagation in general symbols.


def general_value(tree: Tree, scene: Scene, at: dict[str, str]) -> Any:
    """A formula in general symbols, where its letters stand for these units."""
    match tree:
        case Product(factors):
            return mpmath.fprod(general_value(factor, scene, at) for factor in factors)
        case Parentheses(inner):
            return general_value(inner, scene, at)
        case Minus(inner):
            return -general_value(inner, scene, at)
        case BigSum(index, body):
            depth = scene.depth + 1 if "j" in at else scene.depth
            return mpmath.fsum(general_value(body, scene, {**at, index: unit}) for unit in scene.units[depth])
        case Partial(Name(upper), Name(lower)) if upper.letters == "E":
            return scene.of(f"dE_total/dout_{at[_index(lower)]}")
        case Partial(Name(upper), Name(lower)):
            return scene.of(f"dout_{at[_index(upper)]}/dnet_{at[_index(lower)]}")
        case Name(Symbol(letters="δ") as delta):
            return scene.of(f"delta_{at[_index(delta)]}")
        case Name(Symbol(letters="w", superscript=new)):
            row = scene.units[scene.depth + 1].index(at["k"])
            weight = weight_ids(scene.structure)[scene.depth + 1][row][scene.units[scene.depth].index(at["j"])]
            return scene.figures[weight + ("_new" if "+" in new else "")]
        case Name(out):
            return scene.of(f"out_{at[_index(out)]}")
    raise AssertionError(f"no value for {tree}")


def _index(symbol: Symbol) -> str:
    return symbol.subscript


def rules(explanation: Explanation) -> Iterator[tuple[str, Line]]:
    """Each rule of the remark with the words above it."""
    for block in blocks_of(explanation.document):
        if isinstance(block, Remark) and "rules of backpropagation" in block.title:
            texts = [said(part.text) for part in block.blocks if isinstance(part, Paragraph)]
            lines = [part.lines[0] for part in block.blocks if isinstance(part, Formula)]
            yield from zip(texts, lines, strict=True)


def rule_complaints(explanation: Explanation, text: str, line: Line) -> list[str]:
    """A rule worked at every unit that its words say it is for."""
    scene = Scene(explanation.solution, Figures(explanation.solution))
    (row,) = line.rows
    found = []
    for each in every_net(scene):
        last = each.depth == len(each.units) - 1
        if "output unit k" in text and last:
            pairs = [({"k": each.unit}, f"delta_{each.unit}")]
        elif "hidden unit j" in text and not last:
            pairs = [({"j": each.unit}, f"delta_{each.unit}")]
        elif "weight from j to k" in text and not last:
            rows = zip(each.units[each.depth + 1], weight_ids(each.structure)[each.depth + 1], strict=True)
            column = each.units[each.depth].index(each.unit)
            pairs = [({"j": each.unit, "k": unit}, f"dE_total/d{weights[column]}") for unit, weights in rows]
        elif "own bias" in text and each.structure.layers[each.depth].bias_kind == "per-unit":
            pairs = [({"k": each.unit}, f"dE_total/db_{each.unit}")]
        elif "layer shares" in text and each.structure.layers[each.depth].bias_kind == "shared":
            pairs = [({}, f"dE_total/d{(bias_ids(each.structure)[each.depth] or ('',))[0]}")]
        else:
            continue
        found += [f"“{text}” at {name}" for at, name in pairs
                  if not close(general_value(row.tree, each, at), each.of(name))]  # fmt: skip
    return found


def by_deltas(name: str, **conventions: Any) -> Explanation:
    problem = derive.load(name)
    assert isinstance(problem, Problem)
    display = replace(problem.display, carry="full", notation="net-out")
    problem = replace(problem, display=display, conventions=replace(problem.conventions, **conventions))
    return derive.explain(problem, style="delta", rounds=0)


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("bias_sign", ["added", "subtracted"])
def test_the_rules_of_backpropagation_hold(name: str, bias_sign: str) -> None:
    """Each rule in general symbols gives the figure of every unit and weight that it is said to be for."""
    explanation = by_deltas(name, bias_sign=bias_sign, train_biases=True)
    found = [complaint for text, line in rules(explanation) for complaint in rule_complaints(explanation, text, line)]
    assert found == []


def test_a_wrong_rule_is_seen() -> None:
    """A hidden delta without its slope, and one that is said to be an output's, are complained of."""
    explanation = by_deltas("mazur-own-biases")
    (text, line) = next((text, line) for text, line in rules(explanation) if "hidden" in text)
    (row,) = line.rows
    assert isinstance(row.tree, Product)
    bare = replace(line, rows=(Row(relation="=", tree=row.tree.factors[0]),))
    assert rule_complaints(explanation, text, line) == []
    assert len(rule_complaints(explanation, text, bare)) == 2


# The table of conventions.


@pytest.mark.parametrize("batch", ["sum", "mean", "online"])
@pytest.mark.parametrize("bias_sign", ["added", "subtracted"])
def test_conventions_say_what_is_done(batch: str, bias_sign: str) -> None:
    """Whether biases are added or subtracted, and samples summed, averaged or taken in turn, as the figures have it."""
    explanation = by_deltas("logistic-regression", batch=batch, bias_sign=bias_sign)  # its bias is 2
    table = next(b for b in blocks_of(explanation.document) if isinstance(b, Table) and b.id == "conventions")
    problem = explanation.solution.problem
    assert isinstance(problem, Problem)
    for rows in ({said(left): said(right) for left, right in table.rows}, dict(sheet_conventions(problem))):
        convention_holds(rows, explanation, batch)


def convention_holds(rows: dict[str, str], explanation: Explanation, batch: str) -> None:
    (unit, *_) = explanation.solution.problem.structure.layers[0].units
    scene = Scene(explanation.solution, Figures(explanation.solution), f"net_{unit}[1]")
    products = [a * b for a, b in zip(scene.sources(inputs=True), scene.weights(), strict=True)]
    sign = -1 if re.search(r"\bsubtracted\b", rows["Biases"]) else 1
    assert bool(re.search(r"\badded\b", rows["Biases"])) == (sign == 1)
    assert close(mpmath.fsum(products) + sign * scene.bias()[0], scene.value)
    errors = scene.of_samples("E_total")
    words = rows["Samples"]
    share = 1 / mpmath.mpf(len(errors)) if "averaged" in words else 1
    assert close(share * mpmath.fsum(errors), scene.figures["E_total"])
    assert ("averaged" in words, "turns" in words) == (batch == "mean", batch == "online")


# Records: what the words of functions and losses say of them.


def slope(activation: str, net: Any) -> Any:
    return mpmath.diff(FUNCTIONS[activation], net, h=mpmath.mpf("1e-20"))


def near(first: Any, second: Any) -> None:
    assert abs(first - second) < mpmath.mpf("1e-15")


def between(activation: str, low: str, high: str) -> None:
    outs = [FUNCTIONS[activation](net) for net in _NETS]
    lowest, highest = (mpmath.mpf(text.replace("−", "-")) for text in (low, high))
    assert lowest < min(outs) < max(outs) < highest
    ends = [FUNCTIONS[activation](mpmath.mpf(end)) for end in (-1000, 1000)]
    assert [round(float(end), 2) for end in ends] == [float(lowest), float(highest)]


def keeps(activation: str, share: str) -> None:
    for net in _NETS:
        near(FUNCTIONS[activation](net), net if net > 0 else net * mpmath.mpf(share))


_PARTS = {"itself": lambda y: y, "one": lambda y: mpmath.mpf(1), "its square": lambda y: y * y}


def of_own_value(words: str, value: Any) -> Any:
    """A slope in words, such as "itself times one minus itself"."""
    for sign, work in (
        (" times ", lambda a, b: a * b),
        (" plus ", lambda a, b: a + b),
        (" minus ", lambda a, b: a - b),
    ):
        if sign in words:
            first, second = words.split(sign, 1)
            return work(of_own_value(first, value), of_own_value(second, value))
    return _PARTS[words](value)


def slopes(activation: str, words: str) -> None:
    for net in _NETS:
        near(of_own_value(words, FUNCTIONS[activation](net)), slope(activation, net))


def corners(activation: str, on: str, off: str) -> None:
    for net in _NETS:
        near(slope(activation, net), mpmath.mpf(on if net > 0 else off))


def smooth_relu(activation: str) -> None:
    near(FUNCTIONS[activation](mpmath.mpf(60)), mpmath.mpf(60))
    assert abs(FUNCTIONS[activation](mpmath.mpf(-60))) < 1e-20


WORDS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r".+ turns the net input into an activation between (−?\d) and (−?\d)(?:, slowly)?\.", between),
    (r".+ keeps a positive net input and turns a negative one into (0)\.", keeps),
    (r".+ keeps a positive net input and leaves a hundredth of a negative one\.", lambda name: keeps(name, "0.01")),
    (r"The leaky relu multiplies negative entries by (0\.\d+)\.", keeps),
    (r"Once the activation is known, its slope costs one multiplication: (.+)\.", slopes),
    (r"Once the activation is known, so is its slope: (.+)\.", slopes),
    (r"The slope is (\d) where the unit is on and (\d) where it is off\.", corners),
    (r"The softplus function is a smooth relu\.", smooth_relu),
    (r"The unit is linear: its activation is its net input\.", lambda name: near(FUNCTIONS[name](_NETS[1]), _NETS[1])),
    (r"σ is the sigmoid function\.", lambda name: same(name, "sigmoid", "σ")),
    (r".+ turns the net inputs of the layer into shares that add up to 1\.", lambda name: shares(name)),
    (r"Each entry is its exponential over the sum of all exponentials of the layer\.", lambda name: shares(name)),
    (r"Here S is the sum of the exponentials; an activation depends on every net input of the layer\.",
     lambda name: shares(name)),
)  # fmt: skip


def shares(activation: str) -> None:
    outs = [FUNCTIONS[activation](net, *_NETS) for net in _NETS]
    near(mpmath.fsum(outs), mpmath.mpf(1))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("words", ["does", "remark", "note"])
def test_words_of_functions_hold(name: str, words: str) -> None:
    """Bounds, parts and slopes that the words of a function name are those of its definition."""
    text = getattr(ACTIVATIONS[name], words)
    matches = [(match, check) for form, check in WORDS if (match := re.fullmatch(form, text))]
    assert bool(matches) == bool(text), f"no test reads “{text}”"
    for match, check in matches:
        check(name, *match.groups())


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_conventions_at_corners_are_the_slopes(name: str) -> None:
    """The slope that a convention names for a net input of 0 is that of the record's cases."""
    convention, cases = ACTIVATIONS[name].convention, ACTIVATIONS[name].cases
    assert convention is not None
    assert cases is not None
    (figure,) = re.findall(r"\d+(?:\.\d+)?", convention[1].replace("inputs of 0", "them"))
    assert Fraction(figure) == cases[1]


_TARGET, _OUT = "0.3", "0.7"


@pytest.mark.parametrize("name", LOSSES)
def test_titles_of_losses_are_their_formulas(name: str) -> None:
    """The formula in words gives the error of one output, and says whether outputs are summed or averaged."""
    form = re.fullmatch(r".+: (minus )?the (sum|mean) over the outputs of (.+?)(, without ½)?", LOSSES[name].title)
    assert form is not None, LOSSES[name].title
    text = form[3].replace("½", "1/2 · ").replace("²", "^2").replace("[", "(").replace("]", ")")
    text = re.sub(r"ln \((.+?)\)|ln out", lambda match: f"ln({match[1] or 'out'})", text)
    text = (
        re.sub(r"ln\(1", "ln(1", text)
        .replace("t ln", "t · ln")
        .replace(") ln", ") · ln")
        .replace("ln(1 − out))", "ln(1 − out))")
    )
    text = text.replace("target", _TARGET).replace("output", _OUT).replace("out", _OUT)
    text = re.sub(r"\bt\b", _TARGET, text)
    value = evaluate(text) * (-1 if form[1] else 1)
    value = mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    assert abs(value - LOSS_DEFINITIONS[name](mpmath.mpf(_TARGET), mpmath.mpf(_OUT))) < mpmath.mpf("1e-15")
    assert (form[2] == "mean") == LOSSES[name].mean
