"""The embedded engine (chDB): opening it, asking it, inserting into it, and every fault of it that needs care.

What is known of chDB 4.4 and dealt with here, and nowhere else:

- One process per folder, one folder per process. A second process is refused (``FolderInUse``).
- After a query that failed having produced rows, the next query on the same handle returns those rows first. So a
  session that saw an error gets a new handle before it is used again.
- A handle serves one thread at a time: a session has a lock; threads that should not wait get a session each.
- A child forked from a process that has imported chdb hangs: a session used in another process than its own raises.
- Leaving while a thread still inserts can crash: ``Database.close`` closes every session, and it is registered at exit.
- The engine writes some errors to file descriptor 2 itself: they are caught while it opens.
- Inserts go through temporary files: those lie in the data folder, not where other users can read.

``chdb`` starts threads when it is imported, so it is imported when a database is opened.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.errors import BadStatement, DataFolderError, FolderInUse, QuestionFailed, StoreError
from otel_llmroute.store.gate import Gate
from otel_llmroute.store.raw import RawAnswer, RawQuestion, raw_answer

if TYPE_CHECKING:
    from clickhouse_connect.datatypes.base import ClickHouseType
    from clickhouse_connect.driver.client import Client

    from otel_llmroute.store.folder import Folder

Settings = Mapping[str, "str | int"]

WRITING: Final[Settings] = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # Merging each inserted block with itself takes a fifth of the time; what is twice in it, FINAL shows once.
    "optimize_on_insert": 0,
    # "openai/gpt-5" in a list is what was sent, not "openai\\/gpt-5".
    "output_format_json_escape_forward_slashes": 0,
    # Late spans of many days in one batch are data, not a mistake.
    "throw_on_max_partitions_per_insert_block": 0,
}
READING: Final[Settings] = {
    # A span delivered twice counts once, also in a statement that forgets to say FINAL.
    "final": 1,
    "max_execution_time": 30,
    "max_memory_usage": 2_000_000_000,
    "max_result_rows": 1_000_000,
    "max_result_bytes": 256_000_000,
    "result_overflow_mode": "throw",
    # Sorting and grouping go to disk when memory runs short.
    "max_temporary_data_on_disk_size_for_query": 1_000_000_000,
    "session_timezone": "UTC",
    # What the index by trace finds is read alone, without all else of the same hours: all deliveries of a record are of
    # one trace. Of one experiment they need not be.
    "use_skip_indexes_if_final_exact_mode": 0,
    "ignore_data_skipping_indices": "by_experiment",
    "allow_ddl": 0,
    "allow_introspection_functions": 0,
    "readonly": 1,
}

_MOST_READ: Final = 128
"""Statements of which it is known that they only read."""
_LIMITS: Final = frozenset({158, 159, 160, 241, 307, 396})
"""Codes of the engine for: too many rows, too slow, too much memory, too many bytes, result too large."""


@dataclass(frozen=True)
class Result:
    """What a query gave: names and ClickHouse types of the columns, then the rows. Times of DateTime64 are text with
    all their digits, in UTC; Decimal is ``Decimal``; NULL is ``None``."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]

    def records(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Session:
    """One handle on the engine. Safe to share, though only one thread is served at a time."""

    def __init__(self, database: Database, settings: Settings, changes_calls: bool) -> None:
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._closed = False
        self._changes_calls = changes_calls
        self._client: Client | None = database.connect(settings)

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Ask. Raises ``BadStatement`` for SQL that cannot be answered, ``QuestionFailed`` when a limit was reached."""
        with self._handle() as client:
            found = client.query(statement, parameters=dict(parameters or {}), query_formats={"DateTime64": "int"})
            types = [column.name for column in found.column_types]
            return Result(list(found.column_names), types, readable(found.result_rows, found.column_types))

    def command(self, statement: str) -> None:
        """Run a statement for its effect."""
        with self._handle() as client:
            client.command(statement)

    def insert_protobuf(self, table: str, message: str, schema: Path, data: bytes, token: str) -> None:
        """Insert messages, each after its length, of the type ``message`` of the file ``schema``. The same ``token``
        again inserts nothing, but completes what a crash left half done."""
        # As a path: of a schema that is given as text the engine keeps a copy in the working directory.
        settings = {"format_schema": f"{schema}:{message}", "insert_deduplication_token": token}
        with self._handle() as client:
            client.raw_insert(table, insert_block=data, fmt="Protobuf", settings=settings)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str) -> None:
        """Insert rows at once. The same ``token`` again inserts nothing, but completes what a crash left half done."""
        with self._handle() as client:
            client.insert(table, rows, column_names=columns, settings={"insert_deduplication_token": token})

    def raw(self, question: RawQuestion) -> RawAnswer:
        """Ask for bytes in a format. Raises as ``query``; the cause then has the engine's own words."""
        self._database.check_process()
        # What the question brings cannot make a session that reads one that writes.
        settings = {**self._settings, **question.settings, "readonly": self._settings.get("readonly", 0)}
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            try:
                return raw_answer(self._database.folder.engine, replace(question, settings=settings))
            except Exception as error:
                raise as_store_error(error) from error

    @contextlib.contextmanager
    def _handle(self) -> Iterator[Client]:
        self._database.check_process()
        with self._passed(), self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            if self._client is None:
                self._client = self._database.connect(self._settings)
            try:
                yield self._client
            except Exception as error:
                self._drop()
                raise as_store_error(error) from error
            finally:
                if self._changes_calls:
                    self._database.note_change()

    def _passed(self) -> contextlib.AbstractContextManager[None]:
        """What writes waits while the tables are held still."""
        reads = bool(self._settings.get("readonly"))
        return contextlib.nullcontext() if reads else self._database.gate.passed()

    def _drop(self) -> None:
        """Close the handle: what it would answer next cannot be trusted."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()

    def close(self) -> None:
        """Close the handle, after what is under way, for good."""
        with self._lock:
            self._closed = True
            self._drop()
        self._database.forget(self)


@cache
def _spare_the_client() -> None:
    """Have the client do without what takes it longer than most questions take the engine."""
    from clickhouse_connect.driver import _backendclient, options

    # As if pandas were not installed: the first insert would load it (1 s, 80 MB) to ask if rows are a data frame.
    vars(options).setdefault("pd", None)
    # To know what may be sent over a network again, each statement is read letter by letter: 6 to 40 ms of a panel.
    names = vars(_backendclient)
    if "_query_is_read_only" in names:
        names["_query_is_read_only"] = lru_cache(_MOST_READ)(names["_query_is_read_only"])


class Database:
    """The engine on one folder, in the process that opened it."""

    def __init__(self, folder: Folder) -> None:
        """Open, making the folder when it is missing. Raises ``FolderInUse`` or ``DataFolderError``."""
        folder.make()
        self.folder = folder
        self.gate = Gate()
        self.changes = 0
        """Grows with every statement that may have changed a call, when it has ended."""
        self._noting = threading.Lock()
        self._pid = os.getpid()
        self._sessions: list[Session] = []
        tempfile.tempdir = str(folder.temporary)
        # Stays open, so that the engine lives on while a session gets a new handle.
        self._keeper = self._open()
        atexit.register(self.close)

    def _open(self) -> Client:
        said = ""
        try:
            with _caught_stderr() as caught:
                try:
                    return self.connect({})
                finally:
                    said = caught()
        except ImportError as error:
            raise StoreError(
                f"the embedded engine is not installed ({error})", "pip install 'otel-llmroute[local]'"
            ) from error
        except Exception as error:
            raise self._cannot_open(said or str(error)) from error

    def _cannot_open(self, said: str) -> DataFolderError:
        if "Cannot lock file" in said:
            running = self.folder.running()
            who = f"process {running.pid}" if running else "another process"
            hint = f"--url {running.web}, or stop it" if running else "stop that process"
            return FolderInUse(f"the data folder {self.folder.path} is in use by {who}", hint)
        return DataFolderError(
            f"the data folder {self.folder.path} cannot be opened: {one_line(said)}",
            "another --data, or restore a backup",
        )

    def connect(self, settings: Settings) -> Client:
        """A bare client. Only sessions use it."""
        import clickhouse_connect

        _spare_the_client()
        # Not as a DSN: what follows a # in that is no part of the path.
        return clickhouse_connect.get_client(interface="chdb", path=str(self.folder.engine), settings=dict(settings))

    def writer(self, *, changes_calls: bool = True) -> Session:
        """A session that may write. ``changes_calls``: not only sums of them."""
        return self._session(WRITING, changes_calls)

    def reader(self) -> Session:
        """A session that cannot write, with limits on time, memory and rows."""
        return self._session(READING, False)

    def note_change(self) -> None:
        """A statement has ended that may have changed a call."""
        with self._noting:
            self.changes += 1

    def _session(self, settings: Settings, changes_calls: bool) -> Session:
        self.check_process()
        session = Session(self, settings, changes_calls)
        self._sessions.append(session)
        return session

    def forget(self, session: Session) -> None:
        """A session was closed."""
        with contextlib.suppress(ValueError):
            self._sessions.remove(session)

    def check_process(self) -> None:
        """Raise in a forked child, where the engine would hang for ever."""
        if os.getpid() != self._pid:
            raise StoreError("the engine was opened before this process was forked", "spawn instead of fork")

    def close(self) -> None:
        """Close everything. Harmless when done twice, and in a forked child."""
        if os.getpid() != self._pid:
            return
        atexit.unregister(self.close)
        for session in list(self._sessions):
            session.close()
        self._sessions.clear()
        with contextlib.suppress(Exception):
            self._keeper.close()


def as_store_error(error: Exception) -> Exception:
    """What the engine raised, as an error of ours. Errors that are not the engine's (rows that cannot be encoded, say)
    stay as they are."""
    from clickhouse_connect.driver.exceptions import ClickHouseError, DataError

    if not isinstance(error, ClickHouseError) or isinstance(error, DataError):
        return error
    said = one_line(str(error))
    code = getattr(error, "code", None)
    if code in _LIMITS:
        return QuestionFailed(f"the question reached a limit: {said}", "a shorter period or fewer rows", code)
    return BadStatement(f"the engine refused the statement: {said}", code=code)


_CODE: Final = re.compile(r"Code: \d+\. |DB::Exception: |\(version [^)]*\)\.?|default: |\s*FORMAT Native")


def one_line(said: str, limit: int = 400) -> str:
    """An engine's message without its codes, on one line, at most ``limit`` characters."""
    text = " ".join(_CODE.sub("", said).split()).split(". Expected one of")[0]
    return text if len(text) <= limit else text[: limit - 1] + "…"


def readable(rows: Sequence[Sequence[Any]], kinds: Sequence[ClickHouseType]) -> list[list[Any]]:
    """Rows of columns of these types, with the integers that stand for DateTime64 as ISO text."""
    timed = [(at, kind) for at, kind in enumerate(kinds) if "DateTime64" in kind.name]
    changed = [list(row) for row in rows]
    for row in changed:
        for at, kind in timed:
            row[at] = _with_times(row[at], kind)
    return changed


def _with_times(value: Any, kind: Any) -> Any:
    """A value of this type, or one that holds others, as ``readable``."""
    name = kind.base_type
    if value is None:
        return None
    if name == "DateTime64":
        return _time_text(value, kind.scale)
    if name == "SimpleAggregateFunction":
        return _with_times(value, kind.element_type)
    if name == "Array":
        return [_with_times(item, kind.element_type) for item in value]
    if name == "Map":
        return {_with_times(key, kind.key_type): _with_times(item, kind.value_type) for key, item in value.items()}
    if name == "Nested":
        return [_named_with_times(row, kind) for row in value]
    if name == "Tuple":
        return (
            _named_with_times(value, kind)
            if isinstance(value, dict)
            else [*map(_with_times, value, kind.element_types)]
        )
    return value


def _named_with_times(value: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    return {
        name: _with_times(value[name], within)
        for name, within in zip(kind.element_names, kind.element_types, strict=True)
    }


def _time_text(ticks: int, scale: int) -> str:
    """Ticks of 10^-scale seconds since 1970 as ``2026-11-23 19:11:14.000000000``."""
    from datetime import datetime, timedelta

    seconds, rest = divmod(ticks, 10**scale)
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}" + (f".{rest:0{scale}d}" if scale else "")


@contextlib.contextmanager
def _caught_stderr() -> Iterator[Any]:
    """Keep what is written to descriptor 2 from the terminal; yields a function that returns it."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)

        def caught() -> str:
            os.dup2(kept, 2)
            file.seek(0)
            return file.read().decode(errors="replace")

        try:
            yield caught
        finally:
            os.dup2(kept, 2)
            os.close(kept)
