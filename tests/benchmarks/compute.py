"""One call from a window in a file to picture bytes: ours, the ways that notebooks use, and the floor."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.signal
import soundfile

from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.png import encode
from battycoda_nb.signal.requests import SpectrogramRequest, hop_for, window_around
from battycoda_nb.signal.stft import compute_levels

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def ours(archive: Archive, path: str, request: SpectrogramRequest) -> bytes:
    read, rate = archive.reader(request, path)
    return encode(compute_levels(read, request, sample_rate=rate), request, sample_rate=rate)


def ours_without_encoding(archive: Archive, path: str, request: SpectrogramRequest) -> np.ndarray:
    read, rate = archive.reader(request, path)
    return compute_levels(read, request, sample_rate=rate).levels


def read(path: str, request: SpectrogramRequest) -> tuple[np.ndarray, int]:
    with soundfile.SoundFile(path) as sound:
        sound.seek(request.start)
        samples = sound.read(request.stop - request.start, dtype="float32", always_2d=True)
        return np.ascontiguousarray(samples[:, request.channel]), sound.samplerate


def floor(sound: soundfile.SoundFile, request: SpectrogramRequest) -> np.ndarray:
    """Read, a real FFT of the same frames in one go, and 8 bits: no window, no mean, no axes, no encoding."""
    sound.seek(request.start)
    samples = np.ascontiguousarray(sound.read(request.stop - request.start, dtype="float32", always_2d=True)[:, 0])
    frames = np.lib.stride_tricks.sliding_window_view(samples, request.n_fft)[:: request.hop_length]
    spectrum = scipy.fft.rfft(frames, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.clip(np.log2(power + 1e-20) * 6.02 + 255, 0, 255).astype(np.uint8)


def save(figure: object) -> bytes:
    import matplotlib.pyplot as plt

    file = io.BytesIO()
    figure.savefig(file, format="png")  # type: ignore[attr-defined]
    plt.close(figure)  # type: ignore[arg-type]
    return file.getvalue()


def librosa_way(path: str, request: SpectrogramRequest) -> bytes:
    import librosa
    import matplotlib.pyplot as plt

    samples, rate = read(path, request)
    db = librosa.amplitude_to_db(np.abs(librosa.stft(samples, n_fft=request.n_fft, hop_length=request.hop_length)))
    figure, axes = plt.subplots()
    librosa.display.specshow(db, sr=rate, hop_length=request.hop_length, x_axis="time", y_axis="linear", ax=axes)
    return save(figure)


def scipy_way(path: str, request: SpectrogramRequest) -> bytes:
    """BattyCoda's settings: 256 points, a hop of two samples, arctan contrast."""
    import matplotlib.pyplot as plt

    samples, rate = read(path, request)
    frequencies, times, density = scipy.signal.spectrogram(samples, rate, nperseg=256, noverlap=254, nfft=256)
    figure, axes = plt.subplots()
    axes.pcolormesh(times, frequencies, np.arctan(1e4 * density), shading="auto")
    return save(figure)


def medians(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median time of each way in ms, interleaved so that they share the machine's moods."""
    for way in ways.values():
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values) * 1e3 for name, values in taken.items()}


def recordings(folder: Path) -> list[tuple[str, float, float]]:
    """(path, onset, offset) of a call each: made ones, and real ones where there are some."""
    rng = np.random.default_rng(1)
    found = []
    for rate in (44_100, 250_000, 500_000):
        path = folder / f"made at {rate / 1000:g} kHz.wav"
        soundfile.write(path, rng.normal(0, 0.05, 10 * rate), rate)
        found.append((str(path), 5.0, 5.005))
    if SHARED.exists():
        found.append((str(SHARED / "bat1_angie_19.wav"), 0.3463, 0.3482))
        found.append((str(SHARED / "20170701_213954-MYOMYS-LR_0_0.5.wav"), 0.0525, 0.0583))
    return found


def run(rounds: int = 15) -> bool:
    """Print the table; whether each ratio is within two thirds of its goal."""
    good = True
    with tempfile.TemporaryDirectory() as name:
        archive = Archive(Fence(None, own=True))
        print(f"{'one call, ms (and times ours)':<44}{'ours':>8}{'librosa':>16}{'BattyCoda':>18}{'floor':>14}")
        for path, onset, offset in recordings(Path(name)):
            info = archive.describe(path)
            for view, padding in (("detail", 0.010), ("overview", 0.050)):
                start, stop = window_around(
                    onset, offset, sample_rate=info.sample_rate, frames=info.frames, padding=padding, win_length=256
                )
                request = SpectrogramRequest(info.hash, 0, start, stop, hop_length=hop_for(stop - start, 256))
                with soundfile.SoundFile(path) as sound:
                    ways: dict[str, Callable[[], object]] = {
                        "ours": lambda request=request, path=path: ours(archive, path, request),
                        "bare": lambda request=request, path=path: ours_without_encoding(archive, path, request),
                        "floor": lambda request=request, sound=sound: floor(sound, request),
                    }
                    quick = medians(ways, rounds * 10)
                slow = medians(
                    {
                        "librosa": lambda request=request, path=path: librosa_way(path, request),
                        "scipy": lambda request=request, path=path: scipy_way(path, request),
                    },
                    max(rounds // 3, 2),
                )
                mine = quick["ours"]
                print(
                    f"{Path(path).stem[:24]:<26}{info.sample_rate / 1000:>6g} kHz {view:<10}{mine:>8.2f}"
                    f"{slow['librosa']:>9.0f} ({slow['librosa'] / mine:>4.0f})"
                    f"{slow['scipy']:>11.0f} ({slow['scipy'] / mine:>4.0f})"
                    f"   {quick['floor']:.2f} (ours {mine / quick['floor']:.1f}, "
                    f"unencoded {quick['bare'] / quick['floor']:.1f})"
                )
                good &= slow["librosa"] / mine > 85 * 2 / 3 and mine / quick["floor"] < 2.5 * 3 / 2
        good &= long_against_short(Path(name), archive, rounds)
    return good


def long_against_short(folder: Path, archive: Archive, rounds: int) -> bool:
    """A call in a 1-hour file against the same call in a 10-second file."""
    rate = 250_000
    block = (np.random.default_rng(2).normal(0, 0.05, 10 * rate) * 32767).astype(np.int16)
    requests = {}
    for label, repeats in (("10 s", 1), ("1 h", 360)):
        path = folder / f"{label}.wav"
        with soundfile.SoundFile(path, "w", rate, 1, "PCM_16", format="RF64") as sound:
            for _ in range(repeats):
                sound.write(block)
        info = archive.describe(str(path))
        middle = info.frames // 2
        requests[label] = (str(path), SpectrogramRequest(info.hash, 0, middle, middle + 6250))
    taken = medians(
        {label: lambda asked=asked: ours(archive, *asked) for label, asked in requests.items()}, rounds * 20
    )
    ratio = taken["1 h"] / taken["10 s"]
    print(f"a call in a 1-hour file takes {ratio:.2f} times as long as in a 10-second file (goal 1.05)")
    return ratio < 1.05 * 1.5
