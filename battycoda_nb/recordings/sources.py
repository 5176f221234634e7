"""Ways in which the samples of a sound file are reached, by what libsndfile can do with its format and its damages.

    SeekingSource   what libsndfile seeks in exactly: read by window
    FlacSource      the same, and what can be decoded of one that is cut, damaged or has a wrong header
    DecodedSource   MP3, Ogg, and what libsndfile cannot seek in: decoded once, then read by window from the cache

Each knows how many samples can be had, without decoding a long file where the container tells it, and a notice for the
user where that is not what the header promises.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import numpy as np
import soundfile

from battycoda_nb.errors import RecordingError

from .caf import cut_short
from .decoded import DamagedError, Decoded, keep, kept
from .file_view import FileView
from .flac import FlacFile
from .mpeg import Stream, count_frames
from .ogg import sound_pages
from .straight_file import StraightFile, blocks
from .wav_chunks import wav_layout
from .wav_view import corrected
from .wav_width import gain

_INEXACT = ("MP3", "OGG")
_NO_SEEK = ("DWVW_12", "DWVW_16", "DWVW_24", "DWVW_N")  # libsndfile says that it can, and cannot
_MISREAD = ("ALAC_32",)  # frames that the encoder could not make smaller come out at other levels, without an error
_WIDE = ("PCM_24", "PCM_32")  # what samples with fewer bits than their bytes could hold are read as
# libsndfile corrects the sizes of AU files and says so in its log; it does not tell through its interface.
_AU_SIZES = re.compile(r"Data Size\s*: (\d+) \(should be (\d+)\)")
_PLACES, _PLACE = 64, 2**14  # of a list's look at a file: how many, and how long in samples; all of a short one
_MAD = 1000  # times as many frames as are there: by a header that is damaged
_MOST_PADDING = 2 * 4096  # samples that a header of MP3 can say are none of the sound
_CLOSE = 0.01  # s by which lengths may differ without a word: the padding of an encoder


class Source:
    """The samples of one file. It closes neither the file's descriptor nor what it was opened with.

    Attributes
    ----------
    sound : StraightFile
        As libsndfile opened it: sample rate, channels, format, its log.
    frames : int
        Samples a channel that can be had.
    """

    sound: StraightFile
    frames: int

    def notice(self, sample_rate: int) -> str:
        """Return what the user should know, such as that the file is cut short; empty if there is nothing.

        `sample_rate` is the animal's, in Hz.
        """
        return ""

    @property
    def damaged(self) -> bool:
        """Whether its content is known to be damaged, as opposed to its header."""
        return False

    def read(self, start: int, stop: int, dtype: str) -> np.ndarray:
        """Return frames [shape=(stop - start, channels)], fewer where the file ends.

        Raises
        ------
        soundfile.LibsndfileError
            If they are damaged.
        """
        raise NotImplementedError

    def lost_within(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Return what is known to be damaged of the frames from `start` to `stop`; it is read as zeros."""
        return []

    def survey(self) -> None:
        """Look for damage, as far as that is quick."""

    def decode(self, key: str) -> None:
        """Do once what reading needs; `frames` and `notice` are exact from then on. `key` names the content."""

    def close(self) -> None:
        self.sound.close()


class SeekingSource(Source):
    """A file in which libsndfile seeks exactly."""

    def __init__(self, file: FileView | int, sound: StraightFile, *, promised: int, gain: float = 1.0) -> None:
        self._file, self._promised, self._gain = file, promised, gain
        self.sound, self.frames = sound, sound.frames

    def notice(self, sample_rate: int) -> str:
        return _cut(self._promised, self.frames, sample_rate) if self._promised > self.frames else ""

    def read(self, start: int, stop: int, dtype: str) -> np.ndarray:
        try:
            self.sound.seek(start)
            samples = self.sound.read(stop - start, dtype=dtype, always_2d=True)
            return samples if self._gain == 1 else samples * samples.dtype.type(self._gain)
        except soundfile.LibsndfileError:
            self.sound.close()  # after one error libsndfile has nothing but errors
            self.sound = _opened(self._file)
            raise


