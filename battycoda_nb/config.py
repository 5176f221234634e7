"""Settings from the environment, and the Celery settings that client and worker share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .address import SOCKET, from_file, normal
from .address import shown as shown  # for those who import the settings
from .errors import RequestError
from .requests import TRANSFORM_VERSION

if TYPE_CHECKING:
    from redis import Redis

DEFAULT_URL = "redis://localhost:6379/0"

# Raise the first number when a worker would not understand, or would misread, what a client of the version before
# sends. It is part of every queue's name, so a task never reaches a worker of another protocol, nor one that would name
# the same result by another digest; and both sides can say why nothing comes.
PROTOCOL = 100 * 1 + TRANSFORM_VERSION

_KINDS = ("interactive", "prefetch", "prepare")
_SITE = re.compile(r"[a-z0-9][a-z0-9_-]{1,31}")


def queues(site: str = "") -> tuple[str, str, str]:
    """The queues of a site's workers: what a user waits for, what is computed ahead of one, and what is prepared.

    Their order is their priority, in kombu as well. Workers without a site share the queues of ``""``.
    """
    end = f".{site}" if site else ""
    interactive, prefetch, prepare = (f"battycoda{PROTOCOL}.{kind}{end}" for kind in _KINDS)
    return interactive, prefetch, prepare


TASK_SPECTROGRAM = "battycoda.spectrogram"
TASK_SOUND = "battycoda.sound"
TASK_PREFETCH = "battycoda.prefetch"
TASK_OPEN = "battycoda.open"
TASK_LIST = "battycoda.list"
TASK_FIND = "battycoda.find"
TASK_CHECK = "battycoda.check"
COMMAND_ROOT = "battycoda_root"  # no task: each worker that is asked answers


def described(task: str, arguments: dict[str, Any]) -> str:
    """What a task is about, in a few words for people: the status, Flower and the logs show it.

    What comes over the broker may be anything, so nothing is taken to be there.
    """
    if task == TASK_PREFETCH:
        items = arguments.get("items")
        items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        calls = [described(str(item.get("task")), item) for item in items]
        return f"ahead: {'; '.join(calls)}"[:200]
    if task in (TASK_SPECTROGRAM, TASK_SOUND):
        hint, request = (arguments.get(name) for name in ("hint", "request"))
        hint, request = (value if isinstance(value, dict) else {} for value in (hint, request))
        channel = request.get("channel")
        name = Path(str(hint.get("path", "?"))).name
        parts = [f"sound of {name}" if task == TASK_SOUND else name]
        for unit in ("call", "window"):
            parts += [f"{unit} {step + 1}"] if isinstance(step := hint.get(unit), int) else []
        parts += [f"channel {channel + 1}"] if isinstance(channel, int) and channel else []
        return ", ".join(parts)[:200]
    verb = task.rpartition(".")[2]
    subject = next((str(arguments[name]) for name in ("path", "pattern", "hash") if name in arguments), "")
    return f"{verb} {subject}".strip()[:200]


CELERY: dict[str, Any] = {
    "task_serializer": "json",
    "result_serializer": "json",
    "event_serializer": "json",
    "accept_content": ["json"],
    # The worker writes results under their digest itself; Celery keeps only what went wrong.
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": True,
    "result_expires": 3600,
    # A task is acknowledged when it is done, so a killed worker's task comes back.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    # One task is held at a time, so that a user's request is the next one to run.
    "worker_prefetch_multiplier": 1,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "queue_order_strategy": "priority",
        "visibility_timeout": 30,
        # kombu looks for lost messages only once in a hundred rounds unless these two are set
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "socket_keepalive": True,
    },
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.05},
}


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


def redis_client(url: str, *, patience: float = 0.0, timeout: float = 5.0) -> Redis:
    """A Redis client for an address as Celery writes it.

    Parameters
    ----------
    patience : float
        s for which a command is tried again, every 0.1 s, while the server does not answer.
    timeout : float
        s to wait for an answer.
    """
    from redis import Redis
    from redis.backoff import ConstantBackoff
    from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
    from redis.retry import Retry

    url = normal(url)
    if url.startswith(SOCKET):
        url = "unix://" + url.removeprefix(SOCKET)
    over_network = (
        {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_connect_timeout": min(timeout, 2)}
    )
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        **over_network,
        retry=Retry(ConstantBackoff(0.1), round(patience / 0.1)),
        retry_on_error=[BusyLoadingError, ConnectionError, TimeoutError],
    )
