"""Calls computed before anybody looks at them: all of them, once, behind what users wait for."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.client.preparation import Part, Source
from battycoda_nb.client.workers import Description
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.work import Location

Start = Callable[..., subprocess.Popen[bytes]]
Sites = tuple[Client, dict[str, Path], EmbeddedServer]


def kept(client: Client, recording: bc.Recording, *, overview: bool) -> int:
    ids = [recording.request(call, overview=overview).digest for call in range(len(recording))]
    return sum(client.task_status(id).state == "success" for id in ids)


def test_all_calls_are_there_afterwards_and_a_second_time_costs_nothing(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    work = recording.prepare(overview=False).wait(60)
    assert (work.state, work.done, work.total, work.failed, work.trouble) == ("done", 600, 600, [], "")
    assert kept(client, recording, overview=False) == 600
    before = client.status().cache.computed
    assert recording.prepare(overview=False).wait(60).done == 600
    assert client.status().cache.computed == before
    assert "done: 600 of 600" in repr(work)


def test_a_pause_stops_it_and_a_user_goes_first(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object]
) -> None:
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    client = Client(server.url, server.url)
    recording = client.open(tones)
    work = recording.prepare(overview=True)
    until(lambda: work.done > 20, "it goes on")
    work.pause()
    redis = redis_client(server.url)
    until(
        lambda: not redis.llen(protocol.queues()[2]) and not client.status().running, "what was queued is passed over"
    )
    done = kept(client, recording, overview=True)
    assert 20 < done < 600
    assert recording.spectrogram(599, overview=True, timeout=20).levels.any()  # while it is paused
    work.resume()
    until(lambda: work.done > done + 20, "it goes on again")
    [queued] = [client.status().queues[protocol.queues()[2]]]
    assert recording.spectrogram(598, timeout=20).levels.any()  # and while it runs
    work.cancel()
    work.wait(10)
    assert work.state == "cancelled"
    assert queued == 0 or work.done < 600
    assert recording.prepare(overview=True).wait(60).done == 600
    client.close()


def test_what_cannot_be_computed_is_told_and_the_rest_is_done(client: Client, folder: Path) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 100_000).astype(np.float32)
    samples[45_000] = np.nan
    (folder / "night").mkdir()
    soundfile.write(folder / "night" / "gap.wav", samples, 250_000, subtype="FLOAT")
    (folder / "night" / "gap.csv").write_text("onset,offset\n0.05,0.06\n0.17,0.18\n")
    work = client.open(folder / "night" / "gap.wav").prepare(overview=False).wait(30)
    assert (work.state, work.done) == ("done", 2)
    [reason] = work.failed
    assert reason.startswith("gap.wav, call 2: ")
    assert "not a number" in reason


def test_without_a_worker_it_waits_and_says_how_to_start_one(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object]
) -> None:
    from battycoda_nb.recordings.archive import Archive
    from battycoda_nb.recordings.data_root import Fence

    client = Client(server.url, server.url)
    archive = Archive(Fence(None, own=True))
    info, calls = archive.open(str(tones))
    recording = bc.Recording(client.workers, info, calls, Location("", str(tones)))
    work = recording.prepare(overview=False)
    until(lambda: "battycoda worker --root" in work.trouble, "it says so")
    with pytest.raises(TimeoutError, match="it goes on"):
        work.wait(0.01)
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    until(lambda: work.done > 10 and not work.trouble, "it goes on")
    work.cancel()
    client.close()


def test_a_site_is_prepared_by_pattern_also_where_two_files_are_the_same(two_sites: Sites) -> None:
    client, roots, _ = two_sites
    for name in ("night1.wav", "night1.wav.csv"):
        (roots["basement"] / "2024" / f"copy of {name}").write_bytes((roots["basement"] / "2024" / name).read_bytes())
    work = client.prepare("basement", "2024/*.wav").wait(30)
    for file in (roots["basement"] / "2024").glob("copy*"):
        file.unlink()
    assert (work.state, work.total, work.done, work.failed) == ("done", 20, 20, [])


def test_it_waits_for_a_site_whose_workers_are_away_and_goes_on_when_they_are_back(
    server: EmbeddedServer,
    start_worker: Start,
    until: Callable[..., object],
    record: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its only worker is killed between the list and the first recording, and another is started after a while."""
    monkeypatch.setattr("battycoda_nb.cluster.dispatch.GIVE_UP_AFTER", 1.5)
    for number in range(3):
        record(tmp_path / f"{number}.wav", 30_000 + 10_000 * number)
    options = {"BATTYCODA_SITE": "attic", "BATTYCODA_DATA_ROOT": str(tmp_path)}
    worker = start_worker(server.url, "--pool", "solo", **options)
    client = Client(server.url, server.url)
    until(lambda: "attic" in client.sites(), "it is there")
    real = client.workers.open

    def kill_and_open(*place: str, **options: Any) -> Pending[Description]:
        worker.kill()
        worker.wait()
        return real(*place, **options)

    client.workers.open = kill_and_open  # type: ignore[method-assign,assignment]
    work = client.prepare("attic", "*.wav")
    until(lambda: "is opened as soon as that can be" in work.trouble, "it says what it waits for", 30)
    assert "start one with: battycoda worker --root DIR --site attic" in work.trouble
    assert (work.state, work.done, work.total, work.failed) == ("running", 0, 18, [])
    start_worker(server.url, "--pool", "solo", **options)
    work.wait(30)
    assert (work.state, work.done, work.failed, work.trouble) == ("done", 18, [], "")
    client.close()


