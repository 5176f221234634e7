"""A sample recording with known calls, synthesised: for the notebooks, the tests and the first five minutes.

Six seconds at 250 kHz in which bats of four kinds pass the microphone. Their calls have the three forms of the field:

    FM    steep downward sweep with a second harmonic, as Myotis calls; one pass ends in a feeding buzz
    CF    long constant tone with short sweeps at both ends, as Rhinolophus calls; strongest at the second harmonic
    QCF   nearly constant tone after a short sweep, as Pipistrellus (45 kHz) and Nyctalus (25 kHz) calls

What makes a field recording look like one is kept: bats come nearer and leave, the air swallows high frequencies
first, ground and trees answer, and there is a noise floor. The table beside the recording is exact, because every
call was put where it says.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from battycoda_nb.errors import RecordingError
from battycoda_nb.files import write_whole

SAMPLE_RATE = 250_000
DURATION = 6.0  # s
NOISE_DB = -70.0  # RMS, re full scale
COLUMNS = ("onset", "offset", "label", "low_freq", "high_freq")

# Raise it with every change that moves a sample or a row: files of an older version are then replaced.
_VERSION = 1

# Sound absorption of air grows about linearly with frequency in the bats' range: 0.9 dB/m at 25 kHz, 2.9 dB/m at
# 82 kHz (20 degrees C, 60 % humidity; ISO 9613-1 gives the curve).
_ABSORPTION = 35e-6  # dB per metre and hertz

_SPEED_OF_SOUND = 343.0  # m/s


@dataclass(frozen=True)
class _Form:
    """One call as the bat emits it, before air and distance."""

    label: str
    fundamental: np.ndarray  # [shape=(n,)] Hz, at each sample
    envelope: np.ndarray  # [shape=(n,)] 0 to 1
    harmonics: dict[int, float]  # multiple of the fundamental: level in dB re the strongest

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest frequency (Hz) of the strongest harmonic."""
        multiple = max(self.harmonics, key=self.harmonics.__getitem__)
        return multiple * float(self.fundamental.min()), multiple * float(self.fundamental.max())


@dataclass(frozen=True)
class _Pass:
    """A bat that comes, is nearest in the middle, and leaves; `interval` is from onset to onset (s)."""

    start: float
    calls: int
    interval: tuple[float, float]
    nearest: float  # m
    farthest: float  # m
    level: float  # dB re full scale at 1 m
    form: Callable[[np.random.Generator], _Form]
    buzz: int = 0  # calls of a feeding buzz at the end


def sample_recording(path: str | os.PathLike[str], *, seed: int = 7) -> Path:
    """Write a synthetic recording of bat calls, and beside it the table of its calls.

    Parameters
    ----------
    path : path of the WAV file
        16 bit, mono, 250 kHz, 6 s. Its folder is made if need be. The table is ``<path>.csv`` with the columns
        onset, offset (s), label (FM, CF or QCF), low_freq and high_freq (Hz, of the strongest harmonic).
    seed : int
        Another seed gives other calls and other noise; the same seed the same bytes.

    Returns
    -------
    Path
        Of the WAV file.

    Raises
    ------
    RecordingError
        If there is another recording at `path`, which is never overwritten, or the folder cannot be written to.

    Notes
    -----
    Where the files are already there they are left alone, the table also if somebody has changed it; a changed table
    of another version or seed is kept as ``<path>.csv.bak``. Each file appears whole or not at all, so several
    threads or processes may call this at once with the same path.
    """
    wav = Path(path).expanduser()
    table = wav.with_name(wav.name + ".csv")
    signature = f"BattyCoda NB synthetic calls, version {_VERSION}, seed {seed}"
    found = _signature(wav)
    if found == signature and table.exists():
        return wav
    if found is not None and not found.startswith("BattyCoda NB synthetic calls"):
        raise RecordingError(f"{wav} exists and is not a sample recording: choose another name for the sample.")
    samples, rows = _synthesise(np.random.default_rng(seed))
    try:
        wav.parent.mkdir(parents=True, exist_ok=True)
        content = _table_bytes(rows)
        if table.exists() and table.read_bytes() != content:  # its labels may be somebody's work
            table.replace(table.with_name(table.name + ".bak"))
        write_whole(table, content)
        if found != signature:
            write_whole(wav, _wav_bytes(samples, signature))
    except OSError as error:
        raise RecordingError(
            f"Cannot write the sample recording {wav} ({error.strerror}): choose a folder that you may write to."
        ) from error
    return wav


