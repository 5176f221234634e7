"""Mutations of valid files: cells and fields take values that people and programs write, bytes and chunks go astray.

Each takes a random number generator and a content, and returns another content; none keeps a state.
"""

from __future__ import annotations

import json
import math
import pickle
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np

Mutation = Callable[[random.Random, bytes], bytes]

# What stands in cells of real tables, and what breaks readers.
VALUES = (
    "", " ", "NA", "nan", "NaN", "inf", "-inf", "None", "null", "#N/A", "-", "?", "0", "-0", "1", "-1", "0.5", "1e5",
    "1e999", "1e-999", "-1e300", "9" * 30, "9" * 400, "0." + "0" * 400 + "1", "1,5", "1.000,5", "1,000.5", "1.234.567",
    "0:01.5", "12:30:00", "2024-06-01", "1_0", "0x1F", "1e", "+", ".", "٣", "½", "TRUE", "s", "Hz", "kHz", "FM",
    "Große 🦇", "a.wav", "b.wav", "x/a.WAV", "x\\a.flac", "..", "/", "a" * 1001, "a" * 5000, "=1+1", "\0", "\x1b[2J",
    "\u202e", "\ufeff", "\u2028", "\x85", '"', '""', '"a', 'a"', "'", ",", ";", "\t", "\n", "\r", "\\", "<exists>",
    " " * 20_000 + "x", "(" * 20_000, "1," * 10_000, '"' * 9_999, "!", "{}", "[]", "label", "onset",
    "Begin Time (s)", "View", "Waveform 1", "\ud800", "1" * 20_000 + "x",
)  # fmt: skip
BYTES = (b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\x96", b"\r\n", b"\x1a", b"\xc3")
_CELL = re.compile(r"[^\t,;\n\r \"]+")


def in_text(rng: random.Random, data: bytes) -> bytes:
    """Change words, cells and lines of a text."""
    text = data.decode("utf-8", "replace")
    change = rng.choice((_word, _word, _word, _cells, _line, _separator, _encoding))
    return change(rng, text)


def in_json(rng: random.Random, data: bytes) -> bytes:
    """Change a value, key or item of a JSON document."""
    document = json.loads(data)
    places = _places(document)
    if not places:
        return in_bytes(rng, data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        container, key = rng.choice(places)
        if (isinstance(container, list) and key >= len(container)) or (
            isinstance(container, dict) and key not in container
        ):
            continue
        action = rng.randrange(6)
        if action == 0:
            del container[key]
        elif action == 1 and isinstance(container, dict):
            container[rng.choice(VALUES)] = container.pop(key)
        elif action == 2 and isinstance(container, list):
            container.insert(rng.randrange(len(container) + 1), container[key])
        elif action == 3:
            other, place = rng.choice(places)
            value = other[place] if isinstance(other, dict) and place in other else None
            container[key] = json.loads(json.dumps(value))  # a copy: no ring
        else:
            container[key] = _value(rng)
    return json.dumps(document, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def in_pickle(rng: random.Random, _: bytes) -> bytes:
    """Pickle a dict or a list as BattyCoda does, with onsets, offsets and labels of many kinds and shapes.

    Made anew: a pickle whose bytes were changed before is nothing to load.
    """
    dtypes = ("f8", "f4", ">f8", "i4", "u1", "c16", "?", "U3", "S3", "M8[s]", "O", "i4,i4")
    shapes = ((2,), (0,), (1,), (2, 1), (1, 2), (2, 2), (), (3,))

    def values() -> Any:
        kind = rng.randrange(6)
        if kind < 3:
            return np.arange(1, 1 + math.prod(shape := rng.choice(shapes))).reshape(shape) / rng.choice((10, -10, 0.5))
        if kind == 3:
            return np.zeros(rng.choice(shapes), rng.choice(dtypes))
        return [_value(rng) if rng.random() < 0.3 else number / 10 for number in range(rng.randrange(4))]

    onsets = values()
    offsets = onsets + 0.05 if isinstance(onsets, np.ndarray) and onsets.dtype.kind == "f" else values()
    document: Any = {"onsets": onsets, "offsets": offsets}
    if rng.random() < 0.5:
        document["labels"] = rng.choice((values(), ["FM", None], [rng.choice(VALUES)], _value(rng)))
    if rng.random() < 0.3:
        document[rng.choice(("threshold", "onsets", "offsets", 3, None))] = _value(rng)
    return pickle.dumps([onsets, offsets] if rng.random() < 0.3 else document, protocol=rng.randrange(6))


def in_bytes(rng: random.Random, data: bytes) -> bytes:
    """Change, drop, double or insert some bytes, or cut the end off."""
    place, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 16, 200))
    action = rng.randrange(6)
    if action == 0:
        return data[:place]
    if action == 1:
        return data[:place] + data[place + length :]
    if action == 2:
        return data[:place] + data[place : place + length] * rng.choice((2, 3, 50)) + data[place + length :]
    if action == 3:
        return data[:place] + rng.choice(BYTES) + data[place:]
    if action == 4:
        return data[:place] + rng.randbytes(length) + data[place + length :]
    changed = bytearray(data)
    for _ in range(length):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def in_numbers(rng: random.Random, data: bytes) -> bytes:
    """Write a number that a size, count or place may have over 1, 2, 4 or 8 bytes, as binary formats have them."""
    width = rng.choice((1, 2, 4, 4, 8))
    number = rng.choice((0, 1, 2, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), len(data), rng.randrange(256)))
    place = rng.randrange(max(len(data) - width, 1))
    raw = (number % 2 ** (8 * width)).to_bytes(width, rng.choice(("little", "big")))
    return data[:place] + raw + data[place + width :]