def test_what_cannot_be_opened_any_more_is_passed_over_and_nothing_at_all_is_a_failure(
    two_sites: Sites, record: Callable[..., None]
) -> None:
    client, roots, _ = two_sites
    for name in ("a", "b"):
        record(roots["attic"] / "fleeting" / f"{name}.wav", 30_000 + ord(name))
    real = client.recordings

    def list_and_remove(site: str | None, pattern: str) -> object:
        listed = real(site, pattern)
        (roots["attic"] / "fleeting" / f"{gone}.wav").unlink()
        return listed

    client.recordings = list_and_remove  # type: ignore[method-assign]
    try:
        for gone, state, done in (("a", "done", 3), ("b", "failed", 0)):
            work = client.prepare("attic", "fleeting/*.wav", overview=False).wait(30)
            assert (work.state, work.done - done, work.total - done) == (state, 3, 3)
            [reason] = work.failed
            assert reason.startswith(f"attic:fleeting/{gone}.wav: There is no file")
    finally:
        del client.recordings
    assert work.trouble == "Nothing of it could be computed"


def test_what_was_cancelled_stays_so_whatever_ends_at_that_moment(server: EmbeddedServer) -> None:
    """Somebody cancels while its thread finds that nothing is left to do."""

    class Cancelling(list[str]):
        def __bool__(self) -> bool:
            preparation.cancel()
            return len(self) > 0

    class Nothing:
        def views(self, *_: object) -> Iterator[Any]:
            return iter(())

    def open_nothing() -> Nothing:
        begun.wait(10)
        return Nothing()

    begun = threading.Event()
    client = Client(server.url, server.url)
    preparation = client.workers.prepare([Part("empty.wav", "", 0, open_nothing)])
    preparation.failed = Cancelling()
    begun.set()
    assert preparation.wait(10).state == "cancelled"
    client.close()


def test_it_ends_with_its_client(server: EmbeddedServer) -> None:
    def open_in_vain() -> Source:
        raise bc.ClusterError("Nobody is there")

    client = Client(server.url, server.url)
    paused, cancelled = (client.workers.prepare([Part("later.wav", "", 1, open_in_vain)]) for _ in range(2))
    paused.pause()
    cancelled.cancel()
    client.close()
    assert (paused.wait(10).state, paused.trouble) == ("failed", "The client was closed before this was computed")
    assert cancelled.wait(10).state == "cancelled"


def test_what_nobody_foresaw_ends_it_and_is_told(server: EmbeddedServer) -> None:
    client = Client(server.url, server.url)
    preparation = client.workers.prepare([Part("odd.wav", "", 1, lambda: 1 // 0)])  # type: ignore[arg-type, return-value]
    assert preparation.wait(10).state == "failed"
    assert preparation.trouble.startswith("It failed unexpectedly (ZeroDivisionError: ")
    client.close()


def test_one_that_was_cancelled_waits_for_nothing_more(server: EmbeddedServer, until: Callable[..., object]) -> None:
    """Also where the server is away at that moment."""

    def open_in_vain() -> Source:
        raise bc.ClusterError("Nobody is there")

    client = Client(server.url, server.url)
    waiting, unreachable = (client.workers.prepare([Part("later.wav", "", 1, open_in_vain)]) for _ in range(2))
    until(lambda: "later.wav is opened as soon as that can be" in waiting.trouble, "it waits")
    waiting.cancel()
    assert (waiting.wait(10).state, waiting.trouble) == ("cancelled", "")
    server.stop()
    until(lambda: "does not answer" in unreachable.trouble, "it says so")
    unreachable.cancel()
    assert (unreachable.wait(10).state, unreachable.trouble) == ("cancelled", "")
    client.close()