# --- the scene ---------------------------------------------------------------------------------------------------


def _synthesise(rng: np.random.Generator) -> tuple[np.ndarray, list[tuple[float, float, str, float, float]]]:
    """All samples (int16) and the rows of the table, in order of onset."""
    mix = _noise(rng, int(DURATION * SAMPLE_RATE))
    rows = []
    for passage in _PASSES:
        for start, form, distance in _calls(passage, rng):
            direct = _received(form, passage.level, distance)
            mix[start : start + len(direct)] += direct
            for path_length, gain in _echoes(rng):
                late = start + round(path_length / _SPEED_OF_SOUND * SAMPLE_RATE)
                mix[late : late + len(direct)] += gain * _received(form, passage.level, distance + path_length)
            low, high = form.band
            # A sample lasts 4 microseconds, so six decimals hold the edges exactly.
            onset, offset = start / SAMPLE_RATE, (start + len(direct)) / SAMPLE_RATE
            rows.append((onset, offset, form.label, low, high))
    return np.rint(mix * 32767).astype(np.int16), rows


def _calls(passage: _Pass, rng: np.random.Generator) -> Iterator[tuple[int, _Form, float]]:
    """First sample, form and distance (m) of each call of one pass."""
    onset = passage.start
    for number in range(passage.calls + passage.buzz):
        progress = min(number / (passage.calls - 1), 1.0)  # the buzz stays where the prey was
        aside = abs(2 * progress - 1) if not passage.buzz else 1 - progress  # with a buzz: approach only
        distance = passage.nearest + (passage.farthest - passage.nearest) * aside**1.5
        along_buzz = (number - passage.calls + 1) / passage.buzz if passage.buzz else 0.0
        form = _buzz_call(rng, along_buzz) if along_buzz > 0 else passage.form(rng)
        yield round(onset * SAMPLE_RATE), form, distance * rng.uniform(0.93, 1.07)
        if along_buzz >= 0 and passage.buzz:
            onset += 0.045 * 0.18**along_buzz * rng.uniform(0.95, 1.05)  # 45 ms, falling to 8 ms
        else:
            onset += rng.uniform(*passage.interval)


def _received(form: _Form, level: float, distance: float) -> np.ndarray:
    """The call as it arrives after `distance` metres of air, re full scale."""
    phase = 2 * np.pi * np.cumsum(form.fundamental) / SAMPLE_RATE
    total = np.zeros_like(phase)
    for multiple, harmonic_level in form.harmonics.items():
        frequency = multiple * form.fundamental
        loss = 20 * math.log10(distance) + _ABSORPTION * frequency * distance
        # What lies above 115 kHz would fold back at half the sample rate.
        audible = np.clip((115e3 - frequency) / 10e3, 0, 1)
        total += audible * 10 ** ((level + harmonic_level - loss) / 20) * np.sin(multiple * phase)
    return total * form.envelope


