"""The contract between clients and workers: names of queues and tasks, and the Celery settings that both share."""

from __future__ import annotations

from typing import Any

from battycoda_nb.signal.requests import TRANSFORM_VERSION

# Raise the first number when a worker would not understand, or would misread, what a client of the version before
# sends. It is part of every queue's name, so a task never reaches a worker of another protocol, nor one that would name
# the same result by another digest; and both sides can say why nothing comes.
PROTOCOL = 100 * 3 + TRANSFORM_VERSION

_KINDS = ("interactive", "prefetch", "prepare")


def queues(site: str = "") -> tuple[str, str, str]:
    """The queues of a site's workers: what a user waits for, what is computed ahead of one, and what is prepared.

    Their order is their priority, in kombu as well. Workers without a site share the queues of ``""``.
    """
    end = f".{site}" if site else ""
    interactive, prefetch, prepare = (f"battycoda{PROTOCOL}.{kind}{end}" for kind in _KINDS)
    return interactive, prefetch, prepare


# Those of the work on a recording are in work.py.
TASK_PREFETCH = "battycoda.prefetch"
TASK_OPEN = "battycoda.open"
TASK_LIST = "battycoda.list"
TASK_FIND = "battycoda.find"
TASK_CHECK = "battycoda.check"
COMMAND_ROOT = "battycoda_root"  # no task: each worker that is asked answers


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
