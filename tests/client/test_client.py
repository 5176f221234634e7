"""The notebook's side with a real server and real workers."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import battycoda_nb as bc
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.annotations.labels import Labels
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import dispatch, protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer, own_server
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.store import CHANNEL, Store, key
from battycoda_nb.cluster.work import SLICE, Location
from battycoda_nb.signal.png import read_header
from battycoda_nb.signal.transform import Transform
from battycoda_nb.widgets.explorer.messages.peaks import peaks_of

Start = Callable[..., "subprocess.Popen[bytes]"]


class Computed:
    """Listens to what workers finish: each computation is announced once, a repeat that was skipped is not."""

    def __init__(self, url: str) -> None:
        self.announced = redis_client(url).pubsub(ignore_subscribe_messages=True)
        self.announced.subscribe(CHANNEL)
        self.announced.get_message(timeout=5)
        self.ids: list[str] = []

    def take(self) -> list[str]:
        while (message := self.announced.get_message(timeout=0.02)) is not None:
            self.ids.append(message["data"].decode())
        return self.ids


def offline(server: EmbeddedServer, path: Path) -> tuple[Client, bc.Recording]:
    """A client and a recording without any worker being there yet."""
    from battycoda_nb.recordings.archive import Archive
    from battycoda_nb.recordings.data_root import Fence

    archive = Archive(Fence(None, own=True))
    client = Client(server.url, server.url)
    info, calls = archive.open(str(path))
    return client, bc.Recording(client.workers, info, calls, Location("", str(path)))


def test_a_call_is_computed_once_and_found_afterwards(
    client: Client, tones: Path, until: Callable[..., object]
) -> None:
    recording = client.open(tones)
    assert (len(recording), recording.info.sample_rate, recording.notice) == (600, 250_000, "")
    spec = recording.spectrogram(call=3)
    row, column = np.unravel_index(spec.db.argmax(), spec.db.shape)
    assert spec.frequencies[row] == pytest.approx(20_450, abs=500)
    assert recording.calls[3].onset <= spec.times[column] <= recording.calls[3].offset
    pending = recording.submit(call=3)
    assert (pending.result(10).levels == spec.levels).all()
    status = client.task_status(pending.task_id)
    assert (status.state, status.progress, status.retries, status.error) == ("success", 1.0, 0, "")
    until(lambda: status.worker in [worker.name for worker in client.status().workers], "the worker is named")


def test_status_shows_itself(client: Client, until: Callable[..., object]) -> None:
    until(lambda: client.status().workers, "a worker says that it lives")
    status = client.status()
    # what other tests' explorers wanted ahead may still be under way
    until(lambda: client.status().queues == dict.fromkeys(protocol.queues(), 0), "nothing is queued")
    assert "worker " in repr(status)
    assert "<table>" in status._repr_html_()


def test_a_second_connect_gets_the_same_client(client: Client, server: EmbeddedServer) -> None:
    assert bc.connect() is client
    other = bc.connect(server.url)
    assert bc.connect(server.url) is other is not client
    other.close()
    assert bc.connect(server.url) is not other
    bc.connect(server.url).close()


FIFTY = Transform(window_length=1.25)  # which no other test asks for, so nothing of it is kept


def test_fifty_threads_that_ask_for_one_digest_cause_one_computation(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    computed = Computed(own_server()[0].url)
    together = threading.Barrier(50)
    levels = []

    def ask() -> None:
        together.wait()
        levels.append(recording.submit(call=77, transform=FIFTY).result(60).levels.tobytes())

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(levels) == 50
    assert len(set(levels)) == 1
    assert computed.take().count(recording.request(77, transform=FIFTY).digest) == 1


def test_ten_clients_that_ask_for_one_digest_cause_one_computation(
    server: EmbeddedServer, tones: Path, start_worker: Start
) -> None:
    clients = [offline(server, tones) for _ in range(10)]
    pendings = [recording.submit(5) for _, recording in clients]
    computed = Computed(server.url)
    for _ in range(2):
        start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    for pending in pendings:
        pending.result(30)
    assert computed.take() == [pendings[0].task_id]


@pytest.mark.parametrize("pool", [["--pool", "solo"], ["--pool", "prefork", "--concurrency", "1"]], ids=" ".join)
def test_behind_500_prefetches_a_users_request_is_the_next_to_run(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object], pool: list[str]
) -> None:
    client, recording = offline(server, tones)
    ahead = recording.prefetch(range(500))
    redis = redis_client(server.url)
    until(lambda: redis.llen(protocol.queues()[1]) == 500 / SLICE, "the prefetches are queued")
    mine = recording.submit(call=550)
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "the request is queued")
    computed = Computed(server.url)
    start_worker(server.url, *pool, BATTYCODA_EMBEDDED="1")
    mine.result(30)
    until(lambda: len(computed.take()) > 20, "the prefetches follow")
    assert computed.ids[0] == mine.task_id
    # and one that is being computed ahead, far back in the queue, overtakes the others when the user gets there
    if ahead[-1].state == "pending":
        ahead[-1].result(30)
        assert computed.take().index(ahead[-1].task_id) < 500
    assert len(set(computed.ids)) == len(computed.ids)
    client.close()


def test_what_is_computed_ahead_overtakes_the_rest_of_it_when_the_user_gets_there(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object]
) -> None:
    client, recording = offline(server, tones)
    ahead, redis = recording.prefetch(range(40)), redis_client(server.url)
    until(lambda: redis.llen(protocol.queues()[1]) == 40 / SLICE, "the prefetches are queued")
    mine = recording.submit(call=39)
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "the request is queued")
    computed = Computed(server.url)
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    until(lambda: len(computed.take()) == 40, "all are computed", 60)
    assert computed.ids == [mine.task_id, *(pending.task_id for pending in ahead[:-1])]
    client.close()


def test_what_is_no_longer_wanted_is_not_computed(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object]
) -> None:
    client, recording = offline(server, tones)
    redis = redis_client(server.url)
    first = client.workers.prefetch([recording.work.call(call) for call in range(100)], owner="me")
    other = client.workers.prefetch([recording.work.call(call) for call in range(95, 98)], owner="somebody else")
    second = client.workers.prefetch([recording.work.call(call) for call in range(200, 220)], owner="me")
    wanted = {pending.task_id for pending in [*other, *second]}
    assert [pending.state for pending in first[:95]] == ["cancelled"] * 95
    until(lambda: sum(map(redis.scard, redis.keys(key("wanted", "*")))) == 23, "the workers can know what is wanted")
    computed = Computed(server.url)
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    for pending in [*other, *second]:
        pending.result(30)
    until(lambda: redis.llen(protocol.queues()[1]) == 0, "the queue is worked off")
    assert set(computed.take()) == wanted
    client.close()


def test_a_dropped_call_can_be_asked_for_again(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    [dropped] = client.workers.prefetch([recording.work.call(300)], owner="walker")
    client.workers.prefetch([], owner="walker")
    if dropped.state == "cancelled":
        with pytest.raises(bc.ClusterError, match="ask for it again"):
            dropped.blob(1)
    assert recording.spectrogram(300, timeout=20).levels.any()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"call": 600}, "call=600 is not there: tones.wav has 600 calls, 0 to 599"),
        ({"call": -1}, "call=-1 is not there"),
        ({"call": 0, "channel": 1}, r"channel=1 is not there: tones.wav has 1 channel\(s\), 0 to 0"),
    ],
    ids=str,
)
def test_out_of_range_is_said_at_once(client: Client, tones: Path, options: dict[str, int], sentence: str) -> None:
    with pytest.raises(bc.RequestError, match=sentence):
        client.open(tones).submit(**options)


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, ("touch evil",)


def test_bad_recordings_give_one_sentence(client: Client, folder: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 50_000).astype(np.float32)
    (folder / "empty.wav").write_bytes(b"")
    (folder / "diary.wav").write_text("dear diary")
    for name in ("backwards", "hostile"):
        soundfile.write(folder / f"{name}.wav", noise, 250_000)
    (folder / "backwards.csv").write_text("onset,offset\n0.1,0.05\n")
    (folder / "hostile.wav.pickle").write_bytes(pickle.dumps({"onsets": Evil(), "offsets": []}))
    for name, calls, sentence in (
        ("nothere.wav", None, "There is no file"),
        ("empty.wav", None, r"empty \(0 bytes\)"),
        ("diary.wav", None, "not a sound file"),
        ("backwards.wav", folder / "backwards.csv", "offset.*calls=False"),
        ("hostile.wav", folder / "hostile.wav.pickle", "system.*calls=False"),
    ):
        with pytest.raises(bc.RecordingError, match=sentence) as error:
            client.open(folder / name, calls=calls)
        assert "\n" not in str(error.value)
        if calls is not None:
            assert f"Left aside: {calls.name}" in client.open(folder / name).notice
    assert not Path("evil").exists()


def test_calls_that_cannot_be_drawn_say_why_and_the_others_are_shown(client: Client, folder: Path) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, (100_000, 2)).astype(np.float32)
    samples[30_000:60_000, 0] = 0
    samples[80_000, 0] = np.nan
    soundfile.write(folder / "mixed.wav", samples, 250_000, subtype="FLOAT")
    onsets = np.array([0.05, 0.17, 0.315, 0.5])
    (folder / "mixed.pickle").write_bytes(pickle.dumps({"onsets": onsets, "offsets": onsets + 0.01}))
    recording = client.open(folder / "mixed.wav")
    assert len(recording) == 3 and recording.notice.endswith(
        " passed over, as beginning after 0.4 s, where the recording ends, the first at 0.5 s."
    )
    assert recording.spectrogram(0).levels.any()
    for call, error, sentence in ((2, bc.RecordingError, "not a number"),):
        with pytest.raises(error, match=sentence):
            recording.spectrogram(call)
    assert not recording.spectrogram(1).levels.any(), "a gap that a recorder filled with zeros is at the floor"
    assert recording.spectrogram(1, channel=1).levels.any()
    pending = recording.submit(2)
    with pytest.raises(bc.RecordingError):
        pending.result(10)
    status = client.task_status(pending.task_id)
    assert (status.state, "not a number" in status.error) == ("error", True)


def test_a_recording_without_calls_is_shown_by_windows_and_says_how_to_get_some(client: Client, folder: Path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(folder / "quiet.wav", rng.normal(0, 1e-3, 627_000), 250_000)  # 2.508 s: the last 8 ms are joined
    recording = client.open(folder / "quiet.wav", step=0.5)
    assert (len(recording), recording.unit, len(recording.calls)) == (5, "window", 0)
    assert [step.offset for step in recording.steps] == [0.5, 1.0, 1.5, 2.0, 2.508]
    assert "quiet.wav.csv" in recording.notice
    spec = recording.spectrogram(4, timeout=20)
    assert (spec.request.start, spec.request.stop, spec.title) == (500_000, 627_000, "quiet.wav, window 5 of 5")
    overview = recording.request(1, overview=True)
    assert (overview.start, overview.stop) == (0, 375_000)
    assert recording.sound(4, expansion=1, timeout=20).title == "quiet.wav, window 5 of 5"
    with pytest.raises(bc.RequestError, match=r"call=5 is not there: quiet.wav has 5 windows, 0 to 4"):
        recording.request(5)
    work = recording.prepare(overview=False).wait(30)
    assert (work.state, work.done, work.failed) == ("done", 5, [])
    for step in (0, -1, float("nan"), 0.001, "1", True, 4000):
        with pytest.raises(bc.RequestError, match=r"must be a number of seconds from 0\.02 to 3600"):
            client.open(folder / "quiet.wav", step=step)


def test_the_old_name_of_a_steps_length_is_still_taken(client: Client, tones: Path) -> None:
    with pytest.warns(DeprecationWarning, match=r"open\(step=\.\.\.\)") as warned:
        recording = client.open(tones, window=0.5, calls=False)
    assert (recording.step_length, len(recording)) == (0.5, 120)
    assert warned[0].filename == __file__


def test_a_call_is_shown_in_the_channel_that_its_table_names(client: Client, folder: Path) -> None:
    samples = np.random.default_rng(0).normal(0, 1e-3, (100_000, 2))
    samples[25_000:26_000, 1] += 0.5 * np.sin(np.arange(1000))
    soundfile.write(folder / "two.wav", samples, 250_000)
    header = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\n"
    rows = "1\tSpectrogram 1\t2\t0.1\t0.104\t1\t2\n2\tSpectrogram 1\t3\t0.2\t0.21\t1\t2\n"
    (folder / "two.Table.1.selections.txt").write_text(header + rows)
    recording = client.open(folder / "two.wav")
    assert recording.spectrogram(0).db.max() > -20
    assert recording.spectrogram(0, channel=0).db.max() < -50
    with pytest.raises(bc.RequestError, match="channel=2 is not there"):
        recording.spectrogram(1)
    for call in (1.5, "x", None, True):
        with pytest.raises(bc.RequestError, match="is not there"):
            recording.submit(call)
    without = client.open(folder / "two.wav", calls=False)
    assert (len(without.calls), len(without), without.unit, without.notice) == (0, 1, "window", "")


def test_a_user_says_which_column_is_the_label(client: Client, folder: Path) -> None:
    soundfile.write(folder / "two.wav", np.random.default_rng(0).normal(0, 0.1, 50_000).astype(np.float32), 250_000)
    (folder / "two.csv").write_text("onset,offset,label,type\n0.1,0.11,Myotis,FM\n")
    assert client.open(folder / "two.wav", calls_label="type").calls.labels == ("FM",)
    sequence = client.open(f"{folder}/two*", calls_label="type")
    assert sequence.open(0).result(20).calls.labels == ("FM",)
    with pytest.raises(bc.RecordingError, match="has no column 'sort' for the labels"):
        client.open(folder / "two.wav", calls=folder / "two.csv", calls_label="sort")


def test_a_link_has_the_calls_that_lie_beside_it(client: Client, folder: Path) -> None:
    (folder / "store").mkdir()
    soundfile.write(folder / "store" / "XYZ.wav", np.random.default_rng(0).normal(0, 0.1, 50_000), 250_000)
    (folder / "store" / "XYZ.csv").write_text("onset,offset\n0.01,0.02\n0.03,0.04\n")
    (folder / "night.wav").symlink_to("store/XYZ.wav")
    (folder / "night.csv").write_text("onset,offset\n0.1,0.11\n")
    recording = client.open(folder / "night.wav")
    assert (recording.info.name, len(recording)) == ("night.wav", 1)
    assert recording.spectrogram(0).levels.any()


def test_a_client_that_was_closed_says_so(server: EmbeddedServer, tones: Path) -> None:
    client, recording = offline(server, tones)
    client.close()
    for ask in (lambda: client.open(tones), lambda: recording.spectrogram(0), lambda: recording.prefetch([1])):
        with pytest.raises(bc.ClusterError, match="was closed"):
            ask()


def test_a_client_that_was_forked_says_so(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    child = os.fork()
    if child == 0:
        try:
            recording.submit(0)
        except bc.ClusterError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_server_that_hangs_is_said_by_what_asks_for_the_status(server: EmbeddedServer) -> None:
    client = Client(server.url, server.url)
    assert client.status().workers == ()
    pid = redis_client(server.url).info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for ask in (client.status, lambda: client.task_status("0" * 32)):
            with pytest.raises(bc.ClusterError, match="No server answers"):
                ask()
    finally:
        os.kill(pid, signal.SIGCONT)
    client.close()


def test_no_server_is_said(tmp_path: Path) -> None:
    with pytest.raises(bc.ClusterError, match="No server answers at redis://:\\*\\*\\*@localhost:1/0") as error:
        bc.connect("redis://:secret@localhost:1/0")
    assert "secret" not in str(error.value)
    with pytest.raises(bc.ClusterError, match="No server answers"):
        bc.connect(f"redis+socket://{tmp_path}/none.sock")
    with pytest.raises(bc.RequestError, match="is not an address"):
        bc.connect("lab:6379")


def test_no_worker_is_said_and_the_work_is_not_lost(
    server: EmbeddedServer, tones: Path, start_worker: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "GIVE_UP_AFTER", 1.5)
    client, recording = offline(server, tones)
    with pytest.raises(bc.ClusterError, match=r"No worker has been heard of .* battycoda worker --root"):
        recording.spectrogram(9)
    monkeypatch.undo()
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    assert recording.spectrogram(9, timeout=20).levels.any()
    client.close()


def test_a_retry_that_nobody_comes_to_leaves_the_failure_known(
    server: EmbeddedServer, tones: Path, start_worker: Start, until: Callable[..., object], monkeypatch
) -> None:
    monkeypatch.setattr(dispatch, "GIVE_UP_AFTER", 1.5)
    client = Client(server.url, server.url)
    job = Job("open tones.wav", "", "a@lab", protocol.TASK_OPEN, {"path": tones.name, "folder": str(tones.parent)}, 1.0)
    Store(redis_client(server.url)).fail("a" * 32, Failure("RecordingError", "There is no file", "", job))
    with pytest.raises(bc.ClusterError, match="No worker has been heard of"):
        client.retry("a" * 32).result(20)
    assert [(task.task_id, task.error) for task in client.status().failed] == [("a" * 32, "There is no file")]
    monkeypatch.undo()
    start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
    recording = client.retry("a" * 32).result(30)
    assert (recording.info.name, len(recording), client.status().failed) == ("tones.wav", 600, ())
    assert recording.spectrogram(0, timeout=20).levels.any()
    client.close()


def test_what_a_stranger_put_in_place_of_a_result_is_refused_and_computed_anew(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    digest = recording.request(444).digest
    redis = redis_client(own_server()[0].url)
    redis.set(key("result", digest), b"<script>alert(1)</script>", ex=60)
    with pytest.raises(bc.ClusterError, match="refused"):
        recording.spectrogram(444)
    assert recording.spectrogram(444, timeout=20).levels.any()


def test_a_task_that_ends_its_worker_is_not_tried_for_ever(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    pending_id = recording.request(555).digest
    store = Store(redis_client(own_server()[0].url))
    for _ in range(3):  # three workers that were killed at this
        assert store.begin(pending_id, "gone") not in ("done", "busy")
        store.release(pending_id, "gone")
    [ahead] = recording.prefetch([555])
    with pytest.raises(bc.RequestError, match="begun 3 times"):
        ahead.blob(20)  # without asking again, as result() would
    assert recording.spectrogram(555, timeout=20).levels.any()


@pytest.mark.shared_data("*.wav")
def test_every_real_call_opens_in_both_views_and_all_channels(client: Client, path: Path) -> None:
    recording = client.open(path)
    assert len(recording) == {44_100: 42}.get(recording.info.sample_rate, len(recording)) > 5
    for channel in range(recording.info.channels):
        for overview in (False, True):
            pendings = recording.prefetch(range(len(recording)), channel=channel, overview=overview)
            for call, pending in enumerate(pendings):
                spec = pending.result(30)
                assert spec.levels.max() > spec.levels.min()
                assert spec.times[0] <= recording.calls[call].offset
                assert spec.times[-1] >= recording.calls[call].onset


def test_a_client_sends_to_its_own_server_whatever_the_environment_names(
    server: EmbeddedServer, until: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`battycoda lab` names its own server to every kernel; connect("redis://lab") must not send there."""
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    client, redis = Client(server.url, server.url), redis_client(server.url)
    client.workers.find("", "0" * 32)
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "it lies in the queue", 5)
    client.close()


