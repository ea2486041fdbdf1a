"""One line alone: what an author pastes compiles on its own and says the same in every format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typst

import derive
from derive import Solution
from derive.cli import main
from derive.errors import UnknownQuantityError, UnsupportedError
from derive.renderers.fragments import FORMATS, Fragment
from derive.telling.build import steps_of
from tests.browser import Page
from tests.paper import Typeset
from tests.problem_files import PAIR, sampled

#: Worked by hand: net_H1 = 0.15 · 0.05 + 0.20 · 0.10 + 0.35 = 0.0075 + 0.02 + 0.35.
NET_LATEX = r"""\[
\begin{aligned}
H_{1} &= w_{1} \cdot x_{1} + w_{2} \cdot x_{2} + b_{1} \\
&= 0.15 \cdot 0.05 + 0.20 \cdot 0.10 + 0.35 \\
&= 0.3775
\end{aligned}
\]"""
NET_TEXT = """H1 = w1 · x1 + w2 · x2 + b1
   = 0.15 · 0.05 + 0.20 · 0.10 + 0.35
   = 0.3775"""


@pytest.fixture(scope="module")
def solution() -> Solution:
    return derive.solve(derive.load("2-2-2"))


@pytest.fixture(scope="module")
def wide() -> Solution:
    """Eight inputs into eight units: rows too wide for a line, and one unit of each layer in full."""
    names = [f"a{number}" for number in range(8)]
    weights = [[f"-0.{row}{column}1" for column in range(8)] for row in range(8)]
    layers = [
        {"units": [f"H{number}" for number in range(8)], "activation": "tanh", "weights": weights, "bias": 0.5},
        {"units": ["y1"], "activation": "identity", "weights": [[0.1] * 8]},
    ]
    problem = {
        "title": "Wide",
        "loss": "half_squared_error",
        "learning_rate": 0.5,
        "inputs": dict.fromkeys(names, "0.125"),
        "targets": {"y1": 1},
        "layers": layers,
    }
    return derive.solve(derive.load(problem))


def steps(solution: Solution) -> list[Fragment]:
    """Every line that there is."""
    return [solution.step(name) for name in solution.derivation.by_id]


def test_latex_and_text_of_a_net_input(solution: Solution) -> None:
    """One line by hand, letter by letter, in two formats."""
    step = solution.step("net_H1")
    assert step.latex == NET_LATEX
    assert step.text == str(step) == NET_TEXT
    assert step.markdown == NET_LATEX.replace("\\[", "```math").replace("\\]", "```")
    assert step.typst == (
        "$ H_(1) & = w_(1) dot.op x_(1) + w_(2) dot.op x_(2) + b_(1) \\\n"
        "& = 0.15 dot.op 0.05 + 0.20 dot.op 0.10 + 0.35 \\\n"
        "& = 0.3775 $"
    )


def test_parts_of_a_gradient(solution: Solution) -> None:
    """Symbols, numbers and value of a line apart, in each format."""
    step = solution.step("dE/dw5")
    assert step.id == "dE_total/dw5"
    assert step.title == "Partial derivative with respect to w5"
    assert step.left.latex == r"\frac{\partial E_{\mathrm{total}}}{\partial w_{5}}"
    assert [part.text for part in step.symbols] == ["∂E_total/∂y1 final · ∂y1 final/∂y1 · ∂y1/∂w5"]
    assert step.numbers is not None
    assert step.value is not None
    assert step.numbers.latex == r"0.7413650696 \cdot 0.1868156018 \cdot 0.5932699921"
    assert step.value.text == step.value.typst == step.value.latex == "0.0821670406"
    assert step.value.markdown == "$`0.0821670406`$"
    assert ElementTree.fromstring(step.value.mathml).get("alttext") == "0.0821670406"


def test_every_quantity_has_a_line(solution: Solution) -> None:
    """Whatever is worked out has a line, also what the document shows in tables only or inside another line."""
    for name in solution.derivation.by_id:
        step = solution.step(name)
        assert step.value is not None
        # Another name for a given is printed as the given was typed: 0.10, and not 0.1.
        assert float(step.value.text.replace("−", "-")) == float(solution.figure(name).ascii), name


def test_the_same_digits_as_in_the_document(solution: Solution) -> None:
    """A line alone is the line of the whole document: figures with as many guard digits."""
    explanation = derive.explain(solution, rounds=0)
    document = [step.id for step in steps_of(explanation.document)]
    assert len(document) > 40
    for name in document:
        assert explanation.step(name) == solution.step(name)


def test_rounds(solution: Solution) -> None:
    """w5@1 is what the first update gives; of later rounds, and of givens, there is no line, and that is said."""
    assert solution.step("w5@1") == solution.step("w5_new")
    for name, reason in {"net_H1@1": "later ones", "w5@2": "later ones", "x1": "is given", "eta": "is given"}.items():
        with pytest.raises(UnsupportedError, match=reason):
            solution.step(name)


def test_unknown_ids_name_the_nearest(solution: Solution) -> None:
    """A slip is answered with the id that was meant."""
    with pytest.raises(UnknownQuantityError, match="nearest known id is net_H1"):
        solution.step("net_h1")


def test_a_unit_that_a_large_document_leaves_to_a_table_has_its_line(wide: Solution) -> None:
    """Where one unit of each layer is worked in full, another one's line is still there to be asked for."""
    for name in ("dE/dw20", "w20_new", "net_H5", "delta_H5"):
        step = wide.step(name)
        assert step.value is not None
        assert step.value.text.replace("−", "-") == wide.figure(name).ascii
    assert wide.step("net_H5").text.count("· 0.125") == 8


