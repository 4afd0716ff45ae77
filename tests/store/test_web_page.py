"""The page as a store gives it out: files and headers, what is told of the boards, the token, what is packaged."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from otel_llmroute.store.boards import boards
from otel_llmroute.store.folder import folder_at
from otel_llmroute.store.web.login import COOKIE, session_of
from otel_llmroute.store.web.pages import STATIC
from tests.store.conftest import Answer, RunningUp, end, start_store

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-thirty-characters-x"
FILES = sorted(path for path in STATIC.rglob("*") if path.is_file())
STRICT = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *told: object, **more: object) -> None:
        return None


def got(store: RunningUp, path: str, body: bytes | None = None, **headers: str) -> Answer:
    """What comes back for a path as it is, and no redirect is followed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(store.web + path, body, named, method="GET" if body is None else "POST")
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as response:
            return Answer(response.status, response.read(), {k.lower(): v for k, v in response.headers.items()})
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(), {k.lower(): v for k, v in error.headers.items()})


def strict(answer: Answer) -> dict[str, str]:
    return {name: answer.headers.get(name, "") for name in STRICT}


def test_the_page_and_all_that_belongs_to_it_come_under_strict_headers(shared_store: RunningUp) -> None:
    places = {"/": STATIC / "index.html", **{f"/static/{path.relative_to(STATIC)}": path for path in FILES}}
    for place, path in places.items():
        answer = got(shared_store, place)
        told = (answer.status, answer.body == path.read_bytes(), answer.headers["content-type"], strict(answer))
        assert told == (200, True, TYPES[path.suffix], STRICT), place


@pytest.mark.parametrize("path", ["/api/health", "/api/boards", "/api/nothing", "/static/nothing.js"])
def test_every_answer_comes_under_strict_headers(shared_store: RunningUp, path: str) -> None:
    assert strict(got(shared_store, path)) == STRICT


def test_a_file_is_sent_small_and_not_again_when_it_has_not_changed(shared_store: RunningUp) -> None:
    path = "/static/vendor/echarts.js"
    packed = got(shared_store, path, accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == (STATIC / "vendor/echarts.js").read_bytes()
    assert (packed.headers["cache-control"], len(packed.body) < 250_000) == ("no-cache", True)
    for place in (path, "/"):
        again = got(shared_store, place, if_none_match=got(shared_store, place).headers["etag"])
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/static/", "/app.py"],
)
def test_no_other_file_is_given_out(shared_store: RunningUp, path: str) -> None:
    assert got(shared_store, path).status == 404


def test_every_board_and_panel_is_told_with_what_its_figures_are(shared_store: RunningUp) -> None:
    told = got(shared_store, "/api/boards").json()
    assert [(each["name"], [panel["name"] for panel in each["panels"]]) for each in told["boards"]] == [
        (each.name, [panel.name for panel in each.panels]) for each in boards()
    ]
    now = told["boards"][0]["panels"][0]
    assert set(now) == {
        *("name", "title", "about", "note", "chart", "period", "value", "drill", "drill_board", "filters", "sql"),
        "columns",
    }
    assert now["columns"][0] == {"name": "spend", "heading": "Spend", "unit": "money", "figures": "measured"}
    assert now["sql"] == boards()[0].panels[0].sql


def asked(store: RunningUp, path: str, **body: object) -> Answer:
    told = {"since": "2026-09-01T00:00:00Z", "until": "2026-09-02T00:00:00Z", **body}
    return store.post(store.web + path, json.dumps(told).encode())


def test_compare_is_true_or_false(shared_store: RunningUp) -> None:
    answer = asked(shared_store, "/api/panel", board="spend", panel="now", compare=1)
    assert (answer.status, answer.json()["error"]["message"]) == (400, "'compare' is neither true nor false")
    assert "compared_with" not in asked(shared_store, "/api/panel", board="spend", panel="now", compare=False).json()
    told = asked(shared_store, "/api/panel", board="spend", panel="route", compare=True).json()
    assert told["compared_with"] == {"since": "2026-08-31T00:00:00Z", "until": "2026-09-01T00:00:00Z"}


