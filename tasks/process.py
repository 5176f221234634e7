"""One worker process: its store, its recordings, its heartbeat, made at their first use and again after a fork."""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init, worker_ready, worker_shutdown
from celery.utils.log import get_task_logger

from battycoda_nb.cluster import environment
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.exposure import exposure
from battycoda_nb.cluster.store import Store
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.scales import warm_up

from .app import app
from .heartbeat import Heartbeat

log = get_task_logger(__name__)

SETTLED = 5.0  # s after its start a worker does what can wait: its first pictures come first, and many live no longer
LEISURE = 0.5  # s without work


@cache
def store() -> Store:
    """Return this process's way to results and records."""
    return Store(redis_client(app.conf.result_backend, patience=5))


@cache
def archive() -> Archive:
    """Return what this process may read.

    An embedded worker reads what its user may; another one what lies below its root, or else its own folder.
    """
    own = bool(os.environ.get("BATTYCODA_EMBEDDED"))
    return Archive(Fence(environment.data_root() or (None if own else Path.cwd()), own=own))


@cache
def catalogue() -> Catalogue:
    """Return the recordings that lie there, by name and by content."""
    return Catalogue(archive())


@cache
def heartbeat() -> Heartbeat:
    """Return this process's heartbeat, which beats from now on."""
    return Heartbeat(store())


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    heartbeat().begin(sender.hostname)
    threading.Thread(target=_settle_in, daemon=True).start()


def _settle_in() -> None:
    """Do what nothing needs to wait for: import scipy, which would be part of the first call's time, and warn."""
    __import__("scipy.fft")
    heartbeat().bury_the_dead()
    if warning := exposure(environment.broker_url()):
        log.warning(warning)
    _warm_up_at_leisure()


def _warm_up_at_leisure() -> None:
    """Import librosa once there is nothing to do, long before most users ask for a mel or PCEN picture.

    An import of a second in another thread keeps a picture that is asked for meanwhile waiting for the interpreter:
    by 10 ms and more at Python's usual switch interval of 5 ms, by 3 ms at a fiftieth of that.
    """
    time.sleep(SETTLED)
    while not heartbeat().idle_for(LEISURE):
        time.sleep(LEISURE)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 50)
    try:
        warm_up()
    finally:
        sys.setswitchinterval(usual)


@worker_shutdown.connect
def _leave(**_: Any) -> None:
    heartbeat().leave()


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    """A forked child has none of its parent's threads, and must not share its connections and files."""
    for made in (store, archive, catalogue, heartbeat):
        made.cache_clear()
    heartbeat()  # in this thread, so that there is one
    threading.Thread(target=_warm_up_at_leisure, daemon=True).start()
