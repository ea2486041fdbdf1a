"""Manifests: written the same every time, read back equal, and every fault named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from derive.errors import DeriveError
from derive.given.loading import load
from derive.given.problem_file import problem_mapping
from derive.handouts.people.manifest import Manifest, manifest_of, read_manifest
from derive.handouts.people.roster import Student

STUDENTS = (
    Student(id="a", name="مريم", group="x", extra=(("seat", "A3"),)),
    Student(id="=HYPERLINK(1)", name="<script>"),
)


def manifest(**changes: Any) -> Manifest:
    problem = load("2-2-2")
    other = load(problem_mapping(problem) | {"learning_rate": "0.60"})
    options: dict[str, Any] = {"seed": "s\udc80", "sheet": "3", "digits": 4, "ask": "net_H1,net_H2", "level": 2}
    asked = ("net_H1", "net_H2")
    return manifest_of(problem, STUDENTS, [problem, other], asked=asked, **(options | changes))


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_round_trip(tmp_path: Path) -> None:
    """What is written is read back, and written again is the same text."""
    first = manifest()
    again = read_manifest(written(tmp_path, first.to_json()))
    assert {**again.variants}.keys() == {**first.variants}.keys()
    assert again.to_json() == first.to_json()
    assert again.students == first.students
    assert again.forms == first.forms
    assert again.seed == "s\udc80"
    assert again.variants["a"].name == "2-2-2"
    assert again.variants["=HYPERLINK(1)"].learning_rate.text == "0.60"  # type: ignore[union-attr]


def test_keys_are_those_of_the_contract() -> None:
    """`problem`, `seed` and `variants`, and in each variant `form` and a `problem` that `derive.load` reads."""
    content = json.loads(manifest().to_json())
    assert content["problem"] == "2-2-2"
    assert content["seed"] == "s\udc80"
    assert list(content["variants"]) == ["a", "=HYPERLINK(1)"]
    assert load(content["variants"]["a"]["problem"]).samples == load("2-2-2").samples  # type: ignore[union-attr]
    assert content["variants"]["a"]["form"] == manifest().forms["a"]


def test_a_chain_of_formulas(tmp_path: Path) -> None:
    """With the same numbers for all, a formula problem has a manifest too."""
    problem = load("ng-graph-J")
    first = manifest_of(
        problem, STUDENTS, [problem, problem], seed="", sheet="", digits=4, ask="J", asked=["J"], level=1
    )
    assert read_manifest(written(tmp_path, first.to_json())).variants["a"] == problem


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(manifest().to_json())
    change(content)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON.*line 1"),
        ("[" * 200_000, "not valid JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        ("[]", "a table is needed"),
        ('{"title": "a problem"}', "no manifest of a handout"),
        (changed(lambda all_: all_.pop("digits")), "digits: missing"),
        (changed(lambda all_: all_.update(manifest=2)), "manifest: version '2'; this derive reads version 1"),
        (changed(lambda all_: all_.update(level=7)), "level: a whole number from 1 to 4"),
        (changed(lambda all_: all_["variants"].pop("a")), "variants: nothing for 'a'"),
        (changed(lambda all_: all_["students"].pop()), "students: nothing for '=HYPERLINK"),
        (changed(lambda all_: all_["students"].append({"id": "a"})), "students: an id stands there twice"),
        (changed(lambda all_: all_["students"].append({"id": 3})), r"students\[2\].id: a text is needed"),
        (changed(lambda all_: all_["variants"]["a"].pop("form")), "variants.a.form: missing"),
        (changed(lambda all_: all_["variants"]["a"].update(form="KX23")), "variants.a.form: 'KX23' is not the form"),
        (
            changed(lambda all_: all_["variants"]["a"]["problem"].update(learning_rate="0.9")),
            "variants.a.form: .* something was changed",
        ),
        (
            changed(lambda all_: all_["variants"]["a"]["problem"].update(loss="none")),
            "variants.a.problem.loss: .*allowed here",
        ),
        (changed(lambda all_: all_.update(digits=5)), "something was changed"),
        (changed(lambda all_: all_["asked"].pop()), "something was changed"),
    ],
)
def test_faults_say_where(tmp_path: Path, content: str | bytes, said: str) -> None:
    """Every fault is one line that names the file, the key and what is wrong."""
    path = written(tmp_path, content)
    with pytest.raises(DeriveError, match=said) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    """A manifest that is not there is said to be missing."""
    with pytest.raises(DeriveError, match="No such file"):
        read_manifest(tmp_path / "manifest.json")
