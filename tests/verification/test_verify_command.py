"""`derive verify`: what it prints and leaves as exit status; files in and out are in test_verify_files.py."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from derive.given.loading import load
from derive.given.problem import Problem
from derive.judging.model import VERDICTS
from derive.numeric.network import Network
from derive.numeric.training import train
from tests.commands import Command, answers, honest, rows_of, runner
from tests.students import Habit


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `derive verify` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "verify")


# the JSON contract


def test_the_json_has_the_keys_of_the_contract_and_no_traceback(run: Command) -> None:
    """Every key of the contract is there, of the kind it says; verdicts are those of the table."""
    done = run("2-2-2", answers("a.csv", "net_H1,0.3775", "out_H1,0.6", "out_y1,0.1"), "--json")
    assert (done.status, done.err) == (1, "")
    report = done.report
    assert report["problem"] == "2-2-2"
    assert {"problem", "answers", "summary", "rejected"} <= report.keys()
    kinds = {"quantity": str, "written": str, "verdict": str, "expected": str, "explanation": str}
    for each in report["answers"]:
        assert all(isinstance(each[key], kind) for key, kind in kinds.items())
        assert each["student"] is None
        assert isinstance(each["diagnosis"], list)
        assert isinstance(each["follows_from"], list)
        assert each["verdict"] in VERDICTS
        assert each["explanation"].endswith(".")
    assert report["summary"].keys() >= {"counts", "first_wrong", "marks", "out_of"}
    assert report["summary"]["out_of"] == 3
    assert sum(report["summary"]["counts"].values()) == 3
    assert report["rejected"] == []


def test_answers_come_in_working_order_with_the_digits_written(run: Command) -> None:
    """Whatever the order of the file; the expected figure has as many digits as the written one."""
    rows = ("w5_new,0.35892", "E_total,0.2984", "net_H1,0.3775")
    report = run("2-2-2", answers("a.csv", *rows), "--json").report
    assert [(each["quantity"], each["expected"]) for each in report["answers"]] == [
        ("net_H1", "0.3775"),
        ("E_total", "0.2984"),
        ("w5_new", "0.35892"),
    ]


def test_the_first_wrong_figure_is_the_one_that_went_wrong_by_itself(run: Command) -> None:
    """A planted net_H1 is named, what follows is carried from it, and earns its marks unless they are strict."""
    # .05(.15) + .10(.20) = .0275 without the bias; 1/(1 + e^-.0275) = 0.50687
    name = answers("a.csv", "net_H1,0.0275", "out_H1,0.5069", "net_H2,0.3925")
    done = run("2-2-2", name, "--json")
    assert done.status == 1
    assert done.report["summary"] == {
        "counts": {"correct": 1, "carried": 1, "misconception": 1},
        "first_wrong": "net_H1",
        "marks": 2,
        "out_of": 3,
    }
    assert done.answer("net_H1")["diagnosis"] == ["missing-bias"]
    assert done.answer("out_H1")["follows_from"] == ["net_H1"]
    assert run("2-2-2", name, "--json", "--policy", "strict").report["summary"]["marks"] == 1


def test_a_whole_honest_script_is_right(run: Command) -> None:
    """33 figures rounded to 4 digits, carried as written: status 0, full marks, nothing first wrong."""
    done = run("2-2-2", answers("a.csv", *rows_of(honest())), "--json")
    assert done.status == 0
    assert done.report["summary"]["first_wrong"] is None
    assert done.report["summary"]["marks"] == done.report["summary"]["out_of"] == 33


@pytest.mark.parametrize(
    ("row", "verdict", "status"),
    [
        ("net_H1,0.3775", "correct", 0),
        ("net_H1,", "blank", 0),
        ("out_H1,0.5932", "rounding", 0),
        ("net_H1,0.4", "too-coarse", 1),
        ("net_H1,nan", "unreadable", 1),
        ("net_H1,a lot", "unreadable", 1),
        ("net_H1,3.775", "slip", 1),
        ("net_H1,0.0275", "misconception", 1),
        ("net_H1,0.7777", "wrong", 1),
    ],
)
def test_the_exit_status_follows_the_verdict(run: Command, row: str, verdict: str, status: int) -> None:
    """0 for what is right, rounded or blank; 1 for what is at fault."""
    done = run("2-2-2", answers("a.csv", row), "--json")
    assert (done.report["answers"][0]["verdict"], done.status) == (verdict, status)


# ids


@pytest.mark.parametrize(
    ("typed", "value", "known"),
    [
        ("z_H1", "0.3775", "net_H1"),
        ("a_y1", "0.7514", "out_y1"),
        ("δ_y1", "0.1385", "delta_y1"),
        ("∂E/∂w5", "0.08217", "dE_total/dw5"),
        ("dE/dw5", "0.08217", "dE_total/dw5"),
        ("w5+", "0.3589", "w5_new"),
        ("w5@1", "0.3589", "w5@1"),
        ("E_total@0", "0.2984", "E_total"),
    ],
)
def test_other_notations_are_known(run: Command, typed: str, value: str, known: str) -> None:
    """A figure under the name another notation gives it is judged under its canonical id."""
    done = run("2-2-2", answers("a.csv", f"{typed},{value}"), "--json")
    assert [(each["quantity"], each["verdict"]) for each in done.report["answers"]] == [(known, "correct")]
    assert done.status == 0


def test_an_unknown_id_is_rejected_with_the_nearest_known_one(run: Command) -> None:
    """The rest is judged all the same, and the status is 2."""
    done = run("2-2-2", answers("a.csv", "net_H1,0.3775", "net_H9,0.1"), "--json")
    assert done.status == 1
    (rejected,) = done.report["rejected"]
    assert (rejected["file"], rejected["row"]) == ("a.csv", 3)
    assert "'net_H9'" in rejected["reason"]
    assert "net_H2" in rejected["reason"]
    assert done.answer("net_H1")["verdict"] == "correct"


def test_one_figure_under_two_names_is_judged_once(run: Command) -> None:
    """dE/dw5 and dE_total/dw5 are the same; the first counts and the second is listed."""
    done = run("2-2-2", answers("a.csv", "dE/dw5,0.08217", "dE_total/dw5,0.9"), "--json")
    assert done.status == 1
    assert done.answer("dE_total/dw5")["written"] == "0.08217"
    assert [each["row"] for each in done.report["rejected"]] == [3]
    assert "twice" in done.report["rejected"][0]["reason"]


def test_an_empty_line_gives_way_to_the_same_figure_under_another_name(run: Command) -> None:
    """A form's own line left empty is no answer."""
    done = run("2-2-2", answers("a.csv", "dE/dw5,", "dE_total/dw5,0.08217"), "--json")
    assert (done.status, done.answer("dE_total/dw5")["verdict"]) == (0, "correct")


