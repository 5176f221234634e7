"""Segment files as BattyCoda, Raven, BatDetect2 and spreadsheets write them, and as people break them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.annotations import calls as calls_module
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import read, table
from battycoda_nb.annotations.formats.read import read_calls, sidecar_names
from battycoda_nb.errors import RecordingError

RAVEN_HEADER = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation"
)  # fmt: skip
CODA_HEADER = (
    "Task ID,Onset (s),Offset (s),Duration (s),Status,Label,Classification Result,Confidence,Notes,WAV File,"
    "Species,Project,Created By,Annotated By,Created At,Updated At,Annotated At"
)


def _refused(name: str, data: bytes, recording_name: str | None = None) -> str:
    with pytest.raises(RecordingError) as raised:
        read_calls(name, data, recording_name)
    message = str(raised.value)
    assert message.startswith(name)
    assert len(message) < 400
    return message


def _times(calls: Calls) -> list[tuple[float, float]]:
    return [(call.onset, call.offset) for call in calls]


# Names


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
    ]


def test_sidecars_keep_dots_folders_and_case() -> None:
    assert "night/a_0_0.5.csv" in sidecar_names("night/a_0_0.5.WAV")
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
def test_an_empty_file_is_an_error(name: str, data: bytes) -> None:
    assert "is empty" in _refused(name, data)


# BattyCoda's pickle


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("make", [np.array, list, tuple], ids=["array", "list", "tuple"])
def test_battycodas_dict(protocol: int, make: object) -> None:
    content = {
        "threshold": 5.0,
        "onsets": make([0.3, 0.1]),  # type: ignore[operator]
        "offsets": make([0.4, 0.2]),  # type: ignore[operator]
        "labels": [],
        "startFrq": [],
    }
    calls = read_calls("bat.wav.pickle", pickle.dumps(content, protocol=protocol))
    assert calls == Calls([Call(0.1, 0.2), Call(0.3, 0.4)])


@pytest.mark.parametrize("make", [list, tuple])
def test_battycodas_older_list_of_two(make: type) -> None:
    content = make([np.array([0.1, 0.3]), np.array([0.2, 0.4])])
    assert _times(read_calls("bat.wav.pickle", pickle.dumps(content))) == [(0.1, 0.2), (0.3, 0.4)]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (None, ("", "")),
        ([], ("", "")),
        (np.array([]), ("", "")),
        (["FM", "CF"], ("FM", "CF")),
        (("FM", None), ("FM", "")),
        (["FM"], ("FM", "")),  # the second call is not judged yet
        ([b"caf\xe9", " CF "], ("café", "CF")),
        (np.array(["FM", "CF"]), ("FM", "CF")),
        (np.array([1, 2]), ("1", "2")),
        ([np.str_("FM"), float("nan")], ("FM", "")),
        ([{"type_call": "Echo", "confidence": "90"}, {"type_call": "FM"}], ("Echo", "FM")),
        (["a\ud800", "b"], ("a?", "b")),
    ],
)
def test_battycodas_labels(labels: object, found: tuple[str, str]) -> None:
    content = {"onsets": [0.1, 0.3], "offsets": [0.2, 0.4], "labels": labels}
    assert read_calls("bat.wav.pickle", pickle.dumps(content)).labels == found


def test_labels_follow_their_calls_when_sorted() -> None:
    content = {"onsets": [0.3, 0.1], "offsets": [0.4, 0.2], "labels": ["late", "early"]}
    assert read_calls("a.pickle", pickle.dumps(content)).labels == ("early", "late")


@pytest.mark.parametrize("shape", [(-1, 1), (1, -1)])
def test_a_row_or_a_column_of_times(shape: tuple[int, int]) -> None:
    content = {"onsets": np.array([0.1, 0.3]).reshape(shape), "offsets": np.array([0.2, 0.4]).reshape(shape)}
    assert len(read_calls("a.pickle", pickle.dumps(content))) == 2


@pytest.mark.parametrize("empty", [[], np.array([]), np.zeros((0, 0)), np.array([], dtype=np.int64)])
def test_a_pickle_without_calls(empty: object) -> None:
    assert read_calls("a.pickle", pickle.dumps({"onsets": empty, "offsets": empty})) == Calls()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "has no onsets and no offsets (it has nothing)"),
        ({"onsets": [0.1], "ends": [0.2]}, "has no offsets (it has onsets, ends)"),
        ([1, 2, 3], "holds a list"),
        (None, "holds nothing"),
        (3.5, "holds a number"),
        ("onsets", "holds text"),
        (np.zeros(2), "holds a value of type ndarray"),
        ({"onsets": [0.1], "offsets": [0.2, 0.3]}, "has 1 onsets and 2 offsets"),
        ({"onsets": 0.1, "offsets": 0.2}, "has a number as onsets"),
        ({"onsets": [[0.1]], "offsets": [0.2]}, "call 1: onset=a value of type list"),
        ({"onsets": ["0.1"], "offsets": [0.2]}, "call 1: onset='0.1'"),
        ({"onsets": np.array(["0.1"]), "offsets": [0.2]}, "onsets of type <U3"),
        ({"onsets": np.array([True]), "offsets": [0.2]}, "onsets of type bool"),
        ({"onsets": np.zeros((2, 2)), "offsets": np.ones((2, 2))}, "onsets of shape (2, 2)"),
        ({"onsets": np.array(0.1), "offsets": np.array(0.2)}, "onsets of shape ()"),
        ({"onsets": [0.1, 0.4], "offsets": [0.2, 0.3]}, "call 2: offset=0.3 s must lie after onset=0.4 s"),
        ({"onsets": [0.1, float("nan")], "offsets": [0.2, 0.3]}, "call 2: onset=nan"),
        ({"onsets": [10**5000], "offsets": [0.3]}, "call 1: onset="),
        ({"onsets": [-0.1], "offsets": [0.3]}, "call 1: onset=-0.1"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": ["a", "b"]}, "has 2 labels for 1 calls"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": "FM"}, "has text as labels"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [["FM"]]}, "call 1: its label is a list"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [{"type_call": []}]}, "call 1: its label is a list"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [10**5000]}, "call 1: its label is a number"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": ["x" * 2000]}, "its label has 2000 characters"),
        ({"\ud800\x1b" * 99: 1}, "(it has ????"),
    ],
)
def test_a_pickle_that_is_not_segments(content: object, said: str) -> None:
    assert said in _refused("bat.wav.pickle", pickle.dumps(content))


def test_a_pickle_with_a_wish_is_refused_by_name() -> None:
    assert "asks for os.system" in _refused("bat.wav.pickle", b"cos\nsystem\n(S'true'\ntR.")


# Tables


@pytest.mark.parametrize(
    "header",
    [
        "onset,offset",
        "Onset,Offset",
        "onsets,offsets",
        "Onset (s),Offset (s)",
        "onset_s,offset_s",
        "ONSET [s],OFFSET [s]",
        "start,end",
        "start,stop",
        "start_time,end_time",
        "Start (s),End (s)",
        "Start Time (sec),End Time (sec)",
        "start-time,end-time",
        "Begin Time (s),End Time (s)",
        '"onset","offset"',
        " onset , offset ",
    ],
)
def test_headers_of_the_real_world(header: str) -> None:
    assert _times(read_calls("a.csv", f"{header}\n0.1,0.2\n".encode())) == [(0.1, 0.2)]


@pytest.mark.parametrize("header", ["onset (ms),offset (ms)", "start_ms,end_ms", "Start [ms],Stop [ms]"])
def test_milliseconds_where_the_header_says_so(header: str) -> None:
    assert _times(read_calls("a.csv", f"{header}\n350,352.5\n".encode())) == [(0.35, 0.3525)]


@pytest.mark.parametrize(
    "data",
    [
        b"onset,offset,label\n0.1,0.2,FM\n",
        b"onset,offset,label\r\n0.1,0.2,FM\r\n",
        b"onset,offset,label\r0.1,0.2,FM\r",
        b"\xef\xbb\xbfonset,offset,label\n0.1,0.2,FM",
        b"\n\nonset,offset,label\n\n,,\n0.1,0.2,FM\n\n",
        b"onset;offset;label\n0,1;0,2;FM\n",
        b"onset;offset;label\n0.1;0.2;FM\n",
        b"sep=;\r\nonset;offset;label\r\n0,1;0,2;FM\r\n",
        b"onset\toffset\tlabel\n0.1\t0.2\tFM\n",
        b'onset\toffset\tlabel\n0.1\t0.2\t"FM"\n',
        b'"onset","offset","label"\n"0.1","0.2","FM"\n',
        b"label,offset,onset,extra\nFM,2e-1,1E-1,x,y,z\n",
        "onset\toffset\tlabel\r\n0,1\t0,2\tFM\r\n".encode("utf-16"),
    ],
)
def test_delimiters_and_encodings(data: bytes) -> None:
    assert read_calls("a.csv", data) == Calls([Call(0.1, 0.2, "FM")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin1"])
def test_labels_with_accents(encoding: str) -> None:
    assert read_calls("a.csv", "onset,offset,label\n0.1,0.2,écho\n".encode(encoding)).labels == ("écho",)


@pytest.mark.parametrize("header", ["label", "Label", "class", "call_type", "Call Type", "Species", "Annotation"])
def test_label_columns(header: str) -> None:
    assert read_calls("a.csv", f"onset,offset,{header}\n0.1,0.2,FM\n0.3,0.4\n".encode()).labels == ("FM", "")


def test_battycodas_export() -> None:
    data = (
        f"{CODA_HEADER}\r\n"
        '7,0.346348,0.348148,0.0018,Done,"FM, short",Echo,0.9,"a\r\nnote",bat.wav,Carollia,P,me,me,2025,2025,2025\r\n'
        "8,0.5,0.502,0.002,Pending,,Echo,0.4,,bat.wav,Carollia,P,me,,2025,2025,\r\n"
    ).encode()
    assert read_calls("bat.csv", data) == Calls([Call(0.346348, 0.348148, "FM, short"), Call(0.5, 0.502)])


def test_batdetects_csv() -> None:
    data = (
        b"id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n"
        b"0,0.658,0.0225,0.028,107492,33203,Myotis mystacinus,0.55\n"
    )
    assert read_calls("a.wav.csv", data) == Calls([Call(0.0225, 0.028, "Myotis mystacinus", 33203, 107492)])


def test_frequencies_in_khz() -> None:
    (call,) = read_calls("a.csv", b"onset,offset,low_freq (kHz),high_freq (kHz)\n0.1,0.2,20.5,45.5\n")
    assert (call.low_freq, call.high_freq) == (pytest.approx(20_500), pytest.approx(45_500))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"onset,label\n0.1,FM\n", "has no column for offset (it has onset, label)"),
        (b"a,b\n1,2\n", "has no column for onset and offset (it has a, b)"),
        (b"0.1,0.2\n0.3,0.4\n", "has no column for onset and offset"),
        (b"onset (samples),offset (samples)\n1,2\n", "has no column for onset and offset"),
        (b"\xef\xbb\xbf", "has no header"),
        (b"onset,offset\n0.1,0.2\n\n0.4,0.3\n", "row 4: offset=0.3 s must lie after onset=0.4 s"),
        (b"onset,offset\n0.1,0.1\n", "row 2: offset=0.1 s must lie after onset=0.1 s"),
        (b"onset,offset\n0.1,nan\n", "row 2: offset is 'nan', not a number"),
        (b"onset,offset\n0.1,inf\n", "row 2: offset is 'inf', not a number"),
        (b"onset,offset\n0.1,1e999\n", "row 2: offset=inf"),
        (b"onset,offset\n1_0,2_0\n", "row 2: onset is '1_0', not a number"),
        (b"onset,offset\n0:01.5,0:02\n", "row 2: onset is '0:01.5', not a number"),
        (b'onset,offset\n"0,1","0,2"\n', "row 2: onset is '0,1', not a number"),
        (b"onset;offset\n1.000,5;1.001,5\n", "row 2: onset is '1.000,5', not a number"),
        (b"onset,offset\n0.1,soon\n", "row 2: offset is 'soon', not a number"),
        (b"onset,offset\n-0.1,0.2\n", "row 2: onset=-0.1"),
        (b"onset,offset\n0.1\n", "row 2: offset is empty"),
        (b"onset,offset,label\n,0.2,FM\n", "row 2: onset is empty"),
        (b"onset,offset,low_freq\n0.1,0.2,low\n", "row 2: low_freq is 'low', not a number"),
        (b"onset,offset,label\n0.1,0.2," + b"x" * 1001, "row 2: its label has 1001 characters"),
        (b'onset,offset,label\n0.1,0.2,"' + b"x" * 200_000, "is not a row of a table"),
    ],
)
def test_a_table_that_cannot_be_read(data: bytes, said: str) -> None:
    assert said in _refused("bat.csv", data)


def test_a_table_of_several_recordings() -> None:
    data = b"filename,onset,offset\na.wav,0.1,0.2\nb.wav,0.3,0.4\nA.WAV,0.5,0.6\n"
    assert _times(read_calls("night.csv", data, "dir/a.wav")) == [(0.1, 0.2), (0.5, 0.6)]
    assert _times(read_calls("night.csv", data, "c.wav")) == []
    assert "has calls of 3 recordings (A.WAV, a.wav, b.wav" in _refused("night.csv", data)


def test_one_name_that_differs_is_a_recording_that_was_renamed() -> None:
    assert len(read_calls("a.csv", b"filename,onset,offset\nold.wav,0.1,0.2\n", "new.wav")) == 1


# Raven


def _raven(*rows: str, header: str = RAVEN_HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *rows]) + end).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_selection_table(end: str) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.346\t0.348\t20000.0\t45000.5\tFM",
        "2\tSpectrogram 1\t2\t1\t2\t20000\t45000\t",
        end=end,
    )
    assert read_calls("bat.Table.1.selections.txt", data) == Calls(
        [Call(0.346, 0.348, "FM", 20_000, 45_000.5, 0), Call(1, 2, "", 20_000, 45_000, 1)]
    )


def test_a_table_with_a_header_only() -> None:
    assert read_calls("bat.Table.1.selections.txt", _raven()) == Calls()
    assert read_calls("bat.csv", b"onset,offset") == Calls()


def test_twin_rows_are_one_call() -> None:
    data = _raven(
        "1\tWaveform 1\t1\t0.1\t0.2\t\t\tFM",
        "1\tSpectrogram 1\t1\t0.1\t0.2\t20000\t45000\t",
        "2\tSpectrogram 1\t1\t0.3\t0.4\t20000\t45000\tCF",
        "2\tWaveform 1\t1\t0.3\t0.4\t0\t0\t",
        "3\tWaveform 1\t1\t0.5\t0.6\t\t\talone",
        "3\tSpectrogram 1\t1\t0.7\t0.8\t1\t2\tjoined table",
    )
    calls = read_calls("a.txt", data)
    assert calls.labels == ("FM", "CF", "alone", "joined table")
    assert calls[0] == Call(0.1, 0.2, "FM", 20_000, 45_000, 0)


def test_a_twin_with_a_label_beyond_a_short_row() -> None:
    data = _raven("1\tWaveform 1\t1\t0.1\t0.2\t\t\tFM", "1\tSpectrogram 1\t1\t0.1\t0.2\t20000\t45000")
    assert read_calls("a.txt", data).labels == ("FM",)


@pytest.mark.parametrize("column", ["Annotation", "Species", "Call Type", "My own remarks", "Typ", "ID"])
def test_any_column_may_hold_the_label(column: str) -> None:
    header = f"{RAVEN_HEADER.removesuffix('Annotation')}Delta Time (s)\tScore\t{column}"
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t0.1\t0.9\tFM\u2013CF", header=header)
    assert read_calls("a.txt", data).labels == ("FM\u2013CF",)


def test_a_blank_annotation_leaves_it_to_another_column() -> None:
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t\tFM", header=f"{RAVEN_HEADER}\tWhat")
    assert read_calls("a.txt", data).labels == ("FM",)


def test_no_column_need_hold_a_label() -> None:
    header = f"{RAVEN_HEADER.removesuffix('Annotation')}Begin File\tScore"
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\ta.wav\t0.5", header=header)
    assert read_calls("a.txt", data).labels == ("",)


def test_a_quotation_mark_does_not_swallow_rows() -> None:
    data = _raven('1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t"odd', "2\tSpectrogram 1\t1\t0.3\t0.4\t1\t2\tFM")
    assert read_calls("a.txt", data).labels == ('"odd', "FM")


SEVERAL = f"{RAVEN_HEADER}\tBegin File\tFile Offset (s)"


def test_several_files_count_within_the_file() -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\ta.wav\t0.5",
        "2\tSpectrogram 1\t1\t10.5\t10.75\t1\t2\tB\tb.wav\t0.25",
        header=SEVERAL,
    )
    assert read_calls("n.txt", data, "b.wav") == Calls([Call(0.25, 0.5, "B", 1, 2, 0)])
    assert read_calls("n.txt", data, "a.wav") == Calls([Call(0.5, 0.75, "A", 1, 2, 0)])
    assert "say which one is meant" in _refused("n.txt", data)


@pytest.mark.parametrize("path", ["C:\\bats\\b.wav", "/data/bats/b.wav"])
def test_begin_path_names_a_file_too(path: str) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\t/data/bats/a.wav",
        f"2\tSpectrogram 1\t1\t10.5\t10.75\t1\t2\tB\t{path}",
        header=f"{RAVEN_HEADER}\tBegin Path",
    )
    assert read_calls("n.txt", data, "b.wav").labels == ("B",)


def test_a_blank_file_offset_leaves_begin_time() -> None:
    data = _raven("1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\ta.wav\t", header=SEVERAL)
    assert _times(read_calls("n.txt", data)) == [(0.5, 0.75)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1\tSpectrogram 1\t0\t0.1\t0.2\t1\t2\t", "row 2: Channel is 0, but Raven counts channels from 1"),
        ("1\tSpectrogram 1\t1.5\t0.1\t0.2\t1\t2\t", "row 2: Channel is 1.5"),
        ("1\tSpectrogram 1\tleft\t0.1\t0.2\t1\t2\t", "row 2: Channel is 'left', not a number"),
        ("1\tSpectrogram 1\t1\t0.3\t0.2\t1\t2\t", "row 2: offset=0.2 s must lie after onset=0.3 s"),
        ("1\tSpectrogram 1\t1\t0.1\tNaN\t1\t2\t", "row 2: End Time (s) is 'NaN', not a number"),
        ("1\tSpectrogram 1\t1\t0.1\t0.2\t9\t2\t", "row 2: high_freq=2 Hz must not lie below low_freq=9 Hz"),
    ],
)
def test_a_selection_that_cannot_be(row: str, said: str) -> None:
    assert said in _refused("bat.Table.1.selections.txt", _raven(row))


# BatDetect2


def test_batdetects_annotation() -> None:
    first = {"start_time": 0.0225, "end_time": 0.028, "low_freq": 33203, "high_freq": 107492, "class": "Myotis"}
    second = {"start_time": 0.0525, "end_time": 0.0583, "class": "", "event": "Echolocation", "class_prob": 0.5}
    found = Calls([Call(0.0225, 0.028, "Myotis", 33203, 107492), Call(0.0525, 0.0583, "Echolocation")])
    for content in ({"id": "a.wav", "annotation": [second, first]}, [first, second]):
        assert read_calls("a.wav.json", json.dumps(content).encode()) == found


@pytest.mark.parametrize("data", [b"[]", b'{"annotation": []}'])
def test_batdetect_found_nothing(data: bytes) -> None:
    assert read_calls("a.wav.json", data) == Calls()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xfd", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"3", "holds a number"),
        (b'{"pred": []}', "has no annotation (it has pred)"),
        (b'{"annotation": {}}', "holds a dict in place of a list of calls"),
        (b"[3]", "call 1 is a number"),
        (b'[{"start_time": 0.1}]', "call 1 has no end_time"),
        (b'[{"start_time": "0.1", "end_time": 0.2}]', "call 1: onset='0.1'"),
        (b'[{"start_time": NaN, "end_time": 0.2}]', "call 1: onset=nan"),
        (b'[{"start_time": 0.1, "end_time": 1e999}]', "call 1: offset=inf"),
        (b'[{"start_time": 1' + b"0" * 400 + b', "end_time": 0.2}]', "call 1: onset="),
        (b'[{"start_time": 0, "end_time": 1' + b"0" * 5000 + b"}]", "is not JSON"),
        (b'[{"start_time": 0.1, "end_time": 0.2, "class": []}]', "call 1: its label is a list"),
        (b'[{"start_time": 0.1, "end_time": 0.2}, {"start_time": 2, "end_time": 1}]', "call 2: offset=1 s"),
    ],
)
def test_json_that_is_not_calls(data: bytes, said: str) -> None:
    assert said in _refused("a.wav.json", data)


# Limits


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


def test_more_rows_than_the_limit_are_not_even_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "MAX_CALLS", 8)
    monkeypatch.setattr(table, "MAX_CALLS", 8)
    with pytest.raises(RecordingError, match=r"a\.csv: 17 calls are more than the 8"):
        read_calls("a.csv", b"onset,offset\n" + b"0,1\n" * 1000)


def test_a_file_of_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 10)
    assert "more than the 10 that are read" in _refused("a.csv", b"onset,offset\n0.1,0.2\n")


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
