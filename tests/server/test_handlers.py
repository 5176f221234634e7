"""The HTTP endpoints in a real Jupyter server with a worker: the seed's query, its answers, and what is refused."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode, urlsplit

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jupyter_client.blocking import BlockingKernelClient
from lab import Lab, running_jupyter
from PIL import Image

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.client.client import Client
from battycoda_nb.client.recording import Recording
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.work import Location
from battycoda_nb.display.colours import COLOUR_MAPS, Look, colour_table
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.recordings.sound_file import sampled_hash
from battycoda_nb.server.query import Query
from battycoda_nb.server.session import Cluster
from battycoda_nb.signal.requests import SpectrogramRequest, hop_for, window_around
from battycoda_nb.signal.stft import compute_levels
from battycoda_nb.signal.windows import noise_bandwidth

GUARDED = """
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import main
class Guard(Authorizer):
    def is_authorized(self, handler, user, action, resource): return resource != "battycoda"
main()
"""

RATE = 250_000
SERVER = ("-m", "jupyter_server", "--allow-root")
# The same server, but for how long it waits: 0.2 s in place of 60, and 2 s for a worker in place of 10.
HASTY = """
import battycoda_nb.cluster.dispatch, battycoda_nb.server.session
battycoda_nb.server.session.PATIENCE = 0.2
battycoda_nb.cluster.dispatch.GIVE_UP_AFTER = 2.0
from jupyter_server.serverapp import main
main()
"""
ONSETS = 0.05 + 0.1 * np.arange(42)
DESCRIPTION = json.loads((Path(__file__).parents[2] / "battycoda_nb" / "server" / "openapi.json").read_text("utf-8"))
SPECTROGRAM = DESCRIPTION["paths"]["/battycoda/spectrogram"]["get"]


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        assert self.headers["Content-Type"] == "application/json"
        assert self.headers["X-Content-Type-Options"] == "nosniff"
        return json.loads(self.body)

    def refuses(self, status: int, words: str) -> bool:
        """Whether it is an error with that status, and a sentence with these words in it."""
        assert self.status == status, (self.status, self.body)
        assert self.json.keys() == {"status", "message"}
        assert self.json["status"] == "error"
        assert words in self.json["message"], self.json["message"]
        return True


class Site:
    """A Jupyter server as one who holds its token asks it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.base = urlsplit(lab.url).path
        self._connection = http.client.HTTPConnection(urlsplit(lab.url).netloc, timeout=60)

    def get(self, target: str, *, method: str = "GET", token: bool = True, body: str | None = None, **headers: str):
        """The answer to a request; `target` with the base URL."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"token {self.lab.token}"} if token else {}
        self._connection.request(method, target, body=body, headers=headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def endpoint(self, path: str, **more: Any) -> Answer:
        return self.get(f"{self.base}/battycoda/{path}", **more)

    def picture(self, name: str = "bat.wav", call: int = 0, *, headers: dict[str, str] | None = None, **query: Any):
        """The answer of ``battycoda/spectrogram``."""
        query = {"wav_path": name, "call": call, **{("async" if k == "is_async" else k): v for k, v in query.items()}}
        return self.endpoint(f"spectrogram?{urlencode(query)}", **(headers or {}))


def write_recording(folder: Path, name: str, samples: np.ndarray, onsets: Any, subtype: str = "PCM_16") -> Path:
    """A sound file with BattyCoda's pickle beside it; each call is 5 ms long."""
    soundfile.write(folder / name, samples, RATE, subtype=subtype)
    calls = {"onsets": np.asarray(onsets), "offsets": np.asarray(onsets) + 0.005}
    (folder / f"{name}.pickle").write_bytes(pickle.dumps(calls))
    return folder / name


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    """4.3 s in two channels [shape=(n, 2), dtype=float32]: noise, and in the first a tone at each call."""
    samples = np.random.default_rng(3).normal(0, 1e-3, (int(4.3 * RATE), 2)).astype(np.float32)
    t = np.arange(int(0.005 * RATE)) / RATE
    for number, onset in enumerate(ONSETS):
        start = round(onset * RATE)
        samples[start : start + len(t), 0] += 0.3 * np.sin(2 * np.pi * (20_000 + 2000 * number) * t)
    return samples


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray) -> Path:
    """What the server serves, and beside it, in vain, another recording."""
    root = tmp_path_factory.mktemp("server") / "root"
    (root / "deep").mkdir(parents=True)
    write_recording(root, "bat.wav", samples, ONSETS)
    write_recording(root, "deep/fledermäuse 1.flac", samples[:RATE], ONSETS[:8])
    write_recording(root, "silence.wav", np.zeros(RATE), [0.1, 0.2])
    broken = samples[:RATE, 0].copy()
    broken[round(0.1 * RATE)] = np.nan
    write_recording(root, "nan.wav", broken, [0.1, 0.5], "FLOAT")
    write_recording(root, "late.wav", samples[:RATE], [0.1, 5.0])
    (root / "text.wav").write_text("These are no samples.")
    soundfile.write(root / "alone.wav", samples[:RATE], RATE)
    write_recording(root.parent, "outside.wav", samples[:RATE], [0.1])
    (root / "link.wav").symlink_to(root.parent / "outside.wav")
    (root / "inner.wav").symlink_to(root / "bat.wav")
    (root / "inner.wav.pickle").symlink_to(root / "bat.wav.pickle")
    (root / "calls.wav").symlink_to(root / "bat.wav")
    (root / "calls.wav.pickle").symlink_to(root.parent / "outside.wav.pickle")
    return root


