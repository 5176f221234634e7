"""What to tell a user about workers that are missing, or of another version."""

from __future__ import annotations

from typing import Any

from battycoda_nb._version import __version__

from .address import shown


def start_worker(broker: str, site: str = "") -> str:
    """The command that starts a worker for this server."""
    return f"battycoda worker --root DIR {f'--site {site} ' if site else ''}--broker {shown(broker)}"


def skew(worker: dict[str, Any]) -> str:
    """What to tell a user whose worker is of a version that does not understand this one."""
    theirs, ours = worker.get("version", "?"), __version__
    return (
        f"The worker on {worker.get('host', '?')} has battycoda_nb {theirs}, which does not understand the {ours} "
        f"here: install the same version on both, there with: pip install battycoda-nb=={ours}"
    )
