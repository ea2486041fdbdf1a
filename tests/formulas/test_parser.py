"""Formula text: what is read, and that anything else is one plain message."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.cli import main
from derive.errors import ProblemError
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import load
from derive.given.parser import parse_formula
from derive.solved.solution import solve
from tests.formulas.chains import chain, formulas

A, B, TWO = Ref("a"), Ref("b"), Const(Fraction(2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b - 2", Sum((A, B, Neg(TWO)))),
        ("a*b*2", Product((A, B, TWO))),
        ("a/b", Quotient(A, B)),
        ("-a**2", Neg(Power(A, 2))),
        ("(-a)**2", Power(Neg(A), 2)),
        ("a**-1", Quotient(ONE, A)),
        ("a**(-2)", Quotient(ONE, Power(A, 2))),
        ("a**0.5", Call("sqrt", (A,))),
        ("log(a)", Call("ln", (A,))),
        ("max(a, b, 2)", Call("max", (Call("max", (A, B)), TWO))),
        ("a - (b - 2)", Sum((A, Neg(Sum((B, Neg(TWO))))))),
        (" 1e-3 * +a ", Product((Const(Fraction(1, 1000)), A))),
        ("0.1", Const(Fraction(1, 10))),
    ],
)
def test_what_is_written_is_what_is_read(text: str, expected: Expression) -> None:
    """Order, signs and digits stay as the author wrote them."""
    assert parse_formula(text, "define.u", ["a", "b"]) == expected


BAD = {
    "": "empty",
    "   ": "empty",
    "alpha + 1": "did you mean aleph?",
    "u + 1": "uses itself",
    "later + 1": "further down",
    "a.real": "attribute",
    "a.__class__.__mro__": "attribute",
    "__import__('os').system('true')": "' (place 12) is not allowed",
    "__import__(a)": "no function of formulas",
    "eval(a)": "no function of formulas",
    "sine(a)": "did you mean sin?",
    "a(2)": "a product is written a*(",
    "(a + b)(2)": "only functions are called",
    "exp": "is a function",
    "exp(a, b)": "one argument",
    "exp()": "one argument",
    "max(a)": "two arguments",
    "exp(x=a)": "= (place 6)",
    "exp(*a)": "plain arguments",
    "'text'": "' (place 1)",
    'f"{a}"': '" (place 2)',
    "a < b": "< (place 3)",
    "a == b": "= (place 3)",
    "lambda: a": ": (place 7)",
    "lambda a": "not a formula",
    "(a := b)": ": (place 4)",
    "a if b else c": "if and else",
    "a and b": "and, or",
    "not a": "not allowed",
    "a, b": "a comma",
    "[a]": "[ (place 1)",
    "a[0]": "[ (place 2)",
    "{a}": "{ (place 1)",
    "a; b": "; (place 2)",
    "a # b": "# (place 3)",
    "a\nb": "line break",
    "a\x00b": "U+0000",
    "a\tb": "U+0009",
    "a % b": "% (place 3)",
    "a // b": "not allowed",
    "a @ b": "@ (place 3)",
    "a ^ 2": "a power is written a**2",
    "~a": "~ (place 1)",
    "a b": "not a formula",
    "a +": "not a formula",
    "2a": "not a formula",
    "(a": "missing",
    "a)": "without an opening one",
    "\uff41 + 1": "is not allowed in a formula",  # a fullwidth a, which Python would read as a
    "\u0430 + 1": "is not allowed in a formula",  # a Cyrillic a
    "a \u2212 1": "is not allowed in a formula",
    "a\u00b2": "is not allowed in a formula",
    "1_000": "numbers are written",
    "0x10": "numbers are written",
    "1j": "numbers are written",
    "True": "numbers are written",
    "None": "numbers are written",
    "1e999": "too large",
    "1e-999": "too large or too small",
    "9**9**9**9": "write exp(y*log(x))",
    "a**b": "write exp(y*log(x))",
    "a**65": "from −64 to 64",
    "a**-65": "from −64 to 64",
    "a**1.5": "write exp(y*log(x))",
    "a**-0.5": "write exp(y*log(x))",
    "((((a**64)**64)**64)**64)**64": "powers of powers",
    "(" * 5_000 + "a" + ")" * 5_000: "characters",
    "(" * 900 + "a" + ")" * 900: "more than 40 brackets",
    "-" * 1_500 + "a": "signs in a row",
    "- " * 900 + "a": "signs in a row",
    "+".join(["a"] * 200_000): "399,999 characters",
    "9" * 1_999: "a number of 1999 characters",
    "/".join(["a"] * 900): "nested too deep",
    "not " * 400 + "a": "not allowed",
    "a" + "**2" * 600: "write exp(y*log(x))",
}


@pytest.mark.parametrize(("text", "part"), BAD.items(), ids=[repr(text[:24]) for text in BAD])
def test_bad_formulas_are_refused_in_one_sentence(text: str, part: str) -> None:
    """Each names the key and what is wrong, on one line of moderate length."""
    with pytest.raises(ProblemError) as caught:
        parse_formula(text, "define.u", ["a", "b", "c", "aleph"], ["u", "later"])
    message = str(caught.value)
    assert message.startswith("define.u: ")
    assert part in message
    assert "\n" not in message
    assert len(message) < 500


@pytest.mark.parametrize("value", [3, 2.5, True, ["a"], {"a": 1}])
def test_a_formula_is_a_text(value: Any) -> None:
    """A number or a list in place of a formula says that a text is needed."""
    with pytest.raises(ProblemError, match="a formula in quotes is needed"):
        parse_formula(value, "define.u", ["a"])


def test_a_thousand_terms_go() -> None:
    """A long sum within the limits is read flat, however deep Python's tree is."""
    parsed = parse_formula("+".join(["a"] * 1_000), "define.u", ["a"])
    assert parsed == Sum((A,) * 1_000)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    """Random characters end in an expression or in a ProblemError, never in anything else."""
    with_problem_errors_only(text)


