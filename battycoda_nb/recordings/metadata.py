"""Metadata that a recorder or a person put into a WAV file: GUANO and WAMD.

GUANO is a ``guan`` chunk of UTF-8 lines ``Key: value``, with ``Namespace|Key`` for what only one maker writes.
WAMD is Wildlife Acoustics' ``wamd`` chunk of entries: 2 bytes which, 4 bytes how long, then the value.
Both are read as they are met, not as they should be: a date that is none leaves only the date out.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import as_html, as_text

from .metadata_values import position_in, positive_in, time_in
from .wav_chunks import Chunk, content, wav_layout

T = TypeVar("T")

_MAX_GUANO = 2**18  # bytes
_MAX_VALUE = 4000  # letters of one value: a note, not the program of a recorder
_MAX_KEYS = 500

_WAMD_NAMES = {
    0x00: "Version",
    0x01: "Model",
    0x02: "Serial",
    0x03: "Firmware",
    0x04: "Prefix",
    0x05: "Timestamp",
    0x06: "GPS First",
    0x07: "GPS Track",
    0x08: "Software",
    0x09: "License",
    0x0A: "Note",
    0x0B: "Auto ID",
    0x0C: "Manual ID",
    0x0D: "Voice Note",
    0x0E: "Auto ID Statistics",
    0x0F: "Time Expansion",
    0x10: "Program",
    0x11: "Run State",
    0x12: "Microphone",
    0x13: "Sensitivity",
    0x14: "Position",
    0x15: "Temperature Int",
    0x16: "Temperature Ext",
    0x17: "Humidity",
    0x18: "Light",
}
_GUANO_READ = (
    "Timestamp",
    "Loc Position",
    "Make",
    "Model",
    "Species Manual ID",
    "Species Auto ID",
    "Note",
    "Samplerate",
    "TE",
)
_WAMD_READ = (
    "Timestamp",
    "GPS First",
    "Position",
    "Model",
    "Manual ID",
    "Auto ID",
    "Note",
    "Time Expansion",
)
_WAMD_NUMBERS = (0x00, 0x0F)
_WAMD_BINARY = (0x0D, 0x10, 0x11)  # a sound, a program, a state
_WAMD_PADDING = 0xFFFF
_WILDLIFE = re.compile(r"(SM|EM|Song ?Meter|Echo ?Meter|WA|Mini|Micro)", re.IGNORECASE)


@dataclass(frozen=True)
class Metadata:
    """Everything that a file says of itself beside its sound.

    Attributes
    ----------
    guano, wamd : dict of str
        All keys and values in the order of the file, also those that nothing here knows. Entries of WAMD that have no
        name go by their number, such as ``"0x0020"``.

    Examples
    --------
    >>> metadata = Metadata(guano={"Timestamp": "2024-06-01T22:15:03+02:00", "Loc Position": "48.5 -9.05"})
    >>> metadata.timestamp.isoformat(), metadata.position
    ('2024-06-01T22:15:03+02:00', (48.5, -9.05))
    """

    guano: Mapping[str, str] = field(default_factory=dict)
    wamd: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for keys in (self.guano, self.wamd):
            if not (
                isinstance(keys, dict)
                and len(keys) <= _MAX_KEYS
                and all(isinstance(text, str) and len(text) <= _MAX_VALUE for pair in keys.items() for text in pair)
            ):
                raise RecordingError("The description of the recording's metadata is not sound")

    def __hash__(self) -> int:
        return hash((*self.guano.items(), *self.wamd.items()))

    def __bool__(self) -> bool:
        return bool(self.guano or self.wamd)

    @property
    def timestamp(self) -> datetime | None:
        """When the recording began, by the recorder's clock; with its offset from UTC where the file has that."""
        return _first(time_in, self._guano("Timestamp"), self.wamd.get("Timestamp", ""))

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees (WGS84); South and West are negative."""
        texts = (self._guano("Loc Position"), self.wamd.get("GPS First", ""), self.wamd.get("Position", ""))
        return _first(position_in, *texts)

    @property
    def make(self) -> str:
        """Maker of the recorder."""
        # Kaleidoscope writes WAMD into the files of other makers too.
        return self._guano("Make") or ("Wildlife Acoustics" if _WILDLIFE.match(self.wamd.get("Model", "")) else "")

    @property
    def model(self) -> str:
        return self._guano("Model") or self.wamd.get("Model", "")

    @property
    def species(self) -> str:
        """What a person said that it is."""
        return self._guano("Species Manual ID") or self.wamd.get("Manual ID", "")

    @property
    def species_auto(self) -> str:
        """What a program took it for."""
        return self._guano("Species Auto ID") or self.wamd.get("Auto ID", "")

    @property
    def note(self) -> str:
        """May have several lines."""
        return self._guano("Note").replace("\\n", "\n") or self.wamd.get("Note", "")

    @property
    def guano_samplerate(self) -> float | None:
        """Hz, as the microphone's: in a time-expanded file a multiple of what the header says."""
        return positive_in(self._guano("Samplerate"))

    @property
    def guano_te(self) -> float | None:
        """Time expansion by GUANO's ``TE``."""
        return positive_in(self._guano("TE"))

    @property
    def wamd_te(self) -> float | None:
        """Time expansion by WAMD's entry 0x000F."""
        return positive_in(self.wamd.get("Time Expansion", ""))

    def _guano(self, key: str) -> str:
        """Return the value of a key, in whatever letters it is written; empty if there is none."""
        if key in self.guano:
            return self.guano[key]
        return next((value for name, value in self.guano.items() if name.lower() == key.lower()), "")

    def _rows(self) -> list[tuple[str, str]]:
        """Return what is known, for people; then each key as it stands."""
        known = {
            "recorded": self.timestamp.isoformat(" ") if self.timestamp else "",
            "position": "{:g}, {:g}".format(*self.position) if self.position else "",
            "recorder": " ".join(filter(None, [self.make, self.model])),
            "species": self.species,
            "species (auto)": self.species_auto,
            "note": " / ".join(self.note.splitlines()),
        }
        keys = [(f"{kind} {key}", value) for kind in ("guano", "wamd") for key, value in getattr(self, kind).items()]
        return [(name, value) for name, value in known.items() if value] + keys

    def __str__(self) -> str:
        return as_text(self._rows()) if self else "no metadata"

    def _repr_html_(self) -> str:
        return as_html(self._rows()) if self else "<p>no metadata</p>"

    def brief(self) -> Metadata:
        """Return what the properties above are read from, as a list of thousands has it."""
        known = {key.lower() for key in _GUANO_READ}
        guano = {key: value for key, value in self.guano.items() if key.lower() in known}
        return Metadata(guano, {key: value for key, value in self.wamd.items() if key in _WAMD_READ})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> Metadata:
        """Return the metadata in a worker's answer; `RecordingError` if it is none."""
        if not isinstance(value, dict) or not set(value) <= {"guano", "wamd"}:
            raise RecordingError("The description of the recording's metadata is not sound")
        return cls(**value)


