"""The column that says what a call is: by its header, or where no header does, the only one that could."""

from __future__ import annotations

import re
from typing import NamedTuple

from .cells import AUDIO, BESIDE, NUMBER, ending
from .entry import fail, listed
from .grid import Column, Grid

# Names as `Column.name` has them, in the order in which they are taken; of one line the first comes first.
_GROUPS = (
    ("label", "labels", "labelspecies", "labelname", "labeltext", "calllabel", "soundlabel", "text"),
    ("annotation", "annotations", "annot"),
    ("commonname", "commonnames", "commonnametags", "vernacularname", "englishname", "speciescommonname"),
    (
        "scientificname", "scientificnames", "sciname", "latinname", "binomial", "species", "speciesname",
        "speciesnametags", "taxon", "taxa", "specie", "art", "espece", "especie", "soort", "manualid", "autoid",
        "top1match",
    ),
    (
        "soundtype", "calltype", "typecall", "type", "typ", "songtype", "vocalization", "vocalisation",
        "vocalizationtype", "vocalisationtype", "syllable", "syllabletype", "ruftyp",
    ),
    ("class", "classname", "classlabel", "predictedclass", "category", "prediction", "event", "eventtype"),
    ("behaviour", "behavior", "behaviours", "behaviors", "behaviourtype", "behaviortype", "verhalten"),
    ("tags", "tag", "othertags", "keywords"),
    ("code", "speciescode", "ebirdcode", "ebirdcodes", "speciesebirdcode", "alphacode", "codes", "abbreviation"),
    ("name",),
)  # fmt: skip
NAMED = tuple(name for group in _GROUPS for name in group)
# Columns that hold words, but never what a call is.
_NEVER = re.compile(
    r"selection|view|channel|waveform|chan|"
    r"(|begin|start|end|in|out|audio|sound|wav|media|selec|annot|annotation|notated|slice|clip|source|original|label)"
    r"(file|path|folder|dir|directory|recording|url|uri).*|.*(file|filename|filepath|path|folder|recording)s?|indir|"
    r"datei.*|"
    r".*(annotator|observer|user|username|author|analyst|reviewer|recordist|expert|labeler|labeller|person|initials"
    r"|email|by|beobachter|bearbeiter)|"
    r".*(date|datetime|timestamp|createdat|updatedat|annotatedat|utc|clock|month|year|day|time|datum|season|night)|"
    r"site.*|station.*|location.*|locality|project.*|dataset|deployment.*|device.*|recorder.*|model.*|make|version"
    r"|habitat|country|region|latitude|longitude|lat|lon|source.*|method|status|split|subset|sex|individual|detector.*"
    r"|confidence.*|score.*|quality|weather|uuid|hash|md5|unit|units|classificationresult|isbox|is.*|verif.*|reviewed"
    r"|accepted|valid.*|.*flag|checked|link|.*source"
)
_PATH = re.compile(r"(/|\\\\|[A-Za-z]:\\).*[/\\].+")
_UUID = re.compile(r"[0-9a-f-]{32,40}", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.:]\d{1,2}([-/.:]\d{1,4})?([T ].*)?|\d{8}[T_ ]\d{6}.*")
_YES_NO = frozenset(("true", "false", "yes", "no", "ja", "nein", "oui", "non"))


class Label(NamedTuple):
    """The columns of labels.

    Attributes
    ----------
    columns : tuple of Column
        The first that has a text labels a row.
    notice : str
        Why there is none, where several could be it.
    """

    columns: tuple[Column, ...]
    notice: str = ""


def label_of(grid: Grid, wanted: str = "") -> Label:
    """Return the column of labels: label, annotation, common name, scientific name, sound type, class, behaviour, tags
    or code, in this order, the first that is not blank; else the only other one with words.

    File names, persons, dates, running numbers and measures are no labels. Where the user says which column it is, it
    is that one.

    Raises
    ------
    RecordingError
        If there is no column of that name.
    """
    if wanted:
        return Label((_named(grid, wanted),))
    blank: tuple[Column, ...] = ()
    for column in (column for column in grid.named(NAMED) if not column.unit):
        texts = [text for text in grid.texts(column) if text]
        if not texts:
            blank = blank or (column,)
            if any(other.name == "taskid" for other in grid.columns):  # BattyCoda: nobody has labelled it yet
                return Label((column,))
            continue
        if column.name in _GROUPS[0] + _GROUPS[1] or not (_are_files(texts) or _is_running(texts)):
            return Label((column,))
    others = [column for column in grid.columns if _could_be(grid, column)]
    if len(others) == 1:
        return Label((others[0],))
    if not others:
        return Label(blank)
    headers = ", ".join(column.header for column in others[:4])
    return Label(
        blank, f"{headers} in {grid.name} could each be the label, so there are no labels: name one of them label."
    )


def _named(grid: Grid, wanted: str) -> Column:
    """Return the column with a header, in any case."""
    header = wanted.strip().casefold()
    found = next((column for column in grid.columns if column.header.casefold() == header), None)
    if found is None:
        there = listed({column.header: column for column in grid.columns})
        fail(grid.name, f"has no column {wanted[:40]!r} for the labels (it has {there})", "name one of those")
    return found


def _could_be(grid: Grid, column: Column) -> bool:
    """Return whether a column with an unusual header holds words that may say what a call is."""
    if not column.name or column.unit or column.name in NAMED or _NEVER.fullmatch(column.name):
        return False
    if column.header.endswith((")", "]")):  # a measure with its unit
        return False
    texts = {text for text in grid.texts(column) if text}
    return (
        any(not NUMBER.fullmatch(text.replace(",", "")) for text in texts)
        and not _are_files(texts)
        and not all(_DATE.fullmatch(text) for text in texts)
        and not all(text.casefold() in _YES_NO for text in texts)
        and not any("@" in text for text in texts)
    )


def _are_files(texts: list[str] | set[str]) -> bool:
    """Return whether all cells are names of files, or what programs number things by."""
    return all(ending(text) in AUDIO | BESIDE or _PATH.fullmatch(text) or _UUID.fullmatch(text) for text in texts)


def _is_running(texts: list[str]) -> bool:
    """Return whether the cells count on by one, from row to row."""
    return (
        len(texts) > 1
        and texts[0].isdecimal()
        and all(len(text) < 9 and text == str(int(texts[0]) + place) for place, text in enumerate(texts))
    )
