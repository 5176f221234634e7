"""The Celery application of a worker."""

from __future__ import annotations

from celery import Celery
from kombu import Exchange, Queue

from battycoda_nb import config

app = Celery("battycoda", include=["tasks.work"])
app.conf.update(
    config.CELERY,
    broker_url=config.broker_url(),
    result_backend=config.result_url(config.broker_url()),
    task_default_queue=config.queues(config.site())[0],
    # kombu asks the queues in this order, so it is their priority
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in config.queues(config.site())],
    worker_consumer="tasks.consumer:QuickConsumer",
    worker_soft_shutdown_timeout=5,
)
