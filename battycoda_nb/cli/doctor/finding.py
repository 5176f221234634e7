"""A finding of ``battycoda doctor`` about one link."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One link and whether it holds.

    Attributes
    ----------
    ok : bool or None
        None: it could not be found out.
    what, fact : str
        The link, and what was found.
    remedy : str
        The command that mends it, or what to do.
    """

    ok: bool | None
    what: str
    fact: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = {True: "ok", False: "!!", None: "??"}[self.ok]
        return f"{mark} {self.what}: {self.fact}" + (f"\n     {self.remedy}" if self.remedy else "")
