"""Settings from the environment: which server, which site, which folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from battycoda_nb.errors import RequestError

from .address import from_file, normal

DEFAULT_URL = "redis://localhost:6379/0"

_SITE = re.compile(r"[a-z0-9][a-z0-9_-]{1,31}")


def named_broker() -> str | None:
    """The address in ``CELERY_BROKER_URL``, or else in the file that ``BATTYCODA_BROKER_FILE`` names, or else none.

    Raises
    ------
    BattycodaError
        If it is no address, or the file can be read by others.
    """
    if url := os.environ.get("CELERY_BROKER_URL"):
        return normal(url)
    if name := os.environ.get("BATTYCODA_BROKER_FILE"):
        return normal(from_file(name))
    return None


def broker_url() -> str:
    """The server that is named, or the Redis of this machine."""
    return named_broker() or DEFAULT_URL


def result_url(broker: str) -> str:
    """``CELERY_RESULT_BACKEND`` where the settings name this broker, else the broker's own Redis."""
    broker, named = normal(broker), os.environ.get("CELERY_RESULT_BACKEND")
    return normal(named) if named and broker == broker_url() else broker


def check_site(name: str) -> str:
    """`name` if it can name a site, else a `RequestError`."""
    if name and not _SITE.fullmatch(name):
        raise RequestError(
            f"{name[:40]!r} cannot name a site: use 2 to 32 small letters, digits, '-' and '_', such as basement"
        )
    return name


def is_site(name: str) -> bool:
    return _SITE.fullmatch(name) is not None


def site() -> str:
    """``BATTYCODA_SITE``: whose recordings this worker serves; empty for a worker without a site."""
    return check_site(os.environ.get("BATTYCODA_SITE", ""))


def data_root() -> Path | None:
    """``BATTYCODA_DATA_ROOT``: what a worker may read."""
    root = os.environ.get("BATTYCODA_DATA_ROOT")
    return Path(root) if root else None
