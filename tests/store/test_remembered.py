"""Answers of panels that are remembered are those that would be given."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from otel_llmroute.store.boards import remembered
from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.boards.remembered import Answers
from otel_llmroute.store.errors import BadStatement
from tests.store.conftest import RunningUp
from tests.store.telemetry import App, send

SESSION: Any = object()


class Asked:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.changes = 0
        self.times = 0
        self.answers = Answers(lambda: self.changes)

    def ask(self, question: str = "spend", size: int = 1, takes: Callable[[], object] = lambda: None) -> bytes:
        def answer(session: object) -> bytes:
            assert session is SESSION
            self.times += 1
            takes()
            return f"{question} {self.changes}".encode().ljust(size)

        return self.answers.of(question, answer, SESSION).rstrip()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
    return now


def test_the_same_question_is_asked_once_until_something_is_stored() -> None:
    store = Asked()
    assert [store.ask(), store.ask(), store.ask("routes"), store.ask()] == [
        b"spend 0",
        b"spend 0",
        b"routes 0",
        b"spend 0",
    ]
    assert store.times == 2
    store.changes += 1
    assert [store.ask(), store.ask(), store.ask("routes")] == [b"spend 1", b"spend 1", b"routes 1"]
    assert store.times == 4


def test_what_is_stored_while_it_is_asked_makes_it_asked_again() -> None:
    store = Asked()

    def meanwhile() -> None:
        store.changes += 1

    store.ask(takes=meanwhile)
    assert store.ask() == b"spend 1"
    assert store.times == 2


def test_an_answer_is_not_remembered_for_longer_than_a_minute(clock: list[float]) -> None:
    store = Asked()
    store.ask()
    clock[0] += remembered.KEPT_S
    store.ask()
    assert store.times == 1
    clock[0] += 0.001
    store.ask()
    store.ask()
    assert store.times == 2


def test_a_question_that_fails_fails_each_time() -> None:
    store = Asked()

    def fails() -> None:
        raise BadStatement("no")

    for _ in range(2):
        with pytest.raises(BadStatement):
            store.ask(takes=fails)
    assert store.times == 2
    assert store.ask() == b"spend 0"


def test_the_oldest_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_BYTES", 1000)
    store = Asked()
    for question in ("a", "b", "b", "c"):
        store.ask(question, 400)
    assert store.times == 3
    store.ask("c", 400)
    store.ask("b", 400)
    assert store.times == 3
    store.ask("a", 400)
    assert store.times == 4
    for _ in range(2):
        store.ask("all", 1001)  # larger than the room
    assert store.times == 6


def test_what_takes_long_and_was_asked_lately_is_asked_ahead(clock: list[float]) -> None:
    store = Asked()

    def wait(seconds: float) -> Callable[[], None]:
        def waited() -> None:
            clock[0] += seconds

        return waited

    store.ask("quick", takes=wait(remembered.LONG_S / 2))
    store.ask("slow", takes=wait(2 * remembered.LONG_S))
    store.ask("forgotten", takes=wait(2 * remembered.LONG_S))
    store.answers.renew(SESSION)
    assert store.times == 3  # nothing is outdated
    clock[0] += remembered.ASKED_S / 2
    assert store.ask("slow") == b"slow 0"
    clock[0] += remembered.ASKED_S / 2
    store.changes += 1
    store.answers.renew(SESSION)
    assert store.times == 4
    assert store.ask("slow") == b"slow 1"
    assert store.times == 4
    assert [store.ask("quick"), store.ask("forgotten")] == [b"quick 1", b"forgotten 1"]
    assert store.times == 6


def test_to_be_asked_ahead_is_no_reason_to_be_asked_ahead_again(clock: list[float]) -> None:
    store = Asked()

    def waited() -> None:
        clock[0] += 2 * remembered.LONG_S

    store.ask(takes=waited)
    for _ in range(10):
        clock[0] += remembered.ASKED_S / 4
        store.changes += 1
        store.answers.renew(SESSION)
    assert store.times == 1 + 3


def test_questions_are_alike_when_their_hours_are() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
    first = PanelQuestion("spend", "route", at, at + timedelta(hours=3), {"plan": ("pro",)})
    minute = timedelta(minutes=1)
    same = PanelQuestion("spend", "route", at + minute, at + timedelta(hours=3) - minute, {"plan": ("pro",)})
    assert first.key() == same.key()
    others = [
        PanelQuestion("spend", "model", first.since, first.until, first.filters),
        PanelQuestion("models", "route", first.since, first.until, first.filters),
        PanelQuestion("spend", "route", first.since, first.until + minute, first.filters),
        PanelQuestion("spend", "route", first.since, first.until),
        PanelQuestion("spend", "route", first.since, first.until, {"plan": ("free",)}),
        PanelQuestion("spend", "route", first.since, first.until, {"tenant": ("pro",)}),
        PanelQuestion("spend", "route", first.since, first.until, first.filters, limit=5),
    ]
    assert len({first.key(), *(other.key() for other in others)}) == 8


@pytest.mark.parametrize("compare", [False, True])
def test_a_page_shows_what_was_acknowledged_before_it_was_opened(shared_store: RunningUp, compare: bool) -> None:
    def asked() -> dict[str, Any]:
        period = {"since": "2026-09-21T00:00:00Z", "until": "2026-09-22T00:00:00Z"}
        body = {
            "board": "spend",
            "panel": "route",
            **period,
            "filters": {"route": [f"remembered-{compare}"]},
            "compare": compare,
        }
        answer = shared_store.post(shared_store.web + "/api/panel", json.dumps(body).encode())
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    assert asked()["rows"] == asked()["rows"] == []
    for calls in (1, 2, 3):
        app = App()
        app.attempt(f"remembered-{compare}")
        send(shared_store, app.spans)
        for _ in range(2):
            (row,) = asked()["rows"]
            assert row["records"] == calls


class Held:
    """A question that is asked until it may end, and then fails where it is to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.begun, self.may_end, self._failure = threading.Event(), threading.Event(), failure

    def __call__(self) -> None:
        self.begun.set()
        assert self.may_end.wait(10)
        if self._failure is not None:
            raise self._failure


@pytest.mark.parametrize("failure", [None, BadStatement("given up")], ids=["answered", "failed"])
def test_who_asks_what_is_asked_just_now_waits_for_that(failure: Exception | None) -> None:
    store, held = Asked(), Held(failure)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.ask, takes=held)
        assert held.begun.wait(10)
        second = pool.submit(store.ask)
        assert wait([second], 0.2).not_done == {second}
        assert store.ask("routes") == b"routes 0"  # another question does not wait
        held.may_end.set()
        assert second.result(10) == b"spend 0"
        assert first.exception(10) is failure
    assert store.times == (2 if failure is None else 3)


def test_who_asks_after_something_was_stored_does_not_wait_for_what_was_before() -> None:
    store, held = Asked(), Held()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.ask, takes=held)
        assert held.begun.wait(10)
        store.changes += 1
        assert store.ask() == b"spend 1"
        held.may_end.set()
        first.result(10)
