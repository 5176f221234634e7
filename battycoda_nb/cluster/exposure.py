"""Find out whether a server lets in anybody on the network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError

from .address import SOCKET, normal, shown, without_credentials
from .connection import redis_client


def exposure(url: str) -> str:
    """Whether anybody on the network can use the server at `url`: a sentence that says so and what mends it, or "".

    Waits for the server, 2 s at most for each of two answers.

    Notes
    -----
    Any thread may call it. A server that cannot be asked is not called exposed.
    """
    url = normal(url)
    if url.startswith(SOCKET):
        return ""
    redis = redis_client(without_credentials(url), timeout=2)
    try:
        redis.ping()
        if _is_loopback(urlsplit(url).hostname or "localhost") and not _listens_outside(redis):
            return ""
    except (RedisError, OSError):  # it wants a password or a certificate, or does not answer
        return ""
    finally:
        redis.close()
    parts = urlsplit(url)
    return (
        f"The server at {shown(url)} answers without a password on the network: whoever reaches it can read, change "
        "and delete everything in it. Give it one, the line `requirepass PASSWORD` in its configuration file or "
        f"`valkey-cli -h {parts.hostname or 'localhost'} -p {parts.port or 6379} CONFIG SET requirepass PASSWORD`, and "
        "write it into the address, redis://:PASSWORD@..., in a file of mode 600 that BATTYCODA_BROKER_FILE names"
    )


def _is_loopback(host: str) -> bool:
    """Whether a connection to `host` stays on this machine's loopback."""
    return all(ipaddress.ip_address(found[4][0]).is_loopback for found in socket.getaddrinfo(host, None))


def _listens_outside(redis: Redis) -> bool:
    """Whether a server that answers on loopback would answer other machines too, as far as it says so."""
    try:
        found = redis.config_get("bind", "protected-mode")
    except RedisError:  # CONFIG is renamed or forbidden
        return False
    addresses = (found.get("bind") or "*").split()
    return found.get("protected-mode") == "no" and any(map(_is_outside, addresses))


def _is_outside(address: str) -> bool:
    address = address.removeprefix("-")  # "-" marks one that may be missing
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address not in ("localhost", "")