def test_an_answer_of_nothing_is_an_answer(shared_store: RunningUp) -> None:
    told = asked(shared_store, "/api/values", filter="route").json()
    assert told == {"filter": "route", "values": [], "has_more": False}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A store with a token."""
    running = start_store(tmp_path_factory.mktemp("guarded") / "data", LLMROUTE_TOKEN=TOKEN)
    yield running
    end(running)


FORM = {"content_type": "application/x-www-form-urlencoded"}


def test_a_person_without_the_token_is_asked_for_it_and_gets_nothing_else(guarded: RunningUp) -> None:
    form = got(guarded, "/?board=routes")
    assert (form.status, form.headers["cache-control"], strict(form)) == (401, "no-store", STRICT)
    assert b'name="token"' in form.body
    assert [got(guarded, path).status for path in ("/api/health", "/api/boards", "/index.html")] == [401, 401, 401]
    assert got(guarded, "/static/page.css").status == 200


def test_the_token_gives_a_cookie_that_does_not_hold_it_and_opens_everything(guarded: RunningUp) -> None:
    answer = got(guarded, "/?board=routes", f"token={TOKEN}".encode(), **FORM)
    cookie, *rules = answer.headers["set-cookie"].split("; ")
    assert (answer.status, answer.headers["location"]) == (303, "./?board=routes")
    assert {rule.lower() for rule in rules} == {"httponly", "max-age=604800", "path=/", "samesite=strict"}
    assert TOKEN not in cookie
    assert got(guarded, "/", cookie=cookie).body == (STATIC / "index.html").read_bytes()
    assert got(guarded, "/api/boards", cookie=f"other=1; {cookie}").status == 200
    body = json.dumps({"statement": "SELECT 1"}).encode()
    own = {"content_type": "application/json", "origin": guarded.web}
    assert got(guarded, "/api/sql", body, cookie=cookie, **own).json()["rows"] == [[1]]


@pytest.mark.parametrize(
    "told", [b"", b"token=", b"token=wrong", f"token={TOKEN}&token={TOKEN}".encode(), b"token=" + b"x" * 5_000, b"\xff"]
)
def test_a_wrong_token_is_told_and_gives_no_cookie(guarded: RunningUp, told: bytes) -> None:
    answer = got(guarded, "/", told, **FORM)
    assert (answer.status, "set-cookie" in answer.headers) == (401, False)
    assert b"That is not the token of this store." in answer.body


def soon() -> int:
    return int(time.time()) + 60


@pytest.mark.parametrize(
    "value",
    [
        "",
        TOKEN,
        "1." + "0" * 64,
        session_of("another-token-of-the-same-length", soon()),
        session_of(TOKEN, int(time.time()) - 1),
        session_of(TOKEN, soon()).replace(".", "0."),
        "²." + session_of(TOKEN, 2),
    ],
    # Not by their values, which are of this second: workers that load this file in different ones have to agree.
    ids=["nothing", "the token", "no signature", "of another token", "ended", "a later end", "an odd digit"],
)
def test_a_cookie_that_is_made_up_or_has_ended_opens_nothing(guarded: RunningUp, value: str) -> None:
    assert got(guarded, "/api/health", cookie=f"{COOKIE}={quote(value)}").status == 401
    assert got(guarded, "/api/health", cookie=f"{COOKIE}={session_of(TOKEN, soon())}").status == 200


def test_the_store_says_what_a_command_and_a_sender_need(guarded: RunningUp, shared_store: RunningUp) -> None:
    told = got(guarded, "/api/health", cookie=f"{COOKIE}={session_of(TOKEN, soon())}").json()
    assert [told[name] for name in ("data", "needs_data", "needs_token")] == [str(guarded.folder), True, True]
    told = shared_store.health()
    assert [told[name] for name in ("data", "needs_data", "needs_token")] == [str(shared_store.folder), True, False]


def test_the_folder_that_a_command_looks_in_by_itself_is_that_of_where_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLMROUTE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    default = folder_at(None)
    assert [default.is_default, folder_at("other").is_default] == [True, False]
    monkeypatch.chdir(tmp_path.parent)
    assert not default.is_default


def test_a_page_at_another_port_of_this_machine_cannot_use_the_cookie(guarded: RunningUp) -> None:
    cookie = f"{COOKIE}={session_of(TOKEN, soon())}"
    other = f"http://127.0.0.1:{(urlsplit(guarded.web).port or 0) + 1}"
    for origin in (other, "null", "https://example.com", "http://["):
        assert got(guarded, "/api/health", cookie=cookie, origin=origin).status == 401
    assert got(guarded, "/api/health", cookie=cookie, origin=guarded.web).status == 200


def test_commands_send_the_token_as_before(guarded: RunningUp) -> None:
    assert got(guarded, "/api/health", authorization=f"Bearer {TOKEN}").status == 200
    assert got(guarded, "/", authorization=f"Bearer {TOKEN}").body == (STATIC / "index.html").read_bytes()
    refused = got(guarded, "/", authorization="Bearer wrong")
    assert (refused.status, refused.json()["error"]["message"]) == (401, "the token is missing or wrong")


def test_the_wheel_holds_the_page_and_its_licences(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("otel_llmroute/store/web/")}
    pages = {f"otel_llmroute/store/web/static/{path.relative_to(STATIC)}" for path in FILES}
    assert pages | {"otel_llmroute/store/web/login.html"} <= held
