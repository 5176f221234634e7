"""Metadata of WAV files: GUANO and WAMD, as recorders write them."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.metadata import Metadata, parse_guano, read_metadata

SOUND = bytes(range(200)) * 2
GUANO = (
    "GUANO|Version: 1.0\n\nTE: 10\nSamplerate: 480000\nTimestamp: 2024-06-01T22:15:03.250+02:00\n"
    "Loc Position: 48.5216 -9.0576\nMake: Pettersson\nModel: D1000X\nSpecies Manual ID: Myodau, Pippip\n"
    "Note: Große Höhle\\nsecond line, at 22:15\nPET|Gain: 80\nSB|Filter: 20kHz: Anti-Katydid\n"
).encode()

Read = Callable[[bytes], Metadata]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_bytes(data: bytes) -> Metadata:
        (tmp_path / "x.wav").write_bytes(data)
        with (tmp_path / "x.wav").open("rb") as file:
            metadata = read_metadata(file.fileno())
            assert file.tell() == 0
            return metadata

    return read_bytes


def wamd(*entries: tuple[int, bytes], order: str = "<") -> bytes:
    return b"".join(struct.pack(order + "HI", number, len(value)) + value for number, value in entries)


@pytest.mark.parametrize("place", ["before", "after", "behind others"])
def test_guano_is_read_from_any_flavour_wherever_it_lies(
    read: Read, write_wav: Callable[..., bytes], flavour: str, place: str
) -> None:
    guan = [(b"guan", GUANO)]
    around = {
        "before": {"before": guan},
        "after": {"after": guan},
        "behind others": {"before": [(b"JUNK", bytes(3001))], "after": [(b"LIST", b"INFOICMT\1\0\0\0x\0"), *guan]},
    }
    metadata = read(write_wav(SOUND, flavour=flavour, **around[place]))
    assert metadata.timestamp is not None
    assert metadata.timestamp.isoformat() == "2024-06-01T22:15:03.250000+02:00"
    assert metadata.position == (48.5216, -9.0576)
    assert (metadata.make, metadata.model, metadata.species) == ("Pettersson", "D1000X", "Myodau, Pippip")
    assert metadata.note == "Große Höhle\nsecond line, at 22:15"
    assert (metadata.guano_te, metadata.guano_samplerate, metadata.wamd_te) == (10, 480_000, None)
    assert metadata.guano["PET|Gain"] == "80" and metadata.guano["SB|Filter"] == "20kHz: Anti-Katydid"
    assert Metadata.from_json(json.loads(json.dumps(metadata.to_json()))) == metadata


def test_wamd_is_read_from_any_flavour(read: Read, write_wav: Callable[..., bytes], flavour: str) -> None:
    entries = wamd(
        (0x0000, struct.pack("<H", 1)),
        (0x0001, b"SM4BAT\0"),
        (0x0005, b"2019-05-01 21:00:00-04:00"),
        (0x0006, b"WGS84,42.30210,N,71.50430,W,(null)"),
        (0x000A, "Höhle".encode("utf-16-le")),
        (0x000C, b"MYLU"),
        (0x000D, os.urandom(100_000)),
        (0x000F, struct.pack("<H", 10)),
        (0x0020, b"from the future"),
        (0x0021, b"\1\2"),
        (0xFFFF, b"\0"),
    )
    metadata = read(write_wav(SOUND, flavour=flavour, after=[(b"wamd", entries)]))
    assert metadata.timestamp is not None
    assert metadata.timestamp.isoformat() == "2019-05-01T21:00:00-04:00"
    assert metadata.position == (42.3021, -71.5043)
    assert (metadata.make, metadata.model) == ("Wildlife Acoustics", "SM4BAT")
    assert (metadata.species, metadata.note, metadata.wamd_te) == ("MYLU", "Höhle", 10)
    assert metadata.wamd["0x0020"] == "from the future" and metadata.wamd["0x0021"] == "01 02"
    assert metadata.wamd["Voice Note"] == "(100000 bytes)"
    assert "0xffff" not in metadata.wamd


def test_wamd_that_was_turned_with_its_file_is_read_too(read: Read, write_wav: Callable[..., bytes]) -> None:
    entries = wamd((0, struct.pack(">H", 1)), (0x0F, struct.pack(">H", 10)), order=">")
    assert read(write_wav(SOUND, flavour="RIFX", before=[(b"wamd", entries)])).wamd_te == 10


def test_guano_goes_before_wamd_field_by_field(read: Read, write_wav: Callable[..., bytes]) -> None:
    chunks = [
        (b"guan", b"GUANO|Version: 1.0\nModel: A\nTimestamp: yesterday\nLoc Position: none\nSpecies Auto ID: NoID"),
        (b"wamd", wamd((1, b"B"), (5, b"2019-05-01 21:00:00"), (0x14, b"WGS84,1.5,S,2.5,E"), (0x0B, b"PIPI"))),
    ]
    metadata = read(write_wav(SOUND, after=chunks))
    assert (metadata.model, metadata.position, metadata.species_auto) == ("A", (-1.5, 2.5), "NoID")
    assert metadata.species == "", "nobody said so"
    assert metadata.make == "", "the model is none of theirs"
    assert metadata.timestamp is not None and metadata.timestamp.tzinfo is None
    assert metadata.guano["Timestamp"] == "yesterday", "kept, though it is no date"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2024-06-01T22:15:03Z", "2024-06-01T22:15:03+00:00"),
        ("2024-06-01 22:15:03.5 -0330", "2024-06-01T22:15:03.500000-03:30"),
        ("2024-06-01T22:15", "2024-06-01T22:15:00"),
        ("2024-06-01 22:15:03 UTC+2", "2024-06-01T22:15:03+02:00"),
        ("2024/6/1 22:15:03", "2024-06-01T22:15:03"),
        ("2024-06-31T22:15:03", None),
        ("2024-06-01T25:15:03", None),
        ("2024-06-01T22:15:03+30:00", None),
        ("2024-06-01", None),  # would be midnight
        ("01.06.2024 22:15:03", None),
        ("", None),
    ],
)
def test_a_time_is_taken_with_its_offset_or_not_at_all(text: str, right: str | None) -> None:
    found = Metadata({"Timestamp": text}).timestamp
    assert (found and found.isoformat()) == right
    assert Metadata(wamd={"Timestamp": text}).timestamp == found


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("37.1878016 -86.1057312", (37.1878016, -86.1057312)),
        ("(37.5, -86.25)", (37.5, -86.25)),
        ("-37.00403\t174.57577", (-37.00403, 174.57577)),
        ("37.5 S 86.25 W", (-37.5, -86.25)),
        ("N37.5, W86.25", (37.5, -86.25)),
        ("52,5 -13,25", (52.5, -13.25)),
        ("WGS84,37.5,N,86.25,W", (37.5, -86.25)),
        ("WGS84, 37.5, S, 86.25, E, 120", (-37.5, 86.25)),
        ("WGS84,37.5,N,-86.25,W,120", (37.5, -86.25)),
        ("WGS84,-37.5,-86.25,12", (-37.5, -86.25)),
        ("WGS84,37.5,N,-86.25,E", None),  # one of the two is wrong
        ("37 11 20 N 86 6 3 W", None),  # minutes: no 37, 11
        ("0.0 0.0", None),
        ("95 10", None),
        ("10 185", None),
        ("37.5", None),
        ("nan inf", None),
        (" ".join("1" * 2000), None),
        ("1" + " " * 3990 + "x", None),
    ],
)
def test_a_position_has_the_signs_of_its_sides_or_is_none(text: str, right: tuple[float, float] | None) -> None:
    assert Metadata({"Loc Position": text}).position == right
    assert Metadata(wamd={"GPS First": text}).position == right


@pytest.mark.parametrize(
    ("text", "right"),
    [("10", 10), (" 8.0", 8), ("10x", 10), ("0", None), ("-1", None), ("ten", None), ("1e999", None), ("nan", None)],
)
def test_numbers_that_cannot_be_are_none(text: str, right: float | None) -> None:
    metadata = Metadata({"TE": text, "samplerate": text})
    assert metadata.guano_te == right
    assert metadata.guano_samplerate == right, "whatever letters the key has"


def test_text_is_read_as_it_is_met() -> None:
    assert parse_guano("\ufeffMake: Über\r\nno colon\n : no key\n\0\0  ".encode()) == {"Make": "Über"}
    assert parse_guano("Make: Über".encode("cp1252")) == {"Make": "Über"}
    assert parse_guano(b"TE: 10\nTE: 1") == {"TE": "10"}
    assert parse_guano(b"Note: " + "ü".encode() * 5000 + b"\nTE: 10")["TE"] == "10"
    assert parse_guano("Note: aü".encode()[:-1]) == {"Note": "a"}, "cut within a letter"


def test_what_is_read_is_bounded(read: Read, write_wav: Callable[..., bytes]) -> None:
    many = b"".join(b"key%d: %s\n" % (number, b"x" * 5000) for number in range(60)) + b"last: 1\n" * 10**5
    metadata = read(write_wav(SOUND, after=[(b"guan", many), (b"wamd", wamd(*[(7000 + n, b"x") for n in range(900)]))]))
    assert len(metadata.wamd) == 500
    assert sum(map(len, metadata.guano.values())) <= 2**18


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_chunk_that_is_cut_gives_what_is_there(read: Read, write_wav: Callable[..., bytes], cut: int) -> None:
    whole = wamd((0, b"\1\0"), (0x0F, b"\x0a\0"), (1, b"SM4BAT"), (0x0A, b"a note as long as this one is"))
    metadata = read(write_wav(SOUND, after=[(b"wamd", whole)])[:-cut])
    assert metadata.wamd.get("Version") == "1"
    assert "a note as long as this one is".startswith(metadata.note)
    assert read(write_wav(SOUND, after=[(b"guan", b"TE: 10\n" + bytes(60))])[:-cut]).guano_te == 10


def test_other_files_have_none(read: Read) -> None:
    for data in (b"", b"RIFF", b"RIFF\0\0\0\0AVI guan\2\0\0\0a:", b"fLaC" + bytes(100), os.urandom(1000)):
        assert not read(data)


def test_metadata_that_crossed_is_checked() -> None:
    for value in (None, [], {"guano": []}, {"guano": {"a": 1}}, {"other": {}}, {"wamd": {"a": "x" * 10**5}}):
        with pytest.raises(RecordingError, match="not sound"):
            Metadata.from_json(value)


def test_metadata_shows_itself_as_text_that_does_nothing() -> None:
    metadata = Metadata(
        {"Timestamp": "2024-06-01T22:15:03+02:00", "Loc Position": "1.5 -2", "Note": "<b>a\\nb", "X|Y": "\x1b[2J"},
        {"Model": "SM4"},
    )
    lines = [line.split(maxsplit=1) for line in str(metadata).splitlines()]
    assert lines[:4] == [
        ["recorded", "2024-06-01 22:15:03+02:00"],
        ["position", "1.5, -2"],
        ["recorder", "Wildlife Acoustics SM4"],
        ["note", "<b>a / b"],
    ]
    assert str(metadata).splitlines()[-2].split() == ["guano", "X|Y", "?[2J"]
    html = metadata._repr_html_()
    assert "&lt;b&gt;a / b" in html and "<b>" not in html and "\x1b" not in html
    assert (str(Metadata()), Metadata()._repr_html_()) == ("no metadata", "<p>no metadata</p>")
