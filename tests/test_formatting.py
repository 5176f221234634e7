"""Tables for people, of text that anybody may have written."""

from __future__ import annotations

from battycoda_nb.formatting import as_html, as_html_table

EVIL = "<img src=x onerror=alert(1)>"
SHOWN = "&lt;img src=x onerror=alert(1)&gt;"


def test_what_others_wrote_is_text_in_every_cell_of_a_table() -> None:
    for table in (as_html([(EVIL, EVIL)]), as_html_table([[EVIL, EVIL], [EVIL, EVIL]])):
        assert "<img" not in table
        assert table.count(SHOWN) == table.count("<td>") + table.count("<th>")
