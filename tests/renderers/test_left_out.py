"""A picture that cannot show everything says in its caption what is left out, in every format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pypdf
import pytest

import derive
from derive.renderers.drawings import drawing_for
from derive.renderers.pictures.curves import activation_drawing, error_drawing
from derive.renderers.typst_ import render_typst
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of
from derive.telling.model import Picture
from tests.commands import runner
from tests.pictures.networks import network


def convolution() -> Explanation:
    """An image of 4 by 4 under a kernel of 2 by 2, the sum squared: 16 + 4 + 9 + 1 nodes, six too many to draw."""
    places = [(row, column) for row in range(1, 4) for column in range(1, 4)]
    kernel = [(row, column) for row in (1, 2) for column in (1, 2)]
    define = {
        f"c{row}{column}": " + ".join(f"k{i}{j}*x{row + i - 1}{column + j - 1}" for i, j in kernel)
        for row, column in places
    }
    define["J"] = f"({' + '.join(define)} - 1)**2"
    given = {f"x{row}{column}": f"0.{row}{column}" for row in range(1, 5) for column in range(1, 5)}
    given |= {f"k{row}{column}": f"-0.{row}{column}" for row, column in kernel}
    problem = {"title": "A convolution", "objective": "J", "wrt": [f"k{i}{j}" for i, j in kernel]}
    return derive.explain(derive.load(problem | {"given": given, "define": define}))


def wide() -> Explanation:
    """Eight inputs and two units, twice: no room for two of the inputs, the weights, and the second sample's nets."""
    names = [f"x{number}" for number in range(1, 9)]
    pair = {"inputs": dict.fromkeys(names, "0.5"), "targets": {"y1": "0.1", "y2": "0.9"}}
    layer = {"units": ["y1", "y2"], "activation": "sigmoid", "weights": [["0.1"] * 8, ["0.2"] * 8]}
    mapping = {"title": "Wide", "loss": "squared_error", "learning_rate": 1, "samples": [pair] * 3, "layers": [layer]}
    return derive.explain(derive.load(mapping), rounds=0)


def pdf_text(explanation: Explanation) -> str:
    source = render_typst(explanation.document, explanation.filling)
    return "".join(re.findall(r'#"([^"]*)"', source))


FORMATS: dict[str, Callable[[Explanation], str]] = {
    "html": lambda explanation: unescape("".join(re.findall("<figcaption>.*?</figcaption>", explanation.to_html()))),
    "latex": lambda explanation: explanation.to_latex().replace("{}", ""),
    "typst": pdf_text,
    "markdown": lambda explanation: explanation.to_markdown(),
    "notebook": lambda explanation: "".join(
        line for cell in json.loads(explanation.to_notebook())["cells"] for line in cell["source"]
    ),
}


@pytest.fixture(scope="module")
def chain() -> Explanation:
    return convolution()


@pytest.fixture(scope="module")
def network_page() -> Explanation:
    return wide()


@pytest.mark.parametrize("form", FORMATS)
def test_dropped_nodes_stand_in_the_caption(form: str, chain: Explanation) -> None:
    """Six of thirty nodes are not drawn: the caption of each format counts them, names them, and says why."""
    text = FORMATS[form](chain)
    found = re.search(
        r"Left out of the picture: 6 of the 30 nodes, those furthest from the objective \(([^)]*)\)", text
    )
    assert found, text[:300]
    named = re.split(", | and ", found[1])
    assert len(named) == 6
    assert set(named) < {f"x{row}{column}" for row in range(1, 5) for column in range(1, 5)}
    # Those that are named are those that are not drawn.
    (picture,) = [block for block in blocks_of(chain.document) if isinstance(block, Picture)]
    labels = {shape.runs[0].text for shape in drawing_for(picture, chain.filling).shapes if hasattr(shape, "runs")}
    assert not labels & set(named)
    assert "in every node" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_network_and_a_curve_say_what_they_lack(form: str, network_page: Explanation) -> None:
    """Inputs behind an ellipsis, weights without room and other samples' marks are named in each format."""
    text = FORMATS[form](network_page)
    assert "Left out of the picture: 3 of the 8 inputs; the 16 weights into layer 1, for which there is no room" in text
    assert "Left out of the picture: 4 of the 6 net inputs, those of samples that are not worked line by line" in text
    assert "The inputs and targets of the samples stand in the table." in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_whole_picture_says_nothing(form: str) -> None:
    """The built-in network is drawn whole, and no caption speaks of anything left out."""
    assert "Left out" not in FORMATS[form](derive.explain(derive.load("2-2-2"), rounds=100))


