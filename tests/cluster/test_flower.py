"""Flower on our servers and workers: what it shows, what it must not show, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from lab import running_lab

import battycoda_nb as bc
from battycoda_nb.cli import main
from battycoda_nb.cluster import flower

PASSWORD = "s3same"
PAGES = (
    "workers", "workers?json=1", "worker/{worker}", "tasks", "task/{task}", "broker", "metrics", "nothing-here",
    "tasks/datatable?draw=1&start=0&length=50&search[value]=&order[0][column]=0&order[0][dir]=asc&columns[0][data]=name",
    "api/workers?refresh=1", "api/tasks", "api/task/types", "api/task/info/{task}", "api/task/result/{task}",
    "api/queues/length", "api/nothing-here",
)  # fmt: skip


def get(url: str) -> str:
    """The page, or what stands on its error page; empty while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def workers(url: str) -> dict[str, bool]:
    """The workers that Flower's first page shows, and whether they live."""
    try:
        return {worker["hostname"]: worker["status"] for worker in json.loads(get(url))["data"]}
    except ValueError:
        return {}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.worker
def test_flower_shows_workers_and_tasks_and_no_password(
    start_server: Callable[..., subprocess.Popen[bytes]], until: Callable[..., Any], tones: Path, tmp_path: Path
) -> None:
    at, port = free_port(), free_port()
    start_server("--requirepass", PASSWORD, "--bind", "127.0.0.1", "--port", str(at))
    tcp, unix = f"redis://:{PASSWORD}@127.0.0.1:{at}/0", f"redis+socket://:{PASSWORD}@{tmp_path}/s.sock"
    environment = {**os.environ, "FLOWER_UNAUTHENTICATED_API": "true"}
    command = [sys.executable, "-m", "battycoda_nb.cli"]
    logs = [tmp_path / "worker.log", tmp_path / "flower.log"]
    with logs[0].open("wb") as log:
        options = ["--root", str(tones.parent), "--site", "attic", "--broker", unix]
        worker = subprocess.Popen([*command, "worker", *options], stdout=log, stderr=log)
    with logs[1].open("wb") as log:
        options = ["--broker", tcp, "--port", str(port)]
        page = subprocess.Popen([*command, "flower", *options], stdout=log, stderr=log, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        [name] = until(lambda: [name for name, alive in workers(f"{url}/workers?json=1").items() if alive], "seen")
        until(lambda: "enabled by remote" in logs[0].read_text(), "Flower has switched task events on")
        client = bc.connect(tcp)
        client.open("tones.wav").spectrogram(0)
        with pytest.raises(bc.RecordingError):
            client.open("none.wav")
        client.close()
        until(lambda: len(json.loads(get(f"{url}/api/tasks"))) == 3, "the tasks are seen")
        until(lambda: "PENDING" not in get(f"{url}/api/tasks") and "STARTED" not in get(f"{url}/api/tasks"), "all done")
        tasks = json.loads(get(f"{url}/api/tasks"))
        shown = {(task["name"], task["kwargs"], task["state"]) for task in tasks.values()}
        assert shown == {
            ("battycoda.open", "open tones.wav", "SUCCESS"),
            ("battycoda.spectrogram", "tones.wav, call 1", "SUCCESS"),
            ("battycoda.open", "open none.wav", "FAILURE"),
        }
        failed = next(id for id, task in tasks.items() if task["state"] == "FAILURE")
        pages = {page: get(f"{url}/{page.format(worker=name, task=failed)}") for page in PAGES}
        for page_, part in {"broker": "attic", "worker/{worker}": "result_backend", "task/{task}": "no file"}.items():
            assert part in pages[page_]
        assert [page for page, content in pages.items() if PASSWORD in content or not content] == []
        assert [p.pid for p in psutil.process_iter(["cmdline"]) if PASSWORD in str(p.info["cmdline"])] == []

        listening = {c.laddr.ip for c in psutil.Process(page.pid).net_connections() if c.status == "LISTEN"}
        assert listening == {"127.0.0.1"}
        page.terminate()
        assert page.wait(10) == 0
        until(lambda: "disabled by remote" in logs[0].read_text(), "task events are off again")
    finally:
        for process in (page, worker):
            process.terminate()
        for process in (page, worker):
            process.wait(20)
    assert [log.name for log in logs if PASSWORD in log.read_text()] == []


@pytest.mark.jupyter
def test_the_tile_in_jupyterlab_starts_flower_behind_its_token(tmp_path: Path, until: Callable[..., Any]) -> None:
    with running_lab(tmp_path) as lab:
        token = f"token={lab.token}"
        tiles = json.loads(get(f"{lab.url}/server-proxy/servers-info?{token}"))["server_processes"]
        [tile] = [tile for tile in tiles if tile["name"] == "flower"]
        assert (tile["launcher_entry"]["title"], tile["launcher_entry"]["enabled"]) == ("Flower", True)
        assert get(
            f"{tile['launcher_entry']['icon_url']}?{token}".replace("/server-proxy", f"{lab.url}/server-proxy", 1)
        )
        assert "Flower" not in get(f"{lab.url}/flower/workers?json=1").partition("</head>")[0]  # the login page
        alive = until(lambda: workers(f"{lab.url}/flower/workers?json=1&{token}"), "the lab's own worker is seen", 30)
        [(name, status)] = alive.items()
        assert name.startswith("worker1@battycoda-")
        assert status
        dashboard = get(f"{lab.url}/flower/?{token}")
        assert name in dashboard
        assert '"/flower/static/' in dashboard
        assert get(f"{lab.url}/flower/static/js/flower.js?{token}").startswith("/*jslint")
        [ours] = [
            process
            for process in psutil.process_iter(["cmdline"])
            if "battycoda_nb.cluster.flower" in (process.info["cmdline"] or []) and process.cwd() == str(tmp_path)
        ]
        assert [c for c in ours.net_connections("inet") if c.status == "LISTEN"] == []
    until(lambda: not ours.is_running(), "Flower ends with the lab")


@pytest.mark.jupyter
def test_flower_ends_with_a_lab_that_is_killed(tmp_path: Path, until: Callable[..., Any]) -> None:
    line = flower.command("--ends-with-parent", f"--unix_socket={tmp_path}/f.sock")
    code = f"import subprocess, sys; print(subprocess.Popen({line!r}).pid, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "CELERY_BROKER_URL": f"redis+socket://{tmp_path}/none.sock"},
    ) as parent:  # fmt: skip
        child = psutil.Process(int(parent.stdout.readline()))
        until((tmp_path / "f.sock").exists, "it listens")
        parent.send_signal(signal.SIGKILL)
    until(lambda: not child.is_running(), "it has ended")


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = [sys.executable, "-m", "battycoda_nb.cli", "flower", "--port", str(port)]
        line += ["--broker", f"redis+socket://{tmp_path}/none.sock"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    where = f"--address=127.0.0.1, --port={port}"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        f"battycoda: Flower cannot listen at {where} (Address already in use): is one running? See --port"
    )
    assert "Traceback" not in done.stderr


def test_where_flower_is_missing_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "flower", None)
    assert main.main(["flower"]) == 1
    assert capsys.readouterr().err == "battycoda: Flower is not installed here: pip install 'flower>=2.0'\n"
    assert not flower.launcher()["launcher_entry"]["enabled"]


def test_flower_for_other_machines_asks_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Whoever reaches 0.0.0.0 can see tasks" in flower.open_to_others("0.0.0.0", ["--debug"])
    assert flower.open_to_others("0.0.0.0", ["--basic-auth=me:secret"]) == ""
    assert flower.open_to_others("127.0.0.1", []) == ""
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "me:secret")
    assert flower.open_to_others("", []) == ""
