"""A ClickHouse server over HTTP, by clickhouse-connect: asking, commanding, and its faults as errors of ours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.database import one_line
from otel_llmroute.store.dsn import Dsn
from otel_llmroute.store.errors import StoreError, StoreUnreachable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

OLDEST: Final = (25, 8)
"""The oldest server whose SQL is enough; older ones lack what the views and roll-ups are written with."""
_SETTINGS: Final = {
    # A statement for all servers of a cluster waits this long for the slowest.
    "distributed_ddl_task_timeout": 180,
    "distributed_foreground_insert": 1,
}
_WHO: Final = frozenset({192, 193, 194, 516})
_RIGHTS: Final = frozenset({164, 497})
_NOT_SET_UP: Final = frozenset({139, 225, 999})
"""Codes for what is missing from a server's config, such as a macro, and for a Keeper that is not there."""


class ServerTooOld(StoreError):
    """The server lacks what the schema needs."""


class NotAllowed(StoreError):
    """The server refuses this user: unknown, wrong password, or without the right."""


class ClusterNotReady(StoreError):
    """The cluster is unknown, or its servers are not set up to replicate."""


class Server:
    """A connection to one server."""

    def __init__(self, dsn: Dsn, database: str = "") -> None:
        """Connect. Raises ``StoreUnreachable``, ``NotAllowed`` or ``ServerTooOld``."""
        self.dsn = dsn
        with self._errors():
            self._client = _client(dsn, database)
        self.version = str(self._client.server_version)
        if version_of(self.version) < OLDEST:
            self.close()
            raise ServerTooOld(
                f"the server {dsn} is ClickHouse {self.version}; {OLDEST[0]}.{OLDEST[1]} is the oldest that will do",
                "a newer server",
            )

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        with self._errors():
            return [tuple(row) for row in self._client.query(question).result_rows]

    def value(self, question: str) -> Any:
        """The first value of the first row."""
        return self.rows(question)[0][0]

    def command(self, statement: str) -> None:
        """Run a statement for its effect."""
        with self._errors():
            self._client.command(statement, settings=_SETTINGS)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows at once."""
        with self._errors():
            self._client.insert(table, rows, column_names=columns, settings=_SETTINGS)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except ImportError as error:
            raise StoreError(
                f"the ClickHouse client is not installed ({error})", "pip install 'otel-llmroute[clickhouse]'"
            ) from error
        except Exception as error:
            # The cause is left out: what a client raises may hold its request, and with it the password.
            raise server_error(error, self.dsn) from None


def _client(dsn: Dsn, database: str) -> Client:
    import clickhouse_connect

    # Its warnings would be further lines above the one that says what is wrong.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    return clickhouse_connect.get_client(
        host=dsn.host,
        port=dsn.port,
        username=dsn.user,
        password=dsn.password,
        database=database or "default",
        interface="https" if dsn.secure else "http",
        verify=dsn.verify,
        connect_timeout=10,
        # Longer than a statement for all servers may wait.
        send_receive_timeout=240,
        client_name="llmroute",
        autogenerate_session_id=False,
    )


def version_of(text: str) -> tuple[int, int]:
    """Year and month of a release: ``26.9.2.1`` -> (26, 9)."""
    numbers = [int(part) for part in text.split(".")[:2] if part.isdigit()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def server_error(error: Exception, dsn: Dsn) -> StoreError:
    """What a client raised, as one line that holds no password."""
    said = one_line(str(error))
    if dsn.password:
        said = said.replace(dsn.password, "***")
    code = getattr(error, "code", None)
    if code in _WHO:
        return NotAllowed(
            f"the server {dsn} does not know user {dsn.user} with this password", "CLICKHOUSE_PASSWORD", code
        )
    if code in _RIGHTS:
        return NotAllowed(f"the server {dsn} does not let user {dsn.user} do this: {said}", "a user that may", code)
    if code in _NOT_SET_UP:
        return ClusterNotReady(f"the server {dsn} is not set up for a cluster: {said}", "docs/server.md", code)
    if code is not None:
        return StoreError(f"the server {dsn} refused a statement: {said}", code=code)
    if type(error).__name__ == "ProgrammingError":
        # The client knows by itself that settings cannot be changed.
        return NotAllowed(f"the server {dsn} does not let user {dsn.user} do more than read", "a user that may write")
    return StoreUnreachable(
        f"no ClickHouse server answers at {dsn} over HTTP: {_reason(error) or said}", "its host and HTTP port"
    )


def _reason(error: BaseException | None) -> str:
    """What the operating system said, below what clients made of it: ``Connection refused``."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return str(error.strerror)
        below = getattr(error, "reason", None)
        error = below if isinstance(below, BaseException) else error.__cause__ or error.__context__
    return ""
