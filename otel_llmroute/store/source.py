"""Where answers come from: a running store over its web port, or a data folder that this process opens itself."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from otel_llmroute.store import errors
from otel_llmroute.store.errors import DataFolderError, StoreError, StoreUnreachable
from otel_llmroute.store.folder import Folder, Running, folder_at
from otel_llmroute.store.output import say
from otel_llmroute.store.questions.spend import SpendQuestion, spend
from otel_llmroute.store.token import token_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_llmroute.store.boards.asking import PanelQuestion
    from otel_llmroute.store.database import Session
    from otel_llmroute.store.pricing.repricing import RepriceQuestion

DEFAULT_URL: Final = "http://127.0.0.1:8317"
_ANSWER_S: Final = 60.0
_HEALTH_S: Final = 2.0
_LINE_S: Final = 600.0
"""How long the next line of an answer may take that comes in lines."""

# Not through a proxy: a store is on this machine or where the user said.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Source(Protocol):
    """Answers as plain data, in the shapes of ``questions.spend.spend``, ``boards.asking.answer`` and
    ``questions.sql.answer``."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    def spend(self, question: SpendQuestion) -> dict[str, Any]: ...

    def panel(self, question: PanelQuestion) -> dict[str, Any]: ...

    def sql(self, statement: str) -> dict[str, Any]: ...

    def ask(self, name: str, parameters: dict[str, str]) -> list[dict[str, Any]]: ...

    def add_prices(self, prices: list[tuple[dict[str, Any], str]]) -> dict[str, Any]: ...

    def reprice(self, question: RepriceQuestion, configured: list[dict[str, Any]]) -> Iterator[dict[str, Any]]: ...

    def care(self, act: str, told: dict[str, Any]) -> dict[str, Any]: ...

    def budget(self, told: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class RunningStore:
    """A store that answers at ``url``."""

    url: str

    @property
    def name(self) -> str:
        return self.url

    def health(self) -> dict[str, Any]:
        """What it says of itself. Raises ``StoreUnreachable``."""
        answer = self._call("/api/health", None, _HEALTH_S)
        if answer.get("name") != "otel-llmroute":
            raise self._is_no_store()
        return answer

    def spend(self, question: SpendQuestion) -> dict[str, Any]:
        return self._call("/api/spend", question.told())

    def panel(self, question: PanelQuestion) -> dict[str, Any]:
        return self._call("/api/panel", question.told())

    def sql(self, statement: str) -> dict[str, Any]:
        return self._call("/api/sql", {"statement": statement})

    def ask(self, name: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
        return self._call("/api/ask", {"question": name, "parameters": parameters})["rows"]  # type: ignore[no-any-return]

    def add_prices(self, prices: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
        return self._call("/api/prices", {"prices": prices}, _LINE_S)

    def reprice(self, question: RepriceQuestion, configured: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in self._lines("/api/reprice", {**question.plain(), "configured": configured}):
            if "error" in event:
                raise _error_of(event["error"])
            yield event

    def care(self, act: str, told: dict[str, Any]) -> dict[str, Any]:
        return self._call(f"/api/{act}", told, _LINE_S)

    def budget(self, told: dict[str, Any]) -> dict[str, Any]:
        return self._call("/api/budget", told)

    def _lines(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """An answer of one JSON object a line, each as soon as it is there."""
        try:
            with _opener.open(self._request(path, body), timeout=_LINE_S) as response:
                yield from map(json.loads, response)
        except urllib.error.HTTPError as error:
            raise _said(error, self.url) from error
        except (OSError, ValueError, HTTPException) as error:
            why = str(error) if isinstance(error, OSError) else "what it said is no answer"
            raise StoreUnreachable(f"the store at {self.url} did not answer to the end ({why})", "again") from error

    def _call(self, path: str, body: dict[str, Any] | None, timeout_s: float = _ANSWER_S) -> dict[str, Any]:
        try:
            with _opener.open(self._request(path, body), timeout=timeout_s) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise _said(error, self.url) from error
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise StoreUnreachable(f"no store answers at {self.url} ({reason})", "llmroute up") from error
        except (ValueError, BadStatusLine) as error:
            raise self._is_no_store() from error
        except HTTPException as error:
            raise StoreUnreachable(f"the store at {self.url} did not answer to the end", "again") from error
        if not isinstance(answer, dict):
            raise self._is_no_store()
        return answer

    def _is_no_store(self) -> StoreUnreachable:
        return StoreUnreachable(
            f"what answers at {self.url} is not a store of otel-llmroute", "the web port of llmroute up"
        )

    def _request(self, path: str, body: dict[str, Any] | None) -> urllib.request.Request:
        headers = {"Content-Type": "application/json"}
        if token := token_told():
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.Request(self.url.rstrip("/") + path, data, headers)


def _said(error: urllib.error.HTTPError, url: str) -> StoreError:
    """The error that the store answered with, as the same kind of error here."""
    try:
        return _error_of(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return StoreUnreachable(f"{url} answered with status {error.code}", "the web port of llmroute up")


def _error_of(told: dict[str, Any]) -> StoreError:
    """Raises ``KeyError`` or ``TypeError`` when it is no error of a store."""
    kind, message, hint = told["kind"], str(told["message"]), str(told["hint"])
    known = getattr(errors, kind, None) if isinstance(kind, str) else None
    is_known = isinstance(known, type) and issubclass(known, StoreError)
    return known(message, hint) if is_known and known is not None else StoreError(message, hint)


class OpenFolder:
    """A data folder opened in this process. Use ``open_folder``."""

    def __init__(self, folder: Folder) -> None:
        from otel_llmroute.store.database import Database
        from otel_llmroute.store.schema import migrate

        self._folder = folder
        self._is_whole = False
        self._database = Database(folder)
        try:
            migrate(self._database.writer(), str(folder.path))
            self._session = self._database.reader()
        except BaseException:
            self._database.close()
            raise

    @property
    def name(self) -> str:
        return str(self._folder.path)

    @property
    def _asked(self) -> Session:
        """For questions, which see all that was acknowledged."""
        self._store_left()
        return self._session

    def _store_left(self) -> None:
        """Store what a store that was killed has left, or say what stands in the way. Once is enough: nobody else has
        the folder open."""
        if self._is_whole:
            return
        from otel_llmroute.store.receiver.left import stored_left

        self._is_whole = True
        if trouble := stored_left(self._folder, self._database.writer):
            say(f"{trouble}. Try: llmroute up --data {self._folder.path}")

    def spend(self, question: SpendQuestion) -> dict[str, Any]:
        return spend(self._asked, question)

    def panel(self, question: PanelQuestion) -> dict[str, Any]:
        from otel_llmroute.store.boards import asking

        return asking.answer(self._asked, question)

    def sql(self, statement: str) -> dict[str, Any]:
        from otel_llmroute.store.questions.sql import answer

        return answer(self._asked, statement)

    def ask(self, name: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
        from otel_llmroute.store.pricing.asked import answered

        return answered(self._asked, name, parameters)

    def add_prices(self, prices: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
        from otel_llmroute.store.pricing.asked import added

        return added(self._database.writer, prices)

    def reprice(self, question: RepriceQuestion, configured: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        from otel_llmroute.store.pricing.asked import repriced

        self._store_left()
        return repriced(self._database.reader, self._database.writer, question, configured)

    def care(self, act: str, told: dict[str, Any]) -> dict[str, Any]:
        from otel_llmroute.store.care.asked import ASKING, Cared, cared

        if act in ASKING:
            self._store_left()
        return cared(Cared(self._database, self._folder), act, told)

    def budget(self, told: dict[str, Any]) -> dict[str, Any]:
        from otel_llmroute.store.budgets.use import answered

        return answered(self._asked, self._database.writer, told)

    def close(self) -> None:
        self._database.close()


def running_store(data: str | None) -> RunningStore | None:
    """The store that runs on the folder that ``data`` names; without ``data`` also the one at the default address."""
    running = folder_at(data).running()
    found = store_of(running) if running else None
    if found is None and data is None and "LLMROUTE_DATA" not in os.environ:
        found, _ = _asked(DEFAULT_URL)
    return found


def store_of(running: Running) -> RunningStore | None:
    """The store that wrote ``running``; ``None`` when it has ended, also when another one listens there now."""
    store, said = _asked(running.web)
    return store if said.get("start") == running.start else None


def _asked(url: str) -> tuple[RunningStore | None, dict[str, Any]]:
    """The store that answers there, and what it says of itself."""
    store = RunningStore(url)
    try:
        return store, store.health()
    except StoreError:
        return None, {}


@contextmanager
def source_at(url: str | None, data: str | None) -> Iterator[Source]:
    """The store at ``url``, else the one running on the folder, else the folder opened. Raises ``StoreError``."""
    if url is not None:
        store = RunningStore(checked_url(url))
        store.health()
        yield store
        return
    running = running_store(data)
    if running is not None:
        yield running
        return
    folder = folder_at(data)
    if not folder.exists():
        raise DataFolderError(
            f"no store runs and there is none in {folder.path}", "llmroute up, or --data with its folder"
        )
    opened = OpenFolder(folder)
    try:
        yield opened
    finally:
        opened.close()


def checked_url(url: str) -> str:
    """``url`` when it is an http address. Raises ``StoreError``."""
    try:
        is_address = url.isprintable() and " " not in url and urlsplit(url).port != 0
    except ValueError:  # such as a port that is no number
        is_address = False
    if not is_address or not url.startswith(("http://", "https://")):
        raise StoreError(f"--url {url} is not an http address", f"--url {DEFAULT_URL}")
    return url
