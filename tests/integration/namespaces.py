"""Machines on one desk: network namespaces, each joined to a hub by a cable of its own and to nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from types import TracebackType


class Star:
    """Namespaces around a hub; a context manager. Each reaches the hub's `address`, and none another.

    Notes
    -----
    The names hold this process's id, so that runs do not meet; what a killed run left is removed by the next.
    The addresses are ones that RFC 5737 keeps free for documentation.
    """

    address = "192.0.2.1"

    def __init__(self, machines: list[str]) -> None:
        self.machines = machines
        self._prefix = f"bc{os.getpid()}-"

    def inside(self, machine: str) -> list[str]:
        """What to put before a command that is to run there; "hub" is the hub."""
        return ["ip", "netns", "exec", self._prefix + machine]

    def __enter__(self) -> Star:
        self._sweep()
        hub = self._prefix + "hub"
        try:
            for name in ("hub", *self.machines):
                _ip("netns", "add", self._prefix + name)
                _ip("-n", self._prefix + name, "link", "set", "lo", "up")
            _ip("-n", hub, "address", "add", f"{self.address}/32", "dev", "lo")
            for number, name in enumerate(self.machines, 2):
                there, address = self._prefix + name, f"192.0.2.{number}"
                _ip("-n", there, "link", "add", "hub", "type", "veth", "peer", "name", name, "netns", hub)
                _ip("-n", hub, "link", "set", name, "up")
                _ip("-n", hub, "route", "add", address, "dev", name)
                _ip("-n", there, "link", "set", "hub", "up")
                _ip("-n", there, "address", "add", f"{address}/32", "dev", "hub")
                _ip("-n", there, "route", "add", self.address, "dev", "hub")
        except BaseException:
            self._remove(self._prefix)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove(self._prefix)

    def _sweep(self) -> None:
        for name in _namespaces():
            if (found := re.match(r"bc(\d+)-", name)) and not os.path.exists(f"/proc/{found[1]}"):  # noqa: PTH110
                self._remove(found[0])

    def _remove(self, prefix: str) -> None:
        for name in _namespaces():
            if name.startswith(prefix):
                _ip("netns", "delete", name)


def missing() -> str:
    """Why there can be no namespaces here; empty if there can."""
    if sys.platform != "linux":
        return "they are Linux's"
    if os.geteuid() != 0:
        return "they need root"
    if not shutil.which("ip") or not shutil.which("unshare"):
        return "they need iproute2 and util-linux: apt install iproute2 util-linux"
    try:
        with Star(["probe"]) as star:
            subprocess.run([*star.inside("probe"), "unshare", "--mount", "true"], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        return f"this system does not allow them: {error.stderr.decode(errors='replace').strip()}"
    return ""


def _namespaces() -> list[str]:
    return [line.split()[0] for line in _ip("netns", "list").splitlines() if line.strip()]


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True).stdout.decode()