def _echoes(rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Extra path (m) and gain of one or two clear echoes and of the many faint ones that leaves give."""
    for _ in range(rng.integers(1, 3)):
        yield rng.uniform(0.8, 3.0), 10 ** (rng.uniform(-24, -15) / 20)
    for path_length in rng.exponential(1.6, size=48).clip(max=8.0) + 0.3:
        yield float(path_length), float(rng.choice((-1, 1)) * 10 ** (rng.uniform(-50, -36) / 20))


def _noise(rng: np.random.Generator, n: int) -> np.ndarray:
    """Noise floor of microphone and amplifier: white, with more below 8 kHz and less above 90 kHz."""
    frequency = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    power = (1 + 8e3 / np.maximum(frequency, 200)) / (1 + (frequency / 90e3) ** 2)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * np.sqrt(power), n)
    return noise * (10 ** (NOISE_DB / 20) / noise.std())


# --- the forms ---------------------------------------------------------------------------------------------------


def _time(duration: float) -> np.ndarray:
    return np.arange(round(duration * SAMPLE_RATE)) / SAMPLE_RATE


def _envelope(n: int, attack: float, release: float) -> np.ndarray:
    """Raised-cosine rise and fall over the given shares of the call; nowhere zero within it."""
    place = (np.arange(n) + 0.5) / n
    return np.sin(np.pi / 2 * np.minimum(place / attack, 1)) ** 2 * (
        np.sin(np.pi / 2 * np.minimum((1 - place) / release, 1)) ** 2
    )


def _sweep(duration: float, first: float, last: float) -> np.ndarray:
    """Downward sweep whose period grows linearly, as in most FM calls: steep at the top, flatter at the end."""
    time = _time(duration)
    return 1 / (1 / first + (1 / last - 1 / first) * time / duration)


def _fm_call(rng: np.random.Generator) -> _Form:
    track = _sweep(rng.uniform(3e-3, 5e-3), rng.uniform(86e3, 94e3), rng.uniform(28e3, 33e3))
    return _Form("FM", track, _envelope(len(track), 0.35, 0.4), {1: 0.0, 2: -16.0})


def _buzz_call(rng: np.random.Generator, along: float) -> _Form:
    """A call of the feeding buzz: shorter and lower towards its end (`along` from 0 to 1)."""
    first, last = 78e3 - 26e3 * along, 30e3 - 8e3 * along
    track = _sweep(2.4e-3 - 1.3e-3 * along, first * rng.uniform(0.97, 1.03), last * rng.uniform(0.97, 1.03))
    return _Form("FM", track, _envelope(len(track), 0.35, 0.4), {1: -4.0, 2: -20.0})


def _cf_call(rng: np.random.Generator) -> _Form:
    time = _time(rng.uniform(30e-3, 50e-3))
    rise, fall = 4e-3, 6e-3
    tone = rng.uniform(81.7e3, 82.3e3)
    before = np.clip(1 - time / rise, 0, 1)
    after = np.clip(1 - (time[-1] - time) / fall, 0, 1)
    track = tone - rng.uniform(7e3, 9e3) * before**2 - rng.uniform(13e3, 15e3) * after**2
    # The sweeps are a little weaker than the tone.
    envelope = _envelope(len(time), 0.05, 0.07) * (1 - 0.4 * np.maximum(before, after))
    return _Form("CF", track / 2, envelope, {1: -26.0, 2: 0.0})


def _qcf_call(rng: np.random.Generator, first: float, last: float, duration: float, bend: float) -> _Form:
    time = _time(duration * rng.uniform(0.9, 1.1))
    last *= rng.uniform(0.98, 1.02)
    # Past the bend the tone goes on falling, by four per cent to the call's end.
    track = last * (1.04 - 0.04 * time / time[-1]) + (first * rng.uniform(0.95, 1.05) - last) * np.exp(-time / bend)
    return _Form("QCF", track, _envelope(len(track), 0.3, 0.3), {1: 0.0, 2: -24.0})


def _pipistrelle_call(rng: np.random.Generator) -> _Form:
    return _qcf_call(rng, first=68e3, last=45e3, duration=6.8e-3, bend=1.0e-3)


def _noctule_call(rng: np.random.Generator) -> _Form:
    return _qcf_call(rng, first=31e3, last=24.5e3, duration=11e-3, bend=3.0e-3)


_PASSES = (
    _Pass(0.20, 7, (0.075, 0.095), nearest=3.0, farthest=10.0, level=8.0, form=_fm_call),
    _Pass(1.05, 6, (0.090, 0.115), nearest=2.5, farthest=6.0, level=6.0, form=_cf_call),
    _Pass(1.95, 7, (0.085, 0.110), nearest=4.0, farthest=14.0, level=10.0, form=_pipistrelle_call),
    _Pass(2.95, 6, (0.072, 0.090), nearest=3.0, farthest=12.0, level=8.0, form=_fm_call, buzz=7),
    _Pass(4.10, 5, (0.108, 0.120), nearest=6.0, farthest=20.0, level=14.0, form=_noctule_call),
    _Pass(5.05, 5, (0.085, 0.105), nearest=3.5, farthest=7.0, level=6.0, form=_cf_call),
)


# --- the files ---------------------------------------------------------------------------------------------------


def _signature(wav: Path) -> str | None:
    """The comment in the file's header; empty for a file that is not a whole sample; None where there is no file."""
    import soundfile

    if not wav.exists():
        return None
    try:
        with soundfile.SoundFile(wav) as file:
            return file.comment if file.frames == int(DURATION * SAMPLE_RATE) else ""
    except (soundfile.LibsndfileError, OSError):
        return ""


def _wav_bytes(samples: np.ndarray, signature: str) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SAMPLE_RATE, channels=1, subtype="PCM_16", format="WAV") as file:
        file.comment = signature
        file.write(samples)
    return buffer.getvalue()


def _table_bytes(rows: list[tuple[float, float, str, float, float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for onset, offset, label, low, high in rows:
        writer.writerow((f"{onset:.6f}", f"{offset:.6f}", label, f"{low:.0f}", f"{high:.0f}"))
    return text.getvalue().encode()