# the real scripts


def test_the_article_gives_exactly_the_ids_of_the_table(run: Command) -> None:
    """The built-in example, as the article prints it."""
    done = run("2-2-2", "article", "--json")
    assert done.status == 1
    assert {each["quantity"]: (each["verdict"], each["diagnosis"]) for each in done.report["answers"]} == {
        "E_total": ("correct", []),
        "E_total@1": ("misconception", ["sequential-update"]),
        "E_total@10000": ("misconception", ["one-round-early"]),
        "out_y1@10000": ("misconception", ["power-of-ten", "sequential-update"]),
        "out_y2@10000": ("misconception", ["sequential-update"]),
    }
    assert done.answer("E_total@1")["expected"] == "0.291027774"
    assert done.answer("out_y2@10000")["expected"] == "0.984064274"
    assert done.report["summary"]["first_wrong"] == "E_total@1"


def test_a_page_with_the_weights_wired_the_other_way(run: Command) -> None:
    """Both hidden units are right under one convention, said once; the truncated activation is rounding."""
    done = run("2-2-2", "forward-page", "--json")
    found = {each["quantity"]: (each["verdict"], each["diagnosis"]) for each in done.report["answers"]}
    assert found["net_H1"] == found["net_H2"] == ("convention", ["source-major"])
    assert found["out_H1"][0] == "rounding"
    assert found["out_H2"][0] == "correct"
    assert found["net_y1"] == found["net_y2"] == ("misconception", ["missing-bias"])
    (said,) = done.report["conventions"]
    assert len(said["said"]) == 1


