"""``battycoda doctor`` on servers: one test per broken link, each with what mends it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from battycoda_nb.cli.doctor import server
from battycoda_nb.cluster.connection import redis_client

StartServer = Callable[..., subprocess.Popen[bytes]]


def broken(output: str) -> list[str]:
    """The broken links with their remedies, each as one line."""
    lines = output.splitlines()
    return [f"{line} -> {lines[n + 1].strip()}" for n, line in enumerate(lines) if line.startswith("!!")]


def at(folder: Path, password: str = "") -> str:
    return f"redis+socket://{f':{password}@' if password else ''}{folder}/s.sock"


def test_no_server(report: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        code, text = report("--broker", f"redis://127.0.0.1:{port}/0")
    assert code == 1
    [line] = broken(text)
    assert line.startswith(f"!! server: nothing answers at redis://127.0.0.1:{port}/0")
    assert f"-> redis-server --port {port} --appendonly yes --maxmemory-policy volatile-lru" in line
    _, text = report("--broker", at(tmp_path))
    assert f"-> redis-server --port 0 --unixsocket {tmp_path}/s.sock" in broken(text)[0]
    _, text = report("--broker", "redis://no-such-host.invalid/0")
    assert broken(text)[0].endswith("-> getent hosts no-such-host.invalid: is the name right?")


def test_passwords(report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path) -> None:
    start_server("--requirepass", "open sesame", "--appendonly", "yes")
    code, text = report("--broker", at(tmp_path))
    mend = f"export CELERY_BROKER_URL=redis+socket://:PASSWORD@{tmp_path}/s.sock"
    assert (code, broken(text)) == (1, [f"!! password: the server wants one, and the address has none -> {mend}"])
    code, text = report("--broker", at(tmp_path, "wrong"))
    fact = "the server does not accept the one in the address"
    assert (code, broken(text)) == (1, [f"!! password: {fact} -> {mend}"])
    assert "wrong" not in text
    file = tmp_path / "the address"
    file.touch(mode=0o600)
    file.write_text(at(tmp_path, "wrong"))
    mend = f"write redis+socket://:PASSWORD@{tmp_path}/s.sock into '{file}'"
    assert broken(report("--broker-file", str(file))[1]) == [f"!! password: {fact} -> {mend}"]
    os.environ["BATTYCODA_BROKER_FILE"] = str(file)
    os.environ.pop("CELERY_BROKER_URL", None)
    assert broken(report()[1]) == [f"!! password: {fact} -> {mend}"]
    _, text = report("--broker", at(tmp_path, "open%20sesame"))
    assert "ok password: accepted" in text
    assert "sesame" not in text


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
    code, text = report("--broker-file", str(file))
    assert (code, broken(text)) == (1, [f"!! database: the server has no number 77 -> {mend}"])


def test_a_password_that_the_server_has_not(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    start_server()
    code, text = report("--broker", at(tmp_path, "sesame"))
    mend = f"redis-cli -s {tmp_path}/s.sock --askpass CONFIG SET requirepass PASSWORD"
    assert code == 1
    assert broken(text)[0] == f"!! exposed: the address has a password, and the server lets in who has none -> {mend}"


def test_settings_that_lose_work(
    report: Callable[..., tuple[int, str]], start_server: StartServer, tmp_path: Path
) -> None:
    start_server("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    code, text = report("--broker", at(tmp_path))
    kept, memory, nobody = broken(text)
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
    _, text = report("--broker", at(tmp_path))
    assert "?? persistence: the server does not say" in text
    assert "ok round trip: " in text


def test_the_command_that_speaks_with_a_server_has_no_password_in_it() -> None:
    assert server.server_cli("rediss://me:secret@lab:7000/0") == "redis-cli -h lab -p 7000 --tls --askpass"
    assert server.start("rediss://lab/0", "certificate") == (
        "name the certificate of its authority: rediss://lab/0?ssl_ca_certs=FILE"
    )
