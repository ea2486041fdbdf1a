"""A headless Firefox for tests, driven through its own socket (WebDriver BiDi): opening a file, asking it something.

https://www.w3.org/TR/webdriver-bidi/ over a WebSocket (RFC 6455) of this very machine, of which a few lines are enough:
text in frames that are masked one way and plain the other.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIREFOX_NAMES = ("firefox-esr", "firefox")
#: Seconds for Firefox to start, and for one answer.
_START, _ANSWER = 60.0, 120.0
#: Nothing is fetched, reported or asked; every host but this machine is unreachable.
_PREFERENCES: dict[str, object] = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost,127.0.0.1",
    "toolkit.telemetry.enabled": False,
}


class NoFirefoxError(Exception):
    """Firefox is installed but cannot be used here."""


def find_firefox() -> Path | None:
    """Return the first Firefox on this machine."""
    return next((Path(path) for path in map(shutil.which, FIREFOX_NAMES) if path), None)


class Socket:
    """A WebSocket to this machine that sends and receives texts."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_ANSWER)
        key = base64.b64encode(os.urandom(16)).decode("ascii")
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", "",
        ]  # fmt: skip
        self._socket.sendall("\r\n".join(lines).encode("ascii"))
        self._waiting = b""
        while b"\r\n\r\n" not in self._waiting:
            self._more()
        head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise NoFirefoxError(f"Firefox opens no socket: {head[:80]!r}")

    def send(self, text: str) -> None:
        """Send a text in one masked frame."""
        data, mask = text.encode("utf-8"), os.urandom(4)
        size = len(data)
        head = struct.pack("!BBH", 0x81, 0xFE, size) if size < 65536 else struct.pack("!BBQ", 0x81, 0xFF, size)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self._socket.sendall(head + mask + masked)

    def receive(self) -> str:
        """Return the next text, put together from its frames."""
        found = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            data = self._take(size)
            if first & 0x0F > 2:
                if first & 0x0F == 8:
                    raise NoFirefoxError("Firefox closed the socket")
                continue
            found += data
            if first & 0x80:
                return found.decode("utf-8")

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _take(self, size: int) -> bytes:
        while len(self._waiting) < size:
            self._more()
        found, self._waiting = self._waiting[:size], self._waiting[size:]
        return found

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise NoFirefoxError("Firefox closed the socket")
        self._waiting += data


class Firefox:
    """One window of a Firefox, in which files are opened one after the other."""

    def __init__(self, port: int) -> None:
        self._socket = Socket(port, "/session")
        self._number = 0
        self.command("session.new", capabilities={})
        self._window = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command, and return its result; events on the way are passed by."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.receive())
            if answer.get("id") != self._number:
                continue
            if answer["type"] != "success":
                raise AssertionError(f"{method}: {answer.get('message')}")
            found: dict[str, Any] = answer["result"]
            return found

    def open(self, path: Path, *, width: int = 1280, height: int = 900) -> Firefox:
        """Open a file and wait until it is loaded; what is open is then asked by `evaluate`."""
        size = {"width": width, "height": height}
        self.command("browsingContext.setViewport", context=self._window, viewport=size)
        self.command("browsingContext.navigate", context=self._window, url=path.resolve().as_uri(), wait="complete")
        return self

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page, as JSON has it."""
        told = f"JSON.stringify([{expression}][0])"
        answer = self.command("script.evaluate", expression=told, target={"context": self._window}, awaitPromise=False)
        if answer["type"] != "success":
            raise AssertionError(f"{expression[:200]}: {answer['exceptionDetails'].get('text')}")
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    def close(self) -> None:
        """End the session."""
        self._socket.close()


@contextmanager
def running(firefox: Path, folder: Path) -> Iterator[Firefox]:
    """A headless Firefox with a profile of its own, ended afterwards.

    Raises
    ------
    NoFirefoxError
        If it does not start or opens no socket.
    """
    profile = folder / "profile"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [str(firefox), "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    said = folder / "said.txt"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(folder), "MOZ_HEADLESS": "1"}
    with said.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        try:
            window = Firefox(_port(process, said))
            yield window
            window.close()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], said: Path) -> int:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"BiDi listening on ws://127\.0\.0\.1:(\d+)", said.read_text("utf-8", errors="replace"))
        if found:
            return int(found[1])
        time.sleep(0.1)
    raise NoFirefoxError(f"Firefox does not start: {said.read_text('utf-8', errors='replace')[-200:]!r}")
