"""Values as text and tables for people, and other people's text made safe to show."""

from __future__ import annotations

from html import escape


def counted(number: int, unit: str) -> str:
    """Return a number with its unit, in the plural where that is due."""
    return f"{number} {unit}" + "s" * (number != 1)


def noun(value: object) -> str:
    """Return what a value is, for a message. Never its repr: a small file can hold one without end."""
    names = {
        dict: "a dict",
        list: "a list",
        tuple: "a tuple",
        str: "text",
        bool: "true or false",
        type(None): "nothing",
    }
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return names.get(type(value), f"a value of type {type(value).__name__}")


def ago(seconds: float) -> str:
    """Return how long ago something was, in s or min."""
    seconds = max(seconds, 0.0)  # the clock of another machine may go before ours
    return f"{seconds:.0f} s ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"


def as_text(rows: list[tuple[str, str]]) -> str:
    """Return names and values in two columns of text."""
    return as_text_table([list(row) for row in rows])


def as_html(rows: list[tuple[str, str]]) -> str:
    """Return names and values as an HTML table."""
    cells = "".join(f"<tr><th>{escape(clean(name))}</th><td>{escape(clean(value))}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def as_text_table(rows: list[list[str]]) -> str:
    """Return rows of cells in columns of text."""
    rows = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_html_table(rows: list[list[str]]) -> str:
    """Return a table whose first row is its head."""
    head, *body = ["".join(f"<td>{escape(clean(cell))}</td>" for cell in row) for row in rows]
    return f"<table><thead><tr>{head}</tr></thead>{''.join(f'<tr>{row}</tr>' for row in body)}</table>"


def clean(text: str) -> str:
    """Return what others wrote, without what a terminal or a browser would obey.

    That is characters that control it, that turn the direction of what follows, or that cannot be seen.
    """
    return "".join(letter if letter.isprintable() else "?" for letter in text)