def test_what_is_late_waits_behind_what_is_wanted_next(
    client: Client, tones: Path, server: EmbeddedServer, until: Callable[..., object]
) -> None:
    recording, idle = client.open(tones), Client(server.url, server.url)
    queues = protocol.queues()
    strip = idle.workers.prefetch(recording.work.strip(0), owner="strip", late=True)
    idle.workers.prefetch([recording.work.call(call) for call in range(4)], owner="explorer")
    redis = redis_client(server.url)
    until(lambda: all(redis.llen(queue) for queue in queues[1:]), "both are sent")
    assert redis.llen(queues[1]) == 1, "a slice of four"
    idle.workers.prefetch([], owner="strip", late=True)
    assert {pending.state for pending in strip} == {"cancelled"}, "and is dropped like that"
    idle.close()


def test_a_time_expanded_recording_is_the_animals_once_that_is_said(client: Client, tmp_path: Path) -> None:
    """Nothing in the file says that it is ten times slower: picture, sound, labels, list and export follow the user."""
    rate, path = 38_400, tmp_path / "slow.wav"
    samples = np.random.default_rng(1).normal(0, 1e-3, 5 * rate).astype(np.float32)
    samples[rate : rate + 1_920] += 0.5 * np.sin(2 * np.pi * 4_500 / rate * np.arange(1_920)).astype(np.float32)
    soundfile.write(path, samples, rate)
    (tmp_path / "slow.csv").write_text("onset,offset,label\n1.0,1.05,Pip\n")
    plain, true = client.open(path), client.open(path, time_expansion=10)
    assert isinstance(plain, bc.Recording) and isinstance(true, bc.Recording)
    assert (true.info.sample_rate, true.info.duration, true.info.time_expansion) == (384_000, 0.5, 10)
    assert (true.calls[0].onset, true.calls[0].offset) == (0.1, 0.105) and true.info.hash == plain.info.hash
    assert "384 kHz (10x expanded)" in repr(true)

    def loudest(spec: bc.Spectrogram) -> tuple[float, float]:
        row, column = np.unravel_index(spec.db.argmax(), spec.db.shape)
        return float(spec.frequencies[row]), float(spec.times[column])

    for recording, hertz, onset, offset in ((plain, 4_500, 1.0, 1.05), (true, 45_000, 0.1, 0.105)):
        for transform in (Transform(), Transform("hann", 2.0, 0.75, "mel")):
            frequency, time = loudest(recording.spectrogram(0, transform=transform))
            assert frequency == pytest.approx(hertz, rel=0.05) and onset < time < offset
    for recording, hertz in ((plain, 4_500), (true, 45_000)):
        peak = recording.peak_frequency(0)
        assert peak is not None and peak.hertz == pytest.approx(hertz, rel=1e-3)
    strip = true.work.strip(0)[0]
    assert read_header(true.workers.submit(strip).result(10), strip.request).meta["sample_rate"] == 384_000

    [peak] = peaks_of(true.calls, true)
    assert peak and peak.hertz == pytest.approx(45_000, abs=100)
    table = write_calls(true.calls, tmp_path / "peaks.csv", sample_rate=384_000, time_expansion=10, peaks=[peak])
    assert f",{round(peak.hertz / 10, 1)}," in table.read_text(), "beside the file's own seconds, its own Hz"
    table.unlink()

    call = true.calls[0].duration + 2 * true.padding(overview=False)
    for expansion in (1, 10):
        sound = true.sound(0, expansion=expansion)
        assert sound.duration == pytest.approx(expansion * call, rel=1e-3), "slower than the animal, not than the file"
        spectrum = np.abs(np.fft.rfft(sound.samples))
        if expansion == 10:
            assert spectrum.argmax() / sound.duration == pytest.approx(4_500, abs=20)

    labels = Labels(plain.info.hash, plain.calls, sample_rate=rate, folder=tmp_path)
    labels.label(0, "kept")
    again = Labels(true.info.hash, true.calls, sample_rate=384_000, time_expansion=10, folder=tmp_path)
    assert again.of(0).label == "kept"
    written = write_calls(again.calls(), tmp_path / "out.selections.txt", sample_rate=384_000, time_expansion=10)
    reopened = client.open(path, calls=written, time_expansion=10)
    assert reopened.calls.labels == ("kept",) and reopened.calls[0].onset == 0.1 and reopened.info.notice == ""

    folder = client.open(f"{tmp_path}/", time_expansion=10)
    assert [(entry.sample_rate, entry.duration) for entry in folder.files] == [(384_000, 0.5)]
    assert "384 (10x expanded)" in repr(folder.files)
    assert loudest(folder.spectrogram(0))[0] == pytest.approx(45_000, rel=0.05)
    with pytest.raises(bc.RequestError, match=r"time_expansion=0 must be a whole number from 1 to 1000"):
        client.open(path, time_expansion=0)