def test_one_step_is_no_convention(run: Command) -> None:
    """The same net input alone is transposed weights."""
    done = run("2-2-2", answers("a.csv", "net_H1,.3825"), "--json")
    assert done.answer("net_H1")["diagnosis"] == ["transposed-weights"]


def test_macleods_hidden_deltas_use_updated_weights(run: Command) -> None:
    """Against simultaneous updates the published deltas are `updated-weights`, from its own rounded figures."""
    builtin = (resources.files("derive.given") / "problems" / "macleod-2-2-1.toml").read_text(encoding="utf-8")
    assert builtin.count('"sequential"') == 1
    Path("macleod.toml").write_text(builtin.replace('"sequential"', '"simultaneous"'), encoding="utf-8")
    rows = ("net_H1,0.755", "out_H1,0.68", "net_H2,0.68", "out_H2,0.6637", "net_y,0.80133", "out_y,0.69")
    further = ("delta_y,0.0406", "w1_new,0.272392", "w2_new,0.87305", "delta_H1,0.002406", "delta_H2,0.007916")
    done = run("macleod.toml", answers("a.csv", *rows, *further), "--json")
    assert done.answer("delta_H1")["diagnosis"] == ["updated-weights"]
    assert "updated-weights" in done.answer("delta_H2")["diagnosis"]
    at_fault = {each["quantity"] for each in done.report["answers"] if each["verdict"] not in ("correct", "rounding")}
    assert at_fault == {"delta_H1", "delta_H2"}
    assert done.report["rejected"] == []


@pytest.mark.parametrize(
    ("problem", "rows", "cause"),
    [
        ("raglend-2-2-1", ("step_w5,-0.0354", "step_w6,-0.0371"), "ascent"),
        ("deepml-neuron", ("w0@2,0.1035", "w1@2,-0.1426", "b1@2,-0.0056", "E_total@1,0.2947"), "averaged-twice"),
    ],
)
def test_published_mistakes_are_named(run: Command, problem: str, rows: tuple[str, ...], cause: str) -> None:
    """Two published pages: updates that climb, and gradients averaged twice."""
    done = run(problem, answers("a.csv", *rows), "--json")
    assert done.status == 1
    assert len(done.report["answers"]) == len(rows)
    assert all(cause in each["diagnosis"] for each in done.report["answers"]), done.out


def test_an_exam_answer_with_a_stale_slope_is_at_fault(run: Command) -> None:
    """z = 0.83, t = 0.58: −0.0353 is the right delta with its sign turned; −0.049 with the slope at 0.982 is not."""
    Path("exam.toml").write_text(
        'title = "Exam"\nloss = "half_squared_error"\nlearning_rate = 0.5\n[inputs]\nx1 = 0.5\n[targets]\ny1 = 0.58\n'
        '[[layers]]\nunits = ["y1"]\nactivation = "sigmoid"\nweights = [[1.0]]\nbias = 1.0856\n',
        encoding="utf-8",
    )
    turned = run("exam.toml", answers("a.csv", "out_y1,0.83", "delta_y1,-0.0353"), "--json")
    # With nothing else on the sheet to show which sign is meant, the convention has the benefit of the doubt.
    assert turned.answer("delta_y1")["verdict"] == "convention"
    assert turned.answer("delta_y1")["diagnosis"] == ["delta-sign"]
    assert (turned.status, turned.report["summary"]["marks"]) == (0, 2)
    assert turned.report["conventions"][0]["said"][0].startswith("This is right if the delta is meant with target")
    stale = run("exam.toml", answers("b.csv", "out_y1,0.83", "delta_y1,-0.049"), "--json")
    assert stale.status == 1
    assert (stale.answer("delta_y1")["verdict"], stale.answer("delta_y1")["diagnosis"]) == ("wrong", [])


# figures of other kinds


