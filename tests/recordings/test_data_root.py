"""Nothing outside a worker's root is opened, whatever the name says."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.data_root import Fence


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one good file, and every trap that a folder can hold."""
    (tmp_path / "secret.wav").write_bytes(b"canary")
    root = tmp_path / "root"
    (root / "night 1").mkdir(parents=True)
    (root / "night 1" / "Fledermäuse.wav").write_bytes(b"good")
    (root / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "relative.wav").symlink_to("../secret.wav")
    (root / "out").symlink_to(tmp_path)
    (root / "inside.wav").symlink_to("night 1/Fledermäuse.wav")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe.wav")
    (root / "null.wav").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket.wav"))
    return root


def read(fence: Fence, name: str, folder: str = "") -> bytes:
    with os.fdopen(fence.open(fence.resolve(name, folder)), "rb") as file:
        return file.read()


def test_files_below_the_root_open(root: Path) -> None:
    fence = Fence(root)
    for name in ("night 1/Fledermäuse.wav", "./night 1/./Fledermäuse.wav", "inside.wav"):
        assert read(fence, name) == b"good"


OUTSIDE = [
    "../secret.wav", "night 1/../../secret.wav", "./../secret.wav", "..", "../", "/etc/passwd", "/", "//etc/passwd",
    "/dev/zero", "/proc/self/environ", "link.wav", "relative.wav", "out/secret.wav", "out/../secret.wav", "null.wav",
    "pipe.wav", "socket.wav", "loop", "loop/x.wav", ".", "", "night 1", "night 1/", "\0", "a\0.wav", "x" * 300,
    "x/" * 2500, "night 1/Fledermäuse.wav/x",
    "~/x.wav", "~root/x.wav", "$HOME/x.wav", "%2e%2e/secret.wav", "..\\secret.wav", "file:///etc/passwd",
    "\ud800.wav", "night 1/\n", "‮vaw.terces", "*", "night 1/*.wav", "|id", "-rf", "\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE, ids=lambda name: ascii(name)[:30])
def test_nothing_else_opens(root: Path, name: str) -> None:
    with pytest.raises((RecordingError, OSError, UnicodeEncodeError)):
        read(Fence(root), name)


@pytest.mark.parametrize("pattern", ["*/../../*", "*/../secret.wav", "**/..", "night ?/../../*.wav"])
def test_no_pattern_climbs_behind_a_wildcard(root: Path, pattern: str) -> None:
    for fence in (Fence(root), Fence(root, own=True), Fence(None, own=True)):
        with pytest.raises(RecordingError, match=r"'\.\.'"):
            list(fence.files(pattern, str(root)))


def test_a_link_put_in_the_way_after_the_check_is_not_followed(root: Path) -> None:
    fence = Fence(root)
    real = fence.resolve("night 1/Fledermäuse.wav")
    (root / "night 1" / "Fledermäuse.wav").unlink()
    (root / "night 1" / "Fledermäuse.wav").symlink_to(root.parent / "secret.wav")
    with pytest.raises(OSError):
        fence.open(real)
    (root / "night 1").rename(root / "moved")
    (root / "night 1").symlink_to(root.parent)
    with pytest.raises(OSError):
        fence.open(fence.root / "night 1" / "secret.wav")


def test_the_users_own_worker_reads_relative_to_the_notebook(root: Path) -> None:
    fence = Fence(None, own=True)
    assert read(fence, "Fledermäuse.wav", str(root / "night 1")) == b"good"
    assert read(fence, str(root.parent / "secret.wav")) == b"canary"
    narrowed = Fence(root, own=True)
    assert read(narrowed, "Fledermäuse.wav", str(root / "night 1")) == b"good"
    with pytest.raises(RecordingError, match="outside"):
        read(narrowed, "../../secret.wav", str(root / "night 1"))


def test_a_refusal_does_not_tell_how_a_name_outside_is_spelled(root: Path) -> None:
    for name in ("out/secret.WAV", "../secret.WAV", "loop/secret.WAV"):
        assert Fence(root).spelled(name) == name
    assert list(Fence(root).files("out/secret.WAV")) == list(Fence(root).files("loop/secret.WAV")) == []
    assert Fence(root).spelled("night 1/Fledermäuse.WAV") == "night 1/Fledermäuse.wav"
