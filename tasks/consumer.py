"""A consumer that is back within a second of its broker's return, and keeps the password to itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer

from battycoda_nb.cluster.address import shown


class QuickConsumer(Consumer):
    """Celery waits 2, 4, 6 … 30 s between two attempts to connect, which no setting changes (celery #7817)."""

    class Blueprint(Consumer.Blueprint):
        def info(self, parent: Any) -> dict[str, Any]:
            """What Flower shows of the worker. For a Unix socket kombu's "hostname" is the whole address."""
            facts = super().info(parent)
            if isinstance(facts.get("broker"), dict):
                facts["broker"]["hostname"] = shown(str(facts["broker"].get("hostname")))
            return facts

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=0.1, interval_step=0.1, interval_max=0.5
        )
        return super().ensure_connected(conn)
