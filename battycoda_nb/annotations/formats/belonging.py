"""Rows of one recording in a table of several: which column names recordings, and which of its names is this one's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from .cells import AUDIO, BESIDE, NUMBER, ending, unquoted
from .entry import fail, visible
from .grid import Column, Grid
from .label_column import NAMED as LABEL_NAMES

# Headers that name a recording also where its cells have no ending: file, filepath, audio_file, Begin Path, IN FILE,
# sound.files, slice_file_name, audio_recording_id; and those of a few languages.
_RECORDING = re.compile(
    r"(begin|in|input|source|src|original|orig|audio|sound|wav|wave|media|notated|recording|record|rec|slice|clip|track"
    r"|full|abs|absolute|relative|rel|raw)*"
    r"(files?|filenames?|filepaths?|path|fname|basename|stem|recordings?|wav|wave|audio)"
    r"(name|path|id|ids|uuid|no|nr|number|key)?"
    r"|fid|recid|soundid|mediaid|audioid|clipname|input|datei|dateiname|dateipfad|aufnahme|fichier|nomfichier|enregistrement"
    r"|archivo|bestand|bestandsnaam"
)
# Of the columns that fit, these first: Raven's and Kaleidoscope's, then what is short.
_PREFERRED = ("beginpath", "beginfile", "infile", "filename", "file", "filepath", "wavfile", "audiofile", "recording")
# Files that are not the recording in which a row begins.
_OTHER_FILES = re.compile(r"(end|out|output|annot|annotation|label|selec|selection|segment|table|model|image).*")
# Columns that tell recordings of one name apart, from the outermost inwards.
_FOLDERS = (
    "indir", "inputdir", "site", "siteid", "sitename", "station", "deployment", "plot", "recorder", "logger", "device",
    "card", "folder", "foldername", "dir", "directory", "subfolder", "ordner",
)  # fmt: skip

Path = tuple[str, ...]


class Rows(NamedTuple):
    """Rows of one recording.

    Attributes
    ----------
    own : Grid
        The table with no other rows.
    files : list of tuple of str
        The path of the recording of each row of the whole table, as `parts` has it; () where no column says.
    kept : set of tuple of str
        Those of `files` that are this recording.
    notice : str
    """

    own: Grid
    files: list[Path]
    kept: set[Path]
    notice: str = ""


def rows_of(grid: Grid, recording: str) -> Rows:
    """Return the rows of a recording.

    A column whose cells have the endings of audio files names recordings, so does one with a usual header, or else one
    with a cell that is this recording's stem. Where it names a single one, that is this recording, renamed or not.

    Parameters
    ----------
    grid : Grid
    recording : str
        Name, best with folders, as one opens it; "" if it is not known.

    Raises
    ------
    RecordingError
        If several recordings are named and none is this one, two could be, or rows name none: nobody can tell whose
        they are.
    """
    wanted = parts(recording)
    column = _column(grid, wanted)
    if column is None:
        return Rows(grid, [()] * len(grid.rows), {()})
    written = _written(grid, column)
    files = [parts(text) for text in written]
    named = dict(zip(reversed(files), reversed(written), strict=True))  # the first spelling of each
    named = {file: named[file] for file in dict.fromkeys(files) if file}
    if blank := files.count(()):
        fail(
            grid.name,
            f"names a recording in {column.header} ({_some(named.values())}), but not in {blank} of its {len(files)} "
            f"{grid.item}s",
            f"fill it in, or delete those {grid.item}s",
        )
    kept, notice = recording_among(grid.name, column.header, named, recording)
    rows = [row for row, file in zip(grid.rows, files, strict=True) if file in kept]
    if len(named) > 1 and not _RECORDING.fullmatch(column.name) and not any(map(_has_audio_ending, named.values())):
        notice = f"{grid.name} tells recordings apart by {column.header} ({_some(named.values())}); one is shown."
    return Rows(replace(grid, rows=rows), files, kept or {()}, notice)


def recording_among(file: str, where: str, named: dict[Path, str], recording: str) -> tuple[set[Path], str]:
    """Return which of the names in a segment file are a recording's, and what a user should know of that.

    Folders compare from the right; the same stem with another ending is a recording that was converted, and a single
    name is this recording, whatever it is.

    Parameters
    ----------
    file, where : str
        The segment file and what in it names recordings, for messages.
    named : dict
        Paths, as `parts` has them, and how each is written.
    recording : str
        Name, best with folders; "" if it is not known.

    Raises
    ------
    RecordingError
        If there are several and none, or more than one, may be this recording.
    """
    wanted = parts(recording)
    if len(named) < 2:
        differs = [name for path, name in named.items() if wanted and not same_name(path, wanted)]
        differs = [_shown(name) for name in differs if _has_audio_ending(name)]
        renamed = f"{file} calls this recording {differs[0]}; its calls are taken as this one's." if differs else ""
        return set(named), renamed or _elsewhere(file, named, set(named), wanted)
    if not wanted:
        fail(file, f"has calls of {len(named)} recordings ({_some(named.values())})", "say which one is meant")
    same = [path for path in named if same_name(path, wanted)]
    same = [path for path in same if path[-1] == wanted[-1]] or same  # a.wav before a.flac
    depths = {path: _depth(path, wanted) for path in named}
    deepest = max((depths[path] for path in same), default=0)
    meant = _shown("/".join(re.split(r"[/\\]+", recording)[-2 if same else -1 :]))
    # Its own folder is there, with other names: then the equal name in another folder is another recording.
    if not same or (not deepest and any(depths.values())):
        fail(
            file,
            f"lists calls of {_some(named.values())} ({where}), but of no {meant}",
            "name a file with the calls of this recording, or correct the names in it",
        )
    nearest = [path for path in same if depths[path] == deepest]
    if len(nearest) > 1:
        fail(
            file,
            f"lists calls of {_some([named[path] for path in nearest])}, and each may be {meant}",
            "keep the calls of one, or open the recording by its name with the folder",
        )
    return set(nearest), _elsewhere(file, named, set(nearest), wanted)


def _elsewhere(file: str, named: dict[Path, str], kept: set[Path], wanted: Path) -> str:
    """Return the notice of a time alone in another folder: recorders give such names at each of their sites."""
    for path in kept:
        alone = path and not re.search(r"[^\W\d_]", re.sub(r"\.[^.]*$", "", path[-1]).replace("t", ""))
        if alone and len(path) > 1 and len(wanted) > 1 and not _depth(path, wanted):
            return f"{file} has these calls for {_shown(named[path])}, in another folder: is it this recording?"
    return ""


@lru_cache(maxsize=4096)
def parts(path: str) -> Path:
    """Return the folders and the name of a path with either slash, as they are compared: in one case, in NFC."""
    return tuple(part for part in re.split(r"[/\\]+", _plain(unquoted(path.strip()))) if part not in ("", "."))


def _plain(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()


def same_name(path: Path, wanted: Path) -> bool:
    """Return whether two paths end in files of one stem, whatever their endings."""
    return bool(path and wanted) and not _stems(path[-1]).isdisjoint(_stems(wanted[-1]))


def _stems(name: str) -> set[str]:
    """Return a file's name whole, without its ending, and without both (``a.wav.csv``)."""
    found = {name}
    last = ending(name)
    if last in AUDIO | BESIDE:
        stem = name[: -len(last) - 1]
        found |= {stem} if last in AUDIO else {stem} | _stems(stem)
    return found


