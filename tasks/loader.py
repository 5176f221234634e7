"""The step at which Celery has a worker import its tasks, and with them numpy, scipy and all that takes long."""

from __future__ import annotations

import os

from celery.loaders.app import AppLoader

from battycoda_nb.cluster import environment
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.starting import announce_this_process
from battycoda_nb.cluster.store import Store

_WORKER = os.getpid()


class Loader(AppLoader):
    """Celery's, which first announces that this process is going to be a worker."""

    def init_worker(self) -> None:
        if os.getpid() == _WORKER:  # the pool "prefork" calls it in each child again, and the parent speaks for these
            announce_this_process(Store(redis_client(environment.result_url(environment.broker_url()), timeout=1)))
        super().init_worker()
