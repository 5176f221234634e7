"""Whether a server can be used by people it was not meant for."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from redis.exceptions import RedisError

from . import config


def exposure(url: str) -> str:
    """What is wrong if the server at `url` is reached from outside without a password, else nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "redis+socket" or _is_loopback(host):
        return ""
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    redis = config.redis_client(bare, timeout=2)
    try:
        redis.ping()
    except RedisError:
        return ""
    finally:
        redis.close()
    return f"The server at {config.shown(url)} answers whoever reaches it, without a password"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")
