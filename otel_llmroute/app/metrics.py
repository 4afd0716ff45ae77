"""Metrics that count every attempt and charge, whether or not its span was sampled.

The counters are observable: an attempt only notes that there is something to count, in less than a microsecond. The
thread that collects adds it to a table of integers, many notes at a time, and reads the table. On the wire they are the
counters that the conventions ask for. Cost is counted in integer pico-units, so the sum that a reader collects is exact
to 12 decimals before it becomes a double.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from opentelemetry.metrics import CallbackOptions, Observation

from otel_llmroute import names
from otel_llmroute.app.complaints import complain
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter, MeterProvider

    from otel_llmroute.prices import Usage

_MOST_SERIES: Final = 2000
"""As many as the SDK keeps apart by default (its overflow attribute set takes the rest)."""
_MOST_NOTES: Final = 1024
_DURATION_BUCKETS_S: Final = [0.01 * 2**i for i in range(14)]
_COUNTS: Final = (
    "calls",
    "cost",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "reasoning",
    "audio_input",
    "audio_output",
)


class Series(NamedTuple):
    """What a row of the table is kept by. Low cardinality only: no ids; the tenant by opt-in."""

    record_kind: str
    route: str
    provider: str | None
    operation: str | None
    request_model: str | None
    response_model: str | None
    address: str | None
    port: int | None
    outcome: str | None
    currency: str | None
    cost_source: str | None
    cost_status: str
    tenant: str | None


_OVERFLOW: Final = Series("overflow", "otel.metric.overflow", *(None,) * 9, cost_status="overflow", tenant=None)
_STANDARD: Final = (
    (names.OPERATION_NAME, "operation"),
    (names.PROVIDER_NAME, "provider"),
    (names.REQUEST_MODEL, "request_model"),
    (names.RESPONSE_MODEL, "response_model"),
    (names.SERVER_ADDRESS, "address"),
    (names.SERVER_PORT, "port"),
)
_OURS: Final = (
    (names.RECORD_KIND, "record_kind"),
    (names.ROUTE_NAME, "route"),
    (names.PROVIDER_NAME, "provider"),
    (names.REQUEST_MODEL, "request_model"),
    (names.ATTEMPT_OUTCOME, "outcome"),
    (names.COST_STATUS, "cost_status"),
    (names.COST_SOURCE, "cost_source"),
    (names.TENANT_ID, "tenant"),
)
_OURS_COST: Final = (*_OURS, (names.COST_CURRENCY, "currency"))
_Columns = tuple[tuple[str, str], ...]


class Row:
    """What has been counted of one series; ``cost`` in integer pico-units. Changed under the lock of ``Metrics``."""

    __slots__ = ("series", "standard", *_COUNTS)

    def __init__(self, series: Series) -> None:
        self.series = series
        self.standard = _project(series, _STANDARD)
        self.empty()

    def empty(self) -> None:
        """Nothing is counted yet."""
        self.calls = self.cost = 0
        self.input = self.output = self.cache_read = self.cache_write = self.reasoning = 0
        self.audio_input = self.audio_output = 0


class Count(NamedTuple):
    """What is counted of one attempt or charge. A count of tokens that was not reported adds nothing."""

    row: Row
    cost: int | None
    """In integer pico-units, if known."""
    usage: Usage | None
    seconds: float | None = None
    first_chunk_s: float | None = None
    error_type: str | None = None


class Metrics:
    """The instruments, and the table behind the observable ones. Thread-safe."""

    def __init__(self, meter: Meter) -> None:
        self._rows: dict[Series, Row] = {}
        self._lock = threading.Lock()
        self._counting = threading.RLock()
        # Where nobody collects for long, each attempt counts a few of the oldest notes.
        self._notes: deque[Callable[[], Count]] = deque()
        self._duration = meter.create_histogram(
            names.METRIC_DURATION,
            "s",
            "Time an inference call took, retries inside the SDK included",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS_S,
        )
        self._other_duration = meter.create_histogram(
            names.METRIC_OPERATION_DURATION,
            "s",
            "Time a call other than an inference took",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS_S,
        )
        self._first_chunk = meter.create_histogram(
            names.METRIC_TIME_TO_FIRST_CHUNK,
            "s",
            "Time until the first chunk of a streamed answer",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS_S,
        )
        observe = meter.create_observable_counter
        # A unit is part of the instrument: the currency of a point is its llmroute.cost.currency.
        observe(names.METRIC_COST, [self._cost], "{USD}", "Money spent on attempts and charges whose cost is known")
        observe(names.METRIC_CALLS, [self._calls], "{call}", "Attempts, whether or not their cost is known")
        for name, column, audio in (
            (names.METRIC_INPUT_TOKENS, "input", "audio_input"),
            (names.METRIC_OUTPUT_TOKENS, "output", "audio_output"),
            (names.METRIC_CACHE_READ_TOKENS, "cache_read", None),
            (names.METRIC_CACHE_WRITE_TOKENS, "cache_write", None),
            (names.METRIC_REASONING_TOKENS, "reasoning", None),
        ):
            observe(name, [self._tokens(column, audio)], "{token}", f"Tokens used: {column.replace('_', ' ')}")

    def after_fork(self) -> None:
        """Begin from nothing in a forked child: the parent goes on to report what it has counted."""
        self._lock, self._counting = threading.Lock(), threading.RLock()
        self._notes.clear()
        for row in self._rows.values():
            row.empty()

    def row(self, series: Series) -> Row:
        """Where ``series`` is counted: a row of its own, or past a bounded number of them one for all."""
        row = self._rows.get(series)
        if row is not None:
            return row
        with self._lock:
            if len(self._rows) >= _MOST_SERIES:
                series = _OVERFLOW._replace(currency=series.currency, record_kind=series.record_kind)
            return self._rows.setdefault(series, Row(series))

    def add(self, series: Series, cost: int | None, usage: Usage | None = None) -> None:
        """Count one record of ``series``: its ``cost`` in integer pico-units if known, and what was used."""
        known = Count(self.row(series), cost, usage)
        self.note(lambda: known)

    def note(self, counted: Callable[[], Count]) -> None:
        """Count one record when the metrics are collected: what ``counted`` returns then."""
        self._notes.append(counted)
        if len(self._notes) > _MOST_NOTES:
            self._count(4)

    def _count(self, most: int) -> None:
        """Count up to ``most`` of the oldest notes."""
        for _ in range(most):
            with self._counting:  # around it all: a note must not be in neither place for another who reads the table
                try:
                    counted = self._notes.popleft()
                except IndexError:
                    return
                try:
                    row, cost, usage, seconds, first_chunk_s, error_type = counted()
                except Exception as error:  # whoever collects goes on to the next note
                    complain("Could not count an attempt", error)
                    continue
                with self._lock:
                    row.calls += 1
                    if cost is not None:
                        row.cost += cost
                    if usage is not None:
                        row.input += usage.input_tokens or 0
                        row.output += usage.output_tokens or 0
                        row.cache_read += usage.cache_read_tokens or 0
                        row.cache_write += usage.cache_write_tokens or 0
                        row.reasoning += usage.reasoning_tokens or 0
                        row.audio_input += usage.audio_input_tokens or 0
                        row.audio_output += usage.audio_output_tokens or 0
            if seconds is not None:
                attributes = row.standard if error_type is None else {**row.standard, names.ERROR_TYPE: error_type}
                is_embeddings = row.series.operation == "embeddings"
                (self._other_duration if is_embeddings else self._duration).record(seconds, attributes)
                if first_chunk_s is not None:
                    self._first_chunk.record(first_chunk_s, attributes)

    def _read(self, columns: _Columns, value: Callable[[Row], int], of: Callable[[Series], bool]) -> dict[_Key, int]:
        # The SDK asks the callbacks before it reads its own instruments, so this collection has these durations.
        self._count(len(self._notes))
        with self._lock:
            rows = [(series, value(row)) for series, row in self._rows.items() if row.calls and of(series)]
        sums: dict[_Key, int] = {}
        for series, number in rows:
            key = tuple(_project(series, columns).items())
            sums[key] = sums.get(key, 0) + number
        return sums

    def _cost(self, options: CallbackOptions) -> Iterable[Observation]:
        known = self._read(_OURS_COST, lambda row: row.cost, lambda series: series.currency is not None)
        return [Observation(pico / PICO, dict(key)) for key, pico in known.items()]

    def _calls(self, options: CallbackOptions) -> Iterable[Observation]:
        calls = self._read(_OURS, lambda row: row.calls, lambda series: series.record_kind == "attempt")
        return [Observation(number, dict(key)) for key, number in calls.items()]

    def _tokens(self, column: str, audio: str | None) -> Callable[[CallbackOptions], Iterable[Observation]]:
        used: Callable[[Row], int] = attrgetter(column)
        heard_in: Callable[[Row], int] = attrgetter(audio) if audio else lambda row: 0

        def observations(options: CallbackOptions) -> Iterable[Observation]:
            total = self._read(_STANDARD, used, _is_attempt)
            spoken = self._read(_STANDARD, heard_in, _is_attempt)
            for key, number in total.items():
                heard = spoken.get(key, 0)
                # The parts that are not audio are text or images: most providers do not say which.
                for modality, count in (("unknown", number - heard), ("audio", heard)):
                    if count > 0:
                        yield Observation(count, {**dict(key), names.TOKEN_MODALITY: modality})

        return observations


_Key = tuple[tuple[str, str | int], ...]


def _is_attempt(series: Series) -> bool:
    return series.record_kind == "attempt"


def _project(series: Series, columns: _Columns) -> dict[str, str | int]:
    return {name: value for name, column in columns if (value := getattr(series, column)) is not None}


_by_provider: WeakKeyDictionary[Any, Metrics] = WeakKeyDictionary()


def metrics_of(provider: MeterProvider, version: str) -> Metrics:
    """The instruments on ``provider``: made once, as the SDK has no way to take an observable instrument off again."""
    known = _by_provider.get(provider)
    if known is None:
        known = _by_provider[provider] = Metrics(provider.get_meter(names.SCOPE, version))
    return known


def _after_fork() -> None:
    for known in list(_by_provider.values()):
        known.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