@pytest.fixture(scope="module")
def site(root: Path) -> Iterator[Site]:
    with running_jupyter(root, *SERVER, base_url="/bats/") as lab:
        yield Site(lab)


@pytest.fixture(scope="module")
def md5(root: Path) -> str:
    return hashlib.md5((root / "bat.wav").read_bytes()).hexdigest()


def request_of(root: Path, call: int, *, overview: bool = False, channel: int = 0) -> SpectrogramRequest:
    """What a call of bat.wav asks of a worker."""
    with (root / "bat.wav").open("rb") as file:
        content_hash = sampled_hash(file.fileno())
    start, stop = window_around(
        ONSETS[call], ONSETS[call] + 0.005, sample_rate=RATE, frames=int(4.3 * RATE),
        padding=0.05 if overview else 0.01, win_length=256,
    )  # fmt: skip
    return SpectrogramRequest(content_hash, channel, start, stop, hop_length=hop_for(stop - start, 256))


def expected_colours(root: Path, request: SpectrogramRequest, contrast: float, cmap: str) -> np.ndarray:
    """RGB of a picture [shape=(bins, columns, 3)], the highest frequency on top."""
    all_samples, _ = soundfile.read(root / "bat.wav")
    read = lambda start, stop: all_samples[start:stop, request.channel].astype(np.float32)  # noqa: E731
    levels, low, *_ = compute_levels(read, request, sample_rate=RATE)
    look = Look("contrast", contrast=contrast, cmap=cmap, rms=float(all_samples.std()))
    table = colour_table(low=low, step=0.5, enbw=noise_bandwidth("tukey", 256, RATE), look=look)
    return table[levels[::-1]]


# The seed's query


def test_the_seeds_example_query_gives_the_call_in_battycodas_contrast(site: Site, root: Path, md5: str) -> None:
    answer = site.endpoint(
        f"spectrogram?wav_path=bat.wav&hash={md5}&call=0&channel=0&overview=false&contrast=4&numcalls=42"
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    picture = Image.open(io.BytesIO(answer.body))
    assert picture.mode == "P"
    expected = expected_colours(root, request_of(root, 0), 4.0, "roseus")
    np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), expected)
    meta, view = json.loads(picture.text["battycoda"]), json.loads(picture.text["battycoda-view"])
    assert meta["request"] == request_of(root, 0).to_json()
    assert (view["contrast"], view["cmap"]) == (4.0, "roseus")


