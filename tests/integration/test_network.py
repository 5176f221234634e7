"""Two lab machines, a server with a password and a notebook's machine without files, each in a namespace of its own.

A machine reaches the server and no other machine, and sees no other machine's files: an empty file system lies over
them. conftest.py collects this only where namespaces are allowed, and says so where they are not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from namespaces import Star

MACHINES = ["attic", "basement", "notebook"]
PASSWORD, QUOTED = "n1ght sh1ft", "n1ght%20sh1ft"
RATE, CALLS, SECONDS = 250_000, 12, 5

# Hide the folders that are named before --, then become what comes after it.
ALONE = 'while [ "$1" != -- ]; do mount -t tmpfs none "$1" || exit; shift; done; shift; exec "$@"'

# What a user runs on the notebook's machine: every call of the recordings that are named, asked for ahead and opened.
STEP = """
import json, os, sys
from pathlib import Path
import numpy as np
import battycoda_nb as bc

labs, names = json.loads(sys.argv[1]), sys.argv[2:]
facts = {"seen": [os.listdir(lab) for lab in labs], "own": os.listdir(), "calls": {}, "listed": {}}
received = lambda: int(Path("/sys/class/net/hub/statistics/rx_bytes").read_text())
before = received()  # waiting for the sites costs more the longer it takes
client = bc.connect()
facts["sites"] = {site: len(workers) for site, workers in client.sites().items()}
for site in facts["sites"]:
    listed = client.recordings(site, pattern="**/*.wav")
    facts["listed"][site] = [[e.path, e.sample_rate, e.channels, e.duration, e.calls] for e in listed]
for name in names:
    recording = client.open(name)
    results, facts["calls"][name] = {}, []
    for call in range(len(recording)):
        pending = recording.submit(call)
        recording.prefetch(range(call + 1, min(call + 4, len(recording))))
        results[str(call)] = pending.result(30).db
        request = recording.request(call)
        facts["calls"][name].append([request.start, request.stop, request.n_fft, request.hop_length])
    np.savez(name.replace(":", " ").replace("/", " "), **results)
facts["received"] = received() - before
print(json.dumps(facts))
client.close()
"""

WAIT = """
import threading, time
import battycoda_nb
client, tick, deadline = battycoda_nb.connect(), threading.Event(), time.monotonic() + 30
while len(client.sites()) < 2 and time.monotonic() < deadline:
    tick.wait(0.1)
