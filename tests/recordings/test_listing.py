"""Lists of recordings: as they arrive, and as they show themselves."""

from __future__ import annotations

import json

import pytest

from battycoda_nb.errors import ClusterError
from battycoda_nb.recordings.listing import Listed, Listing, read_listing

ENTRY = {"path": "2024/a.wav", "sample_rate": 250_000, "channels": 1, "frames": 500_000, "size": 1_000_044, "calls": 3}


def blob(*entries: object, **more: object) -> bytes:
    return json.dumps({"entries": entries, **more}).encode()


def test_what_a_worker_sends_is_read() -> None:
    listing = read_listing("attic", blob(ENTRY, {"path": "b.wav", "problem": "cut"}, more=True, literal=False))
    assert (len(listing), listing.more, listing.literal) == (2, True, False)
    assert (listing[0].name, listing[0].duration, listing[0].calls) == ("attic:2024/a.wav", 2.0, 3)
    assert (listing[1].duration, listing[1].calls, listing[1].problem) == (0.0, None, "cut")
    assert listing[1:].more and [entry.path for entry in listing[1:]] == ["b.wav"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        blob(3),
        blob({}),
        blob({**ENTRY, "calls": "3"}),
        blob({**ENTRY, "path": None}),
        blob({**ENTRY, "frames": 10**400}),
        blob({**ENTRY, "calls": -1}),
        blob({**ENTRY, "metadata": {"guano": 1}}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_list_is_refused(answer: bytes) -> None:
    with pytest.raises(ClusterError, match="The worker's list cannot be read"):
        read_listing("attic", answer)


def test_a_name_that_cannot_be_asked_for_says_so() -> None:
    listing = read_listing("", blob({"path": "a\\xff.wav", "problem": "rename it", "nameable": False}, ENTRY))
    assert [entry.nameable for entry in listing] == [False, True]


def test_a_long_list_shows_its_beginning_and_how_many_there_are() -> None:
    entries = [Listed("", f"{number}.wav", 250_000, 1, 500_000, calls=0) for number in range(250)]
    lines = repr(Listing(entries)).splitlines()
    assert len(lines) == 202
    assert lines[1].split() == ["0.wav", "250", "1", "2.00", "0"]
    assert lines[-1] == "… and 50 more"
    assert repr(Listing(entries[:1], more=True)).endswith("… and more than a list holds: use a narrower pattern")


def test_what_files_say_of_themselves_has_its_columns_where_there_is_something() -> None:
    guano = {"Timestamp": "2024-06-01T22:15:03+02:00", "Loc Position": "48.5 -9.05", "Note": "by the old\\nlime kiln"}
    known = {**ENTRY, "metadata": {"guano": guano, "wamd": {"Model": "SM4BAT", "Manual ID": "MYLU"}}}
    listing = read_listing("", blob(known, ENTRY))
    assert listing[0].metadata.position == (48.5, -9.05)
    head, first, second = repr(listing).splitlines()
    assert head.split()[-5:] == ["recorded", "position", "recorder", "species", "note"]
    recorded, place, recorder = "2024-06-01 22:15:03+02:00", "48.50000, -9.05000", "Wildlife Acoustics SM4BAT"
    assert f"3      {recorded}  {place}  {recorder}  MYLU     by the old lime kiln" in first
    assert second.split() == ["2024/a.wav", "250", "1", "2.00", "3"]
    assert repr(listing[1:]).splitlines()[0].split() == ["recording", "kHz", "channels", "duration", "(s)", "calls"]


def test_what_a_file_is_called_is_shown_as_text() -> None:
    assert "<b>" not in Listing([Listed("", "<b>.wav", problem="<i>")])._repr_html_()
