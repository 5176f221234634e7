"""Settings from the environment, and the Celery settings that client and worker share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from redis import Redis

DEFAULT_URL = "redis://localhost:6379/0"

# The order is the priority, in kombu as well: what a user waits for goes before what is computed ahead.
INTERACTIVE, PREFETCH = QUEUES = ("battycoda.interactive", "battycoda.prefetch")

TASK_SPECTROGRAM = "battycoda.spectrogram"
TASK_PREFETCH = "battycoda.prefetch"
TASK_OPEN = "battycoda.open"

CELERY: dict[str, Any] = {
    "task_default_queue": INTERACTIVE,
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


def broker_url() -> str:
    """``CELERY_BROKER_URL``, or the Redis of this machine."""
    return os.environ.get("CELERY_BROKER_URL") or DEFAULT_URL


def result_url(broker: str) -> str:
    """``CELERY_RESULT_BACKEND`` where ``CELERY_BROKER_URL`` names this broker, else the broker's own Redis."""
    return (broker == broker_url() and os.environ.get("CELERY_RESULT_BACKEND")) or broker


def data_root() -> Path | None:
    """``BATTYCODA_DATA_ROOT``: what a worker may read."""
    root = os.environ.get("BATTYCODA_DATA_ROOT")
    return Path(root) if root else None


def shown(url: str) -> str:
    """An address without its password, for messages."""
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", ":***@")


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

    if url.startswith("redis+socket://"):
        url = "unix://" + url.removeprefix("redis+socket://")
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
