"""A Chromium for the browser tests: found where there is one, fetched where there is none, and proved either way.

``python tests/browser/chromium.py`` makes sure that one is there. It looks on this machine first, then at
Playwright's own (which it downloads if it can), then asks the distribution's package manager. A name on the PATH is
not a browser yet (Ubuntu's is a stub for a snap), so whatever is found must start under Playwright and show a page.
The proof is remembered in the virtual environment, which makes the next run a matter of milliseconds.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ADVICE = (
    "No browser for the tests could be found or installed: install Chromium or Google Chrome"
    " (Debian: apt install chromium, macOS: brew install --cask google-chrome) and run make test again."
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_MAC_APPS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# Program, what to run first, what to install.
_PACKAGES = (
    ("apt-get", ["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]),
    ("dnf", None, ["install", "-q", "-y", "chromium"]),
    ("pacman", None, ["-S", "--needed", "--noconfirm", "chromium"]),
    ("brew", None, ["install", "--quiet", "--cask", "google-chrome"]),
)


def launch_options(executable: str) -> dict:
    """Keyword arguments for ``playwright.chromium.launch``: no talk to the outside, no sandbox where root has none."""
    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--process-per-site",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root with it
    return {"executable_path": executable, "args": arguments, "headless": True}


def find_chromium() -> str | None:
    """Path of a browser that starts on this machine, or None. Downloads and installs nothing.

    May be called where Playwright is already running: what must be tried out is tried out in another process.
    """
    if remembered := _remembered():
        return remembered
    for executable in _candidates():
        if _starts(executable):
            _remember(executable)
            return executable
    return None


def _candidates() -> Iterator[str]:
    for name in _NAMES:
        if path := shutil.which(name):
            yield path
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            for app in _MAC_APPS:
                if (folder / app).exists():
                    yield str(folder / app)
    own = (_run([sys.executable, __file__, "--playwrights-own"], timeout=30, capture=True) or "").strip()
    if own and Path(own).exists():
        yield own


def _starts(executable: str) -> bool:
    started = _run([sys.executable, __file__, "--prove", executable], timeout=60) is not None
    if not started:
        print(f"{executable} does not start under Playwright.", flush=True)
    return started


def _install() -> Iterator[None]:
    """Each way to get a browser, one after the other; after each the caller looks again."""
    print("No browser here: downloading Playwright's Chromium ...", flush=True)
    if _run([sys.executable, "-m", "playwright", "install", "chromium", "--no-shell"], timeout=300) is None:
        print("That download failed.", flush=True)
    yield
    for program, prepare, install in _PACKAGES:
        if not shutil.which(program):
            continue
        before = [] if program == "brew" or os.geteuid() == 0 else ["sudo", "-n"]
        before += ["env", "DEBIAN_FRONTEND=noninteractive"] if program == "apt-get" else []
        print(f"Installing {install[-1]} with {program} ...", flush=True)
        if prepare:
            _run([*before, program, *prepare], timeout=300)
        if _run([*before, program, *install], timeout=1200) is None:
            print(f"{program} could not install {install[-1]}.", flush=True)
        yield


def _run(command: list[str], *, timeout: float, capture: bool = False) -> str | None:
    """What the command printed (if asked for), or None if it failed. None of its children outlives the timeout."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        printed, _ = process.communicate(timeout=timeout)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # sudo's children are not ours to end
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return None
        raise
    return (printed or "") if process.returncode == 0 else None


def _note() -> Path | None:
    """Where the proof is kept: in the virtual environment, if Python runs in one."""
    return Path(sys.prefix) / ".chromium" if sys.prefix != sys.base_prefix else None


def _proof(executable: str) -> str:
    """What must still be the same for the proof to hold: the browser's file and Playwright's version."""
    file = Path(executable).resolve().stat()
    return f"{executable}\n{file.st_size} {file.st_mtime_ns} playwright {importlib.metadata.version('playwright')}\n"


def _remember(executable: str) -> None:
    if note := _note():
        with contextlib.suppress(OSError):
            note.write_text(_proof(executable))


def _remembered() -> str | None:
    note = _note()
    try:
        kept = note.read_text() if note else ""
        executable = kept.partition("\n")[0]
        return executable if kept and kept == _proof(executable) else None
    except OSError:
        return None


def _prove(executable: str) -> None:
    """Start the browser and draw on a canvas, or raise; for a process of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(executable))
        page = browser.new_page()
        page.set_content("<canvas></canvas>")
        assert page.evaluate("document.querySelector('canvas').getContext('2d') !== null")
        browser.close()


def _print_playwrights_own() -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        print(playwright.chromium.executable_path)


def main() -> int:
    """Make sure that there is a browser; without arguments for people, with one for this module's own processes."""
    match sys.argv[1:]:
        case ["--prove", executable]:
            _prove(executable)
            return 0
        case ["--playwrights-own"]:
            _print_playwrights_own()
            return 0
    executable = find_chromium()
    ways = _install()
    while executable is None:
        try:
            next(ways)
        except StopIteration:
            print(ADVICE, file=sys.stderr)
            return 1
        executable = find_chromium()
    print(f"Browser for the tests: {executable}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
