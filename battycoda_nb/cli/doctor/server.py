"""``battycoda doctor`` on a server: reachable, its password, its settings, its distance."""

from __future__ import annotations

import shlex
import statistics
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import AuthenticationError, RedisError

from battycoda_nb.cluster import environment
from battycoda_nb.cluster.address import cause, shown
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.exposure import exposure

from .finding import Finding

PINGS = 20
# Queues outlive a restart, and a full server drops results, which have an expiry, but no queue.
ADVICE = {"appendonly": "yes", "maxmemory-policy": "volatile-lru"}


def findings(broker: str, file: str = "") -> Generator[Finding, None, bool]:
    """Of the server, and of that of the results where it is another; returns whether it makes sense to go on.

    `file` names the file that the broker's address came from, if it did.
    """
    for url in dict.fromkeys((broker, environment.result_url(broker))):
        redis = redis_client(url, timeout=2)
        try:
            entrance = list(enter(url, redis, correction(url, broker, file)))
            yield from entrance
            if any(finding.ok is False and finding.what != "exposed" for finding in entrance):
                return False
            yield from settings(url, redis)
            yield round_trip(redis)
        except RedisError as error:
            yield Finding(False, "server", f"{shown(url)} stopped answering ({error})", start(url))
            return False
        finally:
            redis.close()
    return True


def correction(url: str, broker: str, file: str) -> Callable[[str], str]:
    """How to have another address in the place of `url`, where that was given."""
    if url != broker:
        return "export CELERY_RESULT_BACKEND={}".format
    return (
        (lambda address: f"write {address} into {shlex.quote(file)}") if file else "export CELERY_BROKER_URL={}".format
    )


def enter(url: str, redis: Any, correct: Callable[[str], str]) -> Iterator[Finding]:
    """Whether the server answers, and answers us; `correct` as `correction` has it."""
    server, given = shown(url), bool(urlsplit(url).password)
    reached = Finding(True, "server", f"{server} answers")
    setting = correct(with_password(url))
    try:
        redis.ping()
    except AuthenticationError:
        yield reached
        if not given:
            yield Finding(False, "password", "the server wants one, and the address has none", setting)
        else:
            yield Finding(False, "password", "the server does not accept the one in the address", setting)
        return
    except RedisError as error:
        if cause(error) == "database":
            number = urlsplit(url).path.strip("/")
            yield reached
            yield Finding(False, "database", f"the server has no number {number}", correct(with_database(url)))
            return
        yield Finding(False, "server", f"nothing answers at {server} ({error})", start(url, cause(error)))
        return
    yield reached
    set_one = f"{server_cli(url)} CONFIG SET requirepass PASSWORD"
    if sentence := exposure(url):
        yield Finding(False, "exposed", sentence, f"{set_one}, then {setting}")
    elif given and answers(with_password(url, "")):
        yield Finding(False, "exposed", "the address has a password, and the server lets in who has none", set_one)
    else:
        yield Finding(True, "password", "accepted" if given else "none, and none is needed")


def settings(url: str, redis: Any) -> Iterator[Finding]:
    """Whether the server keeps queues over a restart, and when its memory is full."""
    try:
        have = {name: redis.config_get(name).get(name, "") for name in (*ADVICE, "maxmemory")}
    except RedisError as error:
        yield Finding(None, "persistence", f"the server does not say ({error})", f"there: {change(url, 'appendonly')}")
        return
    kept, policy = have["appendonly"] == "yes", have["maxmemory-policy"]
    fact = "queues outlive a restart of the server" if kept else "a restart of the server loses what waits in queues"
    yield Finding(kept, "persistence", fact, "" if kept else change(url, "appendonly"))
    if policy.startswith("allkeys-"):
        fact = f"{policy} lets a full server drop queues"
    elif policy == "noeviction" and have["maxmemory"] != "0":
        fact = "noeviction lets a full server refuse all work: results fill it up to its limit"
    else:
        yield Finding(True, "memory", f"{policy} never drops a queue")
        return
    yield Finding(False, "memory", fact, change(url, "maxmemory-policy"))


def round_trip(redis: Any) -> Finding:
    took = []
    for _ in range(PINGS):
        began = time.perf_counter()
        redis.ping()
        took.append(time.perf_counter() - began)
    return Finding(True, "round trip", f"{statistics.median(took) * 1e3:.1f} ms, the median of {PINGS}")


def server_cli(url: str) -> str:
    """The command that speaks with a server; it asks for the password, so that no list of processes has it."""
    parts = urlsplit(url)
    where = f"-s {shlex.quote(parts.path)}" if parts.scheme == "redis+socket" else f"-h {parts.hostname or 'localhost'}"
    where += f" -p {parts.port}" if parts.port not in (None, 6379) else ""
    return " ".join(
        [
            "redis-cli",
            where,
            *(["--tls"] if parts.scheme == "rediss" else []),
            *(["--askpass"] if parts.password else []),
        ]
    )


def change(url: str, name: str) -> str:
    cli = server_cli(url)
    return f"{cli} CONFIG SET {name} {ADVICE[name]} && {cli} CONFIG REWRITE"


def with_password(url: str, password: str = "PASSWORD") -> str:
    """An address with another password, or with none."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username or ''}:{password}@{host}" if password else host
    return url.replace(f"//{parts.netloc}", f"//{netloc}", 1)


def with_database(url: str) -> str:
    """An address, without its password, with the number of a database that each server has."""
    return shown(urlsplit(url)._replace(path="/0").geturl())


def answers(url: str) -> bool:
    redis = redis_client(url, timeout=2)
    try:
        return bool(redis.ping())
    except RedisError:
        return False
    finally:
        redis.close()


def start(url: str, cause: str = "") -> str:
    """How to have a server at an address; `cause` as `address.cause` has it."""
    parts = urlsplit(url)
    if cause == "certificate":
        return f"name the certificate of its authority: {shown(url)}?ssl_ca_certs=FILE"
    if cause == "host":
        return f"getent hosts {parts.hostname}: is the name right?"
    options = " ".join(f"--{name} {value}" for name, value in ADVICE.items()) + " --maxmemory 2gb"
    if parts.scheme == "redis+socket":
        return f"redis-server --port 0 --unixsocket {shlex.quote(parts.path)} {options}"
    there = "" if parts.hostname in (None, "localhost", "127.0.0.1", "::1") else f"on {parts.hostname}: "
    return f"{there}redis-server --port {parts.port or 6379} {options}"