def test_several_samples() -> None:
    """Each sample has its lines; without an index the error says which there are."""
    both = derive.solve(derive.load(sampled(PAIR, {**PAIR, "inputs": {"x1": 3, "x2": 4}})))
    assert both.step("net_H1[2]").text.endswith("= 1.6")  # 0.15 · 3 + 0.2 · 4 + 0.35
    with pytest.raises(UnknownQuantityError, match="needs a sample"):
        both.step("net_H1")


def test_views(solution: Solution) -> None:
    """Told by deltas a gradient is another line with the same value; a line in matrices goes by its own id."""
    by_deltas = derive.explain(solution, rounds=0, style="delta").step("dE/dw5")
    assert by_deltas.value == solution.step("dE/dw5").value
    assert by_deltas.symbols != solution.step("dE/dw5").symbols
    matrices = derive.explain(solution, rounds=0, style="matrix")
    assert "bmatrix" in matrices.step("layer-1-gradient").latex
    with pytest.raises(UnsupportedError, match="no line in this document"):
        matrices.step("dE/dw5")


def test_a_chain_of_formulas() -> None:
    """Ng's graph: J = 3(a + bc), so ∂J/∂b = 3c = 6 at c = 2."""
    chain = derive.solve(derive.load("ng-graph-J"))
    step = chain.step("dJ/db")
    assert step.value is not None
    assert step.value.text == "6"


def test_latex_compiles_with_amsmath_alone(
    solution: Solution, wide: Solution, run_pdflatex: Callable[[str], Typeset]
) -> None:
    """Every line, and each of its parts, in an article with amsmath and nothing else; none is too wide."""
    matrices = derive.explain(solution, rounds=0, style="matrix")
    found = [
        *steps(solution),
        *(wide.step(name) for name in ("net_H5", "dE/dw20", "delta_H5", "E_total")),
        *(matrices.step(name) for name in ("layer-1-delta", "layer-2-update")),
    ]
    parts = [part for step in found for part in (step.left, *step.symbols, step.numbers, step.value) if part]
    body = "\n\n".join([step.latex for step in found] + [f"\\sloppy ${part.latex}$" for part in parts[:60]])
    source = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n%s\n\\end{document}\n"
    typeset = run_pdflatex(source % body)
    assert typeset.pdf
    assert [line for line in typeset.complaints if "Underfull" not in line and "Overfull \\hbox" not in line] == []
    displays = run_pdflatex(source % "\n\n".join(step.latex for step in found[:-2]))
    assert displays.complaints == ()


def test_typst_compiles(solution: Solution, wide: Solution) -> None:
    """Every line and part in Typst as it is."""
    matrices = derive.explain(solution, rounds=0, style="matrix")
    found = [*steps(solution), wide.step("net_H5"), matrices.step("layer-1-delta")]
    parts = [part.typst for step in found for part in (step.left, *step.symbols, step.numbers, step.value) if part]
    source = "\n\n".join([*(step.typst for step in found), *(f"${part}$" for part in parts)])
    assert typst.compile(source.encode(), format="pdf", ignore_system_fonts=True)


def test_mathml_is_well_formed_alone(solution: Solution, wide: Solution) -> None:
    """One element in MathML's namespace that says in text what it shows, with a table of three columns."""
    for step in (*steps(solution), wide.step("net_H5")):
        root = ElementTree.fromstring(step.mathml)
        name = "{http://www.w3.org/1998/Math/MathML}"
        assert root.tag == f"{name}math"
        assert root.get("display") == "block"
        spoken = re.sub(r"\s+", "", root.get("alttext") or "")
        assert spoken.startswith(re.sub(r"\s+", "", step.left.text))
        assert step.value is None or spoken.endswith(re.sub(r"\s+", "", step.value.text))
        rows = root.findall(f".//{name}mtable[@displaystyle]/{name}mtr")
        assert len(rows) >= len(step.symbols) + 1
        assert {len(row) for row in rows} == {3}


