"""What every test may use: Chromium, Firefox, TeX, Poppler and Node where they are installed, and hypothesis' profiles.

Without a tool its tests skip and say why. `DERIVE_REQUIRE=browser,firefox,tex,pdf,npm` turns those skips into failures,
so that a build machine cannot pass by having nothing installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.browser import Browser, NoBrowserError, Page, find_chromedriver, find_chromium
from tests.firefox import Firefox, NoFirefoxError, find_firefox, running
from tests.npm import NoPackageError, install
from tests.paper import Typeset, page_ink, typeset

settings.register_profile("derive", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "derive-ci", settings.get_profile("derive"), max_examples=60, derandomize=True, database=None, print_blob=True
)
# A planted mistake need not be shown at its smallest: see tests/planted.
settings.register_profile(
    "derive-planted", settings.get_profile("derive-ci"), max_examples=30, phases=[Phase.explicit, Phase.generate]
)
_PROFILE = "derive-planted" if os.environ.get("DERIVE_PLANTED") else "derive-ci" if os.environ.get("CI") else "derive"
settings.load_profile(_PROFILE)

#: Which marker a test carries because it uses a fixture.
MARKER_OF_FIXTURE = {"chromium": "browser", "firefox": "firefox", "pdflatex": "tex", "pdftoppm": "pdf", "npm": "npm"}


#: What `pytest -m quick` runs, in under a minute on two cores: the mathematics, reading, the shape of the house; and
#: what of it takes too long for that.
QUICK = (
    "core/", "numeric/", "display/", "formulas/test_parser.py", "formulas/test_chain.py", "training/test_code.py",
    "verification/reading/", "verification/engine/", "handouts/manifest/", "handouts/production/test_folder.py",
    "steps/test_slopes.py", "test_validation.py", "test_files.py", "test_acceptance.py",
)  # fmt: skip
NOT_QUICK = (
    "core/test_threads.py", "core/test_whole_expression.py", "numeric/test_published.py",
    "verification/engine/test_planted.py", "verification/engine/test_honest.py", "verification/reading/test_hostile.py",
)  # fmt: skip

#: The markers whose tests must not skip; read once, since tests change the environment.
REQUIRED = pytest.StashKey[frozenset[str]]()


def required() -> frozenset[str]:
    """Return the markers whose tests must not skip, from the environment."""
    names = frozenset(name for name in os.environ.get("DERIVE_REQUIRE", "").replace(",", " ").split())
    unknown = names - set(MARKER_OF_FIXTURE.values())
    if unknown:
        raise pytest.UsageError(
            f"DERIVE_REQUIRE: {', '.join(sorted(unknown))} is none of browser, firefox, tex, pdf, npm"
        )
    return names


def unavailable(reason: str) -> NoReturn:
    """Skip because a tool is missing; `pytest_runtest_makereport` makes it a failure where the tool is required."""
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a misspelt requirement before any test runs; and let no test meet an outcome that is kept elsewhere."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        os.environ[variable] = __file__  # no folder: nothing can be kept there
    config.stash[REQUIRED] = required()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the tools its fixtures need, and those that are quick, before `-m` selects."""
    for item in items:
        here = Path(__file__).parent
        place = item.path.relative_to(here).as_posix() if item.path.is_relative_to(here) else ""
        if place.startswith(QUICK) and place not in NOT_QUICK:
            item.add_marker("quick")
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKER_OF_FIXTURE:
                item.add_marker(MARKER_OF_FIXTURE[fixture])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test whose tool is required into a failure."""
    report = yield
    needed = item.config.stash[REQUIRED].intersection(mark.name for mark in item.iter_markers())
    if report.skipped and not hasattr(report, "wasxfail") and needed:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{', '.join(sorted(needed))} is required by DERIVE_REQUIRE, but the test skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure where tools are required: it could hide their tests."""
    report = yield
    if report.outcome == "skipped" and collector.config.stash[REQUIRED]:
        report.outcome = "failed"
        report.longrepr = f"DERIVE_REQUIRE is set, but the module skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return Chromium's path."""
    path = find_chromium()
    if path is None:
        unavailable("no Chromium or Chrome on this machine")
    return path


@pytest.fixture(scope="session")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start one headless browser for all tests of a worker."""
    driver = find_chromedriver()
    if driver is None:
        unavailable("no chromedriver on this machine")
    try:
        started = Browser(chromium, driver, tmp_path_factory.mktemp("browser"))
    except NoBrowserError as error:
        unavailable(str(error))
    yield started
    started.close()


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Start one headless Firefox for all tests of a worker."""
    path = find_firefox()
    if path is None:
        unavailable("no Firefox on this machine")
    try:
        with running(path, tmp_path_factory.mktemp("firefox")) as window:
            yield window
    except NoFirefoxError as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def browser_page(browser: Browser) -> Callable[..., Page]:
    """Return what opens a page: `browser_page(path, width=375, scheme="dark", scripts=False)`."""
    return browser.open


@pytest.fixture(scope="session")
def pdflatex() -> Path:
    """Return pdflatex's path, where the packages of texlive-pictures are there too."""
    path, search = shutil.which("pdflatex"), shutil.which("kpsewhich")
    if path is None or search is None:
        unavailable("no pdflatex on this machine")
    for package in ("amsmath.sty", "booktabs.sty", "tikz.sty", "pgfplots.sty"):
        if subprocess.run([search, package], capture_output=True, check=False).returncode:
            unavailable(f"pdflatex lacks {package}, which texlive-latex-base or texlive-pictures brings")
    return Path(path)


@pytest.fixture
def run_pdflatex(pdflatex: Path, tmp_path: Path) -> Callable[[str], Typeset]:
    """Return what typesets a LaTeX source: `run_pdflatex(source).complaints == ()`."""
    return lambda source: typeset(pdflatex, source, tmp_path)


@pytest.fixture(scope="session")
def pdftoppm() -> Path:
    """Return the path of Poppler's pdftoppm."""
    path = shutil.which("pdftoppm")
    if path is None:
        unavailable("no pdftoppm on this machine")
    return Path(path)


@pytest.fixture(scope="session")
def ink(pdftoppm: Path) -> Callable[[bytes], list[float]]:
    """Return what measures a PDF: the share of each page that is not white, 0 to 1."""
    return lambda pdf: page_ink(pdftoppm, pdf)


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return what installs packages of npm: `npm("axe-core") / "axe-core"`."""

    def installed(*names: str) -> Path:
        try:
            return install(tmp_path_factory.mktemp("npm"), *names)
        except NoPackageError as error:
            unavailable(str(error))

    return installed
