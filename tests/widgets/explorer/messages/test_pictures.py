"""Pictures for the browser: which are asked for, whoever moves, and what is sent of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, as_sequence
from battycoda_nb.client.workers import Workers
from battycoda_nb.cluster.address import of_socket
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.listing import Listed, Listing
from battycoda_nb.signal.transform import Transform
from battycoda_nb.widgets.explorer.messages.describe import Key
from battycoda_nb.widgets.explorer.messages.pictures import Pictures

Until = Callable[..., Any]


class Browser:
    """Where a user is, and the messages that a browser would have been sent."""

    def __init__(self, sequence: RecordingSequence, **options: Any) -> None:
        self.key = Key(0, 0, False, Transform())
        self.messages: list[dict[str, Any]] = []
        self.pictures = Pictures(
            sequence, lambda message, buffers=None: self.messages.append(message), here=lambda: self.key,
            opened=lambda file, recording: None, **{"ahead": 2, "behind": 1, **options},
        )  # fmt: skip

    def go(self, call: int) -> None:
        self.key = self.key._replace(call=call)
        self.pictures.move()

    def calls(self, *, overview: bool = False) -> list[int]:
        return [m["call"] for m in list(self.messages) if m["type"] == "picture" and m["overview"] == overview]


@pytest.fixture
def browser(client: Client, tones: Path) -> Browser:
    return Browser(as_sequence(client.open(tones)))


def test_each_picture_is_sent_once_in_whichever_direction_the_user_goes(browser: Browser, until: Until) -> None:
    browser.go(10)
    until(lambda: {9, 10, 11, 12} <= set(browser.calls()), "the neighbours", 30)
    until(lambda: 10 in browser.calls(overview=True), "the other view", 30)  # else it may be given up for what follows
    browser.go(9)
    until(lambda: {7, 8} <= set(browser.calls()), "those before", 30)
    until(lambda: set(browser.calls(overview=True)) == {9, 10}, "the other views", 30)
    assert sorted(browser.calls()) == [7, 8, 9, 10, 11, 12]


def test_where_many_threads_move_the_last_place_is_asked_for(browser: Browser, until: Until) -> None:
    """Notebook, front end and workers' answers have threads of their own."""

    def walk(first: int) -> None:
        for call in range(first, first + 40):
            browser.go(call)

    threads = [threading.Thread(target=walk, args=(first,)) for first in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = browser.key.call
    # Which way they went last depends on the thread that came last: both sides are asked for either way.
    until(lambda: {last - 1, last, last + 1} <= set(browser.calls()), "the last place and its neighbours", 30)
    assert len(browser.calls()) == len(set(browser.calls()))


def test_a_browser_that_comes_later_gets_it_again(browser: Browser, until: Until) -> None:
    browser.go(0)
    until(lambda: {0, 1, 2} <= set(browser.calls()), "the pictures", 30)
    del browser.messages[:]
    browser.pictures.on_ready()
    until(lambda: {0, 1, 2} <= set(browser.calls()), "again", 30)
    assert browser.messages[0]["type"] == "recording"


def test_only_what_is_on_the_screen_can_be_needed(browser: Browser, until: Until) -> None:
    browser.go(5)
    until(lambda: 5 in browser.calls(), "it comes", 30)
    browser.pictures.on_need({**browser.key.named(), "call": 6})
    browser.pictures.on_need({})
    browser.pictures.on_need(browser.key.named())
    until(lambda: browser.calls().count(5) == 2, "it comes again", 30)


def test_a_file_whose_description_cannot_be_believed_is_a_failure_in_its_place(tmp_path: Path) -> None:
    """Its worker has answered, so asking again would give the same answer at once, and without end."""
    workers = Workers(*[of_socket(tmp_path / "no-server")] * 2)

    def open_file(_: Listed) -> Pending[Recording]:
        pending: Pending[Recording] = Pending("0" * 32, lambda _: unbelievable())
        pending.resolve(b"{}")
        return pending

    def unbelievable() -> Recording:
        raise RecordingError("The worker's description of the recording is not sound")

    files = Listing([Listed("", name, 250_000, 1, 1000, calls=3) for name in ("a.wav", "b.wav")])
    browser = Browser(RecordingSequence(workers, files, open_file))
    browser.go(1)
    workers.close()
    failed = {message["call"]: message["message"] for message in browser.messages if message["type"] == "failed"}
    assert failed == {1: "The worker's description of the recording is not sound"}
