"""A relay in front of a server: adds the time of a long way, or TLS, or only counts what passes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from types import TracebackType


class Relay:
    """Listens on a port of loopback and hands everything on to a server; a context manager.

    Parameters
    ----------
    target : str or int
        The server's Unix socket, or its port on loopback.
    delay : float
        s that each byte is under way, in each direction: a round trip takes twice as long. Neither order nor throughput
        is touched, as on a line that is long but wide.
    tls : ssl.SSLContext, optional
        Speak TLS to those who connect, and the plain protocol to the server.

    Attributes
    ----------
    port : int
    """

    def __init__(self, target: str | int, *, delay: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.target, self.delay, self.tls = target, delay, tls
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()], daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        assert self._ready.wait(60), "the relay did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut every connection, and take no more."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(10)
            self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._relay(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            if isinstance(self.target, int):
                inner = await asyncio.open_connection("127.0.0.1", self.target)
            else:
                inner = await asyncio.open_unix_connection(self.target)
            writers.append(inner[1])
            async with asyncio.TaskGroup() as both_ways:
                for source, sink in ((reader, inner[1]), (inner[0], writer)):
                    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
                    both_ways.create_task(self._depart(source, under_way))
                    both_ways.create_task(self._arrive(under_way, sink))
        except* OSError:
            pass  # either side is gone: so is the connection
        finally:
            for each in writers:
                each.close()

    async def _depart(self, source: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]) -> None:
        data = b"-"
        while data:
            data = await source.read(1 << 18)
            under_way.put_nowait((self._loop.time() + self.delay, data))

    async def _arrive(self, under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        while True:
            due, data = await under_way.get()
            if (early := due - self._loop.time()) > 0:
                await asyncio.sleep(early)
            if not data:
                sink.close()
                return
            sink.write(data)
            await sink.drain()