def test_later_rounds_are_judged(run: Command) -> None:
    """The error after 100 updates is right as NumPy's loop has it, and after 99 it is one round late."""
    problem = load("2-2-2")
    assert isinstance(problem, Problem)
    errors = train(Network.of(problem), 100).errors
    done = run("2-2-2", answers("a.csv", f"E_total@100,{errors[100]:.6g}", f"E_total@99,{errors[100]:.6g}"), "--json")
    assert done.answer("E_total@100")["verdict"] == "correct"
    assert done.answer("E_total@99")["diagnosis"] == ["one-round-late"]


def test_formulas_are_judged_as_identities(run: Command) -> None:
    """Any rewriting is right, a turned sign is named, and code is only text."""
    rows = (
        "delta_y1,(out_y1 - t_y1)*out_y1*(1 - out_y1)",
        "dE/dw5,(t_y1 - out_y1)*out_y1*(1 - out_y1)*out_H1",
        "dE/dw6,out_H2*out_y1*(out_y1 - t_y1 - out_y1**2 + t_y1*out_y1)",
        'net_H1,"__import__(""os"").system(""touch hacked"")"',
    )
    done = run("2-2-2", answers("a.csv", *rows), "--json")
    assert done.answer("delta_y1")["verdict"] == "correct"
    assert done.answer("dE_total/dw6")["verdict"] == "correct"
    assert (done.answer("dE_total/dw5")["verdict"], done.answer("dE_total/dw5")["diagnosis"]) == (
        "misconception",
        ["sign"],
    )
    assert done.answer("net_H1")["verdict"] == "unreadable"
    assert not Path("hacked").exists()


def test_a_chain_of_formulas_is_judged(run: Command) -> None:
    """Ng's graph: J = 33, and its derivatives 3, 6 and 9."""
    rows = ("u,6", "v,11", "J,33", "dJ/da,3", "dJ/db,6", "dJ/dc,9.5")
    done = run("ng-graph-J", answers("a.csv", *rows), "--json")
    assert [each["verdict"] for each in done.report["answers"]].count("correct") == 5
    assert done.report["summary"]["first_wrong"] == "dJ/dc"


def test_digits_asked_for_are_demanded(run: Command) -> None:
    """Three digits are too coarse where four are asked, but an exact value is not."""
    name = answers("a.csv", "out_H1,0.593", "eta,0.5")
    assert run("2-2-2", name).status == 0
    done = run("2-2-2", name, "--digits", "4", "--json")
    assert (done.status, done.answer("out_H1")["verdict"], done.answer("eta")["verdict"]) == (
        1,
        "too-coarse",
        "correct",
    )
    assert done.answer("out_H1")["expected"] == "0.5933"


def test_truncation_may_be_allowed(run: Command) -> None:
    """Figures cut off to 4 digits all the way are without fault where that is allowed."""
    figures = honest(habit=Habit(digits=4, truncates=True))
    assert run("2-2-2", answers("a.csv", *rows_of(figures)), "--truncation", "ok").status == 0


# the rest of the command


def test_can_show_names_what_the_numbers_hide(run: Command) -> None:
    """On the default numbers `updated-weights` does not show in w1_new at 4 digits."""
    done = run("--can-show", "2-2-2", "--digits", "4")
    assert done.status == 0
    paragraph = done.out[done.out.index("w1_new") :]
    assert "updated-weights" in paragraph
    assert run("--can-show", "2-2-2", "--digits", "9").out != done.out


def test_the_table_ends_with_a_summary(run: Command) -> None:
    """What went wrong first, and what fixes most."""
    done = run("2-2-2", answers("a.csv", "net_H1,0.0275", "out_H1,0.5069", "net_y1,1.1"))
    assert re.search(r"^quantity +written +expected +verdict +why$", done.out, re.MULTILINE)
    text = " ".join(done.out.split())
    assert "The first thing that went wrong is net_H1: consistent with leaving out the bias." in text
    assert "1 mistake, 1 result carried over from it." in text
    assert "Fixing this fixes both." in text
    assert "you believe" not in text
