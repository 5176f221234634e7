"""Redis clients for addresses as Celery writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .address import SOCKET, normal

if TYPE_CHECKING:
    from redis import Redis


def redis_client(url: str, *, patience: float = 0.0, timeout: float = 5.0) -> Redis:
    """A Redis client for an address as Celery writes it.

    Parameters
    ----------
    patience : float
        s for which a command is tried again, every 0.1 s, while the server does not answer.
    timeout : float
        s to wait for an answer.
    """
    from redis import Redis
    from redis.backoff import ConstantBackoff
    from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
    from redis.retry import Retry

    url = normal(url)
    if url.startswith(SOCKET):
        url = "unix://" + url.removeprefix(SOCKET)
    over_network = (
        {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_connect_timeout": min(timeout, 2)}
    )
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        **over_network,
        retry=Retry(ConstantBackoff(0.1), round(patience / 0.1)),
        retry_on_error=[BusyLoadingError, ConnectionError, TimeoutError],
    )
