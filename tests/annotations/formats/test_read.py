"""Segment files: which names they have, and which reader a file gets."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.annotations import calls as calls_module
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import read
from battycoda_nb.annotations.formats.entry import POINT, About
from battycoda_nb.annotations.formats.read import read_calls, read_segments, sidecar_names
from battycoda_nb.errors import RecordingError

Refusal = Callable[..., str]


def test_sidecars_in_order_of_preference() -> None:
    assert sidecar_names("bat.wav") == [
        "bat.wav.pickle",
        "bat.pickle",
        "bat.wav.csv",
        "bat.csv",
        "bat.Table.1.selections.txt",
        "bat.wav.Table.1.selections.txt",
        "bat.selections.txt",
        "bat.wav.json",
        "bat.json",
        "bat.aoef.json",
        "bat.TextGrid",
        "bat.BirdNET.results.csv",
        "bat.BirdNET.selection.table.txt",
        "bat.BirdNET.results.kaleidoscope.csv",
        "bat.BirdNET.results.r.csv",
        "bat.BirdNET.results.txt",
        "bat.txt",
        "bat.wav.txt",
        "cluster.csv",
    ]


def test_sidecars_keep_dots_folders_and_case() -> None:
    assert {"night/a_0_0.5.csv", "night/cluster.csv"} < set(sidecar_names("night/a_0_0.5.WAV"))
    assert sidecar_names("bat")[:2] == ["bat.pickle", "bat.csv"]


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({"onsets": [0.1], "offsets": [0.2]}),
        b'{"annotation": [{"start_time": 0.1, "end_time": 0.2}]}',
        b'\xef\xbb\xbf\n[{"start_time": 0.1, "end_time": 0.2}]',
        b"onset,offset\n0.1,0.2\n",
    ],
)
def test_a_name_that_says_nothing_leaves_it_to_the_content(data: bytes) -> None:
    assert read_calls("segments", data) == Calls([Call(0.1, 0.2)])


@pytest.mark.parametrize("name", ["a.pickle", "a.csv", "a.json", "a"])
@pytest.mark.parametrize("data", [b"", b" \r\n"])
def test_an_empty_file_is_an_error(name: str, data: bytes, refused: Refusal) -> None:
    assert "is empty" in refused(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pickle", pickle.dumps({"onsets": np.zeros(9), "offsets": np.ones(9)})),
        ("a.pickle", pickle.dumps([[0.0] * 9, [1.0] * 9])),
        ("a.csv", b"onset,offset\n" + b"0,1\n" * 9),
        ("a.json", b"[" + b",".join([b'{"start_time": 0, "end_time": 1}'] * 9) + b"]"),
    ],
)
def test_more_calls_than_the_limit(name: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "MAX_CALLS", 8)
    with pytest.raises(RecordingError, match=f"{name}: 9 calls are more than the 8"):
        read_calls(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"start,end,label\n1,2,x\n29,33,y\n30,31,z\n31,32,z\n"),
        ("a.txt", b"1\t2\tx\n29\t33\ty\n31\t31\tz\n31\t32\tz\n"),
        (
            "a.json",
            b'[{"start": 1, "end": 2}, {"start": 29, "end": 33}, {"start": 31, "end": 32}, {"start": 31, "end": 33}]',
        ),
        ("a.pickle", pickle.dumps({"onsets": [1, 29, 31, 32], "offsets": [2, 33, 32, 33]})),
    ],
)
def test_a_call_that_begins_after_the_recording_is_passed_over(name: str, data: bytes) -> None:
    found = read_segments(name, data, About("a.wav", 48_000, 30.0))
    assert [(call.onset, call.offset) for call in found.calls] == [(1, 2), (29, 33)], "one may end there"
    assert found.notice.startswith(f"2 calls in {name} passed over, as beginning after 30 s, where the recording ends")
    with pytest.raises(RecordingError, match=f"{name} has calls that all begin after 0.5 s, where the recording ends"):
        read_segments(name, data, About("a.wav", 48_000, 0.5))


def test_the_length_of_a_recording_is_counted_as_the_file_counts() -> None:
    items = [{"start_time": 2.9, "end_time": 3.1}, {"start_time": 3.1, "end_time": 3.2}]
    data = json.dumps({"time_exp": 10, "annotation": items}).encode()
    found = read_segments("a.json", data, About("a.wav", 48_000, 30.0))
    assert len(found.calls) == 1 and found.calls.time_expansion == 10 and "after 3 s" in found.notice


X, Y = Call(1, 2, "x"), Call(3, 4, "y")
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
BOX = "1\tSpectrogram 1\t1\t"
# Kinds of files that came out wrong once: what it is, the recording that is opened, its lines, and the recording's
# calls, or a part of the sentence that refuses it.
KINDS: list[tuple[str, str, list[str], list[Call] | str]] = [
    (
        "crowsetta's notated_path", "a.wav",
        ["label,onset_s,offset_s,notated_path,annot_path,annotation", "x,1,2,a.wav,n.mat,0", "y,3,4,b.wav,n.mat,1"],
        [X],
    ),
    (
        "warbleR", "a.wav",
        ["sound.files,selec,start,end,bottom.freq,top.freq", "a.wav,1,1,2,2,8", "b.wav,1,3,4,2,8"],
        [Call(1, 2, "", 2000, 8000)],
    ),
    ("R's write.csv", "a.wav", ['"","sound.files","start","end"', '"1","a.wav",1,2', '"2","b.wav",3,4'], [Call(1, 2)]),
    ("R's write.table", "a.wav", ['"sound.files" "start" "end"', '"1" "a.wav" 1 2', '"2" "b.wav" 3 4'], [Call(1, 2)]),
    (
        "BirdNET for R", "a.wav",
        ["filepath,start,end,scientific_name,common_name", "/d/a.wav,0,3,Strix varia,Owl", "/d/b.wav,3,6,T. merula,B"],
        [Call(0, 3, "Owl")],
    ),
    (
        "BirdNET's CSV", "a.wav",
        ["Start (s),End (s),Scientific name,Common name,Confidence,File", "0.0,3.0,Strix varia,Owl,0.4,/d/a.wav"],
        [Call(0, 3, "Owl")],
    ),
    (
        "BirdNET's table for Raven", "a.wav",
        [
            f"{RAVEN}Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)",
            f"{BOX}0\t3\t0\t15000\tB\tb\t0.4\t/d/b.wav\t0",
            f"{BOX}33.0\t36.0\t0\t15000\tOwl\t????\t0.4\tD:\\x\\a.wav\t3.0",
        ],
        [Call(3, 6, "Owl", 0, 15000, 0)],
    ),
    (
        "opensoundscape", "a.wav",
        [
            "audio_file,annotation_file,annotation,start_time,end_time,low_f,high_f",
            "a.wav,a.txt,PIP,1,2,20000,22000", "b.wav,b.txt,NYC,3,4,10000,22000",
        ],
        [Call(1, 2, "PIP", 20000, 22000)],
    ),
    ("IN FILE", "a.wav", ["IN FILE,start,end,label", "a.wav,1,2,x", "b.wav,3,4,y"], [X]),
    (
        "a list of several in JSON", "a.wav",
        ['[{"file": "a.wav", "start": 1, "end": 2, "class": "x"},', '{"file": "b.wav", "start": 3, "end": 4}]'],
        [X],
    ),
    (
        "JSON with a path inside", "a.wav",
        [
            '[{"audio": {"path": "a.wav"}, "start": 1, "end": 2, "label": {"name": "x"}},',
            '{"audio": {"path": "b.wav"}, "start": 3, "end": 4, "label": {"name": "y"}}]',
        ],
        [X],
    ),
    (
        "BatDetect2's files in one", "b.wav",
        [
            '[{"id": "a.wav", "annotation": [{"start_time": 1, "end_time": 2, "class": "x", "event": "E"}]},',
            '{"id": "b.wav", "annotation": [{"start_time": 3, "end_time": 4, "class": "y", "event": "E"}]}]',
        ],
        [Y],
    ),
    (
        "JSON with numbers for files", "a.wav",
        ['[{"sound_id": 1, "start": 1, "end": 2},', '{"sound_id": 2, "start": 3, "end": 4}]'],
        "lists calls of 1, 2 (sound_id), but of no a.wav",
    ),
    (
        "one name in two folders", "siteB/1.wav",
        [
            f"{RAVEN}Begin Path\tFile Offset (s)\tAnnotation",
            f"{BOX}1\t2\t1\t9\t/d/siteA/1.wav\t1\tA", f"{BOX}31\t33\t1\t9\t/d/siteB/1.wav\t5\tB",
        ],
        [Call(5, 7, "B", 1, 9, 0)],
    ),
    ("converted", "a.wav", ["Filename,Start Time (s),End Time (s),label", "a.flac,1,2,x", "b.flac,3,4,y"], [X]),
    (
        "of others alone", "a.wav", ["file,start,end,label", "x1.wav,1,2,a", "x2.wav,3,4,b"],
        "lists calls of x1.wav, x2.wav (file), but of no a.wav",
    ),
    (
        "times that run on", "b.wav",
        [f"{RAVEN}Begin File\tAnnotation", f"{BOX}1\t4\t1\t9\ta.wav\tx", f"{BOX}31\t34\t1\t9\tb.wav\ty"],
        "names 2 recordings and has no File Offset",
    ),
    ("sample numbers", "a.wav", ["label,onset_Hz,offset_Hz", "a,34240,36928"], "has onset_Hz, in Hz, in place"),
    (
        "a comma between thousands", "a.wav",
        ["onset\toffset\tlow_freq\thigh_freq\tlabel", '1.5\t2.5\t"20,000"\t"22,500"\tx'],
        [Call(1.5, 2.5, "x", 20000, 22500)],
    ),
    ("Sonic Visualiser", "a.wav", ["0.232\t5.250\t1.500\tTheme", "7.260\t15.500\t4.938\tSolo"], "Sonic Visualiser"),
    (
        "a code alone", "a.wav",
        ["Filename,Start Time (s),End Time (s),Low Freq (Hz),Species eBird Code", "a.wav,1,2,100,amerob"],
        [Call(1, 2, "amerob", 100)],
    ),
    (
        "names of files alone", "P.wav",
        ['"Selection","Begin Time (s)","End Time (s)","Begin File","selec.file"', '1,1.1,1.3,"P.wav","LBH 1.txt"'],
        [Call(1.1, 1.3)],
    ),
    (
        "a code before a name", "a.wav",
        [f"{RAVEN}Species Code\tCommon Name", f"{BOX}3\t6\t100\t12000\t????\tHuman"],
        [Call(3, 6, "Human", 100, 12000, 0)],
    ),
    (
        "OSmOSE's JSON", "a.wav",
        ['{"annotations": [{"label": "x", "start": 1, "end": 2, "min_frequency": 500, "max_frequency": 2000}]}'],
        [Call(1, 2, "x", 500, 2000)],
    ),
    (
        "OSmOSE's table", "a.wav",
        [
            "dataset,filename,start_time,end_time,start_frequency,end_frequency,annotation,annotator,is_box",
            "d,a.wav,1,2,100,9000,x,me,1", "d,b.wav,3,4,100,9000,y,me,1",
        ],
        [Call(1, 2, "x", 100, 9000)],
    ),
    (
        "QUT's table", "a.wav",
        [
            "audio_recording_id,event_start_seconds,event_end_seconds,low_frequency_hertz,created_by,common_name_tags",
            "7,1,2,100,me,1:Owl", "7,3,4,100,me,1:Owl",
        ],
        [Call(1, 2, "1:Owl", 100), Call(3, 4, "1:Owl", 100)],
    ),
    ("NA for frequencies", "a.wav", ["start,end,low_freq,high_freq,label", "1,2,NA,NA,x"], [X]),
    ("a point among calls", "a.wav", ["start,stop,label", "1,2,x", "2.5,2.5,click", "3,4,y"], [X, Y]),
    ("a quoted label", "a.wav", [f"{RAVEN}Annotation", f'{BOX}1\t2\t1\t9\t"q"'], [Call(1, 2, '"q"', 1, 9, 0)]),
    (
        "a rounded File Offset", "a.wav",
        [f"{RAVEN}File Offset (s)\tBegin File", f"{BOX}9.753681034\t9.984592044\t25\t208.6\t9.754\ta.wav"],
        [Call(9.753681034, 9.984592044, "", 25, 208.6, 0)],
    ),
    ("whole numbers and a point", "a.wav", ["1\t2\tx", "3\t4", "8\t8\tp"], [X, Call(3, 4), Call(8, 8 + POINT, "p")]),
    ("a duration in JSON", "a.wav", ['[{"onset": 1.1, "duration": 0.2}]'], [Call(1.1, 1.3)]),
]  # fmt: skip


@pytest.mark.parametrize(("recording", "lines", "right"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_kinds_of_files(recording: str, lines: list[str], right: list[Call] | str, end: str) -> None:
    data, about = end.join([*lines, ""]).encode(), About(recording, 48_000, 30.0)
    for name in ("segments", "segments.json" if lines[0][0] in "[{" else "segments.txt"):
        if isinstance(right, list):
            assert list(read_segments(name, data, about).calls) == right
        else:
            with pytest.raises(RecordingError) as raised:
                read_segments(name, data, about)
            assert right in str(raised.value)


def test_a_file_of_many_bytes_isrefused(monkeypatch: pytest.MonkeyPatch, refused: Refusal) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 10)
    assert "more than the 10 that are read" in refused("a.csv", b"onset,offset\n0.1,0.2\n")


@pytest.mark.shared_data
def test_battycodas_real_pickle(shared_data: Path) -> None:
    path = shared_data / "bat1_angie_19.wav.pickle"
    calls = read_calls(path.name, path.read_bytes())
    assert len(calls) == 42
    assert calls.onsets[0] == pytest.approx(0.346348)
    assert calls.offsets[0] == pytest.approx(0.348148)
    assert Calls.from_json(json.loads(json.dumps(calls.to_json()))) == calls


@pytest.mark.shared_data("*.wav.json")
def test_batdetects_real_json(path: Path) -> None:
    annotation = json.loads(path.read_bytes())["annotation"]
    calls = read_calls(path.name, path.read_bytes())
    assert len(calls) == len(annotation) > 0
    assert sorted(calls.labels) == sorted(item["class"] for item in annotation)
    assert all(call.low_freq and call.high_freq for call in calls)


@pytest.mark.shared_data("*.wav")
def test_every_real_recording_finds_its_segment_file(path: Path) -> None:
    assert any(path.with_name(name).exists() for name in sidecar_names(path.name))


def test_a_user_says_which_column_is_the_label(refused: Refusal) -> None:
    table = b"onset,offset,Label,Call Type\n0.1,0.2,Myotis,FM\n"
    assert read_calls("a.csv", table).labels == ("Myotis",)
    assert read_calls("a.csv", table, label="call type").labels == ("FM",)
    raven = b"Selection\tBegin Time (s)\tEnd Time (s)\tAnnotation\tSex\n1\t0.1\t0.2\tMyotis\tf\n"
    assert read_calls("a.selections.txt", raven, label="Sex").labels == ("f",)
    item = b'[{"start_time": 0.1, "end_time": 0.2, "class": "Myotis", "event": "Social"}]'
    assert read_calls("a.json", item, label="event").labels == ("Social",)
    with pytest.raises(RecordingError, match=r"has no column 'sort' for the labels \(it has onset, offset, Label"):
        read_calls("a.csv", table, label="sort")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"0.1\t0.2\tx\n"),
        ("a.TextGrid", b'"ooTextFile" "TextGrid" 0 1 <absent>'),
        ("a.pickle", pickle.dumps([[0.1], [0.2]])),
    ],
)
def test_where_there_is_one_label_there_is_no_choice(name: str, data: bytes) -> None:
    with pytest.raises(RecordingError, match="has one label for each call, and no column or tag 'x'"):
        read_calls(name, data, label="x")
