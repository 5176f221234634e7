"""Outstanding requests: send, watch, send again, deliver, give up.

The key is the truth: whoever waits is woken by the published digest, and reads the key. What has not come after a
second is looked for, and sent again if the server or a worker lost it (Redis acknowledgements are not lossless: kombu
#305, celery #4354); a worker that gets it twice finds the result and does nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from battycoda_nb.errors import BattycodaError, ClusterError

from . import protocol
from .address import trouble
from .connection import redis_client
from .embedded import is_starting
from .explain import nobody, skew, start_worker
from .in_flight import LOOK_AFTER, Check, Entry, is_lost
from .pending import Pending
from .records import Failure
from .returns import Returns
from .starting import coming_sites
from .status import read_workers
from .store import CHANNEL, Store
from .work import described, slices

log = logging.getLogger(__name__)

TICK = 0.25  # s between two looks at what is outstanding
GIVE_UP_AFTER = 10.0  # s without any server, or any worker and any that is being started, until the user is told
REPEAT_WANTS = 20.0  # s; the server forgets what is wanted after WANTED_S

Unreachable = (RedisError, OperationalError, OSError)


class Dispatch:
    """The table of outstanding work, with one thread that sends and watches and one that listens.

    Notes
    -----
    Any thread may call `ask`, `want` and `close`; none of them waits for the server. `_entries` is changed under
    `_lock` alone, which is never held during input or output.
    """

    def __init__(self, broker: str, results: str, describe: Callable[[], str]) -> None:
        self.name = uuid.uuid4().hex
        self._process = os.getpid()
        self._broker, self._describe = broker, describe
        # Celery lets CELERY_BROKER_URL and CELERY_RESULT_BACKEND win over what an app is given, but for these two.
        self._app = Celery("battycoda-client", broker=broker, set_as_current=False)
        self._app.backend_cls = "disabled"
        self._app.conf.update(protocol.CELERY, broker_write_url=broker)
        self._store = Store(redis_client(results))
        self.returns = Returns(self._store)
        self._queues = redis_client(broker)
        self._listening = redis_client(results, timeout=30)
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._outbox: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
        self._withdrawn: set[str] = set()  # what the workers do not know of yet; under `_lock`
        self._wants = 0  # how often what is wanted ahead has changed; under `_lock`
        self._wants_published = 0  # which of these the workers know, and since when; the sending thread's own
        self._published_at = 0.0
        self._subscribed = threading.Event()
        self._closed = threading.Event()
        self._server_seen = time.monotonic()
        self._worker_seen: dict[str, float] = {}  # by site
        for work in (self._send_and_watch, self._listen):
            threading.Thread(target=work, name=f"battycoda{work.__name__}", daemon=True).start()

    def ask(
        self,
        pending: Pending[Any],
        task: str,
        arguments: dict[str, Any],
        check: Check | None = None,
        site: str = "",
        failed: Failure | None = None,
    ) -> Pending[Any]:
        """Ask for what the user waits for; joins, and hurries, what is asked for already.

        `failed` is how it failed before; it stays known where nobody comes to try it again.
        """
        self._check_process()
        with self._lock:
            self._check_open()
            entry = self._entries.get(pending.task_id)
            if entry is None:
                entry = self._entries[pending.task_id] = Entry(
                    task, arguments, check, [pending], True, site, failed=failed
                )
            else:
                entry.pendings.append(pending)
                if entry.urgent:
                    return pending
                # It is being computed ahead, perhaps behind much else: its own message overtakes that one.
                entry.task, entry.arguments, entry.urgent = task, arguments, True
                entry.asked, entry.sent, entry.times_sent = time.monotonic(), None, 0
        self._outbox.put([pending.task_id])
        return pending

    def want(
        self, owner: str, items: Iterable[tuple[Pending[Any], dict[str, Any], Check, str]], *, late: bool = False
    ) -> list[Pending[Any]]:
        """Have work done ahead, in this order; drop what `owner` wanted before and does not want now.

        What `owner` waits for already keeps the pending that was given then. `late` is after all else.
        """
        self._check_process()
        items = list(items)
        wanted = {pending.task_id for pending, *_ in items}
        dropped, new, given = [], [], []
        with self._lock:
            self._check_open()
            for id, entry in list(self._entries.items()):
                if owner in entry.owners and id not in wanted:
                    del entry.owners[owner]
                    if not entry.owners and not entry.urgent:
                        dropped += self._entries.pop(id).pendings
            for pending, arguments, check, site in items:
                id = pending.task_id
                if id not in self._entries:
                    self._entries[id] = Entry(protocol.TASK_PREFETCH, arguments, check, [], False, site, late)
                    new.append(id)
                entry = self._entries[id]
                if owner not in entry.owners:
                    entry.owners[owner] = pending
                    entry.pendings.append(pending)
                given.append(entry.owners[owner])
            self._wants += 1
        for pending in dropped:
            pending.cancel()
        self._outbox.put(new)
        return given

    def withdraw(self, pending: Pending[Any]) -> None:
        """Cancel what was asked for; if nobody else wants it, it is not computed, unless that has begun."""
        with self._lock:
            entry = self._entries.get(pending.task_id)
            if entry is None or pending not in entry.pendings:
                return  # its answer is here, or on its way
            entry.pendings.remove(pending)
            if not entry.pendings:
                del self._entries[pending.task_id]
                self._withdrawn.add(pending.task_id)
        pending.cancel()
        self._outbox.put([])

    def _check_process(self) -> None:
        """Before the lock is taken: a fork copies that too, as it is, but not the threads that work on the table."""
        if os.getpid() != self._process:
            raise ClusterError(
                "This client was made in another process: call connect() and open() in this one", code="closed"
            )

    def _check_open(self) -> None:
        """With the lock held, which `close` takes too: what that does not find in the table is refused here."""
        if self.closed:
            raise ClusterError(
                "This client was closed: call connect() for another, and open the recording with that", code="closed"
            )

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            ids = list(self._entries)
        self._outbox.put([])
        self._fail(ids, ClusterError("The client was closed before this was computed", code="closed"))

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    # The sending thread

    def _send_and_watch(self) -> None:
        self._subscribed.wait(2)
        while not self._closed.is_set():
            ids = self._drain()
            try:
                self._publish_wants()
                self._publish_withdrawn()
                self._send_new(ids)
                self._look_for_overdue()
                self.returns.look()
            except Unreachable as error:
                self._give_up_on_server(error)
                self._outbox.put([id for id in ids if (entry := self._entries.get(id)) and entry.sent is None])
                self._closed.wait(0.05)
            except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next request is tried
                self._give_up_on_ourselves(error)
        self._app.close()

    def _drain(self) -> list[str]:
        ids: list[str] = []
        try:
            ids += self._outbox.get(timeout=TICK)
            while True:
                ids += self._outbox.get_nowait()
        except queue.Empty:
            return ids

    def _send_new(self, ids: list[str]) -> None:
        if not ids:
            return
        again = [id for id in ids if (e := self._entries.get(id)) and e.urgent]
        kept = self._store.collect(ids, again=again, client=self.name)
        self._deliver(kept)
        if found := sum(not isinstance(outcome, Failure) for outcome in kept.values()):
            self._store.count_found(found)
        # The watch may have been quicker: it sends what it finds unsent.
        self._publish([id for id in ids if (entry := self._entries.get(id)) and entry.sent is None])

    def _publish(self, ids: list[str]) -> None:
        """Send the tasks of those of `ids` that are still outstanding: urgent ones first, then slices of the others."""
        with self._lock:
            entries = [(id, self._entries[id]) for id in dict.fromkeys(ids) if id in self._entries]
            urgent = [(id, entry, entry.task, entry.arguments, entry.queue) for id, entry in entries if entry.urgent]
            ahead: dict[str, list[tuple[Entry, dict[str, Any]]]] = {}
            for _, entry in entries:
                if not entry.urgent:
                    ahead.setdefault(entry.queue, []).append((entry, entry.arguments))
        with self._app.producer_or_acquire() as producer:
            for id, entry, task, arguments, queue in urgent:
                self._send(producer, task, arguments, queue, id)
                self._mark_sent([entry], id, urgent=True)
            for queue, waiting in ahead.items():
                for part in slices(waiting):
                    items = {"client": self.name, "items": [arguments for _, arguments in part]}
                    message = str(uuid.uuid4())
                    self._send(producer, protocol.TASK_PREFETCH, items, queue, message)
                    self._mark_sent([entry for entry, _ in part], message, urgent=False)

    def send_ahead(self, owner: str, items: Sequence[dict[str, Any]], site: str) -> None:
        """Send work that is prepared, in slices; waits for the server. Nothing of it is watched or fetched here.

        Raises
        ------
        OperationalError, RedisError
            If the server does not answer.
        """
        self._check_process()
        self._check_open()
        queue = protocol.queues(site)[2]
        with self._app.producer_or_acquire() as producer:
            for part in slices(items):
                arguments = {"client": owner, "items": list(part)}
                self._send(producer, protocol.TASK_PREFETCH, arguments, queue, str(uuid.uuid4()))

    def _send(self, producer: Any, task: str, arguments: dict[str, Any], queue: str, task_id: str) -> None:
        self._app.send_task(
            task, kwargs=arguments, task_id=task_id, queue=queue, producer=producer,
            ignore_result=True,  # else Celery would listen for each one's
            kwargsrepr=described(task, arguments),  # for Flower and the worker's log
        )  # fmt: skip

    def _mark_sent(self, entries: Iterable[Entry], message: str, *, urgent: bool) -> None:
        """Note which message carries some work now; not for what a user has come to wait for meanwhile: that has to
        be sent once more, in a message of its own."""
        with self._lock:
            for entry in entries:
                if entry.urgent == urgent:
                    entry.message = message
                    entry.sent = entry.looked = time.monotonic()
                    entry.times_sent += 1

    def _publish_wants(self) -> None:
        """Tell the workers what is still wanted ahead: at once after a change, and before it is forgotten."""
        with self._lock:
            change = self._wants
            wanted = [id for id, entry in self._entries.items() if entry.owners]
        # Another change may come from here on: its number is another one, so it is published by the next round.
        if change != self._wants_published or (wanted and time.monotonic() - self._published_at > REPEAT_WANTS):
            self._store.want(self.name, wanted)
            self._wants_published, self._published_at = change, time.monotonic()

    def _publish_withdrawn(self) -> None:
        with self._lock:
            withdrawn, self._withdrawn = self._withdrawn - self._entries.keys(), set()
        if withdrawn:
            self._store.drop(self.name, withdrawn)

    def _look_for_overdue(self) -> None:
        now = time.monotonic()
        with self._lock:
            # What was asked for just now is in the outbox: to look for it too would cost seven round trips each time.
            overdue = {id: e for id, e in self._entries.items() if now - e.looked >= LOOK_AFTER}
        if not overdue:
            return
        self._deliver(self._store.collect(list(overdue)))
        for entry in overdue.values():
            entry.looked = now
        computing = self._store.being_computed(list(overdue))
        queues = {entry.queue for entry in overdue.values()}
        empty = {queue for queue in queues if not self._queues.llen(queue)}
        lost = [id for id, e in overdue.items() if id not in computing and is_lost(e, now, e.queue in empty)]
        self._publish(lost)
        self._server_seen = now
        self._look_for_workers(now)

    def _look_for_workers(self, now: float) -> None:
        """Tell who waits for a site that has no worker, or none that would understand."""
        workers = self._store.workers()
        coming = coming_sites(self._store)
        with self._lock:
            waiting = {entry.site for entry in self._entries.values()}
        for site in waiting:
            here = [facts for facts in workers.values() if facts.get("site", "") == site]
            if site in coming or any(facts.get("protocol") == protocol.PROTOCOL for facts in here):
                self._worker_seen[site] = now
            elif here:
                self._fail(self._waiting_for(site, now), ClusterError(skew(here[0]), code="version"))
            elif self._worker_seen.setdefault(site, now) < now - GIVE_UP_AFTER:
                known = read_workers(self._store.workers(within=float("inf")))
                sentence = nobody(site, [worker for worker in known if worker.site == site], self.how_to_start(site))
                ids = self._waiting_for(site, now - GIVE_UP_AFTER)
                with self._lock:
                    untried = {id: e.failed for id in ids if (e := self._entries.get(id)) and e.failed}
                self._store.remember(untried)
                self._fail(ids, ClusterError(sentence, code="no-worker"))

    def how_to_start(self, site: str) -> str:
        """How to have a worker, for the end of a sentence."""
        return self._describe() or f"start one with: {start_worker(self._broker, site)}"

    def ask_each(self, command: str, workers: list[str], timeout: float) -> dict[str, Any]:
        """What each of some workers answers to a command, less those that do not; waits `timeout` s at most."""
        replies = self._app.control.broadcast(
            command, destination=workers, reply=True, timeout=timeout, limit=len(workers)
        )
        return {name: answer for reply in replies or () for name, answer in reply.items()}

    def entry(self, id: str) -> Entry | None:
        """What is outstanding under an id."""
        with self._lock:
            return self._entries.get(id)

    def _waiting_for(self, site: str, since: float) -> list[str]:
        """What a site's workers owe that was asked for before `since`."""
        with self._lock:
            return [id for id, entry in self._entries.items() if entry.site == site and entry.asked < since]

    def _give_up_on_server(self, error: Exception) -> None:
        now = time.monotonic()
        if is_starting(self._broker):
            self._server_seen = now
            return
        with self._lock:
            ids = [id for id, e in self._entries.items() if now - max(e.asked, self._server_seen) > GIVE_UP_AFTER]
        self._fail(ids, ClusterError(trouble(self._broker, error), code="no-server"))

    def _give_up_on_ourselves(self, error: Exception) -> None:
        """Nobody may wait for ever for a thread that met what it was not made for."""
        log.exception("The client met what it was not made for")
        sentence = f"The notebook's client failed unexpectedly ({type(error).__name__}: {error}): ask again"
        self._fail(list(self._entries), ClusterError(sentence))

    # The listening thread

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with self._listening.pubsub() as announced:
                    announced.subscribe(CHANNEL)
                    while not self._closed.is_set():
                        ids = self._announced(announced)
                        self._deliver(self._store.collect(ids))
            except Unreachable:
                self._closed.wait(0.1)
            except Exception as error:  # noqa: BLE001 - as in _send_and_watch
                self._give_up_on_ourselves(error)
                self._closed.wait(0.1)

    def _announced(self, announced: Any) -> list[str]:
        """The ids that were announced and are awaited here; waits a second at most for the first."""
        ids: list[str] = []
        message = announced.get_message(timeout=1.0)
        while message is not None and len(ids) < 64:
            if message["type"] == "subscribe":
                self._subscribed.set()
            elif message["type"] == "message":
                id = message["data"].decode("ascii", "replace")
                if id in self._entries:
                    ids.append(id)
            message = announced.get_message(timeout=0)
        return ids

    # Both threads

    def _deliver(self, found: dict[str, bytes | Failure]) -> None:
        for id, outcome in found.items():
            with self._lock:
                entry = self._entries.get(id)
                # Of a request that is not sent yet this is the failure of an earlier try: it is forgotten on sending.
                stale = isinstance(outcome, Failure) and entry is not None and entry.urgent and entry.sent is None
                if entry is None or stale:
                    continue
                del self._entries[id]
            error = outcome.error() if isinstance(outcome, Failure) else entry.refusal(outcome)
            if error and not isinstance(outcome, Failure):
                with contextlib.suppress(*Unreachable):  # else another try finds it again, and is refused too
                    self._store.discard(id)
            for pending in entry.pendings:
                pending.resolve(None if error else outcome, error)  # type: ignore[arg-type]

    def _fail(self, ids: list[str], error: BattycodaError) -> None:
        for id in ids:
            with self._lock:
                entry = self._entries.pop(id, None)
            for pending in entry.pendings if entry else ():
                pending.resolve(None, error)