def test_the_pdf_has_the_caption(chain: Explanation, tmp_path: Path) -> None:
    """The caption gets through Typst to the paper."""
    path = tmp_path / "chain.pdf"
    path.write_bytes(chain.to_pdf())
    text = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())
    assert re.search(r"Left out of the picture: 6 of the 30 nodes", text)


def test_derivatives_that_a_page_does_not_work_are_named() -> None:
    """With a derivative by `a` alone, three of five arrows of Ng's graph carry none; with all, none is missing."""
    mapping = {
        "title": "Ng", "objective": "J", "wrt": ["a"], "given": {"a": 5, "b": 3, "c": 2},
        "define": {"u": "b*c", "v": "a + u", "J": "3*v"},
    }  # fmt: skip
    page = derive.explain(derive.load(mapping)).to_html()
    assert "the local derivatives of 3 of the 5 arrows, which this page does not work out." in page
    assert "Left out" not in derive.explain(derive.load(mapping | {"wrt": ["a", "b", "c"]})).to_html()


def test_weights_shown_by_name_alone() -> None:
    """Figures too long for the edges leave the symbols there, and the note says whose numbers are missing."""
    note = network((2, 2, 2), weight="0." + "1" * 29).note
    assert re.fullmatch(
        r"Left out of the picture: the numbers of the 4 weights into layer 1; the numbers of the 4 weights into layer "
        r"2, for which there is no room; they stand in the table\.",
        note,
    )


def test_curves_count_what_has_no_place() -> None:
    """Marks off every scale, marks without room for names, and errors that a logarithmic axis cannot show."""
    from derive.given.naming import Symbol

    infinite = (Symbol(letters="a"), float("inf"), 1.0)
    off = activation_drawing("sigmoid", [(-1.0, 0.3), (1.0, 0.7)], [infinite, (Symbol(letters="b"), 0.0, 0.5)])
    assert off.left_out == ("1 of the 2 net inputs, which lie beyond every scale",)
    many = activation_drawing("sigmoid", [(-1.0, 0.3), (1.0, 0.7)], [(Symbol(letters="b"), 0.0, 0.5)] * 9)
    assert len(many.left_out) == 1
    assert many.left_out[0].startswith("the names of the marks")
    assert error_drawing([0, 1, 2], [1.0, 0.5, 0.25]).complete
    assert error_drawing([0, 1], [1.0, 0.0], 7).note.startswith("Left out of the picture: 7 rounds, whose errors are ")


def test_a_worksheet_says_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The network on a worksheet that leaves units out has a caption in HTML and in LaTeX."""
    monkeypatch.chdir(tmp_path)
    rows = ", ".join("[" + ", ".join(["0.1"] * 7) + "]" for _ in range(2))
    Path("wide.toml").write_text(
        'title = "Wide"\nloss = "squared_error"\nlearning_rate = 1\n[inputs]\n'
        + "".join(f"x{number} = 0.5\n" for number in range(1, 8))
        + '[targets]\ny1 = 0.1\ny2 = 0.9\n[[layers]]\nunits = ["y1", "y2"]\nactivation = "sigmoid"\n'
        + f"weights = [{rows}]\n",
        encoding="utf-8",
    )
    done = runner(capsys, "handout")("wide.toml", "--same", "--to", "html,latex", "--out", "made")
    assert done.status == 0, done.err
    pages = [path.read_text(encoding="utf-8") for path in Path("made", "worksheets").iterdir()]
    assert len(pages) == 2
    assert all("Left out of the picture: 2 of the 7 inputs" in page.replace("{}", "") for page in pages)
