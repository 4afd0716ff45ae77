"""Costs worked out again at the price in force at the time of each call, and appended to ``llm_costs``.

Works through a period in pieces that fit into memory. Killed in the middle it leaves costs that are right, and fewer of
them than it would have: the next run appends those that are missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.prices import PriceBook, PriceError
from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.pricing.groups import Group, Pricing, Report, Verdict
from otel_llmroute.store.pricing.table import overrides_of, price_book, prices_of
from otel_llmroute.store.questions import ask, question
from otel_llmroute.store.questions.spend import SpendQuestion

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

PIECE: Final = 50_000
"""Attempts of one piece: some 100 MB while it is worked on."""
FILTERS: Final = ("route", "provider", "model", "tenant", "service", "tier", "run")
STAGED: Final = (
    "group_id", "price_version", "cost", "currency", "cost_status",
    "input", "cache_read", "cache_write", "output", "other",
)  # fmt: skip
_STAGING: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS llm_reprice
(
    group_id FixedString(16), price_version String, cost Nullable(Int64), currency String, cost_status String,
    input Nullable(Int64), cache_read Nullable(Int64), cache_write Nullable(Int64), output Nullable(Int64),
    other Nullable(Int64)
)
"""
_INTO: Final = """
INSERT INTO llm_costs (ts, trace_id, span_id, service, computed_at, price_version, cost, currency, cost_status,
    cost_input, cost_cache_read, cost_cache_write, cost_output, cost_other)
"""

Event = dict[str, Any]
"""``{"progress": {"done", "of"}}`` with numbers of attempts, at last ``{"report": {...}}``."""


@dataclass(frozen=True)
class RepriceQuestion:
    """Which attempts to price again. Times are text in UTC, as in ``SpendQuestion``; "" is no limit."""

    since: str
    until: str = SpendQuestion.until
    only_unpriced: bool = False
    dry_run: bool = False
    route: str = ""
    provider: str = ""
    model: str = ""
    tenant: str = ""
    service: str = ""
    tier: str = ""
    run: str = ""

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> RepriceQuestion:
        """From JSON. Raises ``BadStatement``."""
        known = {each.name: each.type for each in fields(cls)}
        for key, value in plain.items():
            if key not in known or not isinstance(value, bool if known[key] == "bool" else str):
                raise BadStatement(f"{key!r} is not known, or not of the right type", f"{', '.join(known)}")
        if "since" not in plain:
            raise BadStatement("'since' is missing", "a time in UTC")
        return cls(**plain)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Piece:
    since: str
    until: str
    attempts: int
    part: int = 0
    parts: int = 1


def reprice(
    reader: Session,
    writing: Callable[[], Session],
    asked: RepriceQuestion,
    configured: Sequence[Mapping[str, Any]],
) -> Iterator[Event]:
    """Price again, telling how far it is, and the report at last. ``configured``: the rows of ``llmroute.toml``.

    ``writing`` opens a session that may write, which is closed at the end; it is not called in a dry run. Raises
    ``StoreError`` and its kinds.
    """
    began = time.monotonic()
    pricing, moments = _pricing(reader, configured)
    pieces = _pieces(reader, asked)
    report, run = Report(), _Run(asked, moments, _moment_of_run(reader))
    done, whole = 0, sum(piece.attempts for piece in pieces)
    writer = None if asked.dry_run else writing()
    try:
        if writer is not None:
            writer.command(_STAGING)
        for piece in pieces:
            yield {"progress": {"done": done, "of": whole}}
            run.work_through(piece, pricing, report, reader, writer)
            done += piece.attempts
        yield {"progress": {"done": done, "of": whole}}
    finally:
        if writer is not None:
            writer.close()
    yield {"report": {**run.plain(time.monotonic() - began), **report.plain()}}


def _pricing(reader: Session, configured: Sequence[Mapping[str, Any]]) -> tuple[Pricing, list[int]]:
    try:
        overrides = overrides_of(configured)
    except PriceError as error:
        raise StoreError(str(error)) from None
    listed = PriceBook()
    moments = listed.times_of_day()
    book = price_book(prices_of(ask(reader, "prices", {}).records()), overrides)
    return Pricing(book, listed, moments), moments


