"""A consumer that is back within a second of its broker's return."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer


class QuickConsumer(Consumer):
    """Celery waits 2, 4, 6 … 30 s between two attempts to connect, which no setting changes (celery #7817)."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=0.1, interval_step=0.1, interval_max=0.5
        )
        return super().ensure_connected(conn)
