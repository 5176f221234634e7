"""messages/sounds.js in a real browser: what is played at any rate of the loudspeaker is what the worker sent."""

import base64

import numpy as np
import pytest

from battycoda_nb.signal.requests import SoundRequest
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.wav import encode_wav

HASH = "0123456789abcdef" * 2
RATE = 250_000

DECODED = """async (m, [data, rate]) => {
  const session = { model: { get: () => 1 } };
  const player = new m.Player(session, () => {});
  player.context = new OfflineAudioContext(1, rate, rate);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const { sound, problem } = await player.decode({ start: 0, expansion: 1 }, [bytes]);
  if (!sound) return { problem };
  return { rate: sound.buffer.sampleRate, samples: Array.from(sound.buffer.getChannelData(0)) };
}"""


@pytest.mark.parametrize("sink", [16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_nothing_folds_at_any_rate_of_the_loudspeaker(modules, sink):
    """Of 5 kHz with 15, 20 and 45 kHz beside it, each is heard at its own place, or not at all."""
    times = np.arange(RATE // 2) / RATE
    tones = (5_000, 15_000, 20_000, 45_000)
    samples = sum(600 / tone * np.sin(2 * np.pi * tone * times) for tone in tones).astype(np.float32)
    request = SoundRequest(HASH, 0, 0, len(samples), 1)
    sound, gain = render(samples, request, sample_rate=RATE)
    wav = encode_wav(sound, request, sample_rate=RATE, gain=gain)
    found = modules("widgets/explorer/messages/sounds.js", DECODED, [base64.b64encode(wav).decode(), sink])
    assert found["rate"] == sink, "resampled as a whole, with a low-pass: a source that is played at another rate folds"
    played = np.array(found["samples"])
    power = np.abs(np.fft.rfft(played * np.blackman(len(played)))) ** 2
    frequencies = np.fft.rfftfreq(len(played), 1 / sink)
    levels = 10 * np.log10(power / power.max() + 1e-20)
    assert abs(frequencies[levels.argmax()] - 5_000) < 10
    elsewhere = np.all([abs(frequencies - tone) > 100 for tone in tones], axis=0)
    assert levels[elsewhere].max() < -60
