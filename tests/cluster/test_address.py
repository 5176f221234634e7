from __future__ import annotations

import os
import random
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from kombu import Connection
from redis.connection import parse_url
from redis.exceptions import AuthenticationError, ConnectionError

import battycoda_nb as bc
from battycoda_nb.cluster.address import (
    cause,
    from_file,
    normal,
    of_socket,
    refusal,
    shown,
    trouble,
    without_credentials,
)

SECRET = "s3cr3tw0rd"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://lab:6379/0", "redis://lab:6379/0"),
        ("redis://lab", "redis://lab"),
        ("redis://:p%40ss@lab:1/2", "redis://:p%40ss@lab:1/2"),
        ("redis://bat:p@ss:word@[::1]:6379", "redis://bat:p@ss:word@[::1]:6379"),
        ("redis://bat:@lab", "redis://bat:@lab"),
        ("redis+socket://:pw@/tmp/r.sock", "redis+socket://:pw@/tmp/r.sock"),
        ("rediss://lab", "rediss://lab?ssl_cert_reqs=required"),
        ("rediss://lab?ssl_cert_reqs=CERT_NONE", "rediss://lab?ssl_cert_reqs=none"),
        ("rediss://lab/0?ssl_ca_certs=%2Fa/c.pem", "rediss://lab/0?ssl_cert_reqs=required&ssl_ca_certs=/a/c.pem"),
        (
            "rediss://lab?ssl_check_hostname=False&ssl_keyfile=/k&ssl_certfile=/c",
            "rediss://lab?ssl_cert_reqs=required&ssl_check_hostname=false&ssl_certfile=/c&ssl_keyfile=/k",
        ),
    ],
)
def test_the_normal_form(url: str, expected: str) -> None:
    assert normal(url) == expected == normal(expected)


@pytest.mark.parametrize("password", ["plain", "p@ss", "p:a:s", "50%", "a/b?c#d[e]", "ü ß", "+&=;", "%2F", "~'\"`$"])
@pytest.mark.parametrize("form", ["redis://{}lab:1234/3", "rediss://{}lab:1234/3?ssl_ca_certs=/my%20ca/a%2Bb.pem"])
@pytest.mark.parametrize("user", ["", "bat"])
def test_three_libraries_read_the_same(form: str, user: str, password: str) -> None:
    url = normal(form.format(f"{user}:{quote(password, safe='')}@"))
    ours = parse_url(url)
    connection = Connection(url)
    backend = Celery(broker=url, backend=url, set_as_current=False).backend.connparams
    assert (connection.hostname, connection.port, connection.password) == ("lab", 1234, password)
    assert (connection.userid or "", connection.virtual_host) == (user, "3")
    for read in (ours, backend):
        assert (read["host"], read["port"], read["password"], read["db"]) == ("lab", 1234, password, 3)
        assert read.get("username", "") == user
    if url.startswith("rediss:"):
        for read in (ours, backend, connection.ssl):
            assert read["ssl_ca_certs"] == "/my ca/a+b.pem"
            assert read["ssl_cert_reqs"] in ("required", ssl.CERT_REQUIRED)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("lab:6379", "is not an address"),
        ("http://lab", "is not an address"),
        ("unix:///tmp/r.sock", "is not an address"),
        ("", "is not an address"),
        (f"{SECRET}", "is not an address"),
        (f"http://:{SECRET}@lab", "is not an address"),
        (f"redis://{SECRET}@lab", "has a user name and no password"),
        (f"redis://:{SECRET}/x@lab", "in a password, write / as %2F"),
        (f"redis://:x/{SECRET}@lab", "in a password, write / as %2F"),
        (f"redis://:{SECRET}?x@lab", "in a password"),
        (f"redis://:x?{SECRET}@lab", "in a password"),
        (f"redis://:x?{SECRET}=1@lab", "in a password"),
        (f"redis://:x#{SECRET}@lab", "in a password"),
        (f"redis://:{SECRET}#x@lab", "in a password"),
        (f"redis://:[{SECRET}@lab", "in a password"),
        (f"redis://:x@{SECRET}/y@lab", "in a password"),
        (f"redis://:x {SECRET}@lab", "in a password"),
        (f"redis://:x\n{SECRET}@lab", "in a password"),
        (f"redis://:x\u2100{SECRET}@lab", "in a password"),
        (f"redis://x/y:{SECRET}@lab", "in a password"),
        (f"redis://{SECRET}/y:x@lab", "in a password"),
        (f"redis://:{SECRET}", "in a password"),
        (f"redis://bat:{SECRET}", "in a password"),
        (f"redis://:{SECRET}@lab:port", "in a password"),
        ("redis://lab:65536", "in a password"),
        (f"redis://lab/0?password={SECRET}", "has a parameter that is not known here, 'password'"),
        (f"rediss://lab/0?ssl_password={SECRET}", "has a parameter that is not known here, 'ssl_password'"),
        ("redis://lab/0?ssl_ca_certs=/ca.pem", "'ssl_ca_certs': rediss:// knows"),
        ("rediss://lab?ssl_min_version=1", "'ssl_min_version': rediss:// knows ssl_ca_certs"),
        ("rediss://lab?ssl_cert_reqs=maybe", "must be one of required, optional, none"),
        ("rediss://lab?ssl_check_hostname=perhaps", "must be one of true, false"),
        (f"redis://:{SECRET}@lab/zero", "must end with the number of a database"),
        (f"redis://:{SECRET}@lab;redis://:{SECRET}@den", "in a password|number of a database"),
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str, rule: str) -> None:
    with pytest.raises(bc.RequestError, match=rule) as error:
        normal(url)
    if "@" in url or "password=" in url or ":" in url.partition("//")[2]:
        assert SECRET not in str(error.value) + repr(error.value)
        assert SECRET not in shown(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://lab:6379/0", "redis://lab:6379/0"),
        ("redis://:pw@lab:6379/0", "redis://:***@lab:6379/0"),
        ("redis://bat:pw@lab", "redis://bat:***@lab"),
        ("redis://:p%40@lab", "redis://:***@lab"),
        ("redis://:p@ss@lab", "redis://:***@lab"),
        ("redis://lab:lab@lab", "redis://lab:***@lab"),
        ("redis://pw@lab", "redis://***@lab"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis+socket:///tmp/r.sock", "redis+socket:///tmp/r.sock"),
        ("redis+socket://:pw@/tmp/r.sock", "redis+socket://:***@/tmp/r.sock"),
        ("rediss://:pw@lab/0?ssl_ca_certs=/ca.pem", "rediss://:***@lab/0?ssl_ca_certs=/ca.pem"),
        ("redis://lab/0?password=pw&x=1", "redis://lab/0?password=***&x=1"),
    ],
)
def test_what_is_shown(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_no_password_is_shown_whatever_its_characters() -> None:
    rng = random.Random(4)
    for _ in range(3000):
        around = ["".join(rng.choices("@:/?#[]%&=+;ax1 \\", k=rng.randrange(5))) for _ in range(2)]
        password = f"{around[0]}{SECRET}{around[1]}"
        scheme = rng.choice(["redis", "rediss", "redis+socket", "valkey"])
        url = f"{scheme}://{rng.choice(['', 'bat', 'a/b'])}:{password}@lab:6379/0"
        assert SECRET not in shown(url), url
        try:
            assert SECRET not in shown(normal(url))
        except bc.RequestError as error:
            assert SECRET not in str(error), url


def test_what_is_left_without_credentials() -> None:
    url = normal("rediss://bat:p@ss@lab:1/2?ssl_ca_certs=/ca.pem&ssl_certfile=/c&ssl_keyfile=/k")
    assert without_credentials(url) == "rediss://lab:1/2?ssl_cert_reqs=required&ssl_ca_certs=/ca.pem"
    assert without_credentials("redis://lab:1/2") == "redis://lab:1/2"


def test_a_socket_in_a_folder_with_an_odd_name() -> None:
    url = normal(of_socket("/tmp/bat@home 50%/r.sock"))
    assert shown(url) == url
    assert parse_url(url.replace("redis+socket", "unix"))["path"] == "/tmp/bat@home 50%/r.sock"


# The file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "broker"
    path.touch(0o600)
    path.write_text(f"redis://:{SECRET}@lab\n")
    return path


def test_the_address_comes_from_a_file(file: Path) -> None:
    assert from_file(file) == f"redis://:{SECRET}@lab"
    file.chmod(0o400)
    assert from_file(file) == f"redis://:{SECRET}@lab"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o610, 0o601, 0o666])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(bc.ClusterError, match=rf"mode is {mode:o}: chmod 600 {file}") as error:
        from_file(file)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(("content", "lines"), [("", 0), ("\n\n", 0), ("redis://a\nredis://b\n", 2)])
