"""Readers over mutated files: what is found is an error outside of our tree, a sentence that is none, or a delay."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from zlib import crc32

from battycoda_nb.errors import BattycodaError

from .mutations import in_bytes
from .readers import Reader

SLOW = 1.0  # s of processor time
_HANGS = 30  # s on the clock
_LONGEST = 1500  # letters of a sentence for a user


@dataclass
class Tally:
    """What became of the inputs of one reader.

    Attributes
    ----------
    inputs, read, refused : int
    slowest : float
        s of processor time of one input.
    faults : list of str
        Each with the number of the input, by which it can be made again.
    """

    inputs: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what became of further inputs."""
        self.inputs += other.inputs
        self.read += other.read
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.faults += other.faults


def mutated(name: str, reader: Reader, number: int) -> tuple[str, bytes]:
    """Return the name and the content of one input; the same number makes the same input."""
    rng = random.Random(crc32(name.encode()) + number)
    file, data = rng.choice(reader.seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        mutation = rng.choice(reader.mutations)
        try:
            data = mutation(rng, data)
        except (ValueError, RecursionError):  # what was changed before is no JSON any more
            data = in_bytes(rng, data)
    return file, data


def run(name: str, reader: Reader, numbers: Iterable[int], folder: Path) -> Tally:
    """Read mutated files; `folder` is for what a reader needs on a disk."""
    tally = Tally()
    signal.signal(signal.SIGALRM, _hang)
    for number in numbers:
        file, data = mutated(name, reader, number)
        tally.inputs += 1
        start = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, _HANGS)
        fault = _try(tally, reader, file, data, folder)
        signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.process_time() - start
        tally.slowest = max(tally.slowest, took)
        if took > SLOW:
            fault = fault or f"{took:.2f} s for {len(data)} bytes"
        if fault:
            tally.faults.append(f"{name} {number}: {fault}")
    return tally


def _try(tally: Tally, reader: Reader, file: str, data: bytes, folder: Path) -> str:
    try:
        reader.read(file, data, folder)
    except BattycodaError as error:
        tally.refused += 1
        sentence = str(error)
        return "" if 10 < len(sentence) < _LONGEST and sentence.isprintable() else f"no sentence: {sentence[:200]!r}"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {str(error)[:200]}"
    tally.read += 1
    return ""


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"no end after {_HANGS} s")