def test_every_parameter_changes_the_picture(site: Site, root: Path, md5: str) -> None:
    answer = site.picture(call=3, hash=md5.upper(), channel=1, overview=1, contrast="2.5", cmap="gray_r", numcalls=4)
    assert answer.status == 200
    picture = np.asarray(Image.open(io.BytesIO(answer.body)).convert("RGB"))
    expected = expected_colours(root, request_of(root, 3, overview=True, channel=1), 2.5, "gray_r")
    np.testing.assert_array_equal(picture, expected)
    others = [{"contrast": 3}, {"cmap": "hot"}, {"overview": 0}, {"channel": 0}]
    tags = {site.picture(call=3, **{"channel": 1, "overview": 1, "contrast": 2.5, **o}).headers["ETag"] for o in others}
    assert len(tags | {answer.headers["ETag"]}) == 5


def test_a_time_expansion_is_taken_and_gives_another_picture(site: Site) -> None:
    plain, slow = (site.picture(call=3, **more) for more in ({}, {"time_expansion": 10}))
    metas = [json.loads(Image.open(io.BytesIO(answer.body)).text["battycoda"]) for answer in (plain, slow)]
    assert [meta["sample_rate"] for meta in metas] == [RATE, 10 * RATE]
    assert plain.headers["ETag"] != slow.headers["ETag"]
    same = site.picture(call=3, time_expansion=10, calls_time_expansion=10)  # the calls lie elsewhere then
    assert json.loads(Image.open(io.BytesIO(same.body)).text["battycoda"])["time"][0] == pytest.approx(
        metas[0]["time"][0], abs=1e-3
    )
    assert site.picture(call=3, time_expansion=0).refuses(400, "time_expansion=0 must be a whole number")


def test_a_size_gives_a_picture_with_axes_that_stands_alone(site: Site, root: Path, md5: str) -> None:
    bare, answer = (site.picture(call=3, hash=md5, overview="True", **more) for more in ({}, {"size": "900x500"}))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert bare.headers["ETag"] != answer.headers["ETag"]
    picture = Image.open(io.BytesIO(answer.body))
    assert picture.size == (900, 500)
    meta = json.loads(picture.text["battycoda"])
    assert meta["request"] == request_of(root, 3, overview=True).to_json()
    assert (meta["title"], meta["view"]["contrast"]) == ("bat.wav, call 4 of 42", 4.0)
    pixels = np.asarray(picture.convert("L")).astype(float)
    inside = pixels[100:380, 150:650]
    assert inside.std() > 10, "the call"
    assert (pixels[:, :50] < 128).any() and pixels[:, :10].mean() > 240, "an axis, on white"


@pytest.mark.parametrize("name", ["deep/fledermäuse 1.flac", "inner.wav", "./bat.wav", "deep//fledermäuse 1.flac"])
def test_names_are_relative_to_the_servers_root(site: Site, name: str) -> None:
    assert site.picture(name).status == 200


def test_async_answers_at_once_and_is_polled_until_success(site: Site, until: Callable[..., object]) -> None:
    queued = site.picture(call=5, is_async="true")
    assert queued.status == 202
    assert queued.json["status"] == "queued"
    assert queued.json["poll_url"] == f"{site.base}/battycoda/status/task/{queued.json['task_id']}"
    assert (queued.headers["Cache-Control"], queued.headers["ETag"]) == ("no-store", None)
    seen = []
    until(lambda: seen.append(site.get(queued.json["poll_url"]).json) or seen[-1]["status"] == "success", "success")
    assert {one["status"] for one in seen} <= {"pending", "processing", "success"}
    assert (seen[-1]["progress"], seen[-1]["retries"]) == (1.0, 0)
    assert seen[-1]["worker"] and seen[-1]["message"]
    kept = site.picture(call=5, is_async="true")
    assert (kept.status, kept.headers["Content-Type"]) == (200, "image/png")


def test_async_tells_why_it_failed(site: Site, until: Callable[..., object]) -> None:
    queued = site.picture("silence.wav", is_async="true")
    assert queued.status == 202
    until(lambda: site.get(queued.json["poll_url"]).json["status"] == "error", "it failed")
    assert "digital silence" in site.get(queued.json["poll_url"]).json["message"]