def test_a_file_holds_one_line(file: Path, content: str, lines: int) -> None:
    file.write_text(content)
    with pytest.raises(bc.ClusterError, match=f"must hold one line, the server's address, and has {lines}"):
        from_file(file)


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(bc.ClusterError, match="is not a regular file"):
            from_file(name)
    with pytest.raises(bc.ClusterError, match=r"cannot be read \(No such file or directory\).*chmod 600"):
        from_file(tmp_path / "none")


if os.geteuid() == 0:

    def test_a_file_of_another_user_is_refused(file: Path) -> None:
        os.chown(file, 12345, 12345)
        with pytest.raises(bc.ClusterError, match="belongs to another user"):
            from_file(file)


# What a failure means (the real ones are met in tests/integration/test_tls.py)


@pytest.mark.parametrize(
    ("answer_text", "rule"),
    [
        ("invalid username-password pair or user is disabled.", "refuses the password"),
        ("Authentication required.", "wants a password, and this address has none"),
        ("DENIED Valkey is running in protected mode because", "answers its own machine only"),
        ("User bat has no permissions to run the 'ping' command", "let the server's ACL allow it"),
    ],
)
def test_a_refusal_says_what_to_do(answer_text: str, rule: str) -> None:
    for url in (f"redis://:{SECRET}@lab:1/2", f"rediss://bat:{SECRET}@lab?ssl_cert_reqs=required"):
        sentence = refusal(url, AuthenticationError(answer_text))
        assert rule in sentence
        assert sentence == trouble(url, AuthenticationError(answer_text))
        assert SECRET not in sentence
        assert "\n" not in sentence


def test_a_server_that_is_away_may_come_back() -> None:
    error = ConnectionError("Error 111 connecting to lab:1. Connection refused.")
    assert refusal("redis://lab:1", error) == ""
    assert trouble("redis://lab:1", error).startswith("No server answers at redis://lab:1 (Error 111")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("DB index is out of range", "database"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("Error -2 connecting to lab:6379. Name or service not known.", "host"),
        ("Error -3 connecting to lab:6379. Temporary failure in name resolution.", "host"),
        ("Error 111 connecting to lab:1. Connection refused.", ""),
    ],
)
def test_the_cause_of_a_failure_to_connect(text: str, known: str) -> None:
    assert cause(ConnectionError(text)) == known
