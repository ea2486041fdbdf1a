"""Markdown: nothing of a user's text is markup, tables keep their columns, mathematics reaches GitHub untouched."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

import derive
from derive.display.latex import LatexPrinter
from derive.renderers.markdown import markdown_pictures, render_markdown
from derive.solved.explanation import Explanation
from tests.display.samples import EVERY_KIND, WEIGHT_PARTIAL
from tests.renderers.sample import HOSTILE, sample_document, sample_filling

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
#: The only elements that the document itself writes.
OWN = re.compile(
    r'<a id="[A-Za-z0-9_.-]+">|</a>|</?span>|<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[\w+/=]+">'
)

HOSTILE_TEXTS = (
    HOSTILE,
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) ![y](//z) <javascript:alert(1)>",
    "$`a`$ $$b$$ \\(c\\) \\begin{x}d\\end{x} ```math",
    "| a | b |",
    "# a #",
    "1. a",
    "- a",
    "---",
    "===",
    "> a",
    "    a",
    "a\n\nb\n# c\n```\n",
    "[x]: //y",
    "&lt;b&gt; &#60;",
    "~~a~~ _b_ __c__ *d* `e`",
    "\\",
    "\ue002 \ue0000\ue001",
)


def rendered(text: str, *, dollars: bool = False) -> str:
    return render_markdown(sample_document(text), sample_filling(text=text), dollars=dollars)


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return derive.explain(derive.load("2-2-2"), rounds=10)


@pytest.mark.parametrize("dollars", [False, True])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(HOSTILE_TEXTS))
@example(text=HOSTILE)
def test_user_text_is_text(dollars: bool, text: str) -> None:
    """Whatever a title says, the blocks are those of a harmless one, and no element, link or emphasis is added."""
    found, plain = PARSER.parse(rendered(text, dollars=dollars)), PARSER.parse(rendered("x", dollars=dollars))
    assert [token.type for token in found] == [token.type for token in plain]
    ours = [token.type for token in inline(found) if token.type not in ("text", "html_inline", "text_special")]
    assert ours == [token.type for token in inline(plain) if token.type not in ("text", "html_inline", "text_special")]
    for token in (*found, *inline(found)):
        assert token.type != "html_block"
        assert token.type != "html_inline" or OWN.fullmatch(token.content), token.content
        assert token.type != "link_open" or str(token.attrs["href"]).startswith("#")


def test_hostile_text_is_shown_as_typed() -> None:
    """A title full of markup comes out of a Markdown reader letter by letter."""
    title = "<b> [a](b) `c` $d$ \\e |f| _g_ *h* # i & j &amp; 1. - ~~k~~ https://x.org/l_m"
    tokens = PARSER.parse(rendered(title))
    heading = next(token for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "heading_open")
    shown = "".join(child.content for child in heading.children or () if child.type != "html_inline")
    assert shown == title


def test_a_dollar_of_the_user_starts_no_mathematics() -> None:
    """GitHub's own way for a dollar sign beside mathematics: an element around it."""
    assert "# <span>&#36;</span>5 and <span>&#36;</span>6\n" in rendered("$5 and $6")
    assert "# <span>&#92;</span>begin{a}\n" in rendered("\\begin{a}", dollars=True)


def test_start_of_a_paragraph_is_no_list() -> None:
    """A minus sign or a number with a dot at its start is escaped; a decimal and a sign inside are not."""
    document = sample_document("x")
    assert "Source: x" in rendered("x")
    from derive.renderers import markdown as module

    start = module._AT_START
    assert [bool(start.match(text)) for text in ("- a", "12. a", "3) a", "= b", "0.5 a", "a - b", "12.")] == [
        True, True, True, True, False, False, True,
    ]  # fmt: skip
    assert document.title == "x"


def test_a_step_of_the_example(explanation: Explanation) -> None:
    """The net input of H1, whole: heading with its anchor, reason, and one display of symbols, numbers and value."""
    text = explanation.to_markdown()
    heading, reason, display = text[text.index('#### <a id="net_H1"></a>') :].split("\n\n")[:3]
    assert heading == '#### <a id="net_H1"></a>Net input of H1'
    assert reason.startswith("Every input times its weight")
    assert display == (
        "```math\n\\begin{aligned}\n"
        "H_{1} &= w_{1} \\cdot x_{1} + w_{2} \\cdot x_{2} + b_{1} \\\\\n"
        "&= 0.15 \\cdot 0.05 + 0.20 \\cdot 0.10 + 0.35 \\\\\n"
        "&= 0.3775\n"
        "\\end{aligned}\n```"
    )
    assert "0.0821670406" in text


def test_github_gets_no_bare_dollars(explanation: Explanation) -> None:
    """All mathematics stands where GitHub's Markdown leaves it alone: inline code in dollars, or a block of code."""
    text = re.sub(r"```(math|toml)\n.*?\n```", "", explanation.to_markdown(), flags=re.DOTALL)
    assert "$$" not in text
    without = re.sub(r"\$`[^`\n]+`\$", "", text)
    assert "$" not in without
    assert "`" not in without
    # Behind a letter, a digit or a dash GitHub takes a dollar sign for one.
    assert not re.search(r"[\w$-]\$`", text)