class FlacSource(Source):
    """A FLAC file, as far as it can be decoded."""

    def __init__(self, descriptor: int, size: int, sound: StraightFile) -> None:
        self.sound = sound
        self._file = FlacFile(descriptor, size)
        self.frames = self._file.frames

    @property
    def damaged(self) -> bool:
        return self.frames == 0 or bool(self._file.lost)

    def notice(self, sample_rate: int) -> str:
        rate, file = sample_rate, self._file
        there = file.frames / rate
        sentences = []
        if not file.promised:
            sentences.append(f"The header of this file does not say how long it is: {there:.2f} s can be decoded.")
        elif file.promised > file.frames:
            sentences.append(
                f"The header of this file promises {file.promised / rate:.2f} s, and {there:.2f} s can be decoded: it "
                "is cut short, or its header is wrong."
            )
        elif file.promised < file.frames:
            sentences.append(
                f"The header of this file accounts for {file.promised / rate:.2f} s, and {there:.2f} s are there."
            )
        if file.lost:
            parts = ", ".join(f"{start / rate:.3f} to {stop / rate:.3f} s" for start, stop in file.lost[:3])
            more = f" and {len(file.lost) - 3} more parts" if len(file.lost) > 3 else ""
            sentences.append(f"This file is damaged: what cannot be decoded is shown as silence ({parts}{more}).")
        return " ".join(sentences)

    def read(self, start: int, stop: int, dtype: str) -> np.ndarray:
        return self._file.read(start, min(stop, self.frames), dtype)

    def lost_within(self, start: int, stop: int) -> list[tuple[int, int]]:
        return self._file.lost_within(start, stop)

    def survey(self) -> None:
        for start in range(0, self.frames, max(self.frames // _PLACES, _PLACE)):
            self._file.read(start, min(start + _PLACE, self.frames))

    def close(self) -> None:
        self._file.close()
        super().close()


class DecodedSource(Source):
    """A file that is decoded from its start to its end before its first window is read.

    Parameters
    ----------
    file : FileView or int
        What is decoded.
    sound : StraightFile
        The same, opened.
    frames : int
        About how many there are; exact once it is decoded.
    promised : int
        By the header.
    ahead : int
        Samples at the start that are no part of the sound.
    """

    def __init__(
        self, file: FileView | int, sound: StraightFile, *, frames: int, promised: int, damaged: bool, ahead: int = 0
    ) -> None:
        self._file, self._promised, self._damaged, self._ahead = file, promised, damaged, ahead
        self._key, self._decoded = "", None  # type: tuple[str, Decoded | None]
        self.sound, self.frames = sound, frames

    @property
    def damaged(self) -> bool:
        return self._damaged

    def notice(self, sample_rate: int) -> str:
        if self._promised - self.frames > _CLOSE * self.sound.samplerate:
            return _cut(self._promised, self.frames, sample_rate)
        if self._damaged:
            there = self.frames / sample_rate
            return f"This file is damaged: {there:.2f} s of it can be decoded, and behind a gap times may be too early."
        return ""

    def read(self, start: int, stop: int, dtype: str) -> np.ndarray:
        for _ in range(2):
            decoded = self._decoded or self._make()
            try:
                return decoded.read(start, stop).astype(dtype, copy=False)
            except (DamagedError, OSError):
                decoded.close()
                self._decoded = None
        raise RecordingError("The cache of decoded sound cannot be read, and is damaged again as soon as it is made")

    def decode(self, key: str) -> None:
        self._key = key
        self._decoded = kept(key)
        if self._decoded is None or self._decoded.channels != self.sound.channels:
            self._decoded = self._make()
        self.frames = self._decoded.frames

    def close(self) -> None:
        super().close()
        if self._decoded:
            self._decoded.close()

    def _make(self) -> Decoded:
        with _opened(self._file) as sound:
            self._decoded = keep(self._key, _behind(blocks(sound), self._ahead), sound.channels)
        return self._decoded


def source_of(descriptor: int) -> Source:
    """Return the way to the samples of an open file, whose position may be moved. The descriptor stays the caller's.

    Raises
    ------
    soundfile.LibsndfileError, TypeError
        If it is no sound file.
    RecordingError
        If it is one that can be read in two ways, or that libsndfile misreads.
    """
    size = os.fstat(descriptor).st_size
    head = os.pread(descriptor, 4, 0)
    if head == b"OggS":
        pages = sound_pages(descriptor, size)
        file: FileView | int = descriptor if pages.whole else FileView(descriptor, pages.end)
        sound = _opened(file)
        promised = sound.frames if pages.whole else max(sound.frames, 0)
        return DecodedSource(file, sound, frames=sound.frames, promised=promised, damaged=not pages.whole)
    cut = cut_short(descriptor, size)
    file = cut[0] if cut else corrected(descriptor) or descriptor
    sound = _opened(file)
    if sound.subtype in _MISREAD:
        sound.close()
        raise RecordingError(
            "Apple Lossless of 32 bits is not read right by libsndfile where the sound is like noise: save it as WAV, "
            "as FLAC, or with 24 bits"
        )
    if head == b"fLaC" and sound.format == "FLAC":
        return FlacSource(descriptor, size, sound)
    if sound.format == "MP3" and (stream := count_frames(descriptor, size)):
        return _counted(descriptor, size, sound, stream)
    found = _AU_SIZES.search(sound.extra_info)
    share = cut[1] if cut else int(found[2]) / max(int(found[1]), 1) if found else 1.0
    promised = round(sound.frames / share) if 0 < share < 1 else sound.frames
    if sound.format in _INEXACT or sound.subtype in _NO_SEEK or not soundfile.SoundFile.seekable(sound):
        return DecodedSource(file, sound, frames=sound.frames, promised=promised, damaged=False)
    layout = wav_layout(descriptor) if sound.subtype in _WIDE else None
    return SeekingSource(file, sound, promised=promised, gain=gain(descriptor, layout) if layout else 1.0)


def _counted(descriptor: int, size: int, sound: StraightFile, stream: Stream) -> DecodedSource:
    """Return the source of an MP3 whose frames were counted: its header may know of more or fewer, or of none."""
    step = stream.first.samples
    promised = stream.promised if stream.promised and 0 < stream.promised < _MAD * stream.frames else None
    understood = promised is not None and promised * step - _MOST_PADDING <= sound.frames <= promised * step
    if promised is not None and promised >= stream.frames and understood:
        # By the header, less the padding of the encoder that it knows of.
        frames = max(sound.frames - (promised - stream.frames) * step, 0)
        return DecodedSource(descriptor, sound, frames=frames, promised=sound.frames, damaged=not stream.whole)
    if promised is None and sound.frames == stream.samples:
        return DecodedSource(descriptor, sound, frames=sound.frames, promised=sound.frames, damaged=not stream.whole)
    sound.close()
    file = FileView(descriptor, size, start=stream.start, ahead=stream.counted())
    return DecodedSource(
        file,
        _opened(file),
        frames=stream.samples,
        promised=stream.samples,
        damaged=not stream.whole,
        ahead=stream.ahead,
    )


def _opened(file: FileView | int) -> StraightFile:
    if isinstance(file, int):
        os.lseek(file, 0, os.SEEK_SET)
        return StraightFile(file, closefd=False)
    file.seek(0)
    return StraightFile(file)


def _behind(parts: Iterator[np.ndarray], ahead: int) -> Iterator[np.ndarray]:
    """Yield blocks less their first `ahead` frames."""
    for part in parts:
        yield part[ahead:]
        ahead = max(ahead - len(part), 0)


def _cut(promised: int, frames: int, sample_rate: int) -> str:
    whole, there = promised / sample_rate, frames / sample_rate
    decimals = 2 if whole - there > 0.01 else 4
    return (
        f"This file is cut short: its header promises {whole:.{decimals}f} s, and {there:.{decimals}f} s can be "
        "decoded."
    )
