"""Files that are refused, on the command line: one plain line, exit 2, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import runner

STEP = '[[layers]]\nunits = ["y"]\nactivation = "step"\nweights = [[1, 1]]\n'
GATE = '[samples]\ninputs = ["a", "b"]\ntargets = ["y"]\nrows = [[0, 0, 0], [1, 1, 1]]\n'
ONE = (
    'learning_rate = 0.1\nloss = "squared_error"\n[inputs]\na = 1\nb = 2\n[targets]\ny = 1\n[[layers]]\nunits = ["y"]\n'
)
ONE += 'weights = [[0.1, 0.2]]\nactivation = "sigmoid"\n'
SERIES = '[inputs]\nx = { over = "time", values = [1, 2, 3] }\n'
PICTURE = '[inputs]\np = [[1, 2], [3, 4]]\n[[layers]]\nname = "c"\n'
RULE = '[update]\nrule = "perceptron"\n'
DENSE = '[[layers]]\nunits = ["y"]\nweights = [[1]]\n'
#: What a file says, and what is said of it.
REFUSED = {
    "a state that is never set": (ONE.replace("learning_rate = 0.1\n", "") +
        '[update]\nlearning_rate = 1\nstate = { v = 0 }\nsteps = { parameter = "parameter - g" }\n', "v is never set"),
    "a penalty without gradient": (f"learning_rate = 1\n{GATE}{STEP}{RULE}l2 = 1\n", "update.l2: "),
    "epochs without end": (f"learning_rate = 1\n{GATE}{STEP}{RULE}[training]\nepochs = 100000000000\n", "to 1000000"),
    "a stop below 0": (f'{ONE}[training]\nstop = "E_total < 0"\n', "never below 0"),
    "a batch larger than the samples": (f"learning_rate = 1\n{GATE}{STEP}{RULE}[training]\nbatch = 3\n", "1 to 2"),
    "an unknown rule": (f'{ONE}[update]\nrule = "adm"\n', "did you mean adam?"),
    "shapes that do not fit": ('[given]\nW = [[1, 2], [3, 4]]\nx = [1, 2, 3]\n[define]\nz = "W @ x"\n',
        "'W @ x': 2 × 2 @ a vector of 3"),
    "a sum of shapes": ('[given]\nW = [[1, 2], [3, 4]]\nx = [1, 2, 3]\n[define]\nz = "1 + W + x"\n',
        "'1 + W + x': a number and 2 × 2 and a vector of 3 do not go together"),
    "a kernel larger than the picture": (f'{PICTURE}type = "convolution"\n'
        "kernels = [[[1, 1, 1], [1, 1, 1], [1, 1, 1]]]\n",
        "3 × 3 does not fit into 2 × 2 (x is p, K is K_c)"),
    "an index past the end": ('[given]\nx = [1, 2, 3]\n[define]\nz = "x[4]"\n', "from 1 to 3"),
    "a series for a number": ('[inputs]\na = 1\n[[layers]]\nunits = ["y"]\n'
        'weights = [[{ over = "time", values = [1] }]]\n', "here is a table"),
    "an unknown layer type": (f'{PICTURE}type = "convolutoin"\n', "did you mean convolution?"),
    "an unknown function": ('[given]\nx = [1, 2]\n[define]\nz = "sofmax(x)"\n', "did you mean softmax?"),
    "before without a start": ('[given]\nx = { over = "time", values = [1, 2] }\n[define]\nh = "tanh(x + before(h))"\n',
        "start = 0"),
    "a circle": ('[inputs]\na = 1\n[[layers]]\nname = "h"\nfrom = "k"\nunits = 1\nweights = [[1]]\n'
        '[[layers]]\nname = "k"\nunits = 1\nweights = [[1]]\n', "h from k, which stands below h"),
    "a series of another length": ('[inputs]\nx = { over = "time", values = [1, 2, 3] }\n'
        f'z = {{ over = "time", values = [1, 2] }}\n{DENSE}', "inputs.z.values: 2 steps of time"),
    "the same in formulas": ('[given]\nx = { over = "time", values = [1, 2, 3] }\n'
        'z = { over = "time", values = [1] }\n[define]\nh = "x*z"\n', "given.z.values: 1 step of time"),
    "targets of another length": (f'loss = "squared_error"\n{SERIES}[targets]\ny = {{ over = "time", values = [1] }}\n'
        f"{DENSE}", "3 targets are needed"),
    "recursion": ('[inputs]\na = 1\n[[layers]]\nname = "r"\n[layers.define]\nu = "v + x"\nv = "u"\n',
        "'v' is worked on this line or below it"),
    "a state that is used at once": (SERIES + '[[layers]]\nname = "r"\nstate = { h = 0 }\n[layers.define]\n'
        'h = "tanh(h + x)"\n', "one step of time earlier, before(h)"),
    "functions in a circle": (f'[functions]\nf = "g(net)"\ng = "f(net)"\n[inputs]\na = 1\n{DENSE}activation = "f"\n',
        "'g' is no function"),
    "counts of a cell that has numbers": ('[inputs]\nx = { over = "time", values = [[1, 2]] }\n[[layers]]\n'
        'name = "c"\ntype = "lstm"\nunits = 3\n', "layers[0].units: unknown key"),
    "a function of itself": (f'[functions]\nf = "f(net)"\n[inputs]\na = 1\n{DENSE}activation = "f"\n',
        "'f' is no function"),
    "shapes where numbers are needed": ('loss = "squared_error"\n[inputs]\nx = { shape = [3] }\n[targets]\ny = 1\n'
        '[[layers]]\nunits = ["y"]\n', "no error and no update"),
    "hinge with a target of 0": (ONE.replace("squared_error", "hinge").replace("y = 1", "y = 0"), "targets of 1 or -1"),
    "a round without an update": ('ask = ["out_y@5"]\n[inputs]\na = 1\n' + DENSE, "there is no update"),
    "a unit called like an input": ('ask = ["out_a"]\n[inputs]\na = 1\n' + DENSE.replace('"y"', '"a"'),
        "units[0]: a names this unit and an input; each needs a name of its own"),
    "a unit called like one above": ('ask = ["net_y"]\n[inputs]\na = 1\n' + DENSE + DENSE,
        "layers[1].units[0]: y names this unit and a unit or layer above"),
    "a word past the end of its table": ('[inputs]\nw = [1, 3]\n[[layers]]\nname = "e"\ntype = "embedding"\n'
        "table = [[1, 2], [3, 4]]\n", "inputs.w[1]: a whole number from 1 to 2 is needed; here is 3"),
    "words counted from 0 where 1 was meant": ('[inputs]\nw = { index_from = 0, values = [2, 1] }\n[[layers]]\n'
        'name = "e"\ntype = "embedding"\ntable = [[1, 2], [3, 4]]\n', "inputs.w.values[0]: a whole number from 0 to 1"),
    "counting what is not looked up": (f"[inputs]\nw = {{ index_from = 0, values = [2, 1] }}\n{DENSE}",
        "no embedding takes in this input"),
    "a figure of shapes": ('ask = ["out_y"]\n[inputs]\nx = { shape = [3] }\n[[layers]]\nunits = ["y"]\n', "'out_y'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is derived."""
    text, expected = REFUSED[name]
    file, out = tmp_path / "file.toml", tmp_path / "out"
    file.write_text('title = "x"\n' + text, encoding="utf-8")
    run = runner(capsys)("explain", file, "--out", out)
    assert run.status == 2, run
    assert run.out == ""
    assert run.err.startswith(f"derive: {file}: ")
    assert run.err.count("\n") == 1
    assert expected in run.err
    assert not out.exists()
