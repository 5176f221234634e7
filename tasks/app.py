"""The Celery application of a worker."""

from __future__ import annotations

import os

from celery import Celery
from kombu import Exchange, Queue

from battycoda_nb.cluster import environment, protocol

from . import transport

transport.use()
broker = environment.broker_url()
# Celery lets these two win over its settings, and kombu checks no certificate unless the address says so.
os.environ["CELERY_RESULT_BACKEND"], os.environ["CELERY_BROKER_URL"] = environment.result_url(broker), broker

app = Celery("battycoda", include=["tasks.tasks"], loader="tasks.loader:Loader")
app.conf.update(
    protocol.CELERY,
    broker_url=broker,
    result_backend=os.environ["CELERY_RESULT_BACKEND"],
    task_default_queue=protocol.queues(environment.site())[0],
    # kombu asks the queues in this order, so it is their priority
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in protocol.queues(environment.site())],
    worker_consumer="tasks.consumer:QuickConsumer",
    worker_soft_shutdown_timeout=5,
)
