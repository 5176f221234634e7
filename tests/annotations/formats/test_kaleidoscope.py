"""Kaleidoscope's cluster.csv, as it writes and as it reads it; its id.csv is about files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import kaleidoscope
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.grid import parse
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.errors import RequestError

Refusal = Callable[..., str]

CLUSTER = """INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,TOP1MATCH*,TOP1DIST,VOCALIZATIONS,MANUAL ID
C:\\in,night 1,a.wav,0,0.1,0.2,21533.2,28000,40000.5,clicks.Cluster1,0.31,3,
C:\\in,night 1,b.wav,0,1.5,0.25,19000,28000,31000,clicks.Cluster1,0.31,3,
C:\\in,night 1,a.wav,0,1.5,0.25,19000,28000,31000,clicks.Cluster2,0.9,1,Nyctalus
"""
ID = """INDIR,OUTDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,OUT FILE FS,AUTO ID*,PULSES,MATCHING,Fc,MANUAL ID
C:\\in,C:\\out,night 1,a.wav,0,0,5.0,a_000.wav,MYODAU,12,11,42.1,
"""


def _notice(table: str) -> str:
    return kaleidoscope.read(parse("cluster.csv", table), About("a.wav")).notice


def test_rows_of_a_cluster_analysis_are_calls() -> None:
    calls = read_calls("cluster.csv", CLUSTER.encode(), "a.wav")
    assert calls == Calls(
        [Call(0.1, 0.3, "clicks.Cluster1", 21533.2, 40000.5), Call(1.5, 1.75, "Nyctalus", 19000, 31000)]
    )
    assert _notice(CLUSTER) == "The labels of cluster.csv are those of MANUAL ID, or else TOP1MATCH*."
    assert read_calls("x.csv", CLUSTER.replace(",", ";").encode(), "night 1/A.WAV") == calls


def test_rows_of_birdnet_are_calls_with_names_of_species() -> None:
    header = "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence\n"
    table = f"{header}/d,s,a.wav,3.0,3.0,Strix,Owl,0.4\n"
    assert read_calls("a.BirdNET.results.kaleidoscope.csv", table.encode(), "a.wav") == Calls([Call(3, 6, "Owl")])
    assert "are those of common_name" in _notice(table)


@pytest.mark.parametrize("table", [ID, ID.replace("*", ""), "FOLDER,IN FILE,DURATION,SAMPLE RATE\nn,a.wav,5,256000\n"])
def test_rows_that_are_files_are_no_calls(table: str, refused: Refusal) -> None:
    assert "has labels of whole files, as Kaleidoscope's id.csv does, and no calls; name the cluster.csv" in refused(
        "id.csv", table.encode(), "a.wav"
    )


def test_calls_of_other_recordings_are_not_taken(refused: Refusal) -> None:
    assert "night 1/a.wav, C:\\in/night 1/b.wav (IN FILE), but of no c.wav" in refused(
        "cluster.csv", CLUSTER.encode(), "c.wav"
    )
    only_a = "\n".join(line for line in CLUSTER.splitlines() if "b.wav" not in line)
    assert "lists calls of a.wav only, but of no c.wav" in refused("cluster.csv", only_a.encode(), "c.wav")
    assert "has calls of 2 recordings" in refused("x.csv", CLUSTER.encode())


def test_frequencies_that_may_be_khz_are_left_out() -> None:
    khz = CLUSTER.replace("21533.2", "21.5").replace("40000.5", "40").replace("19000", "19").replace("31000", "31")
    calls = read_calls("cluster.csv", khz.encode(), "a.wav")
    assert {(call.low_freq, call.high_freq) for call in calls} == {(None, None)}
    assert "Fmin and Fmax in cluster.csv may be Hz or kHz, so they are left out" in _notice(khz)


def test_one_row_that_cannot_be_costs_itself_alone(refused: Refusal) -> None:
    table = CLUSTER.replace("0.1,0.2,", "0.1,0,")
    assert len(read_calls("cluster.csv", table.encode(), "a.wav")) == 1
    assert "1 of 2 rows in cluster.csv passed over, the first: cluster.csv, row 2: off" in _notice(table)
    assert "row 3: OFFSET is 'x', not a number" in refused(
        "cluster.csv", CLUSTER.replace("1.5,", "x,").encode(), "b.wav"
    )


def test_it_names_the_recording() -> None:
    with pytest.raises(RequestError, match="say name="):
        kaleidoscope.write(Calls(), About())
    assert read_calls("cluster.csv", kaleidoscope.write(Calls(), About("a.wav")).encode(), "a.wav") == Calls()


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.integers(7 * 1000, 10**11)  # below 1 kHz no reader can tell Hz from kHz
    bands = st.just((None, None)) | st.tuples(edge, edge).filter(lambda band: band[0] <= band[1])
    calls = data.draw(some_calls(second=7, hertz=7, bands=bands, channels=st.none()))  # any float is held exactly
    grid = parse("cluster.csv", kaleidoscope.write(calls, About("bat.wav")))
    assert kaleidoscope.is_kaleidoscope(grid)
    assert kaleidoscope.read(grid, About("bat.wav")).calls == calls
