"""Valid files of every form that is read, small enough that a mutation meets what matters."""

from __future__ import annotations

import io
import json
import pickle
import struct

import numpy as np
import soundfile

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import aoef, audacity, batdetect2, kaleidoscope, raven, table, textgrid
from battycoda_nb.annotations.formats.entry import About

_CALLS = Calls(
    [
        Call(0.1, 0.2, "FM", 20_000, 45_000.5, 0),
        Call(0.15, 0.3, "", 30_000, 60_000, 0),
        Call(1.25, 1.5, 'Große "Hufeisennase"', None, None),
        Call(2, 3, "CF", 0, 125_000, 0),
    ]
)
_ABOUT = About("a.wav", 250_000, 5.0)

_RAVEN = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin File\tFile Offset (s)"
    "\tNote"
    """
1\tWaveform 1\t1\t0.1\t0.2\t0.0\t0.0\ta.wav\t0.1\t
1\tSpectrogram 1\t1\t0.1\t0.2\t20000.0\t45000.0\ta.wav\t0.1\tFM
2\tSpectrogram 1\t1\t5.5\t5.75\t20000.0\t45000.0\tb.wav\t0.5\tCF
"""
)
_TABLES = (
    b"Task ID,Onset (s),Offset (s),Duration (s),Status,Label,WAV File,Species,Annotated At\n"
    b"1,0.1,0.2,0.1,done,FM,a.wav,Epfu,2024-06-01 10:00\n2,1.5,1.75,0.25,done,,a.wav,Epfu,\n",
    b"sound.files,selec,start,end,bottom.freq,top.freq,label\na.wav,1,0.1,0.2,20.5,45.2,NA\nb.wav,2,1,2,3,4,x\n",
    "Dateiname;Start (ms);Ende (ms);end;Art\na.wav;100,5;200;200;Großer Abendsegler\nb.wav;1,5;2;3;\n".encode("cp1252"),
    b"filepath,start,end,scientific_name,common_name,confidence\n/d/a.wav,0.0,3.0,Strix varia,Barred Owl,0.91\n",
    b'"onset","offset","label"\n"0.1","0.2","a, b"\n"0.3","0.4","say ""x"""\n',
)
_SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
2
"IntervalTier"
"a"
0
2.5
2
0
0.5
""
0.5
2.5
"say ""x"""
"TextTier"
"b"
0
2.5
1
1.5
"dot"
'''
_CLUSTER = b"""INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,DATE,TOP1MATCH*,TOP1DIST,MANUAL ID
C:\\in,n,a.wav,0,0.1,0.2,21533.2,28000,40000.5,2024-06-01,Cluster1,0.31,
C:\\in,n,b.wav,0,1.5,0.25,19000,28000,31000,2024-06-01,Cluster2,0.9,Nyctalus
"""


def _aoef() -> bytes:
    """Return predictions as soundevent has them, of two recordings, with a polygon and a point."""
    shapes = [
        ("BoundingBox", [0.1, 20000, 0.2, 45000]),
        ("TimeInterval", [0.1, 0.2]),
        ("Polygon", [[[0.1, 2.0], [0.2, 3.0], [0.3, 1.0]]]),
        ("Point", [0.5, 20000]),
    ]
    body = {
        "collection_type": "prediction_set",
        "tags": [{"id": 0, "key": "dwc:scientificName", "value": "Myotis"}, {"id": 1, "key": "event", "value": "x"}],
        "recordings": [
            {
                "uuid": "a",
                "path": "n/a.wav",
                "duration": 5.0,
                "channels": 1,
                "samplerate": 250000,
                "time_expansion": 10,
            },
            {"uuid": "b", "path": "n/b.wav", "duration": 5.0, "channels": 1, "samplerate": 250000},
        ],
        "sound_events": [
            {"uuid": str(number), "recording": "ab"[number % 4 == 1], "geometry": {"type": kind, "coordinates": values}}
            for number, (kind, values) in enumerate(shapes)
        ],
        "sound_event_predictions": [
            {"uuid": f"p{number}", "sound_event": str(number), "score": 0.5, "tags": [[0, 0.7], [1, 0.2]]}
            for number in range(len(shapes))
        ],
    }
    return json.dumps({"version": "1.1.0", "data": body}).encode()


def annotations() -> dict[str, list[tuple[str, bytes]]]:
    """Return the names and contents of segment files, by the reader that they are for."""
    named = json.dumps([{"filename": "a.wav", "start_time": 1, "end_time": 2, "label": "x", "min_frequency": 5.0}])
    times = {"onsets": np.array([0.1, 0.3]), "offsets": np.array([0.2, 0.4]), "labels": ["FM"], "threshold": 0.5}
    return {
        "raven": [
            ("a.Table.1.selections.txt", raven.write(_CALLS, _ABOUT).encode()),
            ("a.selections.txt", _RAVEN.encode()),
        ],
        "table": [("a.csv", table.write(_CALLS, _ABOUT).encode()), *(("t.csv", content) for content in _TABLES)],
        "audacity": [
            ("a.txt", audacity.write(_CALLS, _ABOUT).encode()),
            ("b.txt", b"1\t4\tmusic\n4\t7\t\n9\t9\tdot\n"),
        ],
        "batdetect2": [("a.wav.json", batdetect2.write(_CALLS, _ABOUT).encode()), ("b.json", named.encode())],
        "aoef": [("a.aoef.json", aoef.write(_CALLS, _ABOUT).encode()), ("b.json", _aoef())],
        "textgrid": [("a.TextGrid", textgrid.write(_CALLS, _ABOUT).encode()), ("b.TextGrid", _SHORT.encode())],
        "kaleidoscope": [("cluster.csv", kaleidoscope.write(_CALLS, _ABOUT).encode()), ("c.csv", _CLUSTER)],
        "battycoda": [
            ("a.wav.pickle", pickle.dumps(times)),
            ("b.pickle", pickle.dumps([[0.1, 0.3], [0.2, 0.4]], protocol=0)),
            ("c.pickle", pickle.dumps({"onsets": [np.float64(0.1)], "offsets": (0.2,)}, protocol=2)),
        ],
    }


def sounds() -> dict[str, list[tuple[str, bytes]]]:
    """Return the names and contents of sound files, by their container."""
    samples = np.sin(np.arange(500) / 3).astype(np.float32) / 2
    found: dict[str, list[tuple[str, bytes]]] = {}
    forms = {"WAV": ("PCM_16", "PCM_24", "FLOAT"), "FLAC": ("PCM_16",), "WAVEX": ("PCM_16",), "W64": ("PCM_16",)}
    forms |= {"RF64": ("PCM_16",), "AIFF": ("PCM_16",), "OGG": ("VORBIS",), "MP3": ("MPEG_LAYER_III",)}
    for container, encodings in forms.items():
        for encoding in encodings:
            file = io.BytesIO()
            soundfile.write(file, samples, 48_000, format=container, subtype=encoding)
            found.setdefault(container.lower(), []).append((f"a.{container.lower()}", file.getvalue()))
    found["wav"] += [("g.wav", _with_chunk(found["wav"][0][1], name, body)) for name, body in _METADATA]
    return found


_GUANO = (
    "GUANO|Version: 1.0\nTimestamp: 2024-06-01T22:15:03.123+02:00\nLoc Position: 48.52 -9.05\nMake: Maker\nModel: M 1\n"
    "Samplerate: 480000\nTE: 10\nSpecies Manual ID: Myotis\nNote: two\\nlines\nMaker|Key: {}\n"
)
_WAMD = b"".join(
    struct.pack("<HI", number, len(body)) + body
    for number, body in (
        (0x00, b"\1\0"), (0x01, b"SM4BAT-FS"), (0x05, b"2024-06-01 22:15:03+02:00"), (0x06, b"WGS84,48.52,N,9.05,W"),
        (0x0C, b"MYODAU"), (0x0F, b"\x0a\0"), (0x20, b"\xff\xfe"), (0xFFFF, b"\0" * 7),
    )
)  # fmt: skip
_METADATA = ((b"guan", _GUANO.encode()), (b"wamd", _WAMD))


def _with_chunk(wav: bytes, name: bytes, body: bytes) -> bytes:
    whole = wav + name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
    return whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:]
