"""A ClickHouse of a test's own: starting the stand-in, asking it, and inserting as the Collector's exporter does."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from otel_llmroute import names
from tests.store.conftest import clean_env
from tests.store.telemetry import attempt_facts

NOW_NS: Final = 1_790_000_000_000_000_000
"""A moment in September 2026."""
COLUMNS: Final = (
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName",
    "ResourceAttributes", "ScopeName", "ScopeVersion", "SpanAttributes", "Duration", "StatusCode", "StatusMessage",
    "Events.Timestamp", "Events.Name", "Events.Attributes",
    "Links.TraceId", "Links.SpanId", "Links.TraceState", "Links.Attributes",
)  # fmt: skip
"""What the exporter names when it inserts spans."""
LOG_COLUMNS: Final = (
    "Timestamp", "TraceId", "SpanId", "TraceFlags", "SeverityText", "SeverityNumber", "ServiceName", "Body",
    "ResourceSchemaUrl", "ResourceAttributes", "ScopeSchemaUrl", "ScopeName", "ScopeVersion", "ScopeAttributes",
    "LogAttributes",
)  # fmt: skip
"""What exporters from before events had names insert of a log record; later ones add EventName."""


@dataclass(frozen=True)
class ClickHouse:
    """An HTTP interface, asked without a client in between."""

    port: int

    @property
    def dsn(self) -> str:
        return f"clickhouse://127.0.0.1:{self.port}"

    def text(self, statement: str, database: str = "default") -> str:
        """The answer as tab-separated text. Raises ``AssertionError`` with what the engine said."""
        url = f"http://127.0.0.1:{self.port}/?database={urllib.parse.quote(database)}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, statement.encode()), timeout=120) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.read().decode()[:1500]}\n{statement[:500]}") from None

    def rows(self, statement: str, database: str = "default") -> list[list[str]]:
        """The answer, split."""
        return [line.split("\t") for line in self.text(statement, database).splitlines()]


@contextmanager
def clickhouse(folder: Path, password: str = "", version: str = "", config: Path | None = None) -> Iterator[ClickHouse]:
    """The stand-in on ``folder``; ``version`` is what it says it is, when not its own; ``config`` is a file for the
    engine."""
    place = f"{folder}?config-file={config}" if config else str(folder)
    command = [sys.executable, "-m", "tests.store.clickhouse_server", place, password, version]
    process = subprocess.Popen(command, env=clean_env(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield ClickHouse(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Span:
    """A span as a row of ``otel_traces``."""

    number: int
    attributes: Mapping[str, str]
    at_ns: int = NOW_NS
    service: str = "app"
    status: str = "Unset"
    kind: str = "Client"
    resource: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> str:
        """The row as SQL, in the order of ``COLUMNS``."""
        trace, span = f"{self.number // 3:032x}", f"{self.number + 1:016x}"
        timed = f"fromUnixTimestamp64Nano({self.at_ns})"
        texts = [trace, span, "", "", "chat gpt-5-mini", self.kind, self.service]
        row = [timed, *map(literal, texts), mapped(self.resource), literal(names.SCOPE), "'1'", mapped(self.attributes)]
        return f"({', '.join([*row, '5000000', literal(self.status), literal(''), *['[]'] * 7])})"


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def mapped(values: Mapping[str, str]) -> str:
    return "map(" + ", ".join(f"{literal(key)}, {literal(value)}" for key, value in values.items()) + ")"


def inserted(table: str, spans: Sequence[Span]) -> str:
    """The statement that inserts spans as the exporter does."""
    return f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES {', '.join(span.values() for span in spans)}"


def outcome_inserted(table: str, job: str, outcome: str, at_ns: int, trace: str = "") -> str:
    """The statement that inserts one log record as an exporter does that knows no names of events."""
    attributes = {"event.name": "llmroute.job.outcome", names.JOB_ID: job, names.JOB_OUTCOME: outcome}
    row = [f"fromUnixTimestamp64Nano({at_ns})", literal(trace), "''", "0", "''", "0", "'crm'", "''", "''", "map()"]
    row += ["''", literal(names.SCOPE), "''", "map()", mapped(attributes)]
    return f"INSERT INTO {table} ({', '.join(LOG_COLUMNS)}) VALUES ({', '.join(row)})"


KINDS: Final = ("attempt", "attempt", "route", "charge", "job", "decision")


def calls(count: int, first: int = 0) -> list[Span]:
    """Records of all kinds, 97 s apart, of two customers and none; some have no price, some failed, half of the routes
    were answered by a cache."""
    return [_call(number) for number in range(first, first + count)]


def _call(number: int) -> Span:
    kind = KINDS[number % 6]
    cost = None if number % 7 == 0 else str(Decimal(number + 1) / 1_000_000)
    facts = attempt_facts(f"route.{number % 4}", cost) | {
        names.RECORD_KIND: kind,
        names.TENANT_ID: ("acme", "globex", "")[number // 6 % 3],
        names.JOB_ID: f"job-{number % 11}",
        names.ROUTE_ID: f"{number // 3:x}",
    }
    if kind == "route" and number // 6 % 2:
        facts[names.ROUTE_DESTINATION] = "cache"
    status = "Error" if number % 13 == 0 else "Unset"
    if status == "Error":
        del facts[names.ATTEMPT_OUTCOME]
    texts = {key: _text(value) for key, value in facts.items()}
    return Span(number, texts, NOW_NS + number * 97_000_000_000, f"app-{number % 2}", status)


def _text(value: object) -> str:
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