def _moment_of_run(reader: Session) -> int:
    """Milliseconds since 1970, later than those of every run before, also when a clock was set back."""
    last = reader.query("SELECT max(toUnixTimestamp64Milli(computed_at)) FROM llm_costs").rows[0][0]
    return max(time.time_ns() // 10**6, int(last) + 1)


def _pieces(reader: Session, asked: RepriceQuestion) -> list[_Piece]:
    """The period in pieces of ``PIECE`` attempts or fewer: hours together, or an hour in parts."""
    hours = ask(reader, "reprice_hours", {"since": asked.since, "until": asked.until}).rows
    pieces: list[_Piece] = []
    for hour, next_hour, attempts in hours:
        since, until = max(str(hour), asked.since), min(str(next_hour), asked.until)
        if attempts > PIECE:
            parts = -(-attempts // PIECE)
            pieces += [_Piece(since, until, attempts // parts, part, parts) for part in range(parts)]
        elif pieces and pieces[-1].parts == 1 and pieces[-1].attempts + attempts <= PIECE:
            pieces[-1] = _Piece(pieces[-1].since, until, pieces[-1].attempts + attempts)
        else:
            pieces.append(_Piece(since, until, attempts))
    return pieces


class _Run:
    """One repricing: what it asks, when it is, how much it has written."""

    def __init__(self, asked: RepriceQuestion, moments: Sequence[int], computed_at: int) -> None:
        self._asked = asked
        self._moments = list(moments)
        self._computed_at = computed_at
        self._written = 0

    def work_through(
        self, piece: _Piece, pricing: Pricing, report: Report, reader: Session, writer: Session | None
    ) -> None:
        """Price a piece again; ``writer`` is ``None`` in a dry run."""
        parameters = self._parameters(piece)
        staged = []
        for row in reader.query(question("reprice_calls") + question("reprice_groups"), parameters).rows:
            group = Group.of(row)
            verdict = pricing.verdict(group)
            report.add(group, verdict)
            if verdict.fate in ("changed", "newly_priced"):
                staged.append(_staged(group, verdict))
                self._written += group.attempts
        if staged and writer is not None:
            writer.command("TRUNCATE TABLE llm_reprice")
            writer.insert("llm_reprice", STAGED, staged, token="")
            statement = _INTO + question("reprice_calls") + question("reprice_costs")
            writer.query(statement, {**parameters, "computed_at": self._computed_at})

    def _parameters(self, piece: _Piece) -> dict[str, Any]:
        asked = self._asked
        return {
            "since": piece.since,
            "until": piece.until,
            "part": piece.part,
            "parts": piece.parts,
            "moments": self._moments,
            "only_unpriced": int(asked.only_unpriced),
            **{name: getattr(asked, name) for name in FILTERS},
        }

    def plain(self, seconds: float) -> dict[str, Any]:
        """The head of the report."""
        asked, computed_at = self._asked, datetime.fromtimestamp(self._computed_at / 1000, timezone.utc)
        return {
            "since": asked.since,
            "until": None if asked.until == SpendQuestion.until else asked.until,
            "filters": {name: value for name in FILTERS if (value := getattr(asked, name))},
            "only_unpriced": asked.only_unpriced,
            "dry_run": asked.dry_run,
            "computed_at": None if asked.dry_run else f"{computed_at:%Y-%m-%d %H:%M:%S}.{self._computed_at % 1000:03d}",
            "appended": 0 if asked.dry_run else self._written,
            "seconds": round(seconds, 3),
        }


def _staged(group: Group, verdict: Verdict) -> list[Any]:
    cost = verdict.cost
    return [
        group.group_id, cost.price_version or "", cost.amount, cost.currency, cost.status,
        cost.input, cost.cache_read, cost.cache_write, cost.output, cost.other,
    ]  # fmt: skip
