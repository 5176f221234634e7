"""Passwords and TLS from end to end: client and worker, and what they say when it does not work."""

from __future__ import annotations

import datetime
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
import trustme
from relay import Relay

import battycoda_nb as bc
from battycoda_nb.cli import main
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.address import of_socket
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.exposure import exposure

SECRET = "p@ss/w:rd#50%"
QUOTED = quote(SECRET, safe="")
GUEST = "gu3stw0rd"


@dataclass
class Lab:
    """A server with a password behind TLS."""

    ca: Path
    socket: Path
    tls: Relay
    plain: Relay

    def url(self, credentials: str = f":{QUOTED}@", host: str = "localhost", **files: object) -> str:
        parameters = "&".join(f"{name}={value}" for name, value in {"ssl_ca_certs": self.ca, **files}.items() if value)
        return f"rediss://{credentials}{host}:{self.tls.port}/0" + (f"?{parameters}" if parameters else "")


@pytest.fixture
def lab(tmp_path: Path, run_server: Callable[..., object], until: Callable[..., object]) -> Iterator[Lab]:
    socket = tmp_path / "server.sock"
    run_server(
        f'port 0\nunixsocket "{socket}"\nrequirepass "{SECRET}"\nuser guest on >{GUEST} ~* &* +@all\n'
        f"user reader on >{GUEST} ~* &* -@all +get\n"
    )
    until(socket.exists, "the server listens")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = _server_context(authority.issue_cert("localhost"))
    with Relay(str(socket), tls=tls) as secure, Relay(str(socket)) as plain:
        yield Lab(tmp_path / "ca.pem", socket, secure, plain)


def _server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def address_file(lab: Lab, tmp_path: Path) -> Path:
    path = tmp_path / "broker"
    path.touch(0o600)
    path.write_text(lab.url())
    return path


def is_secret(text: str) -> bool:
    return not any(word in text for word in (SECRET, QUOTED, "w:rd", "w%3Ard", GUEST))


def test_a_recording_is_opened_through_tls_and_no_password_is_shown(
    lab: Lab,
    address_file: Path,
    tones: Path,
    run_worker: Callable[..., tuple[subprocess.Popen[bytes], Path]],
    until: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, log = run_worker("--root", tones.parent, "--broker-file", address_file)
    client = bc.connect(lab.url())
    recording = client.open("tones.wav")
    assert recording.spectrogram(3, timeout=20).levels.any()
    assert "ready" in log.read_text()

    command = Path(f"/proc/{worker.pid}/cmdline").read_text()
    assert "celery" in command
    # What Flower shows of a worker
    conf = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "tasks", "inspect", "conf"],
        env={**os.environ, "CELERY_BROKER_URL": lab.url(), "CELERY_RESULT_BACKEND": lab.url()},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "broker_url" in conf
    assert "result_backend" in conf
    status = client.status()
    shown = [repr(client), repr(status), status._repr_html_(), repr(recording), command, conf]

    monkeypatch.setattr("battycoda_nb.cluster.dispatch.GIVE_UP_AFTER", 1.0)
    lab.tls.stop()  # the way to the server is cut
    until(lambda: "rror" in log.read_text(), "the worker says that its server is away")
    with pytest.raises(bc.ClusterError) as unreachable:
        client.status()
    with pytest.raises(bc.ClusterError, match="No server answers at rediss://:") as given_up:
        recording.spectrogram(4, timeout=30)
    for text in (*shown, str(unreachable.value), str(given_up.value), log.read_text()):
        assert is_secret(text), text
    client.close()


def test_a_password_on_the_command_line_is_taken_off_it(
    lab: Lab, tones: Path, run_worker: Callable[..., tuple[subprocess.Popen[bytes], Path]]
) -> None:
    url = f"redis://guest:{GUEST}@localhost:{lab.plain.port}/0"
    worker, log = run_worker("--root", tones.parent, "--concurrency", 2, "--broker", url)
    client = bc.connect(url)
    assert client.open("tones.wav").spectrogram(5, timeout=20).levels.any()
    client.close()
    process = psutil.Process(worker.pid)  # it stays, to keep its two workers
    commands = [" ".join(each.cmdline()) for each in (process, *process.children())]
    assert len(commands) == 3
    assert is_secret("\n".join(commands))
    assert log.read_text().count("others on this machine could read that password on the command line") == 1
    assert is_secret(log.read_text())


def test_a_socket_may_have_a_password(lab: Lab, until: Callable[..., object]) -> None:
    url = of_socket(lab.socket).replace("://", f"://:{QUOTED}@")
    client = bc.connect(url)
    client.workers.find("cellar", "0" * 32)
    until(lambda: redis_client(url).llen(protocol.queues("cellar")[0]) == 1, "it lies in the queue")
    client.close()