def test_prefetch_has_the_next_eight_calls_computed(site: Site, root: Path, until: Callable[..., object]) -> None:
    assert site.picture(call=20, prefetch="true").status == 200
    for call in range(21, 29):
        digest = request_of(root, call).digest
        until(lambda digest=digest: b'"success"' in site.endpoint(f"status/task/{digest}").body, f"call {call}")
        assert site.picture(call=call, is_async="true").status == 200, "it is kept, so nobody waits"
    assert site.endpoint(f"status/task/{request_of(root, 29).digest}").status == 404
    assert site.picture(call=41, prefetch="true").status == 200  # the last: nothing is next


def test_who_walks_on_drops_what_was_prefetched_before(root: Path, server: EmbeddedServer) -> None:
    """Nothing is computed here, so it can be seen what is still wanted."""
    calls = Calls(Call(onset, onset + 0.005) for onset in ONSETS)
    client = Client(server.url, server.url)
    recording = Recording(
        client.workers,
        RecordingInfo("bat.wav", "0" * 32, RATE, 2, int(4.3 * RATE), 0.1),
        calls,
        Location("", "bat.wav"),
    )
    cluster = Cluster(root)
    here, overview = Query("bat.wav", 3), Query("bat.wav", 3, overview=True)
    first, other, beside = (cluster.prefetch(recording, *who) for who in ((here, "a"), (here, "b"), (overview, "a")))
    assert [len(wanted) for wanted in (first, other, beside)] == [8, 8, 8]
    cluster.prefetch(recording, Query("bat.wav", 30), "a")
    cluster.prefetch(recording, Query("bat.wav", 4), "b")
    assert [pending.state for pending in other] == ["cancelled"] + 7 * ["pending"]
    assert {pending.state for pending in beside} == {"pending"}, "the page's other view has its own"
    client.close()


# Caching


