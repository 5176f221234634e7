"""Two lab machines' workers on one server, each with recordings of its own and no common folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.client import locator
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure, Job, Process
from battycoda_nb.cluster.store import Store

RATE = 250_000
Sites = tuple[Client, dict[str, Path], EmbeddedServer]


def loudest(spec: bc.Spectrogram) -> float:
    return float(spec.frequencies[spec.db.max(axis=1).argmax()])


def test_each_site_opens_its_own_recording_of_the_same_name(two_sites: Sites) -> None:
    client, _, _ = two_sites
    attic, basement = (client.open(f"{site}:2024/night1.wav") for site in ("attic", "basement"))
    assert (len(attic), len(basement)) == (3, 5)
    for recording, tone in ((attic, 40_000), (basement, 80_000)):
        assert loudest(recording.spectrogram(1, timeout=20)) == pytest.approx(tone, abs=1000)
        for call, pending in enumerate(recording.prefetch(range(len(recording)))):
            assert loudest(pending.result(20)) == pytest.approx(tone, abs=1000), call


def test_a_list_tells_rate_channels_duration_and_calls(two_sites: Sites) -> None:
    client, _, _ = two_sites
    found = client.recordings("basement", pattern="**/*.wav")
    assert [(e.name, e.sample_rate, e.channels, e.duration, e.calls) for e in found if not e.problem] == [
        ("basement:2024/night1.wav", RATE, 1, 0.5, 5),
        ("basement:2025/deep/müde Nacht.wav", RATE, 1, 0.5, 3),
    ]
    [broken] = [entry for entry in found if entry.problem]
    assert broken.path == "2025/broken.wav"
    assert "is not a sound file" in broken.problem
    assert "müde Nacht" in repr(found)
    assert "<td>250</td>" in found._repr_html_()
    assert [entry.path for entry in client.recordings("basement", "2024/*.wav")] == ["2024/night1.wav"]
    assert client.open(found[-1].name).spectrogram(0, timeout=20).levels.any()
    for pattern in ("../*", "/etc/*", "2024/../../*", ""):
        with pytest.raises(bc.RecordingError, match="must be relative to the data root"):
            client.recordings("basement", pattern)


def test_a_name_without_a_site_and_a_site_that_is_not_there_are_said(two_sites: Sites) -> None:
    client, _, _ = two_sites
    with pytest.raises(bc.RequestError, match=r"attic, basement: say at which, such as client.open\('attic:night1"):
        client.open("2024/night1.wav")
    with pytest.raises(bc.ClusterError, match=r"No worker of site 'cellar' .* the sites here are attic, basement"):
        client.open("cellar:2024/night1.wav")
    with pytest.raises(bc.RequestError, match="cannot name a site"):
        client.recordings("Ätt:ic")


def test_a_recording_is_found_by_content_wherever_it_lies_now(two_sites: Sites, record: Callable[..., None]) -> None:
    client, roots, _ = two_sites
    record(roots["attic"] / "old" / "wanderer.wav", 30_000)
    recording = client.open("attic:old/wanderer.wav")
    assert loudest(recording.spectrogram(0, timeout=20)) == pytest.approx(30_000, abs=1000)
    (roots["attic"] / "old").rename(roots["attic"] / "new")
    assert loudest(recording.spectrogram(1, timeout=20)) == pytest.approx(30_000, abs=1000)
    shutil.move(roots["attic"] / "new", roots["basement"] / "new")
    again = client.open(recording.info.hash)
    assert (again.info.path, again.info.hash) == ("new/wanderer.wav", recording.info.hash)
    assert loudest(again.spectrogram(2, timeout=20)) == pytest.approx(30_000, abs=1000)
    with pytest.raises(bc.RecordingError, match="was it deleted or edited"):
        client.open("0" * 32)


def test_the_hash_that_a_user_brings_must_fit(two_sites: Sites) -> None:
    from hashlib import md5

    client, roots, _ = two_sites
    content = (roots["attic"] / "2024" / "night1.wav").read_bytes()
    ours = client.open("attic:2024/night1.wav", hash=md5(content).hexdigest()).info.hash
    assert client.open("attic:2024/night1.wav", hash=ours).info.hash == ours
    with pytest.raises(bc.RecordingError, match=r"does not fit night1\.wav"):
        client.open("attic:2024/night1.wav", hash="0" * 32)


def test_only_recordings_and_segment_files_are_opened(two_sites: Sites) -> None:
    client, roots, _ = two_sites
    (roots["attic"] / "secret.conf").write_text("onset,offset\n0.1,0.2\n")
    with pytest.raises(bc.RecordingError, match="its name ends in none of"):
        client.open("attic:secret.conf")
    with pytest.raises(bc.RecordingError, match="its name ends in none of"):
        client.open("attic:2024/night1.wav", calls="secret.conf")


def test_what_failed_is_listed_and_can_be_sent_again(two_sites: Sites, record: Callable[..., None]) -> None:
    client, roots, server = two_sites
    record(roots["attic"] / "later.wav", 50_000)
    recording = client.open("attic:later.wav")
    (roots["attic"] / "later.wav").rename(roots["attic"] / "away.wav.part")
    with pytest.raises(bc.RecordingError):
        recording.spectrogram(0, timeout=20)
    [failed] = [task for task in client.status().failed if task.what == "later.wav, call 1"]
    assert (failed.site, failed.task_id) == ("attic", recording.request(0).digest)
    (roots["attic"] / "away.wav.part").rename(roots["attic"] / "later.wav")
    client.retry(failed.task_id).result(20)
    assert failed.task_id not in [task.task_id for task in client.status().failed]
    with pytest.raises(bc.RequestError, match="has not failed"):
        client.retry(failed.task_id)
    job = Job("list", "basement", "", protocol.TASK_LIST, {"pattern": "2024/night*.wav"})
    Store(redis_client(server.url)).fail("b" * 32, Failure("ClusterError", "The worker failed unexpectedly", job=job))
    assert [entry.name for entry in client.retry("b" * 32).result(20)] == ["basement:2024/night1.wav"]


def test_a_users_own_mistake_is_told_to_that_user_alone(two_sites: Sites) -> None:
    client, _, _ = two_sites
    for ask in (
        lambda: client.open("attic:mistyped.wav"),
        lambda: client.open("basement:2025/broken.wav"),
        lambda: client.recordings("attic", "../*"),
    ):
        with pytest.raises(bc.RecordingError):
            ask()
    assert not [task for task in client.status().failed if task.what.startswith(("open", "list"))]


def test_a_killed_worker_is_back_and_a_frozen_one_is_told(two_sites: Sites, until: Callable[..., object]) -> None:
    client, _, _ = two_sites
    victim = client.sites()["basement"][0]
    os.kill(victim.pid, signal.SIGKILL)
    until(lambda: victim.pid not in [worker.pid for worker in client.sites().get("basement", [])], "it is missed", 5)
    until(lambda: len(client.sites()["basement"]) == 2, "its supervisor has started it again")
    names = [worker.name for worker in client.status().workers]
    until(lambda: all(worker.alive for worker in client.status().workers), f"the dead one is not mourned: {names}", 3)
    [lonely] = client.sites()["attic"]
    os.kill(lonely.pid, signal.SIGSTOP)
    try:
        silent = until(lambda: [w for w in client.status().workers if w.pid == lonely.pid and not w.alive], "told", 5)
        assert "silent for" in silent[0].trouble
    finally:
        os.kill(lonely.pid, signal.SIGCONT)
    until(lambda: "attic" in client.sites(), "well again", 5)


def test_a_worker_of_another_protocol_is_named_and_not_waited_for(
    two_sites: Sites, start_worker: Callable[..., subprocess.Popen[bytes]], until: Callable[..., object], monkeypatch
) -> None:
    client, _, _ = two_sites
    monkeypatch.setattr(protocol, "PROTOCOL", 999)  # as if this notebook were of a later version
    with pytest.raises(bc.ClusterError, match=r"does not understand the .* install the same version on both"):
        client.open("attic:2024/night1.wav")
    assert all("does not understand" in worker.trouble for worker in client.status().workers if worker.alive)


def test_a_site_whose_only_worker_is_being_started_is_there(server: EmbeddedServer) -> None:
    client, store = Client(server.url, server.url), Store(redis_client(server.url))
    with pytest.raises(bc.ClusterError, match="No worker of site 'cellar' has been heard of"):
        client.open("cellar:night1.wav")
    store.announce(Process("cellar", protocol.PROTOCOL, "lab", 1))
    assert locator.place(client.workers, "cellar:night1.wav") == ("cellar", "night1.wav")
    assert locator.place(client.workers, "night1.wav") == ("cellar", "night1.wav")
    client.close()


def test_what_waits_where_no_worker_is_any_more_is_not_hidden(server: EmbeddedServer) -> None:
    client = Client(server.url, server.url)
    store, queue = Store(redis_client(server.url)), protocol.queues("cellar")[2]
    store.beat("the last one", {"site": "cellar"}, "cellar")
    store.leave("the last one")
    assert not [name for name in client.status().queues if "cellar" in name]
    redis_client(server.url).lpush(queue, "a message")
    assert client.status().queues[queue] == 1
    client.close()
