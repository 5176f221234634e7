"""The status as data, as text and as HTML, also when what workers say of themselves is hostile."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from battycoda_nb import __version__
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.status import Cache, Sites, Status, Task, Worker, read_workers
from battycoda_nb.cluster.store import Store
from battycoda_nb.formatting import ago
from battycoda_nb.recordings.listing import Listed, Listing

EVIL = "<script>alert('bat')</script>"
WELL = {"version": __version__, "protocol": protocol.PROTOCOL, "silent": 0.4}


def well(name: str, **facts: Any) -> Worker:
    return Worker(name, **{**WELL, **facts})


BUSY = Status(
    "redis://lab:6379/0",
    workers=(
        well("a-1@lab", site="attic", host="lab", load=0.25),
        well("b-1@lab", site="basement", silent=7.4),
        well("c-1@old", protocol=protocol.PROTOCOL + 1),
        well("d-1@late", clock_off=-31.2),
    ),
    queues={"battycoda1.interactive.attic": 3},
    running=(Task("1", "night1.wav, call 12", "attic", "a-1@lab", 1.26),),
    failed=(Task("2", "open x.wav", "attic", "a-1@lab", 300.0, "There is no file 'x.wav'"),),
    cache=Cache(3 * 2**20, 512 * 2**20, 30, 10),
    round_trip=0.0012,
)


def test_its_rows_say_it_in_words() -> None:
    rows = BUSY.rows()
    assert rows[:3] == [
        ("server", "redis://lab:6379/0"),
        ("round trip", "1.2 ms"),
        ("cache", "3.0 MB of 512 MB, 75% of 40 requests were there already"),
    ]
    workers = dict(rows[3:7])
    assert workers["worker a-1@lab"] == f"well, version {__version__}, load 25% of lab"
    assert workers["worker b-1@lab"] == "silent for 7 s: it was killed, hangs, or is cut off"
    assert "install the same on both" in workers["worker c-1@old"]
    assert "clock is -31 s off" in workers["worker d-1@late"]
    assert rows[7:] == [
        ("queue battycoda1.interactive.attic", "3 waiting"),
        ("running", "night1.wav, call 12, for 1.3 s, on a-1@lab"),
        ("failed", "open x.wav, 5 min ago: There is no file 'x.wav'"),
    ]


def test_without_a_server_or_a_worker_it_says_that() -> None:
    assert Status("redis://lab", problem="No server").rows() == [("server", "redis://lab"), ("problem", "No server")]
    assert ("workers", "none has been heard of for 3 s") in Status("redis://lab").rows()
    assert str(Cache(2**20, 0, 0, 0)) == "1.0 MB"
    assert [ago(seconds) for seconds in (-20, 119, 121, 3600)] == ["0 s ago", "119 s ago", "2 min ago", "60 min ago"]


def test_it_is_a_text_a_table_and_json() -> None:
    lines = repr(BUSY).splitlines()
    assert len(lines) == len(BUSY.rows())
    assert len({line.index(value) for line, (_, value) in zip(lines, BUSY.rows(), strict=True)}) == 1
    facts = json.loads(json.dumps(BUSY.to_json()))
    assert [(worker["alive"], bool(worker["trouble"])) for worker in facts["workers"]] == [
        (True, False), (False, True), (True, True), (True, True),
    ]  # fmt: skip
    assert facts["running"][0]["what"] == "night1.wav, call 12"


def test_only_the_living_make_a_site() -> None:
    assert {site: [worker.name for worker in workers] for site, workers in BUSY.sites.items()} == {
        "": ["c-1@old", "d-1@late"],
        "attic": ["a-1@lab"],
    }
    sites = Sites(BUSY.workers)
    assert sites.rows()[0][0] == "(no site)"
    assert "a-1@lab: well" in repr(sites)
    assert repr(Sites(())) == "sites  no worker has been heard of"


def test_what_others_wrote_is_no_html() -> None:
    worker = well(EVIL, site=EVIL, host=EVIL, version=EVIL)
    task = Task(EVIL, EVIL, EVIL, EVIL, 1.0, EVIL)
    status = Status(EVIL, workers=(worker,), queues={EVIL: 1}, running=(task,), failed=(task,))
    for html in (status._repr_html_(), Sites((worker,))._repr_html_(), Status("", problem=EVIL)._repr_html_()):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_what_others_wrote_steers_neither_a_terminal_nor_a_browser() -> None:
    odd = "a\x1b[2J\x9b1m\n\u202egnp.\u2066\u200b\ufeff\ud800z"
    worker, task = well(odd, site=odd), Task(odd, odd, odd, odd, 1.0, odd)
    status = Status(odd, workers=(worker,), queues={odd: 1}, running=(task,), failed=(task,))
    listing = Listing([Listed("attic", odd, problem=odd)])
    for shown in (status, Sites((worker,)), listing):
        for text in (repr(shown), shown._repr_html_()):
            assert text.replace("\n", "").isprintable()
            assert "a?[2J?1m??gnp.????z" in text


HOSTILE = [
    [], "text", 5, None,
    {},
    {"site": 5, "host": None, "pid": "1", "version": [], "protocol": "1", "load": "high", "clock": {}},
    {"load": float("nan"), "clock": float("inf"), "protocol": float("nan")},
    {"load": float("-inf"), "clock": float("-inf"), "pid": -1},
    {"load": 10**400, "clock": 10**400, "pid": 10**400, "protocol": -(10**400)},
    {"load": True, "clock": True, "pid": True, "protocol": True},
    {"name": "another", "silent": -5, "clock_off": "x", "alive": True, "trouble": EVIL},
    {"site": EVIL, "version": "\ud800\x00\u202e", "host": "x" * 100_000},
]  # fmt: skip


@pytest.mark.parametrize("facts", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_worker_says_of_itself_does_no_harm(server: EmbeddedServer, facts: Any) -> None:
    client = Client(server.url, server.url)
    store = Store(redis_client(server.url))
    store.beat("odd", {})
    store.redis.hset("battycoda:workers", "odd", json.dumps(facts))
    store.beat("good", {**WELL, "site": "attic", "clock": time.time()})
    for status in (client.status(), Status("", workers=read_workers(store.workers()))):
        odd = next(worker for worker in status.workers if worker.name == "odd")
        assert odd.silent < 3
        assert odd.trouble
        assert status._repr_html_()
        assert len(repr(status)) < 250_000
        json.dumps(status.to_json(), allow_nan=False)
    assert [worker.name for worker in client.sites()["attic"]] == ["good"]
    client.close()


def test_what_is_no_json_and_no_utf8_does_no_harm(server: EmbeddedServer) -> None:
    client = Client(server.url, server.url)
    store = Store(redis_client(server.url))
    job = {"what": EVIL, "when": 10**400, "site": 5, "worker": [], "arguments": "none"}
    for number, content in enumerate([b"\xff\xfe", b"[" * 100_000, b"{", b"1" * 10_000, json.dumps(job).encode()]):
        name = b"\xff%d" % number
        store.redis.hset("battycoda:workers", name, content)
        store.redis.zadd("battycoda:heard", {name: time.time()})
        store.redis.hset("battycoda:running", name, content)
        store.redis.set(b"battycoda:computing:" + name, "1")
        store.redis.zadd("battycoda:failed", {name: time.time()})
        store.redis.set(b"battycoda:failure:" + name, content)
    store.fail("f" * 32, Failure("Odd", EVIL, "", Job("what", when=float("nan"))))
    status = client.status()
    assert len(status.workers) == 5
    assert "what" in [task.what for task in status.failed]
    assert status._repr_html_()
    json.dumps(status.to_json(), allow_nan=False)
    client.close()
