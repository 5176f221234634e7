"""Bytes of segment files to text: programs write UTF-8, Excel's "Unicode text", or what Windows calls ANSI."""

from __future__ import annotations


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, what Excel writes as "Unicode text", or else cp1252, line by line.

    Windows programs write cp1252, which has dashes, quotation marks and the euro where latin1 has control characters.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return "".join(_decoded_line(line) for line in data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
