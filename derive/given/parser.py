"""Formula text to `Expression`, by a whitelist over Python's syntax tree; nothing of it is ever evaluated.

Limits on length and brackets are checked on the raw text, before Python's parser sees it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection
from fractions import Fraction

from derive.errors import ProblemError
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import CALLABLE
from derive.given import fields
from derive.given.problem import Number

LONGEST_FORMULA = 2_000
MOST_NODES = 2_000
DEEPEST = 40
LARGEST_EXPONENT = 64
#: Exponents of a formula added up, nested ones multiplied: exact powers of powers grow beyond any memory.
LARGEST_DEGREE = 512

_ALLOWED = f"+ - * / **, parentheses, numbers, names and {', '.join(CALLABLE)}"
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "a dot after a name (an attribute)",
    ast.Subscript: "square brackets",
    ast.List: "square brackets",
    ast.Tuple: "a comma outside of a function",
    ast.Dict: "braces",
    ast.Set: "braces",
    ast.Lambda: "a lambda",
    ast.JoinedStr: "a text",
    ast.Compare: "a comparison",
    ast.BoolOp: "and, or",
    ast.IfExp: "if and else",
    ast.NamedExpr: "an assignment (:=)",
    ast.Starred: "a star before a name",
}


def parse_formula(text: object, path: str, known: Collection[str], later: Collection[str] = ()) -> Expression:
    """The formula that a text spells.

    Parameters
    ----------
    text : object
        What stands in the file; anything but a text is refused.
    path : str
        Where it stands, such as ``define.u``.
    known : collection of str
        Names that it may use.
    later : collection of str
        Names defined only further down, and its own.

    Raises
    ------
    ProblemError
        With the place within the formula and what is allowed.
    """
    if not isinstance(text, str):
        raise ProblemError(f'a formula in quotes is needed, such as "a*b + c"; here is {fields.kind(text)}', key=path)
    check_raw(text, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as the one about 1or 2, which is refused anyway
            tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ProblemError(_syntax(error, text), key=path) from None
    except (RecursionError, MemoryError, ValueError):
        raise ProblemError("the formula is nested too deep", key=path) from None
    return _Reader(text.strip(), path, known, later).read(tree)


def check_raw(text: str, path: str, *, refused: str = "#\\;'\"`{}[]$?!@&|^~:<>=%\n", allowed: str = _ALLOWED) -> None:
    """Refuse what Python's parser should not even see.

    Raises
    ------
    ProblemError
    """
    if not text.strip():
        raise ProblemError('an empty formula; a formula is needed, such as "a*b + c"', key=path)
    if len(text) > LONGEST_FORMULA:
        raise ProblemError(
            f"a formula of {len(text):,} characters; at most {LONGEST_FORMULA:,} are allowed: "
            "give its parts names of their own",
            key=path,
        )
    for position, character in enumerate(text, start=1):
        # Python would read a lookalike such as a fullwidth x as the letter itself.
        if not (" " <= character <= "~" or character == "\n"):
            shown = repr(character) if character.isprintable() else f"U+{ord(character):04X}"
            raise ProblemError(f"the character {shown} (place {position}) is not allowed in a formula: "
                               f"allowed are {allowed}", key=path)  # fmt: skip
        if character in refused:
            what = "a line break" if character == "\n" else character
            hint = "; a power is written a**2" if character == "^" else ""
            raise ProblemError(f"{what} (place {position}) is not allowed in a formula{hint}: "
                               f"allowed are {allowed}", key=path)  # fmt: skip
    depth = signs = 0
    for position, character in enumerate(text, start=1):
        depth += {"(": 1, ")": -1}.get(character, 0)
        signs = signs + (character in "+-") if character in "+- " else 0
        if depth > DEEPEST or signs > DEEPEST:
            what = "brackets" if depth > DEEPEST else "signs in a row"
            raise ProblemError(f"more than {DEEPEST} {what} (place {position})", key=path)
        if depth < 0:
            raise ProblemError(f"a closing bracket without an opening one (place {position})", key=path)
    if depth:
        raise ProblemError(f"{depth} closing bracket{'s are' if depth > 1 else ' is'} missing", key=path)


def typed_number(node: ast.Constant, text: str, path: str) -> Fraction:
    """A number within a formula as it is typed: Python has already rounded it to a float, or refuses a huge one.

    Raises
    ------
    ProblemError
    """
    found = _NUMBER.match(text, node.col_offset)
    whole = found is not None and found.end() == node.end_col_offset
    place = f" (place {node.col_offset + 1})"
    if found is None or not whole or isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise ProblemError(f"numbers are written such as 3, 0.15 or 1e-3; allowed are {_ALLOWED}{place}", key=path)
    try:
        return Number.of(found[0]).value
    except ValueError as error:
        raise ProblemError(f"{error}{place}", key=path) from None


def _syntax(error: SyntaxError, text: str) -> str:
    near = text.strip()[max((error.offset or 1) - 1, 0) :][:20].strip()
    place = f" near {fields.shown(near)} (place {error.offset})" if near else " at its end"
    return f"not a formula: something is missing or too much{place}; allowed are {_ALLOWED}"


class _Reader:
    """One formula's syntax tree, read part by part."""

    def __init__(self, text: str, path: str, known: Collection[str], later: Collection[str]) -> None:
        self.text = text
        self.path = path
        self.known = known
        self.later = later
        self.degree = 0

    def read(self, tree: ast.expr) -> Expression:
        nodes = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
        if nodes > MOST_NODES:
            raise ProblemError(
                f"a formula of {nodes:,} parts; at most {MOST_NODES:,} are allowed: give its parts names of their own",
                key=self.path,
            )
        return self._part(tree, 0, 1)

    def _error(self, message: str, node: ast.expr) -> ProblemError:
        return ProblemError(f"{message} (place {node.col_offset + 1})", key=self.path)

    def _part(self, node: ast.expr, depth: int, degree: int) -> Expression:
        if depth > 2 * DEEPEST:
            raise self._error("the formula is nested too deep", node)
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return Sum(self._chain(node, (ast.Add, ast.Sub), depth, degree))
            case ast.BinOp(op=ast.Mult()):
                return Product(self._chain(node, (ast.Mult,), depth, degree))
            case ast.BinOp(op=ast.Div()):
                return Quotient(self._part(node.left, depth + 1, degree), self._part(node.right, depth + 1, degree))
            case ast.BinOp(op=ast.Pow()):
                return self._power(node, depth, degree)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Neg(self._part(operand, depth + 1, degree))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._part(operand, depth + 1, degree)
            case ast.Constant():
                return Const(self._number(node))
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.Call():
                return self._call(node, depth, degree)
        what = _REFUSED.get(
            type(node), f"the sign or word {fields.shown(ast.get_source_segment(self.text, node) or '')}"
        )
        raise self._error(f"{what} is not allowed in a formula: allowed are {_ALLOWED}", node)

    def _chain(
        self, node: ast.expr, operators: tuple[type[ast.operator], ...], depth: int, degree: int
    ) -> tuple[Expression, ...]:
        """Terms or factors in written order; a subtracted one is a `Neg`."""
        found: list[Expression] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
            part = self._part(node.right, depth + 1, degree)
            found.append(Neg(part) if isinstance(node.op, ast.Sub) else part)
            node = node.left
        found.append(self._part(node, depth + 1, degree))
        return tuple(reversed(found))

    def _power(self, node: ast.BinOp, depth: int, degree: int) -> Expression:
        exponent = node.right
        negative = isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub)
        inner = exponent.operand if isinstance(exponent, ast.UnaryOp) and negative else exponent
        value = self._number(inner) if isinstance(inner, ast.Constant) else None
        if value == Fraction(1, 2) and not negative:
            return Call("sqrt", (self._part(node.left, depth + 1, degree),))
        if value is None or value.denominator != 1 or value > LARGEST_EXPONENT:
            raise self._error(
                f"an exponent is a whole number from −{LARGEST_EXPONENT} to {LARGEST_EXPONENT}, or 0.5; "
                "for any other write exp(y*log(x))",
                exponent,
            )
        size = int(value)
        self.degree += degree * size
        if self.degree > LARGEST_DEGREE:
            raise self._error(f"exponents of more than {LARGEST_DEGREE} in all, powers of powers multiplied", exponent)
        base = self._part(node.left, depth + 1, degree * max(size, 1))
        if not negative:
            return Power(base, size)
        return Quotient(ONE, base if size == 1 else Power(base, size))

    def _number(self, node: ast.Constant) -> Fraction:
        return typed_number(node, self.text, self.path)

    def _name(self, name: str, node: ast.expr) -> Expression:
        if name in self.known:
            return Ref(name)
        if name in self.later:
            own = self.path.removeprefix("define.") == name
            what = "uses itself" if own else f"uses {name}, which is defined only further down"
            raise self._error(f"{what}; a definition may use what stands above it", node)
        if name in CALLABLE:
            raise self._error(f"{name} is a function: write {name}(…)", node)
        raise self._error(
            f"{fields.shown(name)} is neither given nor defined above; {fields.nearest(name, self.known)}"
            f"known here: {fields.listed(self.known) or 'nothing'}",
            node,
        )

    def _call(self, node: ast.Call, depth: int, degree: int) -> Expression:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in CALLABLE:
            if name in self.known:
                raise self._error(f"{name} is a name, no function; a product is written {name}*(…)", node)
            shown = f"{fields.shown(name)} is no function of formulas" if name else "only functions are called"
            near = fields.nearest(name, CALLABLE)
            raise self._error(f"{shown}; {near}there are {', '.join(CALLABLE)}", node)
        function, count = CALLABLE[name].name, CALLABLE[name].arity
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._error(f"{name} takes plain arguments only, such as {name}(a)", node)
        if len(node.args) != (count or max(len(node.args), 2)):
            wanted = "one argument" if count == 1 else "two arguments or more"
            raise self._error(f"{name} takes {wanted}; here are {len(node.args)}", node)
        return _nested(function, [self._part(argument, depth + 1, degree) for argument in node.args])


def _nested(function: str, arguments: list[Expression]) -> Expression:
    """A call as it is written; the slopes of max and min know two arguments at a time, so more are taken in turn."""
    whole = Call(function, tuple(arguments[:2]))
    for other in arguments[2:]:
        whole = Call(function, (whole, other))
    return whole
