"""The status panel in a real JupyterLab in Chromium, with a real server and real workers that are killed and frozen."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from lab import Lab
from playwright.sync_api import Browser, Page

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import server_binary
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.store import Store
from battycoda_nb.errors import RecordingError

ROOT = ".battycoda-status"
PATIENCE = 60_000  # ms; that it takes 5 s at most follows from constants: tests/widgets/status/test_poller.py
MAKE = """
import battycoda_nb as bc
client = bc.connect({url!r})
panel = bc.StatusPanel(client)
panel
"""
BUSY = "import time\nprint('busy')\nbegun = time.time()\nwhile time.time() - begun < 300: pass"
EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


class Cluster:
    """A server on a socket, and a worker a site, each a process of ours that can be killed by its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"redis+socket://{folder / 'r.sock'}"
        self.store = Store(redis_client(self.url))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.start_server()
        for site in ("attic", "basement"):
            (folder / site).mkdir()
            self.start_worker(site)

    def start_server(self) -> None:
        options = {"port": "0", "unixsocket": "r.sock", "dir": str(self.folder), "save": "", "appendonly": "yes"}
        command = [server_binary(), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.start("server", command)

    def start_worker(self, site: str) -> None:
        command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--root", str(self.folder / site)]
        self.start(site, [*command, "--site", site, "--broker", self.url, "--hostname", f"{site}@lab"])

    def start(self, name: str, command: list[str]) -> None:
        self.processes[name] = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("c"))
    yield cluster
    cluster.end()


class Board:
    """The panel on a page, and the kernel below it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def becomes(self, state: str) -> None:
        self.page.wait_for_selector(f'{ROOT}[data-state="{state}"]', timeout=PATIENCE)

    def says(self, words: str, where: str = "") -> None:
        self.page.wait_for_function(
            "([where, words]) => document.querySelector(where)?.innerText.includes(words)",
            arg=[f"{ROOT} {where}", words],
            timeout=PATIENCE,
        )

    def text(self, where: str) -> str:
        return self.page.locator(f"{ROOT} {where}").inner_text()

    def execute(self, code: str) -> str:
        """Run code as a cell does; what it printed."""
        return self.page.evaluate(
            """async (code) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({ code });
                let printed = "";
                future.onIOPub = (message) => { printed += message.content.text ?? message.content.evalue ?? ""; };
                await future.done;
                return printed;
            }""",
            code,
        )

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """A cell runs meanwhile, from its first line on."""
        self.page.evaluate(
            """(code) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                window.busy = kernel.requestExecute({ code });
                return new Promise((resolve) => { window.busy.onIOPub = (m) => { if (m.content.text) resolve(); }; });
            }""",
            BUSY,
        )
        try:
            yield
        finally:
            self.interrupt()

    def interrupt(self) -> None:
        """End the busy cell and wait for its end: a kernel that computes for nobody slows every test that follows."""
        self.page.evaluate(
            """async () => {
                await window.jupyterapp.commands.execute('notebook:interrupt-kernel');
                await window.busy?.done;
            }"""
        )
        self.page.locator(".jp-InputPrompt", has_text="[*]").wait_for(state="detached")


@pytest.fixture(scope="module")
def board(browser: Browser, cluster: Cluster, lab: Lab) -> Iterator[Board]:
    """One page for all tests here. Its second cell runs from the start, and is interrupted once the panel is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or error.message))
    page.goto(lab.add("status.ipynb", MAKE.format(url=cluster.url), BUSY))
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    board = Board(page)
    board.becomes("well")
    page.locator(".jp-OutputArea-output", has_text="busy").wait_for()  # an interrupt before it runs would be lost
    board.interrupt()
    yield board
    context.close()
    assert not errors, "uncaught in the page:\n" + "\n".join(errors)


def test_it_shows_server_sites_workers_and_cache(board: Board, cluster: Cluster) -> None:
    board.says("2 workers at 2 sites, nothing waits", ".bc-note")
    facts = board.text(".bc-facts")
    assert all(word in facts for word in (cluster.url, "ms", "MB", "Hit rate"))
    row = board.page.locator(f'{ROOT} [data-name="workers"] [role="row"]', has_text="attic@lab")
    cells = row.get_by_role("cell").all_inner_texts()
    assert (cells[:3], cells[6]) == (["well", "attic@lab", "attic"], "just now")
    sites = board.page.get_by_role("table", name="Sites").get_by_role("row").all_inner_texts()
    assert [row.split() for row in sites[1:]] == [["attic", "1", "0", "0", "0"], ["basement", "1", "0", "0", "0"]]
    assert board.text('[data-name="running"]').endswith("Nothing runs just now.")


