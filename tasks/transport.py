"""The way from the server to a worker, on which what is no message at all ends no worker.

Celery refuses a message that it can read and does not understand. What kombu cannot read (not JSON, or not the fields
of a message) is an exception in its event loop, which ends the worker, and the next one of the site.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from celery.utils.log import get_task_logger
from kombu.transport import TRANSPORT_ALIASES, redis

log = get_task_logger(__name__)

_FIELDS = {"body": str, "content-encoding": str, "content-type": str, "headers": dict, "properties": dict}
_PROPERTIES = {"body_encoding": str, "delivery_tag": str, "delivery_info": dict}
_DELIVERY = {"exchange": str, "routing_key": str}


class Channel(redis.Channel):
    """A channel that passes over what is no message. It has left the queue by then, and is in nobody's hands."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except (json.JSONDecodeError, UnicodeError, RecursionError) as error:  # a task's own ones do not come so far
            log.warning("A message that cannot be read was dropped: %s", ascii(str(error))[:200])
            return True


class Transport(redis.Transport):
    """As kombu's, with the channel above."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        if is_message(message):
            super()._deliver(message, queue)
        else:
            log.warning("What came by %s is no message, so it was dropped: %s", queue, ascii(message)[:200])


def is_message(value: Any) -> bool:
    """Whether a value has the fields of a message as kombu makes it, each of its type."""
    if not _has(value, _FIELDS) or not _has(value["properties"], _PROPERTIES):
        return False
    if not _has(value["properties"]["delivery_info"], _DELIVERY) or value["properties"]["body_encoding"] != "base64":
        return False
    try:
        return bool(base64.b64decode(value["body"]))
    except ValueError:
        return False


def _has(value: Any, kinds: Mapping[str, type]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in kinds.items())


def use() -> None:
    """Have this process's connections made this way; an address's own scheme would win over a setting."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