def refused(url: str, capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    """What client and worker say of an address alike."""
    with pytest.raises(bc.ClusterError) as error:
        bc.connect(url)
    assert is_secret(repr(error.value.__cause__))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "execv", lambda *_: pytest.fail(f"became a worker of a server that says {error.value}"))
        for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "BATTYCODA_DATA_ROOT"):
            patch.setenv(name, "")
        assert main.main(["worker", "--root", str(folder), "--broker", url]) == 1
    sentence = capsys.readouterr().err.strip().splitlines()[-1].removeprefix("battycoda: ")
    assert str(error.value).startswith(sentence)
    assert is_secret(sentence)
    return sentence


def test_what_is_refused_says_what_to_do(lab: Lab, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    host = f"localhost:{lab.tls.port}/0"
    for url, sentence in {
        lab.url(":wr0ng@"): f"The server at rediss://:***@{host} refuses the password",
        lab.url("nobody:wr0ng@"): f"The server at rediss://nobody:***@{host} refuses the password",
        lab.url(""): f"The server at rediss://{host} wants a password, and this address has none",
        lab.url(f"reader:{GUEST}@"): f"The user of rediss://reader:***@{host} may not do what is needed here",
        lab.url(ssl_ca_certs=None): f"name the file of the one that signed it, rediss://:***@{host}?ssl_ca_certs=",
        lab.url(ssl_ca_certs="/no/ca.pem"): "ssl_ca_certs=/no/ca.pem in the address of",
        lab.url(ssl_certfile="/no/cert.pem"): "ssl_certfile=/no/cert.pem in the address of",
        lab.url(host="127.0.0.1"): "is not valid for this connection: IP address mismatch",
    }.items():
        assert sentence in refused(url, capsys, folder)


def test_tls_on_one_side_only(lab: Lab) -> None:
    with pytest.raises(bc.ClusterError, match="does it want TLS, rediss:// instead of redis://"):
        bc.connect(f"redis://:{QUOTED}@localhost:{lab.tls.port}")
    # whether such a server answers at all depends on the random bytes of the greeting
    with pytest.raises(bc.ClusterError, match=r"does not speak TLS|does it speak TLS"):
        bc.connect(f"rediss://:{QUOTED}@localhost:{lab.plain.port}")


def test_certificates_on_both_sides(lab: Lab, tmp_path: Path, until: Callable[..., object]) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(lab.ca)
    ours = authority.issue_cert("notebook")
    ours.private_key_and_cert_chain_pem.write_to_path(tmp_path / "ours.pem")
    context = _server_context(authority.issue_cert("localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with Relay(str(lab.socket), tls=context) as lab.tls:
        with pytest.raises(bc.ClusterError, match=r"wants? a certificate of ours.*ssl_certfile=") as error:
            bc.connect(lab.url())
        assert is_secret(str(error.value))
        client = bc.connect(lab.url(ssl_certfile=tmp_path / "ours.pem", ssl_keyfile=tmp_path / "ours.pem"))
        assert not client.status().workers
        client.workers.find("attic", "0" * 32)  # kombu uses them too
        queue = redis_client(of_socket(lab.socket).replace("://", f"://:{QUOTED}@"))
        until(lambda: queue.llen(protocol.queues("attic")[0]) == 1, "it lies in the queue")
        client.close()


def test_an_expired_certificate(lab: Lab, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(lab.ca)
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    context = _server_context(authority.issue_cert("localhost", not_after=yesterday))
    with Relay(str(lab.socket), tls=context) as lab.tls:
        assert "is not valid for this connection: certificate has expired" in refused(lab.url(), capsys, folder)


def test_kombu_checks_the_certificate_too(lab: Lab) -> None:
    from kombu import Connection
    from kombu.exceptions import OperationalError

    from battycoda_nb.cluster.address import normal

    connection = Connection(normal(lab.url(ssl_ca_certs=None)))
    with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)


def test_what_is_not_exposed(lab: Lab, run_server: Callable[..., object], until: Callable[..., object]) -> None:
    with Relay(0) as free:
        port = free.port
    run_server(f"port {port}\nbind 127.0.0.1\nprotected-mode no\n")
    open_to_us = f"redis://localhost:{port}/0"
    until(lambda: _answers(open_to_us), "the server answers")
    for url in (open_to_us, lab.url(), lab.url(""), of_socket(lab.socket), "redis://localhost:1/0", "redis://no.such"):
        assert exposure(url) == ""


def _answers(url: str) -> bool:
    from redis.exceptions import RedisError

    try:
        return bool(redis_client(url).ping())
    except RedisError:
        return False
