"""The strip of an hour at 250 kHz, every sample covered: the first pass, next to librosa's transform and to reading."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import psutil
import soundfile

from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.png import encode
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.stft import Read, compute_levels
from battycoda_nb.signal.strip import segments

RATE = 250_000
SECONDS = 3600
LIBROSA_EVERY = 10  # it takes one piece in ten, and its time is multiplied


def write_hour(path: Path) -> None:
    """Noise, the same ten seconds again and again: what it holds takes no time from anybody."""
    block = (np.random.default_rng(2).normal(0, 0.05, 10 * RATE) * 32767).astype(np.int16)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16", format="RF64") as sound:
        for _ in range(SECONDS // 10):
            sound.write(block)


def read_once(read: Read, piece: SpectrogramRequest) -> None:
    for start in range(piece.start, piece.stop, 2**18):
        read(start, min(start + 2**18, piece.stop))


def timed(work: Callable[[], object]) -> float:
    """Seconds of one core: what else runs on this machine does not count."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def run() -> bool:
    """Print the ratios; whether they are within two thirds of their goals."""
    mine = stft = once = size = 0.0
    with tempfile.TemporaryDirectory() as name:
        path = str(Path(name, "hour.wav"))
        write_hour(Path(path))
        archive = Archive(Fence(None, own=True))
        info = archive.describe(path)
        pieces = segments(info.hash, 0, info.frames)

        def ours(piece: SpectrogramRequest) -> bytes:
            read, rate = archive.reader(piece, path)
            return encode(compute_levels(read, piece, sample_rate=rate), piece, sample_rate=rate)

        def librosas(piece: SpectrogramRequest) -> None:
            librosa.stft(samples, n_fft=piece.n_fft, hop_length=piece.hop_length)

        samples = archive.reader(pieces[0], path)[0](pieces[0].start, pieces[0].stop)
        ours(pieces[0])
        librosas(pieces[0])  # imports
        memory = grown(lambda: [ours(piece) for piece in pieces[:20]])
        for number, piece in enumerate(pieces):  # by turns, so that they share the machine's moods
            mine += timed(lambda piece=piece: ours(piece))
            size += len(ours(piece)) if number % LIBROSA_EVERY == 0 else 0
            once += timed(lambda piece=piece: read_once(archive.reader(piece, path)[0], piece))
            stft += timed(lambda piece=piece: librosas(piece)) if number % LIBROSA_EVERY == 0 else 0
    stft *= LIBROSA_EVERY
    print(
        f"\nthe strip of one hour at 250 kHz: {len(pieces)} pieces, {mine:.1f} s of one core the first time; "
        f"librosa.stft alone takes {stft / mine:.1f} times as long (goal 2), reading the file once {once / mine:.2f} "
        f"times; {memory:.1f} MB added (goal 10), {size * LIBROSA_EVERY / 1e6:.1f} MB of pictures"
    )
    return stft / mine > 2 * 2 / 3 and memory < 10 * 3 / 2


def grown(work: Callable[[], object]) -> float:
    """MB by which the process grew over some work that it has done before."""
    process = psutil.Process()
    before = process.memory_info().rss
    work()
    return (process.memory_info().rss - before) / 1e6
