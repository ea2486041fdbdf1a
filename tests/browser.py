"""A headless Chromium for tests: what a page asks for, complains about, measures, says to a reader and prints.

The browser reaches no network: every host name is unknown to it. What a page tries is recorded all the same.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ON_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
DRIVER_NAMES = ("chromedriver", "chromium.chromedriver")

#: Addresses that stay inside the page.
WITHIN = ("data:", "blob:", "about:")


class NoBrowserError(Exception):
    """A browser is installed but cannot be used here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessibleNode:
    """What a screen reader meets: its role, such as ``MathMLMath``, and its name."""

    role: str
    name: str


def find_chromium() -> Path | None:
    """Return the first Chromium or Chrome on this machine."""
    found = (shutil.which(name) for name in (*CHROMIUM_NAMES, *CHROMIUM_ON_MACOS))
    return next((Path(path) for path in found if path), None)


def find_chromedriver() -> Path | None:
    """Return the first chromedriver on this machine."""
    return next((Path(path) for path in map(shutil.which, DRIVER_NAMES) if path), None)


class Page:
    """An open page; it is valid until the browser opens the next one.

    Attributes
    ----------
    width : int
        Of the window, in CSS pixels.
    fetched : tuple of str
        Every address that was asked for while it loaded, but its own and those inside it (``data:``).
    complaints : tuple of str
        Errors and warnings on the console while it loaded.
    """

    def __init__(self, browser: Browser, *, width: int, fetched: tuple[str, ...], complaints: tuple[str, ...]) -> None:
        self._browser = browser
        self.width = width
        self.fetched = fetched
        self.complaints = complaints

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page, also where the page's own scripts are off."""
        answer = self._browser.command("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    @property
    def sideways(self) -> int:
        """How many pixels the page is wider than the window; more than 0 means that it scrolls sideways."""
        reach = self.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        return int(reach) - self.width

    def clipped(self, selector: str) -> list[str]:
        """Return the text of each matching element that is wider than its room or sticks out of the window.

        An element that scrolls by itself (``overflow-x: auto``) counts: its end is not seen.
        """
        # Collapsed elements have no box and no width.
        return list(
            self.evaluate(
                f"""[...document.querySelectorAll({json.dumps(selector)})].filter(element => {{
                    const box = element.getBoundingClientRect();
                    return box.width > 0 && (box.right > {self.width} + 0.5 || box.left < -0.5
                        || (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1));
                }}).map(element => element.textContent.trim().slice(0, 120))"""
            )
        )

    def accessible(self, role: str | None = None) -> list[AccessibleNode]:
        """Return the accessibility tree in reading order, or those of its nodes that have a role."""
        self._browser.command("Accessibility.enable")
        nodes = self._browser.command("Accessibility.getFullAXTree")["nodes"]
        self._browser.command("Accessibility.disable")
        heard = [
            AccessibleNode(role=node["role"]["value"], name=node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"]
        ]
        return [node for node in heard if role is None or node.role == role]

    def in_frame(self, script: str) -> Any:
        """Return what a function's body returns in the first frame of the page, however it is sandboxed."""
        return self._browser.in_frame(script)

    def pdf(self) -> bytes:
        """Print on A4 as a reader would."""
        printed = self._browser.command("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(printed["data"])

    def screenshot(self, *, whole: bool = True) -> bytes:
        """Return a PNG of the whole page, or of the window."""
        options: dict[str, Any] = {"format": "png"}
        if whole:
            size = self._browser.command("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
            options["captureBeyondViewport"] = True
        return base64.b64decode(self._browser.command("Page.captureScreenshot", **options)["data"])


class Browser:
    """A headless Chromium with a throw-away profile, driven over chromedriver.

    Parameters
    ----------
    chromium, chromedriver : Path
    folder : Path
        Empty; for the profile and a first page.

    Raises
    ------
    NoBrowserError
        When it does not start, or does not open files (a snap does not see the temporary folder).
    """

    def __init__(self, chromium: Path, chromedriver: Path, folder: Path) -> None:
        options = Options()
        options.binary_location = str(chromium)
        for argument in _arguments(folder / "profile"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        try:
            self._driver = webdriver.Chrome(options=options, service=Service(executable_path=str(chromedriver)))
        except WebDriverException as error:
            raise NoBrowserError(f"Chromium does not start: {(error.msg or '').splitlines()[:1]}") from error
        probe = folder / "probe.html"
        probe.write_text("<!doctype html><title>probe</title><body id=probe>", encoding="utf-8")
        try:
            seen = self.open(probe).evaluate("document.body.id")
        except (WebDriverException, AssertionError):
            seen = None
        if seen != "probe":
            self.close()
            raise NoBrowserError("Chromium does not open files in the temporary folder (is it a snap?)")

    def close(self) -> None:
        """End the browser and its driver."""
        self._driver.quit()

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of the DevTools protocol."""
        answer: dict[str, Any] = self._driver.execute_cdp_cmd(method, parameters)
        return answer

    def in_frame(self, script: str) -> Any:
        """Run a function's body in the first frame of the page that is open."""
        self._driver.switch_to.frame(0)
        try:
            return self._driver.execute_script(script)
        finally:
            self._driver.switch_to.default_content()

    def open(
        self,
        path: Path,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        media: Literal["screen", "print"] = "screen",
        scripts: bool = True,
    ) -> Page:
        """Open a file and wait until it, its fonts and its first scripts are done.

        Parameters
        ----------
        path : Path
        width, height : int
            Of the window, in CSS pixels. Below 600 it is a phone's: the page's own viewport rule is obeyed.
        scheme : {"light", "dark"}
        media : {"screen", "print"}
        scripts : bool
            False: the page's JavaScript is off.
        """
        self._driver.get("about:blank")
        self._drain()
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media="" if media == "screen" else media, features=features)
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        address = path.resolve().as_uri()
        self._driver.get(address)
        # Fonts and late scripts load after the load event; two frames later they have been asked for.
        self.command(
            "Runtime.evaluate",
            expression="document.fonts.ready.then(() => new Promise(done => setTimeout(done, 50)))",
            awaitPromise=scripts,
        )
        fetched, complaints = self._drain()
        outside = tuple(one for one in fetched if not one.startswith(WITHIN) and one.partition("#")[0] != address)
        return Page(self, width=width, fetched=outside, complaints=complaints)

    def _drain(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        fetched = tuple(_addresses(self._driver.get_log("performance")))
        console = self._driver.get_log("browser")
        return fetched, tuple(entry["message"] for entry in console if entry["level"] in ("SEVERE", "WARNING"))


def _arguments(profile: Path) -> Iterator[str]:
    yield "--headless=new"
    yield f"--user-data-dir={profile}"
    yield "--disable-background-networking"
    yield "--disable-component-update"
    yield "--disable-dev-shm-usage"  # containers give /dev/shm too little room
    yield "--disable-extensions"
    yield "--disable-gpu"
    yield "--no-first-run"
    yield "--force-color-profile=srgb"
    yield "--hide-scrollbars"
    yield "--host-resolver-rules=MAP * ~NOTFOUND"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "--no-sandbox"  # Chromium refuses to run as root with it


def _addresses(log: list[dict[str, Any]]) -> Iterator[str]:
    for entry in log:
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]
        elif message["method"] == "Network.webSocketCreated":
            yield message["params"]["url"]
