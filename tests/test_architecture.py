"""The shape of the project: layers, cold imports, names, sizes, and the commands that the README promises."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from tests.planted.plants import PLANTS

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "derive").rglob("*.py"))
LONGEST_MODULE = 400
#: Tables keyed by names of functions, files in which a function is named, lines and statements of product code.
MOST_TABLES, MOST_FILES_OF_A_FUNCTION, MOST_LINES, MOST_STATEMENTS = 16, 10, 60_350, 34_960
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def project_files(*, kept_only: bool = False) -> list[Path]:
    """Return the files that git keeps or would keep; without git, all outside of hidden and output folders."""
    others = [] if kept_only else ["--others", "--exclude-standard"]
    command = ["git", "ls-files", "-z", "--cached", *others]
    if (ROOT / ".git").exists() and shutil.which("git"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    kept = [*ROOT.glob("*"), ROOT / ".ci", ROOT / ".gitignore"]
    tops = [top for top in kept if top.name[0] != "." or top.name in {".ci", ".gitignore"}]
    files = [path for top in tops for path in (top, *top.rglob("*")) if path.is_file()]
    return [path for path in files if "__pycache__" not in path.parts and path.suffix != ".pdf"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_arrows_run_one_way() -> None:
    """Every contract on imports in pyproject.toml holds."""
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("numeric/__init__.py", "import sympy", "The NumPy core shares nothing"),
        ("numeric/__init__.py", "from derive.formula import expression", "The NumPy core shares nothing"),
        ("network/__init__.py", "import numpy", "Formulas and the network never see a number"),
        ("network/__init__.py", "import derive.numeric", "Formulas and the network never see a number"),
        ("renderers/__init__.py", "def late():\n    import sympy", "Renderers import neither core"),
        ("formula/expression.py", "import derive.given.naming", "Arrows run one way"),
        ("arithmetic/code.py", "import derive.numeric", "Only crosscheck sees both cores"),
        ("judging/__init__.py", "import sympy", "SymPy derives in the network"),
        ("stray.py", "", "Arrows run one way"),
    ],
)
def test_an_arrow_the_wrong_way_is_caught(tmp_path: Path, module: str, planted: str, contract: str) -> None:
    """A forbidden import, also inside a function, and a module without a layer each break their contract."""
    shutil.copytree(ROOT / "derive", tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "derive" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n\n{planted}\n")
    done = lint_imports(tmp_path)
    broken = [line for line in done.stdout.splitlines() if "BROKEN" in line]
    # A module without a layer ends the run before any contract is judged.
    told = any(line.startswith(contract) for line in broken) or "- derive.stray" in done.stdout
    assert done.returncode != 0
    assert told, done.stdout + done.stderr


def names_under(folder: str) -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if path.is_relative_to(ROOT / "derive" / folder)
    ]


@pytest.mark.parametrize(
    ("modules", "cold"),
    [
        (["derive"], ["sympy", "numpy", "jinja2", "flint", "typst"]),
        (
            ["derive.given.problem", "derive.given.naming", "derive.formula.figures"],
            ["sympy", "numpy", "jinja2", "flint", "typst"],
        ),
        (names_under("numeric"), ["sympy", "flint"]),
        (names_under("network"), ["numpy"]),  # SymPy itself loads flint where it finds it
        (names_under("display"), ["sympy", "numpy", "flint"]),
        (names_under("renderers"), ["sympy", "numpy", "flint"]),
    ],
    ids=["derive", "givens", "numeric", "network", "display", "renderers"],
)
def test_what_is_not_needed_is_not_imported(modules: list[str], cold: list[str]) -> None:
    """A fresh interpreter that imports a layer has not loaded the slow packages it has no use for."""
    source = f"import sys, {', '.join(modules)}; print([name for name in {cold!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_public_name_is_a_submodule_too() -> None:
    """With lazy names the submodule would win on second access, so no public name is one."""
    assert derive.__all__
    packages = [info.name for info in pkgutil.walk_packages(derive.__path__, "derive.") if info.ispkg]
    for package in (derive, *map(importlib.import_module, packages)):
        public = {*getattr(package, "__all__", ()), *_functions(Path(str(package.__file__)))}
        submodules = {info.name for info in pkgutil.iter_modules(package.__path__)}
        assert not public & submodules, package.__name__


def _functions(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", getattr(derive, "__all__", []))
def test_public_names_are_lazy_and_there(name: str) -> None:
    """Each public name is found twice over, and is no module."""
    assert getattr(derive, name) is getattr(derive, name)
    assert type(getattr(derive, name)).__name__ != "module"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_short(path: Path) -> None:
    """No module of derive is longer than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_nothing_kept_pins_or_names_an_index() -> None:
    """No lock file is kept, and no file names a package index or a home folder."""
    # Put together here, so that this file does not contain what it looks for.
    hosts = ["pypi" + ".org", "python" + "hosted.org", "registry" + ".npmjs", "/ro" + "ot/", "/ho" + "me/"]
    files = project_files()
    assert ROOT / "pyproject.toml" in files
    for path in files:
        assert not re.search(r"(\.lock|-lock\.\w+|^requirements.*\.txt)$", path.name), path
        text = path.read_bytes().decode("utf-8", errors="ignore")
        assert [host for host in hosts if host in text] == [], path