def read_metadata(descriptor: int) -> Metadata:
    """Return the metadata of an open WAV file of any flavour; nothing in it for any other file.

    The file's position is left alone, and what is read is bounded, whatever sizes the file claims.
    """
    layout = wav_layout(descriptor)
    guano: dict[str, str] = {}
    wamd: dict[str, str] = {}
    for chunk in layout.chunks if layout else ():
        if chunk.name == b"guan":
            _add(guano, parse_guano(content(descriptor, chunk, _MAX_GUANO)))
        elif chunk.name == b"wamd":
            _add(wamd, _read_wamd(descriptor, chunk))
    return Metadata(guano, wamd)


def parse_guano(data: bytes) -> dict[str, str]:
    """Return keys and values of a ``guan`` chunk; the first of a key that stands there twice."""
    found: dict[str, str] = {}
    for line in _text(data).split("\n"):
        key, colon, value = line.partition(":")
        if colon and (key := key.strip(" \t\r\0")):
            found.setdefault(key[:_MAX_VALUE], value.strip(" \t\r\0")[:_MAX_VALUE])
    return found


def _read_wamd(descriptor: int, chunk: Chunk) -> dict[str, str]:
    """Return keys and values of a ``wamd`` chunk, up to where it no longer makes sense."""
    found: dict[str, str] = {}
    at = 0
    form = ""
    for _ in range(_MAX_KEYS):
        head = content(descriptor, chunk, 6, at)
        if len(head) < 6:
            break
        # Its own description says little-endian; a program that turned a RIFX file may have turned this too.
        form = form or next((form for form in ("<HI", ">HI") if struct.unpack(form, head)[1] <= chunk.size - 6), "<HI")
        number, length = struct.unpack(form, head)
        value = content(descriptor, chunk, min(length, _MAX_VALUE), at + 6)
        at += 6 + length
        if number != _WAMD_PADDING:
            found.setdefault(_WAMD_NAMES.get(number, f"0x{number:04x}"), _wamd_value(number, length, value, form))
    return found


def _wamd_value(number: int, length: int, value: bytes, form: str) -> str:
    if number in _WAMD_NUMBERS:
        return str(int.from_bytes(value[:8], "little" if form[0] == "<" else "big"))
    text = _text(value).strip(" \t\r\n\0")
    if number in _WAMD_BINARY or any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        return f"({length} bytes)" if number in _WAMD_BINARY or length > 32 else value.hex(" ")
    return text


def _text(data: bytes) -> str:
    """Return bytes as text: UTF-8, as some recorders write it UTF-16, or what older programs under Windows wrote."""
    if len(data) > 3 and data[0] and not any(data[1::2]):
        return data[: len(data) // 2 * 2].decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end == len(data) and error.reason == "unexpected end of data":  # cut off by the limit
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")


def _add(found: dict[str, str], more: dict[str, str]) -> None:
    """Add keys that are not there yet, up to the limit."""
    for key, value in more.items():
        if len(found) < _MAX_KEYS:
            found.setdefault(key, value)


def _first(parse: Callable[[str], T | None], *texts: str) -> T | None:
    """Return the first of some texts that makes sense."""
    return next((found for text in texts if (found := parse(text)) is not None), None)