def _column(grid: Grid, wanted: Path) -> Column | None:
    """Return the column that names recordings, if there is one."""
    stem = min(_stems(wanted[-1]), key=len) if wanted else ""  # is in all that has this name
    likely: list[Column] = []
    fitting: list[Column] = []
    sound = False
    for column in grid.columns:
        if _OTHER_FILES.fullmatch(column.name):
            continue
        usual = _RECORDING.fullmatch(column.name) is not None
        cells = Counter(grid.texts(column))
        del cells[""]
        if not cells or (not usual and _are_small_numbers(cells)):
            continue
        audio = sum(count for text, count in cells.items() if _has_audio_ending(text))
        sounds = 2 * audio > max(cells.total(), len(grid.rows) // 2)
        if usual or sounds:
            likely.append(column)
        elif column.name in LABEL_NAMES and column.name != "name":
            continue
        sound = sound or sounds
        if wanted and any(stem in _plain(text) and same_name(parts(text), wanted) for text in cells):
            fitting.append(column)
    both = [column for column in likely if column in fitting]
    choice = sorted(both or (fitting if not sound else []) or likely, key=_rank)
    if choice and choice[0] in fitting:
        _refuse_contradiction(grid, choice, wanted)
    return choice[0] if choice else None


def _refuse_contradiction(grid: Grid, columns: list[Column], wanted: Path) -> None:
    """Refuse a table in which two columns that name recordings give this one different rows."""
    usual = [column for column in columns if _RECORDING.fullmatch(column.name)]
    first, *others = usual or columns
    rows = [same_name(parts(text), wanted) for text in grid.texts(first)]
    for other in others:
        if rows != [same_name(parts(text), wanted) for text in grid.texts(other)]:
            fail(
                grid.name,
                f"names recordings in {first.header} and in {other.header}, which differ",
                "leave one of the two columns out",
            )


def _are_small_numbers(cells: Iterable[str]) -> bool:
    """Return whether all are numbers of a few digits: 1.wav is not named in each column with a 1."""
    return all(len(text) < 8 and NUMBER.fullmatch(text) for text in cells)


def _rank(column: Column) -> tuple[int, int]:
    place = _PREFERRED.index(column.name) if column.name in _PREFERRED else len(_PREFERRED)
    return place, column.place


def _written(grid: Grid, column: Column) -> list[str]:
    """Return the recording that each row names, with the folders that other columns have."""
    files = grid.texts(column)
    if any("/" in file or "\\" in file for file in files):
        return files
    folders = [grid.texts(other) for other in grid.named(_FOLDERS)]
    for other in grid.columns:  # a path to the same file, whatever its header
        if other is not column and not _OTHER_FILES.fullmatch(other.name):
            pairs = zip(files, grid.texts(other), strict=True)
            if files and all(parts(path)[-1:] == parts(file) for file, path in pairs):
                return grid.texts(other)
    return ["/".join(filter(None, (*above, file))) * bool(file) for file, *above in zip(files, *folders, strict=True)]


def _depth(path: Path, wanted: Path) -> int:
    """Return how many folders agree, counted from the right."""
    depth = 0
    for one, other in zip(path[-2::-1], wanted[-2::-1], strict=False):
        if one != other:
            break
        depth += 1
    return depth


def _has_audio_ending(text: str) -> bool:
    return ending(unquoted(text)) in AUDIO


def _some(named: Iterable[str]) -> str:
    names: Sequence[str] = list(named)
    shown = ", ".join(map(_shown, names[:3]))
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _shown(name: str) -> str:
    """Return the end of a path, for a message."""
    return visible(name[-40:])