"""


@dataclass
class Network:
    """The machines, the server's address, and the folder that holds each machine's own under its name."""

    star: Star
    folder: Path
    url: str = f"redis://:{QUOTED}@{Star.address}:6379/0"

    def on(self, machine: str) -> list[str]:
        """What to put before a command that is to run on a machine."""
        others = [str(self.folder / other) for other in MACHINES if other != machine]
        return [*self.star.inside(machine), "unshare", "--mount", "sh", "-c", ALONE, "sh", *others, "--"]


@pytest.fixture(scope="module")
def star() -> Iterator[Star]:
    with Star(MACHINES) as star:
        yield star


@pytest.fixture
def network(star: Star, tmp_path: Path, run_server: Callable[..., object], until: Callable[..., object]) -> Network:
    for name in MACHINES:
        (tmp_path / name).mkdir()
    run_server(f'bind {star.address}\nrequirepass "{PASSWORD}"\n', star.inside("hub"))
    until(lambda: "Ready to accept" in (tmp_path / "server.log").read_text(), "the server listens")
    (tmp_path / "address").touch(0o600)
    network = Network(star, tmp_path)
    (tmp_path / "address").write_text(network.url)
    return network


def record_calls(path: Path, seed: int) -> None:
    """5 s at 250 kHz with 12 calls of 5 ms."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).normal(0, 1e-3, SECONDS * RATE)
    t = np.arange(RATE // 200) / RATE
    onsets = 0.2 + 0.4 * np.arange(CALLS)
    for n, onset in enumerate(onsets):
        start = round(onset * RATE)
        samples[start : start + len(t)] += 0.3 * np.sin(2 * np.pi * (20_000 + 3_000 * n + 500 * seed) * t)
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    Path(f"{path}.csv").write_text("onset,offset\n" + "".join(f"{at:.3f},{at + 0.005:.3f}\n" for at in onsets))


def by_scipy(path: Path, start: int, stop: int, n_fft: int, hop_length: int) -> np.ndarray:
    """dB re full scale; the last frame ends at `stop`, wherever the hops before it lead to."""
    samples, _ = soundfile.read(path, start=start, stop=stop, dtype="float32")
    options = {"nperseg": n_fft, "noverlap": n_fft - hop_length, "scaling": "spectrum"}
    _, _, power = scipy.signal.spectrogram(samples, RATE, **options)
    if (stop - start - n_fft) % hop_length:
        _, _, last = scipy.signal.spectrogram(samples[-n_fft:], RATE, **options)
        power = np.concatenate([power, last], axis=1)
    return 10 * np.log10(np.maximum(power, 1e-30))


def step(network: Network, labs: list[str], names: list[str]) -> dict:
    """Run the user's script on the notebook's machine, once both sites are there; what it found."""
    script = network.folder / "step.py"
    script.write_text(WAIT + STEP)
    done = subprocess.run(
        [*network.on("notebook"), "env", f"BATTYCODA_BROKER_FILE={network.folder / 'address'}",
         sys.executable, script, json.dumps(labs), *names],
        cwd=network.folder / "notebook", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_notebook_without_files_steps_through_the_recordings_of_two_sites(
    network: Network, run_worker: Callable[..., tuple[subprocess.Popen[bytes], Path]]
) -> None:
    night = Path("2024") / "night1.wav"  # the same name at both sites
    sites = ("attic", "basement")
    for seed, site in enumerate(sites):
        record_calls(network.folder / site / night, seed)
        run_worker(
            "--root", network.folder / site, "--site", site, "--broker-file", network.folder / "address",
            prefix=network.on(site),
        )  # fmt: skip
    names = [f"{site}:{night}" for site in sites]
    facts = step(network, [str(network.folder / site) for site in sites], names)

    assert facts["seen"] == [[], []]
    assert facts["own"] == []
    assert facts["sites"] == dict.fromkeys(sites, 1)
    assert facts["listed"] == {site: [[str(night), RATE, 1, SECONDS, CALLS]] for site in sites}
    for site, name in zip(sites, names, strict=True):
        pictures = np.load(network.folder / "notebook" / f"{name.replace(':', ' ').replace('/', ' ')}.npz")
        assert len(facts["calls"][name]) == len(pictures) == CALLS
        for call, window in enumerate(facts["calls"][name]):
            expected, found = by_scipy(network.folder / site / night, *window), pictures[str(call)]
            assert found.shape == expected.shape
            clear = expected > found.min() + 1  # below lies what the 8 bits leave out
            assert np.abs(found - expected)[clear].max() < 0.5
            assert clear.any()
    size = sum((network.folder / site / night).stat().st_size for site in sites)
    print(f"{facts['received']} bytes came for {2 * CALLS} calls of recordings of {size} bytes")
    assert facts["received"] < size / 3, "0.76 to 1.13 of 5 MB were measured, the most on a busy machine"


def test_no_machine_reaches_another(network: Network) -> None:
    for machine, other in (("notebook", "192.0.2.2"), ("attic", "192.0.2.3")):
        reach = "import socket, sys; socket.create_connection((sys.argv[1], 6379), 2)"
        command = [*network.on(machine), sys.executable, "-c", reach]
        subprocess.run([*command, network.star.address], check=True)
        sentence = subprocess.run([*command, other], capture_output=True, text=True, check=False).stderr
        assert "unreachable" in sentence


@pytest.mark.parametrize("where", ["attic", "hub"])
def test_a_worker_warns_of_a_server_that_anybody_can_use(
    where: str,
    star: Star,
    tmp_path: Path,
    run_server: Callable[..., object],
    run_worker: Callable[..., tuple[subprocess.Popen[bytes], Path]],
    until: Callable[..., object],
) -> None:
    run_server("protected-mode no\n", star.inside("hub"))
    host = star.address if where == "attic" else "localhost"
    _, log = run_worker("--root", tmp_path, "--broker", f"redis://{host}", prefix=star.inside(where))
    sentence = f"The server at redis://{host} answers without a password on the network"
    until(lambda: sentence in log.read_text(), "the worker warns")
    assert log.read_text().count(sentence) == 1
    assert f"valkey-cli -h {host} -p 6379 CONFIG SET requirepass" in log.read_text()
