"""A real Jupyter on loopback, in a folder of its own: JupyterLab as ``battycoda lab`` starts it, or a server alone."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


class Lab:
    """Where a running Jupyter is reached, and its folder."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.url, self.token, self.folder = url, token, folder

    def notebook(self, name: str) -> str:
        """The address that opens a notebook in a workspace of its own."""
        return f"{self.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{name}?token={self.token}"

    def add(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells; its address."""
        import nbformat

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return self.notebook(name)

    def end_kernels(self) -> None:
        """End every notebook's kernel; does not wait until they are gone."""
        for session in json.loads(self._ask("GET", "api/sessions")):
            threading.Thread(target=self._end_session, args=[session["id"]], daemon=True).start()

    def _end_session(self, id: str) -> None:
        with contextlib.suppress(OSError):  # Jupyter itself may be ended meanwhile, and its kernels with it
            self._ask("DELETE", f"api/sessions/{id}")

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()


@contextlib.contextmanager
def running_lab(folder: Path, *options: str, **settings: str) -> Iterator[Lab]:
    """Run ``battycoda lab`` on copies of the project's notebooks in `folder`; ended by its process id.

    It has a server of its own unless `settings`, for its environment, name one.
    """
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "recordings"))
    lab = ["-m", "battycoda_nb.cli", "lab", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]
    with running_jupyter(folder, *lab, *options, **settings) as running:
        yield running


@contextlib.contextmanager
def running_jupyter(folder: Path, *command: str, base_url: str = "/", **environment: str) -> Iterator[Lab]:
    """Run a Jupyter application, a `command` for Python, that serves `folder`; ended by its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = {f"JUPYTER_{name}": str(folder / f".{name}") for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / f".{name}") for name in ("SETTINGS", "WORKSPACES")}
    own["BATTYCODA_SETTINGS"] = str(folder / ".settings")
    own["TMPDIR"] = temporary = tempfile.mkdtemp(prefix="lab-")  # not in `folder`: a socket's path is not to be long
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
    with (folder / ".lab.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable, *command, "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}", f"--ServerApp.base_url={base_url}",
                f"--IdentityProvider.token={token}",
            ],
            env=inherited | own | environment, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        try:
            lab = Lab(f"http://127.0.0.1:{port}{base_url.rstrip('/')}", token, folder)
            _wait_for(lab, process)
            yield lab
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            left = [path.name for path in Path(temporary).glob("battycoda-*")]
            shutil.rmtree(temporary, ignore_errors=True)
            assert not left, "Jupyter has ended, and left folders of servers"


def _wait_for(lab: Lab, process: subprocess.Popen[bytes], timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((lab.folder / ".lab.log").read_text()[-3000:]) from None
            time.sleep(0.05)
