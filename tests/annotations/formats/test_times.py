"""Columns of times: onsets with offsets or durations, their unit, and what is no time."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.grid import parse
from battycoda_nb.annotations.formats.times import times_of
from battycoda_nb.errors import RecordingError


@pytest.mark.parametrize(
    ("header", "onset", "end", "is_duration"),
    [
        ("start,end", "start", "end", False),
        ("onset,offset,duration", "onset", "offset", False),
        ("OFFSET,DURATION", "OFFSET", "DURATION", True),
        ("start,duration", "start", "duration", True),
        ("Begin.Time..s.,Delta.Time..s.", "Begin.Time..s.", "Delta.Time..s.", True),
        ("Begin Time (s),File Offset (s),End Time (s)", "Begin Time (s)", "End Time (s)", False),
        ("File Offset (s),Delta Time (s)", "File Offset (s)", "Delta Time (s)", True),
        ("event_start_seconds,event_end_seconds,event_duration_seconds", "event_start_seconds", "event_end_seconds", 0),
        ("EventStartSeconds,EventEndSeconds", "EventStartSeconds", "EventEndSeconds", False),
        ("start_seconds,stop_seconds", "start_seconds", "stop_seconds", False),
        ("Début,Fin", "Début", "Fin", False),
        ("tmin,text,tmax", "tmin", "tmax", False),
        ("Starttime,Endtime", "Starttime", "Endtime", False),
        ("onset_Hz,offset_Hz,onset_s,offset_s", "onset_s", "offset_s", False),
    ],
)
def test_columns_of_times(header: str, onset: str, end: str, is_duration: bool) -> None:
    times = times_of(parse("t.csv", header))
    assert (times.onset.header, times.end.header, times.is_duration) == (onset, end, is_duration)


def test_a_column_that_begins_with_a_number_goes_before_the_time_of_day() -> None:
    times = times_of(parse("t.csv", "start,end,start_time,end_time\n22:00:05,22:00:06,5,6\n"))
    assert (times.onset.header, times.end.header) == ("start_time", "end_time")


@pytest.mark.parametrize(
    ("header", "seconds"), [("start_ms,end_ms", 0.5), ("start (min),end (min)", 30_000), ("start [us],end [us]", 5e-4)]
)
def test_units_of_time(header: str, seconds: float) -> None:
    times = times_of(parse("t.csv", header))
    assert times.seconds(times.onset, 500) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("onset_Hz,offset_Hz", "has onset_Hz, in Hz, in place of times in seconds; divide by the sample rate"),
        ("start (kHz),end (kHz)", "has start (kHz), in kHz, in place"),
        ("start_sample,end_sample", "has start_sample, in sample numbers"),
        ("onset,offset_frames", "has offset_frames, in sample numbers"),
        ("start_ms,end", "has times in start_ms and end, of which only one says its unit"),
        ("start,label", "has no column for offset (it has start, label)"),
        ("duration,label", "has no column for onset (it has duration, label)"),
    ],
)
def test_what_is_no_time_is_refused(header: str, sentence: str) -> None:
    with pytest.raises(RecordingError) as raised:
        times_of(parse("t.csv", header))
    assert sentence in str(raised.value)