def in_chunks(rng: random.Random, data: bytes) -> bytes:
    """Drop, double, swap, rename or resize the chunks of a RIFF file, or change what one of them holds."""
    head, chunks = data[:12], list(_chunks(data))
    if not chunks:
        return in_bytes(rng, data)
    place = rng.randrange(len(chunks))
    name, size, body = chunks[place]
    action = rng.randrange(7)
    if action == 0:
        del chunks[place]
    elif action == 1:
        chunks.insert(rng.randrange(len(chunks) + 1), chunks[place])
    elif action == 2:
        chunks[place] = (
            rng.choice((b"data", b"fmt ", b"guan", b"wamd", b"LIST", b"junk", rng.randbytes(4))),
            size,
            body,
        )
    elif action == 3:
        wrong = rng.choice((0, 1, size - 1, size + 1, 2 * size, 2**31 - 1, 2**31, 2**32 - 1, 0x7FFFF000))
        chunks[place] = (name, wrong % 2**32, body)
    elif action == 4:
        rng.shuffle(chunks)
    elif action == 5 and body:
        chunks[place] = (name, size, rng.choice((in_bytes, in_numbers))(rng, body))
    else:
        body = rng.choice((in_text, in_bytes))(rng, body) if name not in (b"data", b"fmt ") else in_numbers(rng, body)
        chunks[place] = (name, len(body), body)
    whole = b"".join(name + size.to_bytes(4, "little") + body + b"\0" * (len(body) % 2) for name, size, body in chunks)
    return head + whole


def _chunks(data: bytes) -> list[tuple[bytes, int, bytes]]:
    found, place = [], 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        found.append((data[place : place + 4], size, data[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return found


def _word(rng: random.Random, text: str) -> bytes:
    """Put another value in the place of one word or number."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        words = list(_CELL.finditer(text))
        if words:
            word = rng.choice(words)
            text = text[: word.start()] + rng.choice(VALUES) + text[word.end() :]
    return text.encode("utf-8", "surrogatepass")


def _cells(rng: random.Random, text: str) -> bytes:
    """Put another value in the place of whole cells of one column."""
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = [line.split(separator) for line in text.splitlines()]
    column, value = rng.randrange(max(map(len, rows), default=1) or 1), rng.choice(VALUES)
    for row in rows[rng.randrange(2) :]:
        if column < len(row):
            action = rng.randrange(4)
            row[column : column + 1] = [] if action == 0 else [row[column], value] if action == 1 else [value]
    return "\n".join(map(separator.join, rows)).encode("utf-8", "surrogatepass")


def _line(rng: random.Random, text: str) -> bytes:
    """Drop, double, move or break a line."""
    lines = text.splitlines(keepends=True) or [""]
    place = rng.randrange(len(lines))
    action = rng.randrange(5)
    if action == 0:
        del lines[place]
    elif action == 1:
        lines.insert(place, lines[place])
    elif action == 2:
        rng.shuffle(lines)
    elif action == 3:
        lines.insert(place, rng.choice(VALUES) + "\n")
    else:
        cut = rng.randrange(len(lines[place]) + 1)
        lines[place] = lines[place][:cut] + "\n" + lines[place][cut:]
    return "".join(lines).encode("utf-8", "surrogatepass")


def _separator(rng: random.Random, text: str) -> bytes:
    """Put one separator, decimal sign or line end in the place of another, everywhere or at some places."""
    old, new = rng.sample((",", ";", "\t", "\n", "\r\n", "\r", " ", ".", '"', "=", "\n\n"), 2)
    return text.replace(old, new, rng.choice((-1, 1, 3))).encode("utf-8", "surrogatepass")


def _encoding(rng: random.Random, text: str) -> bytes:
    """Write the text in another encoding, with an umlaut or without."""
    if words := list(_CELL.finditer(text)):
        word = rng.choice(words)
        text = text[: word.end()] + rng.choice(("ä", "€", "“", "")) + text[word.end() :]
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin1", "cp1252", "utf-32")), "replace")


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Return each container of a JSON document with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    todo = [document]
    while todo:
        item = todo.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        found += [(item, key) for key in keys]
        todo += [item[key] for key in keys]
    return found


def _value(rng: random.Random) -> Any:
    return rng.choice(
        (
            None, True, False, 0, -1, 1.5, 10**20, 10**400, float("nan"), float("inf"), 1e300, [], {}, [[]], [{}],
            [1, 2], [[1, 2]], [0.1, 1, 0.2, 2], {"a": []}, "x" * 1001, rng.choice(VALUES),
        )
    )  # fmt: skip
