"""Files of programs that are known but not read: one sentence each, with what to export instead."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from battycoda_nb.annotations.formats import foreign
from battycoda_nb.annotations.formats.read import ENDINGS

Refusal = Callable[..., str]


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


EXCEL = "is a spreadsheet, which is not read; save the sheet with the calls as CSV"
SONIC_VISUALISER = "is of Sonic Visualiser, which is not read; export the layer as CSV there"
NO_HEADER = "has no header, as the layers that Sonic Visualiser exports; name its columns in a first row"
AVIANZ = "is of AviaNZ, which is not read; write its segments as CSV"
BORIS = "is a project of BORIS, which is not read; export its aggregated events as CSV"
EVENTS = "has single events of BORIS, which have no end; export its aggregated events as CSV"
LAYER = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n<sv>\n</sv>\n'
SEGMENTS = b'[{"Operator": "me", "Reviewer": "", "Duration": 60.0}, [1.0, 2.0, 0, 0, [{"species": "Kiwi"}]]]'


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.xlsx", _zip(), EXCEL),
        ("a.csv", _zip(), EXCEL),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", EXCEL),
        ("a.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", EXCEL),
        ("a.ods", b"anything", EXCEL),
        ("a.svl", LAYER, SONIC_VISUALISER),
        ("a.txt", LAYER, SONIC_VISUALISER),
        ("a", b"BZh91AY&SY", SONIC_VISUALISER),
        ("a.txt", b"1.0\t440.0\t0.5\tregion\n", NO_HEADER),
        ("a.csv", b"1.0,440.0,0.5,region\n", NO_HEADER),
        ("a.csv", b"1.0,an instant\n", NO_HEADER),
        ("a.wav.data", SEGMENTS, AVIANZ),
        ("a.json", SEGMENTS, AVIANZ),
        ("a.json", b'[[1.0, 2.0, 0, 0, [{"species": "Kiwi"}]]]', AVIANZ),
        ("a.boris", b'{"time_format": "s"}', BORIS),
        ("a.json", b'{"time_format": "s", "project_format_version": "7.0"}', BORIS),
        ("a.csv", b"Observation id,Observation date,Time,Behavior,Status\no,d,1.5,song,START\n", EVENTS),
        ("a.tsv", b"Observation id\tfirst\n\nMedia file(s)\n", EVENTS),
        ("a.txt", b"<eaf/>\n", "is XML, which is not read; export the calls as CSV"),
        ("a.TextGrid", b"ooBinaryFile\x08TextGrid", "is a binary file of Praat, which is not read; save the TextGrid"),
    ],
)
def test_a_program_that_is_known(name: str, data: bytes, sentence: str, refused: Refusal) -> None:
    assert sentence in refused(name, data, "a.wav")


def test_aggregated_events_of_boris_are_a_table() -> None:
    foreign.refuse_text("a.csv", '"Observation id","Media file name","Behavior","Start (s)","Stop (s)"\n')


def test_a_worker_may_open_what_it_refuses() -> None:
    assert set(foreign.ENDINGS) < set(ENDINGS)
