"""Who is told when a budget is passed: once, signed, however the receiver behaves, and whatever ends the store."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute.store.budgets import notifier as notifier_module
from otel_llmroute.store.budgets.delivery import ID, SIGNATURE, send, signature
from otel_llmroute.store.budgets.file import Webhook
from otel_llmroute.store.budgets.journal import Journal
from otel_llmroute.store.budgets.notices import FIGURES, id_of, notice_of, passed_of, sentence, trial_notice
from otel_llmroute.store.budgets.notifier import LONGEST_WAIT_S, Hold, Notifier, wait_s
from otel_llmroute.store.folder import Folder
from tests.store.conftest import RunningUp, end, start_store
from tests.store.conftest import llmroute as run_llmroute
from tests.store.telemetry import send as send_spans
from tests.store.test_budget_command import spent_now, zone_at_two

SECRET = "a secret of the receiver"
WAIT_S = 40


@dataclass
class Receiver:
    """An HTTP server that answers as it is told to, the last way again and again, and keeps what it took."""

    url: str
    answers: list[int | str]
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def notices(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """So many requests, and what they held."""
        until = time.monotonic() + WAIT_S
        while len(self.taken) < count and time.monotonic() < until:
            self.arrived.wait(0.1)
            self.arrived.clear()
        assert len(self.taken) >= count, f"{len(self.taken)} of {count} notices came"
        return self.notices()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    ended = threading.Event()
    found = Receiver("", [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.taken.append((dict(self.headers.items()), body))
            found.arrived.set()
            answer = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            if answer == "hang":
                ended.wait(WAIT_S)
                return
            if answer == "trickle":
                for sign in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                    if ended.wait(0.2):
                        return
                    self.wfile.write(bytes([sign]))
                return
            self.send_response(int(answer))
            if 300 <= int(answer) < 400:
                self.send_header("Location", found.url + "/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield found
    ended.set()
    server.shutdown()
    server.server_close()


def configuration(folder: Path, url: str, amount: str = "5", hold_minutes: int = 0, more: str = "") -> dict[str, str]:
    """The environment of a store with a budget and a webhook."""
    file = folder / "llmroute.toml"
    file.write_text(
        f'[[budgets]]\nname = "all"\namount = "{amount}"\nperiod = "day"\nzone = "{zone_at_two()}"\n{more}\n'
        f'[webhook]\nurl = "{url}"\nsecret_env = "HOOK_SECRET"\nhold_minutes = {hold_minutes}\n'
    )
    return {"LLMROUTE_CONFIG": str(file), "HOOK_SECRET": SECRET}


def spent_store(folder: Path, *amounts: tuple[str, str, str | None]) -> None:
    """A folder in which so much was spent just now."""
    store = start_store(folder)
    send_spans(store, spent_now(*amounts).spans)
    end(store)


# --- one try ----------------------------------------------------------------------------------------------------------


def test_a_notice_is_posted_as_json_with_a_signature_that_can_be_checked(receiver: Receiver) -> None:
    notice = trial_notice()
    assert send(receiver.url + "/hook?a=b", notice, SECRET.encode()) is None
    ((headers, body),) = receiver.taken
    assert json.loads(body) == notice
    assert (headers["Content-Type"], headers[ID]) == ("application/json; charset=utf-8", notice["id"])
    stamp, mac = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(mac, expected)
    assert abs(int(stamp) - time.time()) < 60


def test_a_signature_is_what_the_docs_say() -> None:
    assert signature(b"key", b"{}", 1_790_000_000) == (
        "t=1790000000,v1=" + hmac.new(b"key", b"1790000000.{}", hashlib.sha256).hexdigest()
    )


def test_without_a_secret_there_is_no_signature(receiver: Receiver) -> None:
    assert send(receiver.url, trial_notice()) is None
    assert SIGNATURE not in receiver.taken[0][0]


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_refusal_is_said_with_its_status(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    assert send(receiver.url + "/secret-path", trial_notice()) == (
        f"{receiver.url} answered with status {status}",
        True,
    )


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    failure = send(receiver.url, trial_notice())
    assert failure == (f"{receiver.url} answered with status {status}: redirects are not followed", True)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("way", ["hang", "trickle"])
def test_a_receiver_that_hangs_or_answers_without_end_is_left(receiver: Receiver, way: str) -> None:
    receiver.answers = [way]
    began = time.monotonic()
    failure = send(receiver.url, trial_notice(), whole_s=1.0)
    assert failure is not None
    assert not failure.was_answered
    assert time.monotonic() - began < 5


def test_nobody_there_and_no_such_host_are_said_in_one_line() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/hook", "http://nobody.invalid/hook", f"https://127.0.0.1:{port}/"):
        failure = send(url, trial_notice(), whole_s=3.0)
        assert failure is not None
        assert (failure.was_answered, "\n" in failure.reason) == (False, False)
        assert " cannot be reached (" in failure.reason


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(receiver.url, trial_notice()) is None


# --- what is told -----------------------------------------------------------------------------------------------------


def use(**more: Any) -> dict[str, Any]:
    """A row of ``budget_use.sql``."""
    row = dict.fromkeys(FIGURES) | {
        "name": "all", "level": "warn", "warned": 0.8, "period": "month", "zone": "UTC", "amount": "50", "spend": "41",
        "used": 0.82, "currency": "USD", "forecast": "60", "period_from": "2026-11-01 00:00",
        "period_until": "2026-12-01 00:00", "unpriced": 0, "partly_priced": 0, "no_usage": 0,
    }  # fmt: skip
    return {**row, **more}


def keys(*rows: dict[str, Any]) -> list[str]:
    return [each.key[2] for each in passed_of(rows)]


def test_over_is_told_alone_and_a_warning_beside_a_forecast() -> None:
    assert keys(use(level="over", warned=1.0)) == ["over"]
    assert keys(use(level="forecast")) == ["warn 0.8", "forecast"]
    assert keys(use(level="within", warned=None), use(level="unknown", warned=None, spend=None)) == []


def test_each_budget_value_level_period_and_amount_has_an_id_of_its_own() -> None:
    rows = [
        use(), use(name="other"), use(value="acme"), use(level="over"), use(warned=0.9), use(amount="60"),
        use(period_from="2026-12-01 00:00"), use(currency="EUR"), use(period="week"),
    ]  # fmt: skip
    ids = [id_of(store, each.key) for store in ("one", "another") for each in passed_of(rows)]
    assert len(set(ids)) == len(ids) == 2 * len(rows)
    # What changes from look to look changes nothing.
    assert id_of("one", passed_of([use(spend="45", used=0.9, forecast="70")])[0].key) == ids[0]


def test_a_notice_has_the_fields_of_the_docs() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    row = use(each="tenant", value="acme", driver_by="route", driver="search", unpriced=2, exhausted="2026-11-26 04:00")
    notice = notice_of(passed_of([row])[0], "1", now)
    docs = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    assert [name for name in notice if f"`{name}`" not in docs] == []
    assert {name: notice[name] for name in ("version", "id", "type", "level", "budget", "at", "warned")} == {
        "version": 1,
        "id": "1",
        "type": "budget",
        "level": "warn",
        "budget": "all",
        "at": "2026-11-20T12:00:00Z",
        "warned": 0.8,
    }
    assert notice["text"] == (
        "Budget all, tenant acme is nearly used up: at least $41.0000 of $50.0000 (82%) in the month from "
        "2026-11-01 00:00 UTC; forecast $60.0000; used up at about 2026-11-26 04:00 UTC; route search grew most."
    )
    assert set(trial_notice()) == set(notice)


def test_a_notice_before_a_day_of_calls_says_that_there_is_no_forecast() -> None:
    text = sentence(passed_of([use(forecast=None)])[0])
    assert text.endswith("$41.0000 of $50.0000 (82%) in the month from 2026-11-01 00:00 UTC; too early for a forecast.")


def test_what_does_not_hold_is_not_told() -> None:
    hold = Hold(60.0)
    (passed,) = passed_of([use()])
    assert [bool(hold.held(some, at)) for some, at in (([passed], 0), ([passed], 59), ([], 60), ([passed], 61))] == [
        False
    ] * 4
    assert [bool(hold.held([passed], at)) for at in (120, 121)] == [False, True]


def test_tries_become_rarer_and_never_stop_short_of_a_quarter_of_an_hour() -> None:
    waits = [wait_s(tries) for tries in range(1, 12)]
    assert waits[:3] == [5, 10, 20]
    assert waits == sorted(waits)
    assert (waits[-1], wait_s(10**6)) == (LONGEST_WAIT_S, LONGEST_WAIT_S)


def test_a_notice_that_is_written_down_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("a", {"id": "a"}, 0, 100, 200)
    journal.write("a", {"id": "other"}, 0, 100, 200)
    journal.write("b", {"id": "b"}, 0, 100, 200)
    journal.delivered("b")
    store = journal.store
    journal.close()
    journal = Journal(tmp_path)
    assert (journal.store, [each.body for each in journal.due(0)], journal.known(["a", "b", "c"])) == (
        store,
        [{"id": "a"}],
        {"a", "b"},
    )
    journal.failed("a", 50)
    assert (journal.due(49), journal.next_s(), journal.due(50)[0].tries) == ([], 50.0, 1)
    journal.given_up("a")
    journal.forget(199)
    assert journal.known(["a", "b"]) == {"a", "b"}
    journal.forget(201)
    assert journal.known(["a", "b"]) == set()
    journal.close()


# --- the thread -------------------------------------------------------------------------------------------------------


@pytest.fixture
def telling(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Notifier, list[dict[str, Any]]]]:
    """A notifier that looks ten times a second at rows that a test may change, not started."""
    rows: list[dict[str, Any]] = []
    monkeypatch.setattr(notifier_module, "budget_use", lambda session, sums_of: list(rows))
    monkeypatch.setattr(notifier_module, "FIRST_WAIT_S", 0.2)
    notifier = Notifier(None, Folder(tmp_path), Webhook(receiver.url, hold_minutes=0), check_s=0.1)  # type: ignore[arg-type]
    yield notifier, rows
    notifier.stop()


def of_now(**more: Any) -> dict[str, Any]:
    day = datetime.now(timezone.utc)
    period = {"period_from": f"{day:%Y-%m-01 00:00}", "period_until": f"{day.year + 1}-01-01 00:00"}
    return use(**{**period, **more})


Telling = tuple[Notifier, list[dict[str, Any]]]


def test_each_thing_is_told_once_however_often_it_is_looked_at(receiver: Receiver, telling: Telling) -> None:
    notifier, rows = telling
    rows.append(of_now())
    notifier.start()
    receiver.wait_for(1)
    time.sleep(0.5)
    rows[0] = of_now(level="over", spend="51")
    assert [notice["level"] for notice in receiver.wait_for(2)] == ["warn", "over"]
    time.sleep(0.5)
    rows[0] = of_now()
    time.sleep(0.5)
    assert len(receiver.taken) == 2


def test_a_notice_that_was_refused_is_sent_again_with_the_same_id(receiver: Receiver, telling: Telling) -> None:
    notifier, rows = telling
    receiver.answers = [500, 302, 200]
    rows.append(of_now())
    notifier.start()
    notices = receiver.wait_for(3)
    assert len({notice["id"] for notice in notices}) == 1
    time.sleep(0.5)
    assert len(receiver.taken) == 3
    assert notifier.trouble == ""


def test_one_that_is_refused_holds_up_no_other(receiver: Receiver, telling: Telling) -> None:
    notifier, rows = telling
    receiver.answers = [400, 200]
    rows += [of_now(), of_now(name="other")]
    notifier.start()
    assert [notice["budget"] for notice in receiver.wait_for(2)] == ["all", "other"]


def test_a_notice_is_given_up_after_a_period_and_then_not_told_again(
    receiver: Receiver, telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier, rows = telling
    monkeypatch.setattr(notifier_module, "wait_s", lambda tries: 10.0**9)
    receiver.answers = [500]
    rows.append(of_now())
    notifier.start()
    receiver.wait_for(1)
    time.sleep(0.5)
    assert len(receiver.taken) == 1


# --- a store ----------------------------------------------------------------------------------------------------------


def test_a_store_tells_of_a_budget_that_is_passed_and_of_nothing_it_was_asked(
    receiver: Receiver, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    spent_store(data, ("acme", "search", "4"), ("acme", "draft", "2"))
    store = start_store(data, **configuration(tmp_path, receiver.url + "/hook"))
    try:
        (notice,) = receiver.wait_for(1)
        figures = {"type": "budget", "level": "over", "budget": "all", "spend": "6", "amount": "5", "driver": "search"}
        assert {name: notice[name] for name in figures} == figures
        assert notice["id"] == receiver.taken[0][0][ID]
        assert SIGNATURE in receiver.taken[0][0]
        assert store.health()["trouble"] == ""
    finally:
        end(store)
    store = start_store(data, **configuration(tmp_path, receiver.url + "/hook"))
    try:
        time.sleep(2)
        assert len(receiver.taken) == 1
    finally:
        end(store)


def test_a_store_that_is_killed_between_decision_and_delivery_tells_after_its_next_start(
    receiver: Receiver, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    spent_store(data, ("acme", "search", "6"))
    receiver.answers = ["hang", 200]
    store = start_store(data, **configuration(tmp_path, receiver.url))
    receiver.wait_for(1)
    store.stop(signal.SIGKILL)
    # Spent less, or not looked at: what was decided is told all the same.
    store = start_store(data, **configuration(tmp_path, receiver.url, amount="1000"))
    try:
        first, second = receiver.wait_for(2)
        assert first == second
    finally:
        end(store)


def test_a_dead_receiver_delays_neither_the_start_nor_the_answers_nor_the_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    spent_store(data, ("acme", "search", "6"))
    with socket.socket() as silent:  # takes connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = start_store(data, **configuration(tmp_path, url))
        try:
            send_spans(store, spent_now(("acme", "search", "1")).spans)
            assert store.sql("SELECT sum(cost) AS spend FROM llm_calls")[0]["spend"].startswith("7")
            began = time.monotonic()
            code, _ = store.stop()
            assert (code, time.monotonic() - began < 15) == (0, True)
        finally:
            end(store)


def test_what_the_webhook_has_wrong_is_told_before_the_store_starts(tmp_path: Path) -> None:
    settings = configuration(tmp_path, "http://127.0.0.1:9")
    ports = [word for name in ("otlp-grpc", "otlp-http", "web", "clickhouse") for word in (f"--{name}-port", "0")]
    done = run_llmroute("up", "--data", str(tmp_path / "data"), *ports, LLMROUTE_CONFIG=settings["LLMROUTE_CONFIG"])
    assert (done.returncode, done.stderr) == (
        2,
        "Error: webhook.secret_env: the environment variable HOOK_SECRET is not set\n",
    )


def test_a_test_notice_says_whether_it_was_taken(receiver: Receiver, tmp_path: Path) -> None:
    settings = configuration(tmp_path, receiver.url)
    done = run_llmroute("budget", "--test-webhook", **settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "llmroute: the test notice was taken\n")
    (notice,) = receiver.notices()
    assert (notice["type"], notice["budget"]) == ("test", None)
    receiver.answers = [403]
    done = run_llmroute("budget", "--test-webhook", **settings)
    assert (done.returncode, done.stderr) == (
        2,
        f"Error: the test notice was not taken: {receiver.url} answered with status 403. Try: the url of [webhook]\n",
    )


def test_a_shared_store_without_a_webhook_tells_nobody(store: RunningUp) -> None:
    assert store.health()["trouble"] == ""
    assert not (store.folder / "notices.sqlite").exists()
