"""Find what a user names: at which site it lies, and under which name there."""

from __future__ import annotations

from battycoda_nb.cluster import environment
from battycoda_nb.cluster.explain import nobody
from battycoda_nb.errors import ClusterError, RecordingError, RequestError
from battycoda_nb.signal.requests import is_digest

from .workers import Workers


def is_pattern(name: str) -> bool:
    """Return whether a name stands for several recordings: a folder with its slash, or a pattern."""
    return name.endswith("/") or any(letter in name for letter in "*?[")


def place(workers: Workers, name: str) -> tuple[str, str]:
    """Return site and path of what the user named: a path, ``"site:path"``, a content hash, or ``"site:hash"``."""
    if is_digest(name):
        return _find(workers, name, list(workers.alive()) or [""])
    site, colon, path = name.partition(":")
    if not (colon and path and environment.is_site(site)):
        return only_site(workers), name
    sites = workers.alive()
    if site in sites:
        return _find(workers, path, [site]) if is_digest(path) else (site, path)
    if "" in sites:
        return "", name  # a colon may stand in a file's name
    if site in workers.coming():
        return _find(workers, path, [site]) if is_digest(path) else (site, path)
    if silent := [worker for worker in workers.known() if worker.site == site]:
        raise ClusterError(nobody(site, silent, workers.how_to_start(site)), code="no-worker")
    here = f"the sites here are {', '.join(sites)}" if sites else "no worker of any site has been heard of"
    raise ClusterError(
        f"No worker of site {site!r} has been heard of; {here}. Is the name right? On the lab machine: "
        f"{workers.start_command(site)}",
        code="no-worker",
    )


def only_site(workers: Workers) -> str:
    """Return the site of a name that names none: that of the workers without one, else the only one."""
    sites = list(workers.alive())
    if not sites:  # none that lives: one that is being started will, and those that are silent may be back
        sites = sorted(workers.coming() or {worker.site for worker in workers.known()})
    if "" in sites or not sites:
        return ""
    if len(sites) > 1:
        raise RequestError(
            f"Recordings lie at {', '.join(sites)}: say at which, such as client.open('{sites[0]}:night1.wav')"
        )
    return sites[0]


def _find(workers: Workers, hash: str, sites: list[str]) -> tuple[str, str]:
    """Return site and path of the recording with this content, wherever it lies now."""
    asked = {site: workers.find(site, hash) for site in sites}
    for site, pending in asked.items():
        if isinstance(path := pending.result(), str):
            return site, path
    where = ", ".join(site or "the workers without a site" for site in sites)
    raise RecordingError(
        f"No recording with the content hash {hash} lies at {where}: was it deleted or edited?", code="missing"
    )
