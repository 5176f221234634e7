"""Encodings of segment files."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.encoding import decoded
from battycoda_nb.annotations.formats.read import read_calls

TEXT = "Abendsegler \u2013 „Ruf“ 5 €"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_programs_write(encoding: str) -> None:
    assert decoded(f"{TEXT}\r\n".encode(encoding)) == f"{TEXT}\r\n"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "onset,offset,label\n1,2,{}\n"),
        ("a.txt", "1.0\t2.0\t{}\n"),
        ("a.json", '[{{"start": 1, "end": 2, "label": "{}"}}]'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_labels_in_every_form_of_text(name: str, form: str, encoding: str) -> None:
    assert read_calls(name, form.format(TEXT).encode(encoding)).labels == (TEXT,)


def test_a_line_in_another_encoding_leaves_the_rest() -> None:
    assert decoded("é\n".encode() + b"\xe9\r\n" + "é".encode()) == "é\né\r\né"


@pytest.mark.parametrize("data", [b"", b"\x81\x8d", b"\xff\xfe\xfd", b"\xff\xfe", bytes(range(256))])
def test_any_bytes_are_text(data: bytes) -> None:
    assert isinstance(decoded(data), str)
