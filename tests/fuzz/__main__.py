"""``make fuzz``: mutated files for every reader, which must read them or refuse them in a sentence, within a second.

``ARGS="textgrid wav"`` is about these alone, ``ARGS="--inputs 1000"`` reads fewer, ``ARGS="textgrid --input 1234 --keep
DIR"`` one of them, and leaves it in a folder. A crash of a library costs its slice of inputs alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from .readers import Reader, readers
from .run import Tally, mutated, run

SLICE = 1000


def main() -> int:
    known = readers()
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="reader", help=f"one of {', '.join(known)}; by default all")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many for each reader (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first; other numbers are other inputs")
    parser.add_argument("--input", type=int, help="only this one")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that show a fault")
    asked = parser.parse_args()
    if unknown := set(asked.readers) - set(known):
        parser.error(f"there is no reader {', '.join(sorted(unknown))}")
    numbers = range(asked.first, asked.first + asked.inputs)
    if asked.input is not None:
        numbers = range(asked.input, asked.input + 1)
    good = True
    print(f"{'reader':14}{'inputs':>9}{'read':>9}{'refused':>9}{'slowest':>11}{'faults':>8}{'seconds':>9}")
    for name in asked.readers or known:
        start = time.monotonic()
        tally = _sliced(name, known[name], numbers)
        print(
            f"{name:14}{tally.inputs:9}{tally.read:9}{tally.refused:9}{tally.slowest * 1e3:8.0f} ms"
            f"{len(tally.faults):8}{time.monotonic() - start:9.0f}",
            flush=True,
        )
        for fault in {fault.split(":", 1)[1][:60]: fault for fault in reversed(tally.faults)}.values():  # one of a kind
            print(f"    {fault}", flush=True)
        if asked.keep:
            _keep(asked.keep, name, known[name], [*numbers] if asked.input is not None else _numbers(tally))
        good &= not tally.faults
    return 0 if good else 1


def _sliced(name: str, reader: Reader, numbers: range) -> Tally:
    """Return what became of all inputs; each slice has a process of its own."""
    whole = Tally()
    for first in range(numbers.start, numbers.stop, SLICE):
        part = range(first, min(first + SLICE, numbers.stop))
        tally = _apart(name, reader, part)
        if tally is None:  # one of them ended the process: which?
            for number in part:
                one = _apart(name, reader, range(number, number + 1))
                whole.add(one or Tally(inputs=1, faults=[f"{name} {number}: the process ended"]))
        else:
            whole.add(tally)
    return whole


def _apart(name: str, reader: Reader, numbers: range) -> Tally | None:
    """Return what became of some inputs in a process of their own; None if it did not come to its end."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        report = Path(folder, "report")
        child = os.fork()
        if child == 0:
            code = 1
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where libraries complain
            try:
                report.write_text(json.dumps(asdict(run(name, reader, numbers, Path(folder)))))
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        return Tally(**json.loads(report.read_text())) if status == 0 else None


def _numbers(tally: Tally) -> list[int]:
    return [int(fault.split()[1].rstrip(":")) for fault in tally.faults]


def _keep(folder: Path, name: str, reader: Reader, numbers: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        file, data = mutated(name, reader, number)
        (folder / f"{name}-{number}-{file}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
