"""Views of recordings: kept, recalled, shared between processes, and never in anybody's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from battycoda_nb import settings
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.client.workers import Workers
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import RequestError
from battycoda_nb.recordings.listing import Listed, Listing
from battycoda_nb.signal.requests import is_digest
from battycoda_nb.widgets.explorer import saved_views
from battycoda_nb.widgets.explorer.saved_views import MAX_RECORDINGS, Views

BAT, OTHER, NEW = "a" * 32, "b" * 32, "c" * 32
VIEW = {"call": 17, "times": [0.001, 0.004], "frequencies": [20_000, 90_000], "cmap": "magma", "grid": True}
LOOK = {"cmap": "magma", "grid": True}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "views.json"


def test_a_view_comes_back(path: Path) -> None:
    kept = Views(path)
    assert kept.recall(BAT) == {}
    kept.remember(BAT, VIEW)
    assert kept.recall(BAT) == VIEW, "before it is written"
    kept.flush()
    kept.remember(OTHER, {"call": 3, "cmap": "hot"})
    kept.flush()
    again = Views(path)
    assert again.recall(BAT) == VIEW
    assert again.recall(OTHER) == {"call": 3, "cmap": "hot"}
    assert again.problem == ""


def test_a_new_recording_has_the_last_look_but_no_place(path: Path) -> None:
    kept = Views(path)
    kept.remember(OTHER, {"call": 3, "cmap": "hot"})
    kept.remember(BAT, VIEW)
    assert kept.recall(NEW) == LOOK, "before it is written"
    kept.flush()
    assert kept.recall(NEW) == LOOK
    kept.remember(OTHER, {"cmap": "hot"})
    assert kept.recall(NEW) == {"cmap": "hot"}


def test_it_is_written_by_itself(path: Path, until: Callable[..., object]) -> None:
    kept = Views(path)
    kept.remember(BAT, VIEW)
    until(lambda: Views(path).recall(BAT) == VIEW, "written")
    kept.remember(BAT, {"call": 18})
    until(lambda: Views(path).recall(BAT) == {"call": 18}, "written again")


def test_who_remembers_never_waits(path: Path) -> None:
    """Somebody holds the file all the while, so who waited for it would wait for ever; a slider is dragged."""
    path.parent.mkdir()
    with saved_views.locked(path.with_name("views.json.lock")):
        kept = Views(path)
        kept.remember(BAT, VIEW)
        writer = threading.Thread(target=kept.flush)
        writer.start()
        for contrast in range(1000):
            kept.remember(BAT, {"contrast": contrast})
        assert writer.is_alive() and not path.exists()
        assert kept.recall(BAT) == {"contrast": 999}
    writer.join()
    kept.flush()
    assert Views(path).recall(BAT) == {"contrast": 999}


def test_the_oldest_leave(path: Path) -> None:
    kept = Views(path)
    kept.remember(BAT, VIEW)
    for number in range(MAX_RECORDINGS):
        kept.remember(f"{number:032x}", {"call": number})
        if number == 200:
            kept.remember(BAT, VIEW | {"call": 18})  # seen again: it is not the oldest any more
    kept.flush()
    recordings = json.loads(path.read_text())["recordings"]
    assert len(recordings) == MAX_RECORDINGS
    assert f"{0:032x}" not in recordings and f"{1:032x}" in recordings and recordings[BAT]["call"] == 18


def test_processes_share_the_file(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from battycoda_nb.widgets.explorer.saved_views import Views\n"
        "kept = Views(Path(sys.argv[1]))\n"
        "for n in range(20): kept.remember(f'{int(sys.argv[2]) * 100 + n:032x}', {'call': n}); kept.flush()\n"
        "assert not kept.problem"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(path), str(number)]) for number in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    recordings = json.loads(path.read_text())["recordings"]
    assert recordings == {f"{number * 100 + n:032x}": {"call": n} for number in range(4) for n in range(20)}


def test_a_process_that_ends_has_written(tmp_path: Path) -> None:
    code = f"from battycoda_nb.widgets.explorer import saved_views; saved_views.remember({BAT!r}, {VIEW!r})"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "BATTYCODA_SETTINGS": str(tmp_path)})
    assert Views(tmp_path / "views.json").recall(BAT) == VIEW


def test_it_follows_the_settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "one"))
    saved_views.remember(BAT, VIEW)
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "two"))
    assert saved_views.recall(BAT) == {}
    saved_views.flush()
    assert Views(tmp_path / "one" / "views.json").recall(BAT) == VIEW
    assert not (tmp_path / "two").exists()


def test_a_damaged_file_is_kept_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"recordings": {')
    kept = Views(path)
    assert kept.recall(BAT) == {}
    kept.remember(BAT, VIEW)
    kept.flush()
    assert "kept as views.damaged-1.json" in kept.problem
    assert path.with_name("views.damaged-1.json").read_text() == '{"recordings": {'
    assert Views(path).recall(BAT) == VIEW


@pytest.mark.parametrize("recordings", [3, [], {BAT: 3}, {"../../x": {}}, {BAT: [1]}])
def test_what_has_another_form_is_not_recalled(path: Path, recordings: object) -> None:
    settings.write(path, {"look": "dark", "recordings": recordings})
    assert Views(path).recall(BAT) == {} == Views(path).recall("../../x")


def test_a_folder_that_cannot_be_written_is_said_once_and_forgotten_when_it_can(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    kept = Views(path)
    kept.remember(BAT, VIEW)
    kept.flush()
    assert kept.problem.startswith("Views are not kept:") and kept.recall(BAT) == VIEW
    path.parent.unlink()
    kept.flush()
    assert kept.problem == "" and Views(path).recall(BAT) == VIEW


@pytest.mark.parametrize("view", [[], {"a": {1}}, {"a": float("nan")}, {"a": b""}, {"a": "x" * 20_000}])
def test_a_view_that_is_none_is_refused(path: Path, view: dict) -> None:
    with pytest.raises(RequestError, match="a view"):
        Views(path).remember(BAT, view)


@pytest.mark.parametrize("recording", ["", "A" * 32, "../" * 10 + "ab", None])
def test_a_recording_without_a_hash_is_refused(path: Path, recording: str) -> None:
    with pytest.raises(RequestError, match="must be a content hash"):
        Views(path).remember(recording, VIEW)


def test_a_view_is_kept_as_it_was(path: Path) -> None:
    kept, view = Views(path), {"call": 1, "times": [0, 1]}
    kept.remember(BAT, view)
    view["times"][1] = 5  # type: ignore[index]
    assert kept.recall(BAT) == {"call": 1, "times": [0, 1]}


def test_the_view_of_another_time_expansion_is_another() -> None:
    """Its times and frequencies would lie beside the recording's, or ten times closer."""
    names = [saved_views.view_name(sequence_of(expansion)) for expansion in (1, 1, 10, 8, 10)]
    assert names[0] == names[1] and names[2] == names[4] and len({*names}) == 3
    assert all(is_digest(name) for name in names)


def sequence_of(time_expansion: int) -> RecordingSequence:
    listing = Listing([Listed("", "a.wav", 38_400 * time_expansion, 1, 1000, time_expansion=time_expansion)])
    workers = Workers("redis://localhost:1/0", "redis://localhost:1/0")
    workers.close()
    return RecordingSequence(workers, listing, lambda _: Pending("0" * 32, lambda _: None), name="a.wav")
