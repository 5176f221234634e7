"""Settings of a user: the folders for settings and labels, and the small JSON files that settings are.

A user may edit these files, a full disk may cut them short, another program may use the same name: what is read is
not trusted, what cannot be read is reported in a sentence and kept.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .files import move_aside, write_whole

MAX_BYTES = 16 * 2**20  # hundreds of times what any of these files comes to

_Pairs = list[tuple[str, Any]]


def folder() -> Path:
    """Return the folder of settings, ``BATTYCODA_SETTINGS`` or the platform's; it need not exist."""
    named = os.environ.get("BATTYCODA_SETTINGS")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs  # here, so that importing this costs nothing

    return platformdirs.user_config_path("battycoda", appauthor=False)


def labels_folder() -> Path:
    """Return where labels lie: in ``BATTYCODA_SETTINGS``, or else the platform's folder for what a user has made."""
    if os.environ.get("BATTYCODA_SETTINGS"):
        return folder() / "labels"
    import platformdirs

    return platformdirs.user_data_path("battycoda", appauthor=False) / "labels"


def cache_folder() -> Path:
    """Return where lies what can be made again: in ``BATTYCODA_SETTINGS``, or else the platform's cache folder."""
    if os.environ.get("BATTYCODA_SETTINGS"):
        return folder() / "cache"
    import platformdirs

    return platformdirs.user_cache_path("battycoda", appauthor=False)


def read(
    path: Path, *, needs: tuple[str, ...] = (), pairs: Callable[[_Pairs], Any] = dict
) -> tuple[dict[str, Any], str]:
    """Return the content of a settings file, and a sentence if it cannot be used.

    Parameters
    ----------
    path : Path
        A file that is not there is an empty one.
    needs : tuple of str
        Names that must be in it, or else it is another program's.
    pairs : callable
        Makes a dict of names and values, for who wants to see a name that stands there twice.

    Returns
    -------
    dict, str
        Plain JSON values, every number finite; empty if there is a sentence. The sentence is for the user.
    """
    try:
        content = json.loads(_text(path), object_pairs_hook=pairs, parse_float=_finite, parse_constant=_finite)
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"{path} cannot be read ({error.strerror or error}); correct that, or delete it"
    except RecursionError:
        return {}, f"{path} is nested too deeply to hold settings; correct it, or delete it"
    except ValueError as error:  # includes broken UTF-8
        return {}, f"{path} is not JSON ({str(error)[:80]}); correct it, or delete it"
    if not isinstance(content, dict) or any(name not in content for name in needs):
        wanted = " and ".join(f'"{name}"' for name in needs) or "names with values"
        return {}, f"{path} does not hold {wanted}, so it is not read; correct it, or delete it"
    return content, ""


def write(path: Path, content: dict[str, Any], *, needs: tuple[str, ...] = ()) -> str:
    """Replace a settings file as a whole. One that cannot be read is kept under another name first.

    Returns
    -------
    str
        A sentence that says under which name the old one is kept; empty if it was sound.

    Raises
    ------
    OSError
        If it cannot be written; what was there is still there.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    sentence = ""
    if read(path, needs=needs)[1]:
        sentence = f"{path} could not be used: it is kept as {move_aside(path).name}, and a new one was begun"
    write_whole(path, data.encode("utf-8", "replace") + b"\n")
    return sentence


def _text(path: Path) -> str:
    # Without O_NONBLOCK a pipe of that name would be waited on without end.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no regular file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES} bytes")
    return data.decode("utf-8-sig")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a number")
    return number