def test_jupyter_gets_dollars_alone(explanation: Explanation) -> None:
    """In the dialect of notebooks a display stands between double dollar signs on lines of their own."""
    text = explanation._repr_markdown_()
    assert "`" not in text
    assert "\n\n$$\n\\begin{aligned}\nH_{1} &= w_{1}" in text
    assert text.count("$$") % 2 == 0


def test_displays_are_blocks_with_blank_lines_around(explanation: Explanation) -> None:
    """No fence touches a paragraph, and rows end in two backslashes but for the last."""
    text = explanation.to_markdown()
    fences = [token for token in PARSER.parse(text) if token.type == "fence"]
    assert len(fences) > 50
    # The last is the problem file.
    assert fences.pop().info == "toml"
    assert {fence.info for fence in fences} == {"math"}
    for fence in fences:
        lines = fence.content.rstrip("\n").split("\n")
        if lines[0] == "\\begin{aligned}":
            assert all(line.endswith(" \\\\") for line in lines[1:-2])
            assert not lines[-2].endswith("\\\\")
    assert not re.search(r"[^\n>]\n(> )?```math", text)


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "deeplearning-ai-2-4-1"])
def test_tables_keep_their_columns(name: str) -> None:
    """Every row of every table has as many cells as its head."""
    explanation = derive.explain(derive.load(name), rounds=5)
    for text in (explanation.to_markdown(), explanation._repr_markdown_()):
        tokens = [token.type for token in PARSER.parse(text) if token.level <= 4]
        tables = " ".join(tokens).split("table_open")[1:]
        assert len(tables) >= 4
        for table in tables:
            rows = table.split(" table_close")[0].split(" tr_open")[1:]
            assert len({row.count("th_open") + row.count("td_open") for row in rows}) == 1
        lines = [line for line in text.split("\n") if line.startswith("|")]
        assert len(lines) == sum(table.count("tr_open") for table in tables) + len(tables)


def test_no_formula_holds_a_pipe() -> None:
    """A pipe in a formula would end a table's cell, even inside code."""
    printer = LatexPrinter(slot=lambda slot: "0.5")
    for tree in (*EVERY_KIND.values(), *(row.tree for row in WEIGHT_PARTIAL.rows)):
        assert "|" not in printer.tree(tree)
        assert "|" not in "".join(printer.chunks(tree))


def test_links_lead_somewhere(explanation: Explanation) -> None:
    """Every link of the contents has its anchor, every picture its file, each a picture that is well-formed."""
    text = explanation.to_markdown()
    anchors = re.findall(r'<a id="([^"]+)">', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors)
    pictures = explanation.markdown_pictures()
    assert re.findall(r"\]\(([^)#]+\.svg)\)", text) == list(pictures)
    names = ("network", "path", "curve-sigmoid", "paths", "network-backward", "error-curve")
    assert list(pictures) == [f"2-2-2-{name}.svg" for name in names]
    for picture in pictures.values():
        assert ElementTree.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"


def test_pictures_have_text_alternatives() -> None:
    """The alternative of a picture is its text in the document, as it was typed."""
    tokens = inline(PARSER.parse(rendered("a ](b) <i> $c")))
    pictures = [token for token in tokens if token.type == "image"]
    assert pictures[0].content.replace("\\", "") == "a ](b) &lt;i&gt; &#36;c"
    shown = "".join(child.content for child in pictures[0].children or ())
    assert shown == "a ](b) <i> $c"
    assert set(markdown_pictures(sample_document("x"), sample_filling(text="x"))) == {
        str(token.attrs["src"]) for token in pictures
    }


def test_the_mark_of_full_figures_is_set_on_an_empty_base() -> None:
    """A dagger behind the value where figures are carried in full, none where they are not; none in a table's text."""
    marked, plain = sample_document("x"), render_markdown(sample_document("x"), sample_filling(text="x", marked=False))
    with_mark = render_markdown(marked, sample_filling(text="x"))
    assert "0.337500000{}^{\\dagger}\n" in with_mark
    assert "| 0.082167040† |" in with_mark
    assert "dagger" not in plain
    assert "†" not in plain


def test_command_writes_pictures_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--to markdown` writes the text and the pictures that it links to, and names them all."""
    from derive.cli import main

    assert main(["explain", "deepml-neuron", "--to", "markdown", "--rounds", "5", "--out", str(tmp_path)]) == 0
    written = {path.name for path in tmp_path.iterdir()}
    assert {Path(line).name for line in capsys.readouterr().out.splitlines()} == written
    text = (tmp_path / "deepml-neuron.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([^)#]+\.svg)\)", text)) == written - {"deepml-neuron.md"}
