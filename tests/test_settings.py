"""Settings files: where they lie, what survives in them, and what is said about those that do not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from battycoda_nb import files, settings

NEEDS = ("recordings",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "views.json"


def test_the_folder_is_the_users_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "Einstellungen für alle"))
    assert settings.folder() == tmp_path / "Einstellungen für alle"
    assert settings.labels_folder() == tmp_path / "Einstellungen für alle" / "labels"
    monkeypatch.setenv("BATTYCODA_SETTINGS", "~/bats")
    assert settings.folder() == Path.home() / "bats"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATTYCODA_SETTINGS", "here")
    assert settings.folder() == tmp_path / "here"


def test_the_folder_is_the_platforms_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTYCODA_SETTINGS", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    config, data = settings.folder(), settings.labels_folder()
    assert config.name == "battycoda" and data.parts[-2:] == ("battycoda", "labels")
    if sys.platform == "linux":
        assert (config.parent, data.parents[1]) == (tmp_path / "config", tmp_path / "data")


def test_what_is_written_is_read(path: Path) -> None:
    content = {"recordings": {"ä": [1, 2.5, None, True, "Fledermaus 🦇"]}}
    assert settings.read(path, needs=NEEDS) == ({}, "")
    assert settings.write(path, content, needs=NEEDS) == ""
    assert settings.read(path, needs=NEEDS) == (content, "")
    assert [entry.name for entry in path.parent.iterdir()] == ["views.json"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is not JSON"),
        (b'{"recordings": {', "is not JSON"),
        (b"\xff\xfe{", "is not JSON"),
        (b"\0" * 4096, "is not JSON"),  # what a power cut leaves
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"recordings": NaN}', "is not JSON (NaN is not a number)"),
        (b'{"recordings": 1e999}', "is not JSON (1e999 is not a number)"),
        (b'{"recordings": ' + b"1" * 5000 + b"}", "is not JSON"),
        (b"[]", 'does not hold "recordings"'),
        (b'{"window": "maximised"}', 'does not hold "recordings"'),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(path: Path, data: bytes, sentence: str) -> None:
    path.parent.mkdir(parents=True)
    for number in (1, 2):
        path.write_bytes(data)
        content, problem = settings.read(path, needs=NEEDS)
        assert content == {} and sentence in problem and problem.startswith(str(path)) and len(problem) < 400
        assert path.read_bytes() == data, "reading changes nothing"
        kept = f"views.damaged-{number}.json"
        assert f"it is kept as {kept}" in settings.write(path, {"recordings": {}}, needs=NEEDS)
        assert path.with_name(kept).read_bytes() == data
        assert settings.read(path, needs=NEEDS) == ({"recordings": {}}, "")


def test_a_file_of_no_end_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"recordings": {}}' + b" " * 100)
    monkeypatch.setattr(settings, "MAX_BYTES", 100)
    assert "more than 100 bytes" in settings.read(path)[1]


def test_what_is_no_file_does_not_hang(path: Path) -> None:
    path.mkdir(parents=True)
    assert "cannot be read" in settings.read(path)[1] or "no regular file" in settings.read(path)[1]
    pipe = path / "pipe.json"
    os.mkfifo(pipe)
    assert "no regular file" in settings.read(pipe)[1]


def test_a_byte_order_mark_is_no_damage(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b'\xef\xbb\xbf{"next": "n"}')
    assert settings.read(path) == ({"next": "n"}, "")


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path, path: Path) -> None:
    path.parent.mkdir(parents=True)
    real = tmp_path / "dotfiles.json"
    real.write_text('{"recordings": {}}')
    real.chmod(0o640)
    path.symlink_to(real)
    settings.write(path, {"recordings": {"a": 1}}, needs=NEEDS)
    assert path.is_symlink() and json.loads(real.read_text()) == {"recordings": {"a": 1}}
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_fails_leaves_the_old_one_and_no_litter(path: Path) -> None:
    settings.write(path, {"recordings": {"a": 1}})
    with pytest.raises(ValueError):
        settings.write(path, {"recordings": float("nan")})
    with pytest.raises(OSError):
        files.write_whole(path.with_name("no") / "such.json", b"")
    with pytest.raises(FileExistsError):
        files.write_whole(path, b"", overwrite=False)
    assert settings.read(path) == ({"recordings": {"a": 1}}, "")
    assert [entry.name for entry in path.parent.iterdir()] == ["views.json"]


def test_a_writer_that_is_killed_leaves_a_whole_file(path: Path, until: Callable[..., object]) -> None:
    """A real process writes as fast as it can, 20 times over, and is killed somewhere in the middle."""
    code = (
        "import sys; from pathlib import Path; from battycoda_nb import settings\n"
        "for n in range(10**9): settings.write(Path(sys.argv[1]), {'n': n, 'long': 'x' * 100_000})"
    )
    for _ in range(20):
        path.unlink(missing_ok=True)
        process = subprocess.Popen([sys.executable, "-c", code, str(path)])
        until(path.exists, "it writes")
        first = settings.read(path)[0]["n"]
        until(lambda first=first: settings.read(path)[0]["n"] > first, "it goes on writing")
        process.send_signal(signal.SIGKILL)
        process.wait()
        content, problem = settings.read(path)
        assert not problem and content["long"] == "x" * 100_000