def test_only_known_files_lie_at_the_top() -> None:
    """Beside dot-files there are the four files and the folders that the design names."""
    allowed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    allowed |= {"derive", "templates", "tests", "benchmarks", "output"}
    tops = {path.relative_to(ROOT).parts[0] for path in project_files(kept_only=True)}
    assert {top for top in tops if not top.startswith(".")} <= allowed


def setup_lines(text: str) -> list[str]:
    """Return the lines that set derive up, as `.ci/run` picks them: from the start of a line, `python3 -m venv`."""
    return re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)


def test_the_readme_has_its_two_lines() -> None:
    """One line ends with the worked solution, one passes the tests; `.ci/run` runs both as they stand."""
    explain, test = setup_lines((ROOT / "README.md").read_text(encoding="utf-8"))
    assert explain.endswith(".venv/bin/derive explain")
    assert test.endswith(".venv/bin/python -m pytest")
    assert "grep '^python3 -m venv '" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_changelog_tells_of_this_version() -> None:
    """The newest entry is the version that would be built."""
    version = derive.__version__.partition(".dev")[0]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == version
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"] == ["version"]


#: What a table is keyed by that says again what the records of functions and losses say.
RECORDED = {*FUNCTIONS, *(record.spelled for record in FUNCTIONS.values() if record.spelled), *LOSSES}


def _tables(tree: ast.AST) -> Iterator[ast.AST]:
    """Dict literals and match statements with two or more names of functions or losses as keys."""
    for node in ast.walk(tree):
        keys: list[object] = []
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        elif isinstance(node, ast.Match):
            patterns = (part for case in node.cases for part in ast.walk(case.pattern))
            keys = [part.value.value for part in patterns
                    if isinstance(part, ast.MatchValue) and isinstance(part.value, ast.Constant)]  # fmt: skip
        if len([key for key in keys if key in RECORDED]) >= 2:
            yield node


def test_what_is_known_of_a_function_stands_once() -> None:
    """Beside the records only kinds of number and the twins have tables of functions; words and printers have none."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    found = [path.relative_to(ROOT / "derive").as_posix() for path, tree in trees.items() for _ in _tables(tree)]
    assert len(found) <= MOST_TABLES, found
    rooms = {name.partition("/")[0] for name in found}
    assert rooms <= {"arithmetic", "given", "numeric", "judging"}, found
    assert not any(name.startswith("judging/") and "/engine/" not in name for name in found), found


def test_softplus_stands_in_few_files() -> None:
    """A function is known to its record, its twin, and the numbers that can do better than its definition."""
    found = [path for path in MODULES if "softplus" in path.read_text(encoding="utf-8")]
    assert len(found) <= MOST_FILES_OF_A_FUNCTION, found


def test_the_house_has_packages_and_few_loose_modules() -> None:
    """The top level holds packages and at most six modules."""
    loose = sorted(path.name for path in (ROOT / "derive").glob("*.py"))
    assert len(loose) <= 6, loose


def test_every_mistake_can_still_be_planted() -> None:
    """What `pytest -m planted` writes its mistakes over stands once, as it did when the mistake was thought of."""
    texts = {plant.module: (ROOT / "derive" / plant.module).read_text(encoding="utf-8") for plant in PLANTS}
    assert [plant.name for plant in PLANTS if texts[plant.module].count(plant.before) != 1] == []


def test_lines_and_statements_are_counted() -> None:
    """Product code stays within what was agreed; whoever adds much says so by raising these."""
    texts = [path.read_text(encoding="utf-8") for path in MODULES]
    lines = sum(text.count("\n") for text in texts)
    statements = sum(isinstance(node, ast.stmt) for text in texts for node in ast.walk(ast.parse(text)))
    assert lines <= MOST_LINES, lines
    assert statements <= MOST_STATEMENTS, statements