def test_a_killed_worker_is_said_and_is_well_again(board: Board, cluster: Cluster) -> None:
    cluster.kill("attic")
    board.says("attic@lab is silent: killed, hanging, or cut off.", ".bc-trouble")
    board.becomes("trouble")
    board.says("silent for", '[data-name="workers"] .bc-bad')
    assert "none" in board.page.get_by_role("row", name="attic none").inner_text()
    cluster.start_worker("attic")
    board.becomes("well")
    assert board.page.locator(f"{ROOT} .bc-trouble").inner_text() == ""


def test_a_frozen_worker_is_said_also_while_a_cell_runs(board: Board, cluster: Cluster) -> None:
    pid = cluster.processes["basement"].pid
    with board.busy():
        os.kill(pid, signal.SIGSTOP)
        try:
            board.becomes("trouble")
            board.says("basement@lab is silent", ".bc-trouble")
        finally:
            os.kill(pid, signal.SIGCONT)
        board.becomes("well")


def test_a_server_that_is_down_is_said_in_a_sentence_and_is_well_again(board: Board, cluster: Cluster) -> None:
    cluster.kill("server")
    board.becomes("unreachable")
    sentence = board.text(".bc-trouble")
    assert sentence.startswith(f"No server answers at {cluster.url}")
    assert "\n" not in sentence
    assert "basement@lab" in board.text('[data-name="workers"]')  # greyed: as it was last
    cluster.start_server()
    board.becomes("well")


def test_what_failed_can_be_tried_again_and_a_second_press_does_no_harm(board: Board, cluster: Cluster) -> None:
    later = cluster.folder / "attic" / "later.wav"
    soundfile.write(later, np.random.default_rng(0).normal(0, 0.1, 5000), 250_000)
    later.with_name("later.wav.csv").write_text("onset,offset\n0.005,0.01\n")
    client = Client(cluster.url, cluster.url)
    recording = client.open("attic:later.wav")
    later.rename(later.with_name("away"))
    with pytest.raises(RecordingError):
        recording.spectrogram(0)
    client.close()
    row = board.page.locator(f'{ROOT} [data-name="failed"] .bc-row', has_text="later.wav, call 1")
    button = row.get_by_role("button", name="Try again")
    button.click()
    row.get_by_text("it failed as before").wait_for(timeout=PATIENCE)
    later.with_name("away").rename(later)
    with board.busy():
        button.evaluate("(button) => { button.click(); button.click(); }")
        row.get_by_text("it worked this time").wait_for(timeout=PATIENCE)
        button.click(force=True)
    assert board.execute("print([made.times for made in panel._poller._retries._tries.values()])") == "[2]\n"


def test_what_others_wrote_is_text(board: Board, cluster: Cluster) -> None:
    store, job = cluster.store, Job(EVIL, EVIL, EVIL, "battycoda.open", {"path": EVIL}, time.time())
    facts = {"site": EVIL, "host": EVIL, "version": EVIL + "\ud800" + "x" * 100_000, "load": 1e308, "clock": 1e308}
    store.beat(EVIL, facts)
    store.beat("__proto__", {"site": "constructor", "load": True})
    store.begin("0" * 32, "somebody", job)
    store.fail("1" * 32, Failure("RecordingError", EVIL, EVIL, job))
    for name in ("workers", "sites", "running", "failed"):
        board.says(EVIL, f'[data-name="{name}"]')
    board.says("__proto__", '[data-name="workers"]')
    assert board.page.locator(f"{ROOT} script, {ROOT} img").count() == 0
    assert board.page.evaluate("() => window.hacked") is None
    for name in (EVIL, "__proto__"):
        store.leave(name)
    store.forget_failures(["1" * 32])
    board.becomes("well")


def test_it_does_not_move_when_tasks_come_and_go(board: Board, cluster: Cluster) -> None:
    tops = "() => [...document.querySelectorAll('.battycoda-status .bc-section')].map((node) => node.offsetTop)"
    before = board.page.evaluate(tops)
    cluster.store.begin("2" * 32, "somebody", Job("night1.wav, call 3", "attic", "attic@lab", when=time.time()))
    board.says("night1.wav, call 3", '[data-name="running"]')
    assert board.page.evaluate(tops) == before
    cluster.store.release("2" * 32, "somebody")
    board.says("Nothing runs", '[data-name="running"]')
    assert board.page.evaluate(tops) == before


def test_a_closed_panel_ends_its_thread(board: Board, until: Callable[..., object]) -> None:
    threads = "import threading; print([t.name for t in threading.enumerate()].count('battycoda-status'))"
    board.execute("other = bc.StatusPanel(client)")
    assert board.execute(threads) == "2\n"
    board.execute("other.close(); other.close()")
    until(lambda: board.execute(threads) == "1\n", "the thread of the closed one has ended", 5)


def test_a_panel_whose_kernel_is_dead_says_so(board: Board) -> None:
    pid = int(board.execute("import os; print(os.getpid())"))
    os.kill(pid, signal.SIGKILL)
    board.becomes("stale")
    board.says("Not updated since", ".bc-trouble")
    board.says("run the notebook's cells again", ".bc-trouble")