def test_a_picture_that_the_browser_holds_is_not_sent_or_computed_again(site: Site, root: Path, md5: str) -> None:
    first = site.picture(call=7, hash=md5)
    tag = first.headers["ETag"]
    assert tag.startswith(f'"{request_of(root, 7).digest}-')
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    again = site.picture(call=7, hash=md5, headers={"If_None_Match": f'"other", {tag}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert site.picture(call=7, hash=md5, contrast=3, headers={"If_None_Match": tag}).status == 200
    without = site.picture(call=7)
    assert (without.headers["Cache-Control"], without.body) == ("private, no-cache", first.body)
    # Call 8 was never computed: its tag alone is enough.
    other = tag.replace(request_of(root, 7).digest, request_of(root, 8).digest)
    assert site.picture(call=8, headers={"If_None_Match": other}).status == 304
    assert site.endpoint(f"status/task/{request_of(root, 8).digest}").status == 404


def test_a_file_that_changes_is_opened_anew(site: Site, root: Path, samples: np.ndarray) -> None:
    path = write_recording(root, "changing.wav", samples[:RATE], [0.1])
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    first = site.picture("changing.wav", hash=md5)
    assert first.status == 200
    write_recording(root, "changing.wav", 0.5 * samples[:RATE, :1], [0.1, 0.2])
    assert site.picture("changing.wav", hash=md5).refuses(409, f"hash={md5!r} does not fit changing.wav")
    second = site.picture("changing.wav", headers={"If_None_Match": first.headers["ETag"]})
    assert second.status == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    assert site.picture("changing.wav", call=1).status == 200, "its calls were read anew"
    path.unlink()
    assert site.picture("changing.wav").refuses(404, "There is no file 'changing.wav'")


# What is refused


@pytest.mark.parametrize(
    ("name", "query", "status", "words"),
    [
        ("bat.wav", {"call": "x"}, 400, "call='x' must be a whole number"),
        ("bat.wav", {"call": -1}, 400, "call='-1' must be a whole number"),
        ("bat.wav", {"call": "1_0"}, 400, "must be a whole number"),
        ("bat.wav", {"call": "٣"}, 400, "must be a whole number"),
        ("bat.wav", {"call": ""}, 400, "call is missing"),
        ("", {}, 400, "wav_path is missing"),
        ("bat.wav", {"contrast": "nan"}, 400, "contrast='nan' must be a number from 0 to 8"),
        ("bat.wav", {"contrast": "8.1"}, 400, "must be a number from 0 to 8"),
        ("bat.wav", {"overview": "on"}, 400, "overview='on' must be true or false, yes or no, 1 or 0"),
        ("bat.wav", {"size": "9x9"}, 400, "size='9x9' must be width and height in pixels"),
        ("bat.wav", {"is_async": "2"}, 400, "async='2' must be"),
        ("bat.wav", {"cmap": "jet"}, 400, "cmap='jet' must be one of roseus"),
        ("bat.wav", {"hash": "abc"}, 400, "hash='abc' must be a content hash or an MD5"),
        ("bat.wav", {"call": 5, "numcalls": 5}, 400, "call=5 must be below numcalls=5"),
        ("/etc/passwd", {}, 400, "must be relative"),
        ("../outside.wav", {}, 400, "without '..'"),
        ("deep/../../outside.wav", {}, 400, "without '..'"),
        ("basement:../outside.wav", {}, 400, "without '..'"),
        ("basement:/etc/passwd", {}, 400, "must be relative"),
        ("bat.wav\0", {}, 400, "is not the name of a file"),
        ("bat\n.wav", {}, 400, "is not the name of a file"),
        ("x" * 5000, {}, 400, "is not the name of a file"),
        ("link.wav", {}, 400, "outside"),
        ("calls.wav", {}, 400, "outside"),
        ("no.wav", {}, 404, "There is no file 'no.wav'"),
        ("bat.wav", {"call": 42}, 404, "call=42 is not there: bat.wav has 42 calls, 0 to 41"),
        ("bat.wav", {"channel": 2}, 404, "channel=2 is not there"),
        ("alone.wav", {}, 404, "has no calls"),
        ("bat.wav", {"hash": "0" * 32}, 409, "does not fit bat.wav"),
        ("text.wav", {}, 422, "is not a sound file"),
        ("deep", {}, 422, "is not a regular file"),
        ("silence.wav", {}, 422, "digital silence"),
        ("nan.wav", {}, 422, "is not a number"),
        ("late.wav", {"call": 1}, 404, "late.wav has 1 call, 0 to 0"),  # the other begins beyond its end
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(
    site: Site, name: str, query: dict[str, Any], status: int, words: str
) -> None:
    answer = site.picture(name, **query)
    assert answer.refuses(status, words)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] is None


@pytest.mark.parametrize(
    "query", ["wav_path=%FF&call=0", "wav_path=bat.wav&call=0&call=1", "wav_path=%ED%A0%80&call=0"]
)
def test_odd_bytes_and_repeated_parameters_are_refused(site: Site, query: str) -> None:
    assert site.endpoint(f"spectrogram?{query}").status == 400


def test_a_parameter_that_is_not_known_is_named(site: Site) -> None:
    query = "spectrogram?wav_path=bat.wav&call=0"
    answer = site.endpoint(f"{query}&contrats=2&%0Aview=1")
    assert answer.refuses(400, r"'\nview', 'contrats' is no parameter here: there are wav_path, hash, call, channel")
    # Jupyter's own ones: of its authentication, and JupyterLab's time of day
    assert site.endpoint(f"{query}&token={site.lab.token}&_xsrf=2&1764000000000=").status == 200


@pytest.mark.parametrize("id", ["0" * 32, "x", "%3Cscript%3E", "0" * 33])
def test_an_unknown_task_is_said_to_be_unknown(site: Site, id: str) -> None:
    assert site.endpoint(f"status/task/{id}").refuses(404, "There is no task")


@pytest.mark.parametrize(
    "path", ["spectrogram?wav_path=bat.wav&call=0", "status/task/0", "debug/celery_status", "openapi.json"]
)
def test_nobody_is_answered_without_the_token(site: Site, path: str) -> None:
    anonymous = Site(site.lab)
    assert anonymous.endpoint(path, token=False).status == 403
    assert anonymous.endpoint(path, token=False, Authorization="token wrong").status == 403


@pytest.mark.jupyter
def test_without_a_worker_or_a_server_it_is_said_when_to_come_again(
    root: Path, server: EmbeddedServer, until: Callable[..., object]
) -> None:
    with running_jupyter(root, "-c", HASTY, "--allow-root", CELERY_BROKER_URL=server.url) as lab:
        site = Site(lab)
        late = site.picture()
        assert late.refuses(504, "Not done within 0.2 s")
        assert late.headers["Retry-After"] == "5"
        assert site.endpoint("debug/celery_status").json["workers"] == []
        answers = [late]
        until(lambda: answers.append(site.picture()) or answers[-1].status != 504, "the client gives up", 40)
        assert answers[-1].refuses(503, "No worker has been heard of lately")
        assert answers[-1].headers["Retry-After"] == "5"
        server.stop()
        for path in ("debug/celery_status", f"status/task/{'0' * 32}"):
            assert site.endpoint(path).refuses(503, "No server answers at")


# What goes on meanwhile


def test_the_endpoints_answer_while_every_kernel_is_busy(site: Site, root: Path, until: Callable[..., object]) -> None:
    kernel = site.get(f"{site.base}/api/kernels", method="POST", body="{}").json["id"]
    client = BlockingKernelClient(connection_file=str(root / ".RUNTIME_DIR" / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        client.execute("while True: pass")
        until(lambda: client.get_iopub_msg(timeout=10)["msg_type"] == "execute_input", "the kernel is busy")
        assert site.picture(call=30).status == 200
        assert site.picture(call=31, is_async="true").status == 202
        assert site.endpoint("debug/celery_status").status == 200
        assert site.get(f"{site.base}/api/kernels/{kernel}").json["execution_state"] == "busy"
    finally:
        client.stop_channels()
        site.get(f"{site.base}/api/kernels/{kernel}", method="DELETE")


def test_the_status_names_workers_queues_and_tasks(site: Site) -> None:
    site.picture()
    status = site.endpoint("debug/celery_status").json
    assert set(status) == {"broker", "workers", "queues", "active", "reserved", "failed"}
    assert len(status["workers"]) == 1
    assert all(type(count) is int for count in status["queues"].values())
    assert len(status["queues"]) >= 2


# The description


def test_the_description_is_the_one_that_is_served_and_that_the_code_follows(site: Site) -> None:
    served = site.endpoint("openapi.json").json
    assert served["servers"] == [{"url": f"{site.base}/"}]
    assert served["paths"] == DESCRIPTION["paths"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in SPECTROGRAM["parameters"]}
    assert tuple(schemas["cmap"]["enum"]) == COLOUR_MAPS
    query = Query.read({"wav_path": [b"a.wav"], "call": [b"0"]})
    assert (query.contrast, query.cmap) == (schemas["contrast"]["default"], schemas["cmap"]["default"])
    others = {"overview": "1", "async": "1", "prefetch": "true", "hash": "A" * 32, "channel": "1", "size": "900x500"}
    others |= {"time_expansion": "10", "calls_time_expansion": "10"}
    for name, value in others.items():
        assert Query.read({"wav_path": [b"a.wav"], "call": [b"0"], name: [value.encode()]}) != query
    assert len(schemas) == 13


HOSTILE = [
    b"", b"%00", b"\x00", b"\xff\xfe", b"-1", b"1e999", b"NaN", b"9" * 400, b"' OR 1=1 --", b"<script>x</script>",
    b"../../../etc/passwd", b"/dev/zero", b"..\\..\\x.wav", b"file:///etc/passwd", b"~/x.wav", b"link.wav", b".", b"/",
    b"a:b:c", b"basement.wav", b"deep/", "\u202e\ufeff.wav".encode(), b"%2e%2e/outside.wav", b"bat.wav/x", b"*" * 300,
]  # fmt: skip
NAMES = ["bat.wav", "inner.wav", "deep/fledermäuse 1.flac", "silence.wav", "nan.wav", "text.wav", "no.wav"]


RARELY = st.sampled_from([False] * 15 + [True])
COSTLY = ("size", "time_expansion", "calls_time_expansion")  # 0.2 s each: a figure, a recording that is opened anew


def valid_values(parameter: dict[str, Any], md5: str) -> st.SearchStrategy[str]:
    """Values that the description admits, most of them such as a page would send."""
    schema, name = parameter["schema"], parameter["name"]
    if name == "wav_path":
        return st.just("bat.wav") | st.sampled_from(NAMES)
    if name == "hash":
        return st.just(md5) | st.text("0123456789abcdefABCDEF", min_size=32, max_size=32)
    if name == "size":
        return st.just("300x300")
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "integer":
        usual = {"call": st.integers(0, 45), "channel": st.integers(0, 1), "numcalls": st.just(42)}
        usual |= dict.fromkeys(("time_expansion", "calls_time_expansion"), st.sampled_from([1, 10]))
        return (usual[name] | usual[name] | st.integers(schema["minimum"], schema["maximum"])).map(str)
    return st.floats(schema["minimum"], schema["maximum"]).map("{:.6f}".format)


@st.composite
def queries(draw: Any, md5: str) -> str:
    """A query string: half of them valid, in the others one parameter is hostile, or given twice, or missing."""
    parameters = SPECTROGRAM["parameters"]
    pairs = [
        (parameter["name"], draw(valid_values(parameter, md5)).encode())
        for parameter in parameters
        if parameter["required"] or draw(RARELY if parameter["name"] in COSTLY else st.booleans())
    ]
    place = draw(st.integers(0, len(pairs) - 1))
    match draw(st.sampled_from(["valid", "valid", "valid", "hostile", "hostile", "twice", "missing"])):
        case "hostile":
            hostile = st.sampled_from(HOSTILE) | st.binary(max_size=40) | st.text().map(str.encode)
            pairs[place] = (pairs[place][0], draw(hostile))
        case "twice":
            pairs.append(pairs[place])
        case "missing":
            del pairs[place]
    return "&".join(f"{name}={quote_from_bytes(value, safe='')}" for name, value in pairs)


def test_no_query_gives_what_is_not_documented(site: Site, md5: str) -> None:
    seen: dict[int, int] = {}

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(queries(md5))
    @example("wav_path=bat.wav&call=17&channel=1&async=true&overview=true")  # one that nobody has asked for
    def ask(query: str) -> None:
        answer = site.endpoint(f"spectrogram?{query}")
        seen[answer.status] = seen.get(answer.status, 0) + 1
        assert answer.status < 500, answer.body
        assert str(answer.status) in SPECTROGRAM["responses"]
        if answer.status >= 400:
            assert answer.refuses(answer.status, "")
        elif answer.status == 200:
            assert answer.body.startswith(b"\x89PNG")

    ask()
    assert {200, 202, 400, 404, 409, 422} <= set(seen), seen


def test_no_task_id_gives_what_is_not_documented(site: Site) -> None:
    responses = DESCRIPTION["paths"]["/battycoda/status/task/{task_id}"]["get"]["responses"]

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.binary(min_size=1, max_size=40) | st.from_regex("[0-9a-f]{32}", fullmatch=True).map(str.encode))
    def ask(id: bytes) -> None:
        answer = site.endpoint(f"status/task/{quote_from_bytes(id, safe='')}")
        assert str(answer.status) in responses and answer.status < 500, (answer.status, answer.body)

    ask()


@pytest.mark.jupyter
def test_who_may_not_use_battycoda_is_not_answered(root: Path) -> None:
    with running_jupyter(root, "-c", GUARDED, "--allow-root", "--ServerApp.authorizer_class=__main__.Guard") as lab:
        site = Site(lab)
        assert site.get("/api/status").status == 200, "the token is good"
        for path in ("spectrogram?wav_path=bat.wav&call=0", "debug/celery_status"):
            assert site.endpoint(path).status == 403
