"""The Jupyter Server extension: BattyCoda's HTTP endpoints, under the server's base URL and behind its authentication.

    GET battycoda/spectrogram             a call's picture (PNG)
    GET battycoda/status/task/<task_id>   what became of a request with async=true
    GET battycoda/debug/celery_status     workers, queues, active, reserved and failed tasks
    GET battycoda/openapi.json            what these three take and answer

They need no kernel, so they go on answering while every kernel is busy. openapi.json, beside this file, is the
contract; tests/server/test_handlers.py draws its requests from it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from battycoda_nb._version import __version__
from battycoda_nb.display.colour_png import coloured
from battycoda_nb.display.figure import call_png
from battycoda_nb.errors import BattycodaError, RequestError
from battycoda_nb.signal.requests import is_digest

from .http_status import TOO_LONG, UNAVAILABLE, http_status
from .query import Query, Refusal, refused_with
from .session import Cluster, finished, in_thread

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from battycoda_nb.client.recording import Recording
    from battycoda_nb.cluster.work import Work
    from battycoda_nb.signal.requests import SpectrogramRequest
    from battycoda_nb.signal.spectrogram import Spectrogram

RETRY_AFTER = 5  # s
# Not for ever: the hash fixes the samples, but the segment file says where the call is, and a user may change that.
KEEP_IN_BROWSER = 3600  # s


class Handler(APIHandler):
    """A GET that answers JSON or a picture, and what is wrong as JSON with the sentence that our errors carry."""

    auth_resource = "battycoda"
    etag: str | None = None
    answer: Callable[..., Awaitable[None]]  # with the parts of the path

    def initialize(self, cluster: Cluster) -> None:
        self.cluster = cluster

    @authenticated
    @authorized
    async def get(self, *parts: str) -> None:
        try:
            await self.answer(*parts)
        except Refusal as refusal:
            self.refuse(refusal.status, refusal.message)
        except (TimeoutError, BattycodaError) as error:  # no server, no worker, or one that cannot be trusted
            self.refuse(http_status(error), str(error))

    def reply(self, content: dict[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(content))

    def refuse(self, status: int, message: str) -> None:
        self.etag = None
        self.clear_header("Etag")
        if status in (UNAVAILABLE, TOO_LONG):
            self.set_header("Retry-After", str(RETRY_AFTER))
        self.reply({"status": "error", "message": message}, status)

    def compute_etag(self) -> str | None:
        return self.etag


class SpectrogramHandler(Handler):
    """``GET battycoda/spectrogram``."""

    async def answer(self) -> None:
        with refused_with(400):
            query = Query.read(self.request.query_arguments)
        try:
            await self._answer(query)
        except Refusal as refusal:
            if refusal.code != "changed":
                raise
            self.cluster.forget(query)
            await self._answer(query)

    async def _answer(self, query: Query) -> None:
        with refused_with(422):
            recording = await self.cluster.recording(query)
        work = _work(recording, query)
        self.etag = f'"{work.digest}-{_look(recording, query)}"'
        self.set_header("Etag", self.etag)
        self.set_header("Cache-Control", f"private, max-age={KEEP_IN_BROWSER}" if query.hash else "private, no-cache")
        if self.check_etag_header():
            self._prefetch(recording, query)
            self.set_status(304)
            self.finish()
            return
        waits = not query.is_async or await self.cluster.is_kept(work.digest)
        pending = await self.cluster.submit(work)
        self._prefetch(recording, query)
        if not waits:
            self._say_queued(pending.task_id)
            return
        await finished(pending)
        with refused_with(422):
            blob = pending.blob()
        look = query.look(recording.info.rms)
        if query.size is None:
            picture = coloured(blob, work.request, look=look)
        else:  # drawing takes a tenth of a second and more
            call, draw = recording.steps[query.call], partial(call_png, size=query.size)
            picture = await in_thread(lambda: draw(work.read(blob), call, look=look))
        self.finish(picture, set_content_type="image/png")

    def _say_queued(self, id: str) -> None:
        self.etag = None
        self.clear_header("Etag")
        poll_url = url_path_join(self.base_url, "battycoda/status/task", id)
        self.reply({"status": "queued", "task_id": id, "poll_url": poll_url}, 202)

    def _prefetch(self, recording: Recording, query: Query) -> None:
        if query.prefetch:
            # Without a cookie every request has another anonymous user.
            session = self.current_user.username if self.request.cookies else str(self.request.remote_ip)
            self.cluster.prefetch(recording, query, session)


def _work(recording: Recording, query: Query) -> Work[SpectrogramRequest, Spectrogram]:
    with refused_with(422):
        if not len(recording.calls):
            raise RequestError(
                f"{recording.info.name} has no calls: put a file that lists them beside it", code="missing"
            )
        return recording.work.call(query.call, channel=query.channel, overview=query.overview)


def _look(recording: Recording, query: Query) -> str:
    """A short name of all that makes one result into one picture."""
    content = json.dumps([__version__, asdict(query.look(recording.info.rms)), query.size])
    return blake2b(content.encode(), digest_size=8).hexdigest()


class TaskHandler(Handler):
    """``GET battycoda/status/task/<task_id>``."""

    async def answer(self, id: str) -> None:
        found = await self.cluster.task(id) if is_digest(id) else None
        if found is None:
            raise Refusal(404, f"There is no task {id[:80]!r}: nobody asked for it here, or it was forgotten long ago")
        self.reply(found)


class StatusHandler(Handler):
    """``GET battycoda/debug/celery_status``."""

    async def answer(self) -> None:
        self.reply(await self.cluster.status())


class DescriptionHandler(Handler):
    """``GET battycoda/openapi.json``."""

    async def answer(self) -> None:
        description = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
        description["info"]["version"] = __version__
        description["servers"] = [{"url": self.base_url}]
        self.reply(description)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "battycoda_nb.server.handlers"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    cluster = Cluster(Path(app.root_dir))
    handlers = [
        (r"spectrogram", SpectrogramHandler),
        (r"status/task/([^/]+)", TaskHandler),
        (r"debug/celery_status", StatusHandler),
        (r"openapi\.json", DescriptionHandler),
    ]
    assert app.web_app is not None
    app.web_app.add_handlers(
        ".*$",
        [(url_path_join(app.base_url, "battycoda", path), kind, {"cluster": cluster}) for path, kind in handlers],
    )
