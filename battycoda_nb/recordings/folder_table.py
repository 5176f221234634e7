"""Tables of a whole folder, such as Kaleidoscope's cluster.csv: the part of one recording, without reading it all.

A night has thousands of recordings, and a table of all their calls: to read it whole for each of them takes hours.
"""

from __future__ import annotations

import io
import unicodedata
from pathlib import PurePath

from battycoda_nb.annotations.formats.encoding import decoded

NAMES = ("cluster.csv",)
_SHOWN = 100  # rows that stay whatever they are of: they tell units, and whose calls there are


class FolderTable:
    """The lines of a table of text with rows of many recordings.

    Parameters
    ----------
    data : bytes
        Of the file.

    Examples
    --------
    >>> rows = "".join(f"n{number}.wav,1,2\\n" for number in range(5000))
    >>> part = FolderTable(f"file,onset,offset\\n{rows}".encode()).part("n4000.WAV").decode().split("\\n")
    >>> [line for line in part[101:] if line], part.index("n4000.wav,1,2") + 1
    (['n4000.wav,1,2'], 4002)
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines = list(io.StringIO(decoded(data), newline=""))  # what the reader of tables takes for lines
        # A cell over several lines cannot be told from rows here.
        self._is_plain = not any(line.count('"') % 2 for line in self._lines)
        self._folded = [_folded(line) for line in self._lines] if self._is_plain else []

    def part(self, recording: str) -> bytes:
        """Return the table with blank lines in place of rows that are not of a recording: each row keeps its number.

        The first rows stay, and those that have the stem of the recording's name anywhere, in any letters.
        """
        if not self._is_plain:
            return self._data
        stem = _folded(PurePath(recording).stem)
        rest = zip(self._lines[_SHOWN + 1 :], self._folded[_SHOWN + 1 :], strict=True)
        return "".join(
            (*self._lines[: _SHOWN + 1], *(line if stem in folded else "\n" for line, folded in rest))
        ).encode()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