@given(st.text(alphabet="ab01.+-*/() ,expsincoslogmax_e", max_size=80))
def test_nearly_formulas_are_formulas_or_refused(text: str) -> None:
    """So do texts of the characters that formulas are made of."""
    with_problem_errors_only(text)


def with_problem_errors_only(text: str) -> None:
    assert "\n" not in (refusal(chain({"u": text, "J": "u + a"}, "J", ["a"], a=2, b="1/3")) or "")


def refusal(mapping: dict[str, Any]) -> str | None:
    """Why a problem is refused; None where it is not."""
    try:
        loaded = load(mapping)
    except ProblemError as error:
        return str(error)
    assert isinstance(loaded, FormulaProblem)
    return None


@given(formulas(["a", "b"]))
def test_formulas_of_the_grammar_have_a_value_or_say_why_not(text: str) -> None:
    """A well-formed formula fails only for want of a value at the given numbers."""
    refused = refusal(chain({"J": text}, "J", ["a"], a=2, b="-1/3"))
    assert refused is None or "define.J: J has no value at the given numbers" in refused


HEAD = 'title = "t"\nobjective = "J"\nwrt = ["a"]\n[given]\na = 2\nb = -3\n[define]\n'


@pytest.mark.parametrize(
    ("define", "part"),
    [
        (
            'J = "log(a + b)"',
            "define.J: J has no value at the given numbers: the logarithm of −1, which is not positive",
        ),
        ('J = "log(0.1 + 0.2 - 0.3 + 0*a)"', "the logarithm of 0"),
        ('J = "a/(b + 3)"', "2 is divided by 0"),
        ('J = "sqrt(b)*a"', "the square root of −3, which is negative"),
        ('J = "exp(a*1000)"', "exp of 2000 is too large for a 64-bit float"),
        ('J = "exp(-a*1000)"', "too small for a 64-bit float"),
        ('J = "((a*1e20)**8)**8"', "too large for a 64-bit float"),
        ('J = "sqrt(a - 2)"', "define.J: dJ/da has no value at the given numbers: 1 is divided by 0"),
        ('J = "a + v"', "'v' is neither given nor defined above"),
        ('J = "a +"', "not a formula"),
        ('a = "b + 1"\nJ = "a"', "define.a: a is given and defined"),
        ('sin = "b + 1"\nJ = "a"', "define.sin: sin is a function"),
        ("J = 3", "a formula in quotes"),
        ('K = "a"', "objective: J is not defined; the objective is one of K"),
    ],
)
def test_the_command_says_what_is_wrong(
    define: str, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the file's name, exit status 2, nothing written."""
    file = tmp_path / "bad.toml"
    file.write_text(HEAD + define, encoding="utf-8")
    assert main(["explain", str(file), "--out", str(tmp_path / "out")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"derive: {file}: ")
    assert part in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def problem(**changes: Any) -> dict[str, Any]:
    return {**chain({"u": "a*b", "J": "u + a"}, "J", ["a"], a=2, b=3), **changes}


@pytest.mark.parametrize(
    ("changes", "key", "part"),
    [
        ({"layers": []}, "layers", "not both"),
        ({"loss": "squared_error"}, "loss", "a layered network (here with loss)"),
        ({"objektive": "J"}, "objektive", "did you mean objective?"),
        ({"objective": "a"}, "objective", "a is given"),
        ({"wrt": []}, "wrt", "at least one name"),
        ({"wrt": "a"}, "wrt", "a list is needed"),
        ({"wrt": ["a", "a"]}, "wrt[1]", "stands here twice"),
        ({"wrt": ["J"]}, "wrt[0]", "the objective itself"),
        ({"wrt": ["q"]}, "wrt[0]", "neither given nor defined"),
        ({"given": {}}, "given", "1 to 200 given numbers"),
        ({"given": {"a": "x", "b": 3}}, "given.a", "is not a number"),
        ({"given": {"a b": 1}}, "given.'a b'", "is no name"),
        ({"define": {f"v{k}": "a" for k in range(201)}}, "define", "1 to 200 definitions"),
        ({"define": {f"v{k}": "a" + "+a" * 900 for k in range(40)}}, "define", "characters in all"),
        ({"learning_rate": 0}, "learning_rate", "greater than 0"),
        ({"learning_rate": 0.1, "wrt": ["u"]}, "wrt", "at least one given number to update"),
        ({"learning_rate": 0.1, "define": {"a_new": "a", "J": "a_new"}}, "define.a_new", "a after its update"),
        ({"learning_rate": 0.1, "given": {"a": 1, "b": 1, "eta": 1}}, "given.eta", "the learning rate"),
        ({"display": {"notation": "z-a"}}, "display.notation", "unknown key"),
        ({"display": {"digits": 5, "decimals": 5}}, "display.decimals", "not both"),
    ],
)
def test_other_keys_are_checked(changes: dict[str, Any], key: str, part: str) -> None:
    """Every key of the file says where it stands and what is allowed."""
    with pytest.raises(ProblemError) as caught:
        load(problem(**changes))
    assert caught.value.key == key
    assert part in caught.value.message


def test_a_diverging_update_says_so() -> None:
    """A formula that has no value after the update names the learning rate."""
    with pytest.raises(ProblemError, match="after the update J has no value: the logarithm of −"):
        solve(load(chain({"J": "log(a)"}, "J", ["a"], a=0.5, learning_rate=10)))


def test_reading_a_formula_imports_no_sympy() -> None:
    """Loading, with all its refusals, is quick because the slow packages stay out."""
    source = (
        "import sys; from derive.given.loading import load; load('ng-graph-J');"
        "print([name for name in ('sympy', 'numpy', 'flint', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
