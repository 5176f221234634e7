"""``battycoda doctor``: one test per broken link, each with what mends it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.cli import main
from battycoda_nb.cli.doctor import machine, server, workers
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.exposure import exposure
from battycoda_nb.cluster.store import Store

StartServer = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Exit code and output of ``battycoda doctor``."""

    def run(*options: str) -> tuple[int, str]:
        code = main.main(["doctor", *options])
        return code, capsys.readouterr().out

    return run


def broken(output: str) -> list[str]:
    """The broken links with their remedies, each as one line."""
    lines = output.splitlines()
    return [f"{line} -> {lines[n + 1].strip()}" for n, line in enumerate(lines) if line.startswith("!!")]


def at(folder: Path, password: str = "") -> str:
    return f"redis+socket://{f':{password}@' if password else ''}{folder}/s.sock"


@pytest.mark.worker
def test_without_a_server_all_that_a_notebook_needs_is_tried(tmp_path: Path) -> None:
    (tmp_path / "night1.wav").touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
    command = [sys.executable, "-m", "battycoda_nb.cli", "doctor", "--root", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for found in (
        "ok versions: python 3.",
        f"ok recordings: {tmp_path} holds 1",
        "ok server program: ",
        "a name of",
    ):
        assert found in done.stdout
    assert "ok first call: opened and computed" in done.stdout
    assert done.stdout.endswith("All is well.\n")


def test_no_server(report: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        code, said = report("--broker", f"redis://127.0.0.1:{port}/0")
    assert code == 1
    [line] = broken(said)
    assert line.startswith(f"!! server: nothing answers at redis://127.0.0.1:{port}/0")
    assert f"-> redis-server --port {port} --appendonly yes --maxmemory-policy volatile-lru" in line
    _, said = report("--broker", at(tmp_path))
    assert f"-> redis-server --port 0 --unixsocket {tmp_path}/s.sock" in broken(said)[0]
    _, said = report("--broker", "redis://no-such-host.invalid/0")
    assert broken(said)[0].endswith("-> getent hosts no-such-host.invalid: is the name right?")


def test_passwords(report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path) -> None:
    start_server("--requirepass", "open sesame", "--appendonly", "yes")
    code, said = report("--broker", at(tmp_path))
    mend = f"export CELERY_BROKER_URL=redis+socket://:PASSWORD@{tmp_path}/s.sock"
    assert (code, broken(said)) == (1, [f"!! password: the server wants one, and the address has none -> {mend}"])
    code, said = report("--broker", at(tmp_path, "wrong"))
    fact = "the server does not accept the one in the address"
    assert (code, broken(said)) == (1, [f"!! password: {fact} -> {mend}"])
    assert "wrong" not in said
    file = tmp_path / "the address"
    file.touch(mode=0o600)
    file.write_text(at(tmp_path, "wrong"))
    mend = f"write redis+socket://:PASSWORD@{tmp_path}/s.sock into '{file}'"
    assert broken(report("--broker-file", str(file))[1]) == [f"!! password: {fact} -> {mend}"]
    os.environ["BATTYCODA_BROKER_FILE"] = str(file)
    os.environ.pop("CELERY_BROKER_URL", None)
    assert broken(report()[1]) == [f"!! password: {fact} -> {mend}"]
    _, said = report("--broker", at(tmp_path, "open%20sesame"))
    assert "ok password: accepted" in said
    assert "sesame" not in said


def test_a_database_that_the_server_has_not(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start_server("--port", str(port), "--bind", "127.0.0.1", "--requirepass", "sesame")
    address = f"redis://:sesame@127.0.0.1:{port}/77"
    file = tmp_path / "address"
    file.touch(mode=0o600)
    file.write_text(address)
    mend = f"write redis://:***@127.0.0.1:{port}/0 into {file}"
    code, said = report("--broker-file", str(file))
    assert (code, broken(said)) == (1, [f"!! database: the server has no number 77 -> {mend}"])


def test_a_password_that_the_server_has_not(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    start_server()
    code, said = report("--broker", at(tmp_path, "sesame"))
    mend = f"redis-cli -s {tmp_path}/s.sock --askpass CONFIG SET requirepass PASSWORD"
    assert code == 1
    assert broken(said)[0] == f"!! exposed: the address has a password, and the server lets in who has none -> {mend}"


def test_settings_that_lose_work(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    start_server("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    code, said = report("--broker", at(tmp_path))
    kept, memory, nobody = broken(said)
    cli = f"redis-cli -s {tmp_path}/s.sock"
    assert code == 1
    assert kept.startswith("!! persistence: a restart of the server loses what waits in queues")
    assert kept.endswith(f"-> {cli} CONFIG SET appendonly yes && {cli} CONFIG REWRITE")
    assert memory.startswith("!! memory: allkeys-lru lets a full server drop queues")
    assert memory.endswith(f"-> {cli} CONFIG SET maxmemory-policy volatile-lru && {cli} CONFIG REWRITE")
    assert nobody == (
        "!! workers: no worker has been heard of for 3 s -> "
        f"battycoda worker --root DIR --broker redis+socket://{tmp_path}/s.sock"
    )
    redis_client(at(tmp_path)).config_set("maxmemory-policy", "noeviction")
    assert "!! memory: noeviction lets a full server refuse all work" in report("--broker", at(tmp_path))[1]


def test_a_server_that_does_not_tell_its_settings(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    start_server("--rename-command", "CONFIG", "")
    _, said = report("--broker", at(tmp_path))
    assert "?? persistence: the server does not say" in said
    assert "ok round trip: " in said


def test_workers(
    report: Callable[..., tuple[int, str]],
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One worker that is well, whose root then goes, which then is too old, and at last does not understand us."""
    root = tmp_path / "bats"
    root.mkdir()
    start_worker(
        server.url, "-P", "solo", "--without-mingle", BATTYCODA_DATA_ROOT=str(root), BATTYCODA_SITE="attic",
    )  # fmt: skip
    client = bc.connect(server.url)
    [worker] = until(lambda: client.sites().get("attic"), "it is there")
    client.close()
    code, said = report("--broker", server.url)
    assert (code, broken(said)) == (0, [])
    assert f"ok worker {worker.name}: version {bc.__version__}, clock " in said
    assert f"ok site attic: {worker.name} answers in " in said
    assert "ok site attic: its root can be read" in said

    shutil.rmtree(root)
    [line] = broken(report("--broker", server.url)[1])
    assert line.startswith(f"!! worker {worker.name}: the data root 'bats' cannot be read: No such file or directory")
    assert f"-> on {worker.name.rpartition('@')[2]}: ls -ld DIR, and if it is there sudo chmod -R a+rX DIR" in line
    root.mkdir()

    monkeypatch.setattr(workers, "__version__", "9.9.9")
    [line] = broken(report("--broker", server.url)[1])
    assert line == (
        f"!! worker {worker.name}: it has version {worker.version}, here is 9.9.9 -> "
        f"on {worker.host}: pip install battycoda-nb==9.9.9, then start the worker anew"
    )
    monkeypatch.setattr(protocol, "PROTOCOL", 999)  # as if this side were of a later version
    [line] = broken(report("--broker", server.url)[1])
    assert f"its version {worker.version} and the 9.9.9 here do not understand each other" in line
    assert "pip install battycoda-nb==9.9.9" in line


def test_each_worker_of_a_site_is_asked_and_their_roots_must_be_the_same(
    report: Callable[..., tuple[int, str]],
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
) -> None:
    roots = [tmp_path / "bats", tmp_path / "birds"]
    for number, root in enumerate(roots):
        root.mkdir()
        start_worker(
            server.url, "-P", "solo", "--without-mingle", "-n", f"w{number}@lab",
            BATTYCODA_DATA_ROOT=str(root), BATTYCODA_SITE="attic",
        )  # fmt: skip
    (roots[0] / "night1.wav").touch()
    client = bc.connect(server.url)
    until(lambda: len(client.sites().get("attic", [])) == 2, "both are there")
    client.close()
    [line] = broken(report("--broker", server.url)[1])
    told = "!! site attic: its workers have different roots: w0@lab has 'bats' (entries: 1); w1@lab has 'birds' ("
    assert line.startswith(told)
    assert "-> start each with the same folder: battycoda worker --root DIR --site attic --broker" in line
    (roots[1] / "night1.wav").touch()  # as where one folder is mounted in two places
    code, said = report("--broker", server.url)
    assert (code, "ok site attic: its root can be read, the same by 2 workers" in said) == (0, True)
    shutil.rmtree(roots[1])
    [line] = broken(report("--broker", server.url)[1])
    assert line.startswith("!! worker w1@lab: the data root 'birds' cannot be read")


def test_a_worker_that_is_silent_does_not_answer_or_has_a_wrong_clock(
    report: Callable[..., tuple[int, str]], server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said by no worker at all: what a registry holds after one was cut off, and of one whose clock is wrong."""
    monkeypatch.setattr("battycoda_nb.cli.doctor.workers.PATIENCE", 0.1)
    store = Store(redis_client(server.url))
    facts = {"site": "attic", "host": "lab", "pid": 7, "version": bc.__version__, "protocol": protocol.PROTOCOL}
    seconds, _ = store.redis.time()
    store.beat("late@lab", {**facts, "clock": seconds + 100})
    store.beat("gone@lab", facts)
    store.redis.zincrby("battycoda:heard", -60, "gone@lab")
    gone, late, stuck = broken(report("--broker", server.url)[1])
    assert gone.startswith("!! worker gone@lab: silent for 60 s")
    assert "-> on lab: kill -9 7; battycoda worker --root DIR --site attic --broker redis+socket://" in gone
    assert late.startswith("!! worker late@lab: its clock is +")
    assert late.endswith("-> on lab: sudo timedatectl set-ntp true")
    assert stuck.startswith("!! site attic: no answer within 0.1 s")


def test_recordings_here(tmp_path: Path) -> None:
    missing = machine.recordings_in(tmp_path / "none")
    assert (missing.ok, missing.remedy) == (False, f"ls -ld {tmp_path}/none: is it mounted, is the name right?")
    (tmp_path / "notes.txt").touch()
    assert machine.recordings_in(tmp_path).fact == f"{tmp_path} holds none"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "NIGHT.WAV").touch()
    assert machine.recordings_in(tmp_path).ok
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)  # not followed
    assert machine.recordings_in(tmp_path).fact == f"{tmp_path} holds 1"


def test_packages_that_are_missing_or_old() -> None:
    required = ["ipykernel>=99.1", "no-such-package>=2", "isal>=1.7", "ruff>=0.1; extra == 'lint'"]
    old, missing, good = machine.packages(required)
    assert "is too old: 99.1 or newer is needed" in old.fact
    assert old.remedy.endswith("-m pip install 'ipykernel>=99.1'")
    assert (missing.ok, missing.fact) == (False, "no-such-package is missing")
    assert "isal 1." in good.fact
    assert "ruff" not in good.fact


def test_the_command_that_speaks_with_a_server_has_no_password_in_it() -> None:
    assert server.server_cli("rediss://me:secret@lab:7000/0") == "redis-cli -h lab -p 7000 --tls --askpass"
    assert server.start("rediss://lab/0", "CERTIFICATE_VERIFY_FAILED") == (
        "name the certificate of its authority: rediss://lab/0?ssl_ca_certs=FILE"
    )


def test_what_only_this_machine_reaches_is_not_exposed(start_server: StartServer, tmp_path: Path) -> None:
    start_server()
    assert exposure(at(tmp_path)) == ""
    assert exposure("redis://localhost:1/0") == exposure("redis://127.0.0.1:1/0") == exposure("redis://[::1]:1/0") == ""
