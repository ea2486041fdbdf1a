"""The command as a whole, the filling of a kept skeleton, and what it costs that every digit is proved."""

from __future__ import annotations

from pathlib import Path

from derive import explain, load
from derive.renderers import html
from derive.renderers.printing import slot_digits
from derive.renderers.skeleton import Skeleton, fill
from derive.telling.model import Picture
from tests.benchmarks.measuring import Row, medians, process, several, timed
from tests.benchmarks.uncertified import uncertified


def whole_process(folder: Path, rounds: int, repeats: int) -> list[Row]:
    """`derive explain --to html` beside the bare imports; and, in one process, its page with figures from floats."""
    command = ["explain", "--fresh", "--to", "html", "--rounds", str(rounds), "--out", str(folder)]
    times = medians(
        {
            "derive explain": process(["-m", "derive", *command], folder),
            "imports": process(["-c", "import sympy, numpy, jinja2"], folder),
        },
        repeats,
    )
    problem = load("2-2-2")

    def page() -> None:
        explain(problem, rounds=rounds).to_html()

    def from_floats() -> None:
        with uncertified():
            page()

    proofs = medians({"certified": timed(page), "from floats": timed(from_floats)}, repeats)
    ratio = times["derive explain"] / times["imports"]
    dearer = proofs["certified"] / proofs["from floats"]
    return [
        Row(work="`derive explain --to html`, whole process", beside='`python -c "import sympy, numpy, jinja2"`',
            aim="under 1.8", measured=f"{ratio:.2f}", times=several(times), met=ratio < 1.8),
        Row(work="every printed digit certified", beside="the same page from floats, both warm in one process",
            aim="", measured=f"{dearer:.2f} times", times=several(proofs), met=None),
    ]  # fmt: skip


def kept_skeleton(folder: Path, repeats: int, pages: int) -> list[Row]:
    """A page filled and written to a file, beside constant bytes of its length written to a file."""
    explanation = explain(load("2-2-2"), rounds=100)
    filling = explanation.filling
    skeleton = html.html_skeleton(explanation.document, slot_digits(filling))
    drawn = {hole.what: html._draw(hole.what, filling) for hole in skeleton.holes if isinstance(hole.what, Picture)}
    constant = fill(skeleton, filling, html._draw).encode("utf-8")
    page = folder / "page.html"
    texts = [
        fill(Skeleton(holes=(hole,), parts=(0,)), filling, lambda picture, _: drawn[picture]) for hole in skeleton.holes
    ]

    def joined() -> str:
        return "".join([part if isinstance(part, str) else texts[part] for part in skeleton.parts])

    works = {
        "joined": lambda: page.write_bytes(joined().encode("utf-8")),
        "filled": lambda: page.write_bytes(fill(skeleton, filling, lambda picture, _: drawn[picture]).encode("utf-8")),
        "pictures drawn anew": lambda: page.write_bytes(fill(skeleton, filling, html._draw).encode("utf-8")),
        "constant": lambda: page.write_bytes(constant),
    }
    times = medians({name: timed(work, pages) for name, work in works.items()}, repeats)
    beside = f"writing {len(constant) // 1000} kB of constant bytes"
    rows = []
    for name, work in (
        ("filled", f"filling a kept skeleton ({len(skeleton.holes)} figures and signs), per page"),
        ("joined", "the same, figures already printed as texts"),
        ("pictures drawn anew", "the same, pictures drawn for each page as well"),
    ):
        ratio = times[name] / times["constant"]
        rows.append(Row(work=work, beside=beside, aim="under 2", measured=f"{ratio:.1f}",
                        times=several(times) if name == "filled" else "as above", met=ratio < 2))  # fmt: skip
    return rows