def test_wide_rows_are_broken(wide: Solution) -> None:
    """A sum of eight products is set in several rows, broken before its signs; the plain text stays in one."""
    step = wide.step("net_H5")
    body = step.latex.split("\\begin{aligned}\n")[1].split("\n\\end")[0]
    rows = body.split(" \\\\\n")
    assert len(rows) > 4
    continued = [row for row in rows if row.startswith("&\\quad")]
    assert continued
    assert all(re.match(r"&\\quad \{\}[+-] ", row) for row in continued)
    assert len(step.text.split("\n")) == 3


def test_rows_are_aligned_in_the_browser(solution: Solution, browser_page: Callable[..., Page], tmp_path: Path) -> None:
    """In Chromium the relation signs of a pasted line stand below each other, right-hand sides begin beside them."""
    path = tmp_path / "page.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>x</title><body>{solution.step('dE/dw5').mathml}", encoding="utf-8"
    )
    page = browser_page(path)
    for column in (2, 3):
        edges = page.evaluate(
            f"[...document.querySelectorAll('mtr > mtd:nth-child({column}) > mrow')]"
            ".map(cell => Math.round(cell.getBoundingClientRect().left))"
        )
        assert len(edges) == 3
        assert max(edges) - min(edges) <= 1


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "svg"])
def test_command_prints_a_step(name: str, solution: Solution, capsys: pytest.CaptureFixture[str]) -> None:
    """`--only ID --to FORMAT` prints the line to standard output and writes no file."""
    assert main(["explain", "--only", "dE/dw5, net_H1", "--to", name]) == 0
    expected = [getattr(solution.step(quantity), name) for quantity in ("dE/dw5", "net_H1")]
    assert capsys.readouterr().out == "\n\n".join(expected) + "\n"


def test_command_prints_a_picture_of_a_step(solution: Solution, capsys: pytest.CaptureFixture[str]) -> None:
    """An SVG of its own, told in words, with outlines for letters: no font is needed, and nothing is fetched."""
    assert main(["explain", "--only", "dE/dw5", "--to", "svg"]) == 0
    root = ElementTree.fromstring(capsys.readouterr().out)
    assert root.get("aria-label") == " ".join(solution.step("dE/dw5").text.split())
    width, height = (float((root.get(side) or "").removesuffix("pt")) for side in ("width", "height"))
    assert 200 < width < 400
    assert 40 < height < 90
    kinds = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert "path" in kinds
    assert not kinds & {"text", "image", "script", "foreignObject"}


def test_command_prints_the_steps_of_a_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Words for several steps, as a handout asks for them."""
    assert main(["explain", "--only", "forward,w5_new"]) == 0
    printed = capsys.readouterr().out.strip().split("\n\n")
    assert len(printed) == 12
    assert printed[0].startswith("H1 = w1 · x1")
    assert printed[-2].startswith("E_total = ")
    assert printed[-1].startswith("w5⁺ = ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "dE/dw5,dE/dw6", "--to", "svg"], "--to svg is a picture of one step"),
        (["--only", "forward", "--to", "svg"], "--to svg is a picture of one step"),
        (["--only", "dE/dw5", "--to", "pdf"], "--to pdf: --only prints one of text, latex"),
        (["--only", "dE/dw5", "--to", "text,latex"], "--to text,latex: --only prints one of"),
        (["--only", "dE/dw5", "--out", "x"], "leave out --out"),
        (["--only", "dE/dw5", "--rounds", "0"], "leave out --rounds"),
        (["--only", "dE/dw5", "--brief"], "leave out --brief"),
        (["--only", " , "], "--only: no quantity ids"),
        (["--only", "dE/dw99"], "nearest known id is dE_total/dw"),
        (["--only", "w5@2"], "'w5@2' has no step"),
        (["--only", "dE/dw5", "--wrt", "w6"], "the nearest is dE_total/dw6"),
        (["--to", "mathml"], "say which with --only"),
    ],
)
def test_command_refuses(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What does not go together is one plain line and exit 2, and nothing is printed or written."""
    monkeypatch.chdir(tmp_path)
    assert main(["explain", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert complaint in shown.err
    assert shown.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
