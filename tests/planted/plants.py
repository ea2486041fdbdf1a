"""Mistakes to plant in the package, one at a time, and the tests that must fail where one stands.

A plant is a text of a module, what stands in its place, and the tests: files, or single tests where a file takes long.
The text must stand in its module exactly once. Where code has moved on, write the same mistake into what stands there
now; where it is gone altogether, take the plant out and plant another of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """One mistake: of which kind, what it is, and where; the text before and after; the tests that must fail."""

    kind: str
    name: str
    module: str
    before: str
    after: str
    tests: tuple[str, ...]


_RECORDS = ("tests/core/test_records.py",)
_BOARD = ("tests/steps/test_slopes.py",)
_SYMBOLIC = ("tests/core/test_symbolic.py",)
_BACKWARD = ("tests/core/test_backward.py",)
_CHAINS = ("tests/formulas/test_chain.py",)
_BALLS = ("tests/core/test_balls.py",)
_OPERATIONS = ("tests/core/test_ball_operations.py",)
_DUALS = ("tests/verification/engine/test_duals.py",)
_BALL_ARRAYS = ("tests/verification/engine/test_balls.py",)
_TWINS = ("tests/numeric/test_published.py", "tests/numeric/test_derivatives.py")
_STEPS = ("tests/sentences/test_steps.py::test_what_steps_say_holds[chain-2-2-2]",)
_BY_DELTAS = ("tests/sentences/test_steps.py::test_what_steps_say_holds[all-2-2-2]",)
_SAMPLES = ("tests/sentences/test_steps.py::test_what_steps_say_holds[chain-logistic-regression]",)
_SHARED = ("tests/sentences/test_steps.py::test_what_steps_say_holds[chain-2-3-2-2]",)
_TITLES = ("tests/sentences/test_titles.py::test_titles_name_what_is_worked_out[2-2-2]",)
_RUNNING = ("tests/sentences/test_running_text.py::test_running_text_holds[2-2-2]",)
_RULES = ("tests/sentences/test_running_text.py::test_the_rules_of_backpropagation_hold[added-2-2-2]",)
_CONVENTIONS = ("tests/sentences/test_running_text.py::test_conventions_say_what_is_done[subtracted-sum]",)
_FUNCTION_WORDS = ("tests/sentences/test_running_text.py::test_words_of_functions_hold",)
_LOSS_WORDS = ("tests/sentences/test_running_text.py::test_titles_of_losses_are_their_formulas",)
_CHAIN_WORDS = ("tests/sentences/test_titles.py::test_chains_say_what_holds",)
_MATRICES = ("tests/steps/test_matrix_symbols.py::test_symbols_of_built_in_matrices_give_their_result[2-2-2]",)
_LINES = ("tests/steps/test_styles.py::test_a_reader_recomputes_every_line[matrix-2-2-2]",)
_BATCH_LINES = ("tests/steps/test_styles.py::test_a_reader_recomputes_every_line[matrix-logistic-regression]",)
_MISTAKES = ("tests/verification/misconceptions/test_mistakes.py",)
_CATALOGUE_WORDS = ("tests/sentences/test_misconceptions.py",)

PLANTS: tuple[Plant, ...] = (
    # Slopes: records, the blackboard, losses.
    Plant("slopes", "tanh without its square", "formula/functions.py",
          "slopes=lambda y, x: (minus(ONE, Power(y, 2)),),", "slopes=lambda y, x: (minus(ONE, y),),", _RECORDS),
    Plant("slopes", "the sigmoid's own value twice", "formula/functions.py",
          "slopes=lambda y, x: (Product((y, minus(ONE, y))),),", "slopes=lambda y, x: (Product((y, y)),),", _RECORDS),
    Plant("slopes", "tanh for the slope of softplus", "formula/functions.py",
          'slopes=lambda y, x: (Call("sigmoid", (x,)),),', 'slopes=lambda y, x: (Call("tanh", (x,)),),', _RECORDS),
    Plant("slopes", "the root without its 2", "formula/functions.py",
          "(Quotient(ONE, Product((TWO, y))),)", "(Quotient(ONE, y),)", _RECORDS),
    Plant("slopes", "cos without its sign", "formula/functions.py",
          '(Neg(Call("sin", (x,))),)', '(Call("sin", (x,)),)', _RECORDS),
    Plant("slopes", "softsign without its square", "formula/functions.py",
          '(Quotient(ONE, Power(Sum((ONE, Call("abs", (x,)))), 2)),)',
          '(Quotient(ONE, Sum((ONE, Call("abs", (x,))))),)', _RECORDS),
    Plant("slopes", "both arguments of a max at a tie", "formula/functions.py",
          '(Call("at_least", (a, b)), Call("above", (b, a)))', '(Call("at_least", (a, b)), Call("at_least", (b, a)))',
          (*_RECORDS, *_CHAINS)),
    Plant("slopes", "a tenth for the leak", "formula/functions.py",
          "cases=(Fraction(1), LEAK.value),", "cases=(Fraction(1), Fraction(1, 10)),", _BOARD),
    Plant("slopes", "a step of the sigmoid's slope without a square", "formula/functions.py",
          "Quotient(down, Power(below, 2)),", "Quotient(down, below),", _BOARD),
    Plant("slopes", "the power rule without the inner sign", "formula/losses.py",
          "return (ruled, Neg(minus(target, out)))", "return (ruled, minus(target, out))", _BOARD),
    Plant("slopes", "the half squared error without ½", "formula/losses.py",
          "square=Fraction(1, 2),", "square=Fraction(1, 1),", _SYMBOLIC),
    Plant("slopes", "target minus output in a delta", "network/slopes.py",
          "difference = minus(_OUT, _TARGET)", "difference = minus(_TARGET, _OUT)",
          _LINES),
    Plant("slopes", "the cross slope of softmax without its sign", "network/slopes.py",
          "if same else Neg(Product((_OUT, _OTHER)))", "if same else Product((_OUT, _OTHER))", _SYMBOLIC),
    # The forward pass, the reverse pass, and chains of formulas.
    Plant("reverse pass", "a bias with the other sign", "network/graph.py",
          "Ref(bias) if added else Neg(Ref(bias))", "Neg(Ref(bias)) if added else Ref(bias)",
          ("tests/core/test_crosscheck.py",)),
    Plant("reverse pass", "a mean over outputs as their sum", "formula/losses.py",
          "return self.mean and outputs > 1", "return self.mean and outputs > 99",
          ("tests/core/test_crosscheck.py",)),
    Plant("reverse pass", "old weights in a sequential update", "network/backward.py",
          'partner = f"{partner}_new"', "partner = str(partner)", _BACKWARD),
    Plant("reverse pass", "a shared bias that is subtracted, without its sign", "network/reverse.py",
          "Neg(whole) if sign < 0 else whole", "whole", _BACKWARD),
    Plant("reverse pass", "an update up the gradient", "network/updates.py",
          "step = Neg(Product((Ref(\"eta\"), slope)))", "step = Product((Ref(\"eta\"), slope))", _BACKWARD),
    Plant("reverse pass", "a path of a chain with its factors added", "network/reverse.py",
          "return product_of((*before, factor))", "return sum_of((*before, factor))", _CHAINS),
    Plant("reverse pass", "the paths multiplied", "network/reverse.py",
          "total.whole or sum_of(terms)", "total.whole or product_of(terms)", _CHAINS),
    # Balls.
    Plant("balls", "a figure from one end of its ball", "arithmetic/exact.py",
          "whole=False) for end in (value.lower(), value.upper()))\n    if low != high:",
          "whole=False) for end in (value.lower(), value.lower()))\n    if low != high:", _BALLS),
    Plant("balls", "an undecided comparison taken for true", "arithmetic/exact.py",
          "return True  # equal as far as any float can tell\n    raise UndecidedError",
          "return True  # equal as far as any float can tell\n    return True", _BALLS),
    Plant("balls", "an undecided sign taken for minus", "arithmetic/exact.py",
          "stands for 0\n    raise UndecidedError", "stands for 0\n    return False", _BALLS),
    Plant("balls", "a product with 0 that is a ball", "arithmetic/exact.py",
          "for factor in factors):\n        return fmpq(0)\n", "for factor in factors):\n        return arb(0, 1)\n",
          _OPERATIONS),
    Plant("balls", "a quotient's slope with the wrong sign", "judging/engine/duals.py",
          "_scaled(other.slopes, -(box / other.box))", "_scaled(other.slopes, box / other.box)", _DUALS),
    Plant("balls", "a product's slope by one factor alone", "judging/engine/duals.py",
          "_merged(slopes, _scaled(other.slopes, self.box))", "slopes", _DUALS),
    Plant("balls", "balls that meet only where one holds the other", "judging/engine/ball_arrays.py",
          "np.frompyfunc(arb.overlaps, 2, 1)", "np.frompyfunc(arb.contains, 2, 1)", _DUALS),
    Plant("balls", "a reach cut in half", "judging/engine/ball_arrays.py",
          "reach = reach * _GROWN + _TINY", "reach = reach / 2", _BALL_ARRAYS),
    # The twins in NumPy.
    Plant("twins", "half the slope of tanh", "numeric/activations.py",
          "4.0 * sigmoid(2.0 * net)", "2.0 * sigmoid(2.0 * net)", _TWINS),
    Plant("twins", "positive pairs of softmax", "numeric/activations.py",
          "pairs: Floats = -out[:, :, None]", "pairs: Floats = out[:, :, None]", _TWINS),
    Plant("twins", "the squared error without ½", "numeric/losses.py",
          "output.residual * output.residual / 2.0", "output.residual * output.residual", _TWINS),
    Plant("twins", "weights that are not transposed", "numeric/passes.py",
          "by_out = delta @ through", "by_out = delta @ np.resize(through.T, through.shape)", _TWINS),
    Plant("twins", "a shared bias without its sign", "numeric/passes.py",
          "bias_sign * np.sum(delta, axis=1, keepdims=True)", "np.sum(delta, axis=1, keepdims=True)", _TWINS),
    Plant("twins", "central differences over half the distance", "numeric/derivatives.py",
          "(above.sample_totals - under.sample_totals) / distance",
          "(above.sample_totals - under.sample_totals) / (2 * distance)", _TWINS),
    Plant("twins", "a mean of gradients as their sum", "numeric/passes.py",
          "combined = np.mean(figures, axis=0)", "combined = np.sum(figures, axis=0)", _TWINS),
    # Words.
    Plant("words", "added for taken away", "telling/updates.py", " is taken away. The", " is added. The", _STEPS),
    Plant("words", "adds for a product", "telling/layer.py",
          "The chain rule multiplies the factors.", "The chain rule adds the factors.", _STEPS),
    Plant("words", "their sum for their product", "telling/layer.py",
          "their product is called delta", "their sum is called delta", _STEPS),
    Plant("words", "multiplies for a sum over paths", "telling/arriving.py",
          "chain rule adds them up.", "chain rule multiplies them.", _STEPS),
    Plant("words", "an input where an activation is weighed", "telling/layer.py",
          'left = "the activation it multiplies" if self.depth else "its input"',
          'left = "its input" if self.depth else "the activation it multiplies"', _STEPS),
    Plant("words", "the input for what a weight weighs in a product with delta", "telling/layer.py",
          'below = "the activation it multiplies" if self.depth else "its input"',
          'below = "its input" if self.depth else "the activation it multiplies"', _STEPS),
    Plant("words", "minus the bias where it is added", "telling/forward.py",
          'conventions.bias_sign == "subtracted" else ", plus the bias"',
          'conventions.bias_sign == "added" else ", plus the bias"', _STEPS),
    Plant("words", "plus for times in a gradient", "telling/layer.py",
          "unit it leads into, times {below}.", "unit it leads into, plus {below}.", _BY_DELTAS),
    Plant("words", "a sum where samples are averaged", "telling/backward.py",
          'average = structure.conventions.batch == "mean"', 'average = structure.conventions.batch != "mean"',
          _SAMPLES),
    Plant("words", "a minus sign that is none", "telling/layer.py",
          'sign = "" if self.structure.conventions.bias_sign == "added" else " with a minus sign',
          'sign = "" if self.structure.conventions.bias_sign != "added" else " with a minus sign', _SHARED),
    Plant("words", "the wrong unit's delta", "telling/delta_style.py",
          '("What comes back through the weights, times the slope', '("The delta, times the slope', _BY_DELTAS),
    Plant("words", "another unit in the title of a slope", "telling/layer.py",
          'f"How the net input of {unit} changes with {weight}"',
          'f"How the net input of {weight} changes with {unit}"',
          _TITLES),
    Plant("words", "a name that reaches itself", "telling/formula_trace.py",
          '(names(lower), " reaches ", names(upper), " through "',
          '(names(upper), " reaches ", names(lower), " through "',
          _CHAIN_WORDS),
    Plant("words", "paths of a chain that are multiplied", "telling/formula_trace.py",
          "what comes back along each is added up.", "what comes back along each is multiplied.", _CHAIN_WORDS),
    Plant("words", "the slope of the sigmoid as a sum", "formula/functions.py",
          "one multiplication: itself times one minus itself.", "one multiplication: itself plus one minus itself.",
          _FUNCTION_WORDS),
    Plant("words", "the square for half of it", "formula/losses.py",
          'does="Half the square of', 'does="The square of', _STEPS),
    Plant("words", "a loss that is called a sum, and is a mean", "formula/losses.py",
          "mean squared error: the mean over", "mean squared error: the sum over", _LOSS_WORDS),
    Plant("words", "biases called added where they are subtracted", "telling/given.py",
          'text += "; subtracted, as a threshold"', 'text += "; added, as a threshold"', _CONVENTIONS),
    Plant("words", "a rule without its slope", "telling/delta_style.py",
          'Product((total, slope["j"]))', "total", _RULES),
    Plant("words", "the wrong old weights", "telling/old_weights.py",
          "else (names(above[0]), joint,", "else (names(weight), joint,",
          _RUNNING),
    Plant("words", "a layer that multiplies what reaches it", "telling/forward.py",
          "each unit adds up what reaches it", "each unit multiplies what reaches it", _RUNNING),
    # Matrix forms.
    Plant("matrix forms", "deltas through weights that are not transposed", "telling/matrix_style.py",
          'Transposed(above.symbol("W", new=new)), above', 'above.symbol("W", new=new), above', _MATRICES),
    Plant("matrix forms", "the rows of the weights for their columns", "telling/matrix_style.py",
          "weights = above.weights(new=new).transposed", "weights = above.weights(new=new)", _LINES),
    Plant("matrix forms", "an outer product that is none", "telling/matrix_style.py",
          'Juxtaposed((layer.symbol("delta"), Transposed(layer.shown(inputs.ids))))',
          'Juxtaposed((layer.symbol("delta"), layer.shown(inputs.ids)))', _MATRICES),
    Plant("matrix forms", "an update that adds, in symbols", "telling/matrix_style.py",
          'Minus(Product((eta.name("eta"), slope)))', 'Product((eta.name("eta"), slope))', _MATRICES),
    Plant("matrix forms", "an update that adds, in numbers", "telling/matrix_style.py",
          'Minus(Product((slots("eta"), gradient.tree(slots))))', 'Product((slots("eta"), gradient.tree(slots)))',
          _LINES),
    Plant("matrix forms", "a bias with the other sign", "telling/matrix_style.py",
          "Sum((times_inputs, bias if added else Minus(bias)))", "Sum((times_inputs, Minus(bias) if added else bias))",
          _MATRICES),
    Plant("matrix forms", "a mean over samples without its share", "telling/matrix_batch.py",
          "Product((share, Parentheses(Sum(tuple(terms))))) if average", "Sum(tuple(terms)) if average", _BATCH_LINES),
    Plant("matrix forms", "slopes beside the weights, and not entry by entry", "telling/matrix_style.py",
          "back if slope is None else times(Parentheses(back), slope)", "back", (*_MATRICES,)),
    Plant("matrix forms", "the tools' line without the sign of the biases", "telling/tools.py",
          "Sum((times, column if added else Minus(column)))", "Sum((times, Minus(column) if added else column))",
          ("tests/steps/test_matrix_symbols.py::test_the_line_of_the_tools_holds",)),
    # Misconceptions: their formulas, and what is said of them.
    Plant("misconceptions", "an ascent that descends", "judging/misconceptions/gradients.py",
          "variants=always(descent=False)", "variants=always(descent=True)", _MISTAKES),
    Plant("misconceptions", "logarithms with their sign", "judging/misconceptions/forms.py",
          "return Neg(body) if self.negative else body\n\n    def _log", "return Neg(body)\n\n    def _log", _MISTAKES),
    Plant("misconceptions", "a factor 3 that is called 2", "judging/misconceptions/backward.py",
          'where there is one.",\n        variants=_factor(Fraction(2)),',
          'where there is one.",\n        variants=_factor(Fraction(3)),', _MISTAKES),
    Plant("misconceptions", "one path taken for an average", "judging/misconceptions/chains.py",
          '[{"share": Fraction(1, len(form.terms))}]', '[{"share": Fraction(1, 3)}]', _MISTAKES),
    Plant("misconceptions", "all paths but the first left out", "judging/misconceptions/paths.py",
          'yield {"taken_away": frozenset(form.kept[1:])}', 'yield {"kept": form.kept[:1]}', _MISTAKES),
    Plant("misconceptions", "pairs of mistakes at one part", "judging/misconceptions/mistakes.py",
          "if one[0].parts & other[0].parts or one[0].ids", "if one[0].ids", _CATALOGUE_WORDS),
    Plant("misconceptions", "activations for inputs weighed by mistake", "judging/misconceptions/forward.py",
          'yield {"sources": place.outs_below(0)}', 'yield {"sources": place.outs_below()}', _MISTAKES),
    Plant("misconceptions", "advice to add the step", "judging/misconceptions/gradients.py",
          'instead="Subtract η times the gradient, so that', 'instead="Add η times the gradient, so that',
          _CATALOGUE_WORDS),
    Plant("misconceptions", "added called averaged", "judging/misconceptions/paths.py",
          'done="averaging the paths where they are added"', 'done="adding the paths where they are averaged"',
          _CATALOGUE_WORDS),
    Plant("misconceptions", "a factor called 3", "judging/misconceptions/backward.py",
          'done="a factor 2 that does not belong there"', 'done="a factor 3 that does not belong there"',
          _CATALOGUE_WORDS),
    Plant("misconceptions", "another factor that is left out", "judging/misconceptions/gradients.py",
          'done="leaving out the learning rate"', 'done="leaving out the gradient"', _CATALOGUE_WORDS),
)  # fmt: skip
