"""Each verdict of the table, on figures of the default network that were worked out by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from derive.formula.expression import Const, Product, Quotient, Ref, Sum
from derive.given.loading import load
from derive.judging.findings import Finding
from derive.judging.misconceptions.model import Mistake
from derive.judging.model import Options
from derive.judging.routes import Routes, routes_of
from tests.verification.engine.by_hand import ASKED, default_values
from tests.verification.engine.hands import judged, script, significant, verdicts

DEFAULT = load("2-2-2")
NEAREST = routes_of(DEFAULT.structure).nearest
HONEST = {name: significant(4)(value) for name, value in default_values().items()}

HALF = significant(6)(default_values()["delta_y1"] / 2)


def one(name: str, text: str, options: Options | None = None, **others: str) -> Finding:
    """The finding for one figure in an otherwise honest script."""
    return judged(DEFAULT, HONEST | others | {name: text}, options=options)[0][name]


def alone(**figures: str) -> dict[str, Finding]:
    """Findings for a script of these figures only."""
    return judged(DEFAULT, figures)[0]


def none_at(routes: Routes, quantity: str) -> tuple[Mistake, ...]:
    """An empty catalogue."""
    return ()


def test_blank_and_unreadable() -> None:
    """An empty field is blank, words are unreadable, and what follows is judged from the figures before them."""
    found = judged(DEFAULT, HONEST | {"out_H1": " ", "out_H2": "no idea"})[0]
    assert (found["out_H1"].verdict, found["out_H2"].verdict) == ("blank", "unreadable")
    assert found["net_y1"].verdict == "correct"
    assert len(found) == 33


def test_too_coarse() -> None:
    """Fewer digits than asked are too coarse, unless the value has no more, or only zeros were dropped."""
    assert one("out_H1", "0.6").verdict == "too-coarse"
    assert one("out_H1", "0.593", Options(digits=4)).verdict == "too-coarse"
    assert one("out_H1", "0.59").verdict == "correct"
    assert one("net_H1", "0.3775", Options(digits=6)).verdict == "correct"  # exactly that
    assert one("net_H1", "0.378", Options(digits=4)).verdict == "too-coarse"
    dropped = {**HONEST, "E_y2": "0.0236"}  # 0.02356
    assert judged(DEFAULT, dropped, options=Options(digits=4))[0]["E_y2"].verdict == "too-coarse"


def test_an_exact_figure_stands_for_itself() -> None:
    """net_H1 = 0.3775 is exact: 0.593281, which would follow from 0.37754, does not follow from it."""
    assert alone(net_H1="0.3775", out_H1="0.593270")["out_H1"].verdict == "correct"
    assert alone(net_H1="0.3775", out_H1="0.593281")["out_H1"].verdict != "correct"


def test_dropped_zeros_are_read_as_written() -> None:
    """A spreadsheet shows 0.38 for 0.3800: with zeros appended it is right to the digits asked."""
    problem = load({**_two_two_two(), "inputs": {"x1": 0.06, "x2": 0.1050004}})  # net_H1 = 0.38000008
    assert judged(problem, {"net_H1": "0.38"}, options=Options(digits=4))[0]["net_H1"].verdict == "correct"
    assert judged(problem, {"net_H1": "0.38"}, options=Options(digits=8))[0]["net_H1"].verdict == "too-coarse"


def test_carried() -> None:
    """What follows from a wrong figure is carried, and names it; so is what follows further down."""
    wrong = script(DEFAULT, NEAREST, ASKED, significant(4), instead={"net_y1": Sum((Ref("out_H1"), Ref("b2")))})
    found = judged(DEFAULT, wrong)[0]
    assert found["out_y1"].verdict == "carried"
    assert found["out_y1"].follows_from == ("net_y1",)
    assert found["delta_y1"].follows_from == ("out_y1",)
    assert found["dE_total/dout_H1"].follows_from == ("delta_y1",)
    assert found["dE_total/dw7"].verdict == "correct"
    assert all(finding.earns for finding in found.values())


def test_rounding() -> None:
    """A truncated figure, and one a unit off in its last place, are rounding; two units off are wrong."""
    assert HONEST["out_H1"] == "0.5933"  # 0.59326999
    assert one("out_H1", "0.5932").verdict == "rounding"
    assert one("out_H1", "0.5934").verdict == "rounding"
    assert one("out_H1", "0.5936").verdict == "wrong"


def test_truncation_allowed() -> None:
    """Where truncation is allowed the truncated figure is simply correct."""
    assert one("out_H1", "0.5932", Options(truncation=True)).verdict == "correct"


def test_slips() -> None:
    """A power of ten off, and two digits swapped; 0.05933 and 0.5393 for 0.5933."""
    assert one("out_H1", "0.05933").diagnosis == ("power-of-ten",)
    assert one("out_H1", "5933").diagnosis == ("power-of-ten",)
    assert one("out_H1", "0.5393").diagnosis == ("digits-swapped",)
    assert one("out_H1", "0.5393").verdict == "slip"
    assert one("delta_y2", "-0.03089").diagnosis == ("digits-swapped",)  # -0.03810 has no such neighbour


def test_misconception() -> None:
    """A missing bias is named, by its formula, where nothing else gives the figure."""
    finding = one("net_y1", "0.5059")  # w5·out_H1 + w6·out_H2 without 0.6
    assert finding.verdict == "misconception"
    assert finding.diagnosis == ("missing-bias",)
    assert finding.causes[0].mistake is not None


def test_misconception_above_an_unwritten_step() -> None:
    """With no net input written, an activation shows what went wrong in it: 1/(1 + e^-0.0275), the bias missing."""
    finding = alone(out_H1="0.50687")["out_H1"]
    assert "missing-bias" in finding.diagnosis
    mistake = finding.causes[0].mistake
    assert mistake is not None
    assert mistake.at == "net_H1"


def test_ambiguous() -> None:
    """A mean over two outputs and an extra half are one and the same figure: both are named."""
    own = _halved("extra-half"), _halved("averaged")
    found = judged(
        DEFAULT, HONEST | {"delta_y1": HALF}, mistakes=lambda routes, name: own if name == "delta_y1" else ()
    )
    assert found[0]["delta_y1"].verdict == "ambiguous"
    assert found[0]["delta_y1"].diagnosis == ("extra-half", "averaged")


def test_same_ids_are_one_cause() -> None:
    """Two formulas of one misconception that give the same figure leave it unambiguous."""
    own = _halved("extra-half"), _halved("extra-half")
    found = judged(
        DEFAULT, HONEST | {"delta_y1": HALF}, mistakes=lambda routes, name: own if name == "delta_y1" else ()
    )
    assert found[0]["delta_y1"].verdict == "misconception"


def test_pairs_come_last() -> None:
    """A pair is looked for where no single mistake fits."""
    pair = replace(_halved("first"), ids=("first", "second"))
    figures = HONEST | {"delta_y1": HALF}
    pairs = {"mistakes": none_at, "pairs": lambda routes, name: (pair,) if name == "delta_y1" else ()}
    finding = judged(DEFAULT, figures, **pairs)[0]["delta_y1"]
    assert (finding.verdict, finding.diagnosis) == ("misconception", ("first", "second"))


def test_wrong() -> None:
    """What nothing explains is wrong, without a diagnosis, and is still what is carried on."""
    found = judged(DEFAULT, HONEST | {"out_H1": "0.7123"})[0]
    assert found["out_H1"] == Finding(verdict="wrong")
    assert found["net_y1"].verdict == "correct"  # the exact value is always right
    carried = script(DEFAULT, NEAREST, ASKED, significant(4), instead={"out_H1": Const(Fraction(7123, 10000))})
    assert judged(DEFAULT, carried)[0]["net_y1"].follows_from == ("out_H1",)


def test_slip_on_a_misconception_made_before() -> None:
    """A bias left out twice, the second time with the point misplaced: both are named together."""
    found = judged(DEFAULT, {"net_H1": "0.02750", "net_H2": "0.4250"})[0]
    assert found["net_H1"].diagnosis == ("missing-bias",)
    assert found["net_H2"].verdict == "misconception"
    assert found["net_H2"].diagnosis == ("missing-bias", "power-of-ten")


@pytest.mark.parametrize(("units", "verdict"), [(1, "rounding"), (3, "misconception")])
def test_misconception_or_rounding(units: int, verdict: str) -> None:
    """What a wrong formula gives is no rounding, unless these digits cannot tell it from the right one."""
    # From net_H1 written to 2 digits, out_H1 has a wide scratch band.
    shift = Const(Fraction(units, 10**4))
    wrong = Sum((NEAREST.by_id["out_H1"].expression, shift))
    near = Mistake(ids=("near",), kind="out", at="out_H1", parts=frozenset(), expression=wrong)
    text = {1: "0.5934", 3: "0.5936"}[units]
    others = {name: HONEST[name] for name in ("net_H1", "out_H2")}
    catalogue = {"mistakes": lambda routes, name: (near,) if name == "out_H1" else ()}
    assert judged(DEFAULT, others | {"out_H1": text}, **catalogue)[0]["out_H1"].verdict == verdict


def test_zeros_earn_nothing() -> None:
    """Of a script of zeros nothing that follows from zeros earns a mark."""
    found = judged(DEFAULT, dict.fromkeys(ASKED, "0"))[0]
    marked = ("correct", "rounding", "carried")
    assert [name for name, finding in found.items() if finding.verdict in marked and finding.earns] == []
    assert Counter(verdicts(found).values())["carried"] > 10


def test_a_rounded_zero_is_too_coarse() -> None:
    """0.00 for 0.0004386 has too few decimals; 0.00 for 0.1384 is wrong."""
    assert one("dE_total/dw1", "0.00").verdict == "too-coarse"
    assert one("delta_y1", "0.00").verdict == "wrong"


@pytest.mark.parametrize("name", ["x1", "w5", "t_y1", "eta", "b1"])
def test_givens_are_compared_with_what_was_typed(name: str) -> None:
    """A given that was asked back is right as typed, and a wrong copy of it is carried on."""
    typed = {"x1": "0.05", "w5": "0.40", "t_y1": "0.01", "eta": "0.5", "b1": "0.35"}
    assert alone(**{name: typed[name]})[name].verdict == "correct"
    assert alone(**{name: "0.77"})[name].verdict == "wrong"


def test_wrong_copy_of_a_given_is_carried_on() -> None:
    """With 0.54 for w5, net_y1 = 0.54·0.5933 + 0.45·0.5969 + 0.6 follows from the copy."""
    found = judged(DEFAULT, {"w5": "0.54", "out_H1": "0.5933", "out_H2": "0.5969", "net_y1": "1.189"})[0]
    assert found["net_y1"].verdict == "carried"
    assert found["net_y1"].follows_from == ("w5",)


def _halved(name: str) -> Mistake:
    delta = NEAREST.by_id["delta_y1"].expression
    wrong = Product((Quotient(Const(Fraction(1)), Const(Fraction(2))), delta))
    return Mistake(ids=(name,), kind="output-delta", at="delta_y1", expression=wrong, parts=frozenset({name}))


def _two_two_two() -> dict[str, object]:
    return {
        "title": "Two",
        "loss": "half_squared_error",
        "learning_rate": 0.5,
        "targets": {"y1": 0.01, "y2": 0.99},
        "layers": [
            {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [[0.15, 0.20], [0.25, 0.30]], "bias": 0.35},
            {"units": ["y1", "y2"], "activation": "sigmoid", "weights": [[0.40, 0.45], [0.50, 0.55]], "bias": 0.60},
        ],
    }
