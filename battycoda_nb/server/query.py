"""The parameters of a request to the HTTP endpoints, checked once, and the answer that refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from battycoda_nb.cluster.environment import is_site
from battycoda_nb.display.colours import COLOUR_MAPS, Look
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.recordings.data_root import has_odd_bytes, is_inside
from battycoda_nb.signal.requests import check_time_expansion, is_digest

from .http_status import http_status

MAX_NAME = 4096
_WHOLE = re.compile(r"[0-9]{1,9}")
_SIZE = re.compile(r"([0-9]{3,4})x([0-9]{3,4})")
SIDES = (300, 4000)  # pixels
_SWITCHES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{0,20})?")


class Refusal(Exception):  # noqa: N818 - an answer, not an accident
    """The answer to a request that is refused: the HTTP status, the sentence for who asked, and the error's code."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@contextmanager
def refused_with(status: int) -> Iterator[None]:
    """Answer `status` where this part of the work finds the request or the recording wrong, unless its code says more.

    What is wrong with the cluster is not the client's fault, and passes.
    """
    try:
        yield
    except (RecordingError, RequestError) as error:
        raise Refusal(http_status(error, status), str(error), error.code) from error


@dataclass(frozen=True)
class Query:
    """The parameters of ``GET battycoda/spectrogram``; openapi.json says what each is.

    Attributes
    ----------
    wav_path : str
        Below the root, or ``site:path``.
    hash : str
        Content hash or MD5, 32 lower-case hex digits; empty if the page does not say which recording it means.
    channel : int or None
        From 0; None: the one that the segment file names for the call.
    contrast : float
        0 to 8.
    size : (int, int) or None
        Width and height in pixels of a picture with axes; None: the bare picture, a point for each level.
    time_expansion, calls_time_expansion : int or None
        As for `Client.open`.
    """

    wav_path: str
    call: int
    hash: str = ""
    channel: int | None = None
    overview: bool = False
    contrast: float = 4.0
    cmap: str = "roseus"
    numcalls: int | None = None
    is_async: bool = False
    prefetch: bool = False
    size: tuple[int, int] | None = None
    time_expansion: int | None = None
    calls_time_expansion: int | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, list[bytes]]) -> Query:
        """The query in a request's arguments, as they came.

        Raises
        ------
        RequestError
            If a value breaks its rule, which the message repeats, or a name is not known.
        """
        # One without a value may be JupyterLab's, which adds the time of day so that nothing is answered from a cache.
        given_names = [name for name, values in arguments.items() if any(values)]
        if unknown := sorted({*given_names} - _READERS.keys() - _JUPYTERS):
            named = ", ".join(f"{name[:40]!a}" for name in unknown[:3])
            raise RequestError(f"{named} is no parameter here: there are {', '.join(_READERS)}")
        values: dict[str, Any] = {}
        for name, (field, read) in _READERS.items():
            given = [value for value in arguments.get(name, []) if value]
            if len(given) > 1:
                raise RequestError(f"{name} is given {len(given)} times: give it once")
            if given:
                try:
                    text = given[0].decode("utf-8")
                except UnicodeDecodeError:
                    raise RequestError(f"{name}={ascii(given[0][:80])[1:]} must be UTF-8") from None
                values[field] = read(name, text)
        for name in ("wav_path", "call"):
            if name not in values:
                raise RequestError(f"{name} is missing: wav_path names the recording and call, from 0, the call in it")
        query = cls(**values)
        if query.numcalls is not None and query.call >= query.numcalls:
            raise RequestError(f"call={query.call} must be below numcalls={query.numcalls}: calls count from 0")
        return query

    @property
    def recording(self) -> tuple[Any, ...]:
        """All that says which recording is meant, and how it is opened."""
        return self.wav_path, self.hash, self.time_expansion, self.calls_time_expansion

    def look(self, rms: float) -> Look:
        """The picture's colours: by BattyCoda's contrast, as its users know them, in a recording of that rms."""
        return Look(mapping="contrast", contrast=self.contrast, cmap=self.cmap, rms=rms)


def _path(name: str, text: str) -> str:
    if len(text) > MAX_NAME or has_odd_bytes(text):
        raise RequestError(f"{name}={text[:80]!a} is not the name of a file: it is too long, or has odd bytes")
    site, colon, rest = text.partition(":")
    if not is_inside(text) or (colon and is_site(site) and not is_inside(rest)):
        raise RequestError(
            f"{name}={text[:200]!r} must be relative to the folder that Jupyter serves, or to a site's root, "
            "without '..'"
        )
    return text


def _hash(name: str, text: str) -> str:
    if not is_digest(text.lower()):
        raise RequestError(f"{name}={text[:80]!r} must be a content hash or an MD5: 32 hex digits")
    return text.lower()


def _count(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise RequestError(f"{name}={text[:80]!r} must be a whole number from 0 to 999999999")
    return int(text)


def _expansion(name: str, text: str) -> int:
    return check_time_expansion(int(text) if _WHOLE.fullmatch(text) else text[:80], name)


def _switch(name: str, text: str) -> bool:
    """Read a switch in any case: Python pages send True, JavaScript ones true."""
    if (value := _SWITCHES.get(text.lower())) is None:
        raise RequestError(f"{name}={text[:80]!r} must be true or false, yes or no, 1 or 0")
    return value


def _size(name: str, text: str) -> tuple[int, int]:
    least, most = SIDES
    match = _SIZE.fullmatch(text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(least <= side <= most for side in size):
        raise RequestError(
            f"{name}={text[:80]!r} must be width and height in pixels, {least} to {most} each, such as 900x500"
        )
    return size


def _contrast(name: str, text: str) -> float:
    if not _NUMBER.fullmatch(text) or not 0 <= float(text) <= 8:
        raise RequestError(f"{name}={text[:80]!r} must be a number from 0 to 8, such as 4")
    return float(text)


def _cmap(name: str, text: str) -> str:
    if text not in COLOUR_MAPS:
        raise RequestError(f"{name}={text[:80]!r} must be one of {', '.join(COLOUR_MAPS)}")
    return text


_JUPYTERS = {"token", "_xsrf"}  # its authentication's

_READERS: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "wav_path": ("wav_path", _path),
    "hash": ("hash", _hash),
    "call": ("call", _count),
    "channel": ("channel", _count),
    "overview": ("overview", _switch),
    "contrast": ("contrast", _contrast),
    "cmap": ("cmap", _cmap),
    "numcalls": ("numcalls", _count),
    "async": ("is_async", _switch),
    "prefetch": ("prefetch", _switch),
    "size": ("size", _size),
    "time_expansion": ("time_expansion", _expansion),
    "calls_time_expansion": ("calls_time_expansion", _expansion),
}
