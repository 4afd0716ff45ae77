"""Usage and cost exports of OpenAI and Anthropic (CSV), as what each model used and cost on each UTC day.

Columns were checked on 2026-11-25 against exports quoted in public repositories, and against the fields of the APIs
that the dashboards read: https://developers.openai.com/api/docs/api-reference/usage,
https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages. Other columns are ignored.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Literal

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.pricing.files import text_of

Provider = Literal["openai", "anthropic"]
Part = Literal["input", "cache_read", "cache_write", "output", "other"]
PARTS: Final[tuple[Part, ...]] = ("input", "cache_read", "cache_write", "output", "other")
TOKENS: Final = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_write_tokens",
)


@dataclass(frozen=True)
class Format:
    """One export: what it is called, whose it is, and for each thing known of a row the columns it may be in."""

    name: str
    provider: Provider
    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]

    def found(self, header: list[str]) -> dict[str, str]:
        """What is known of a row -> the column it is in; empty when a needed one is missing."""
        found = {
            key: next(name for name in names if name in header)
            for key, names in self.columns.items()
            if any(name in header for name in names)
        }
        return found if all(key in found for key in self.needed) else {}


_OPENAI_DAY: Final = ("start_time", "start_time_iso", "bucket_start", "aggregation_timestamp", "date")
_ANTHROPIC_DAY: Final = ("usage_date_utc", "starting_at", "bucket_start_time", "date")
FORMATS: Final = (
    Format(
        "OpenAI costs",
        "openai",
        {
            "day": _OPENAI_DAY,
            "cost": ("amount_value", "amount.value"),
            "currency": ("amount_currency", "amount.currency"),
            "item": ("line_item",),
        },
        ("day", "cost"),
    ),
    Format(
        "OpenAI usage",
        "openai",
        {
            "day": _OPENAI_DAY,
            "model": ("model", "snapshot_id"),
            "requests": ("num_model_requests", "n_requests"),
            "input": ("input_tokens", "n_context_tokens_total"),
            "cache_read": ("input_cached_tokens",),
            "cache_write": ("input_cache_write_tokens",),
            "output": ("output_tokens", "n_generated_tokens_total"),
            "tier": ("service_tier",),
            "batch": ("batch",),
        },
        ("day", "model", "requests", "input", "output"),
    ),
    Format(
        "Anthropic costs",
        "anthropic",
        {
            "day": _ANTHROPIC_DAY,
            "model": ("model", "model_version"),
            "cost": ("cost_usd",),
            "list_cost": ("list_price_usd",),
            "item": ("token_type",),
        },
        ("day", "model", "cost"),
    ),
    Format(
        "Anthropic usage",
        "anthropic",
        {
            "day": _ANTHROPIC_DAY,
            "model": ("model_version", "model"),
            "uncached": ("usage_input_tokens_no_cache", "uncached_input_tokens"),
            "cache_read": ("usage_input_tokens_cache_read", "cache_read_input_tokens"),
            "cache_write_5m": (
                "usage_input_tokens_cache_write_5m",
                "cache_creation.ephemeral_5m_input_tokens",
                "usage_input_tokens_cache_write",
            ),
            "cache_write_1h": ("usage_input_tokens_cache_write_1h", "cache_creation.ephemeral_1h_input_tokens"),
            "output": ("usage_output_tokens", "output_tokens"),
            "tier": ("usage_type", "service_tier"),
        },
        ("day", "model", "uncached", "output"),
    ),
)
_ITEMS: Final[dict[str, Part]] = {
    "input": "input",
    "input_tokens": "input",
    "input_no_cache": "input",
    "cached input": "cache_read",
    "cached_input": "cache_read",
    "input_cached_tokens": "cache_read",
    "input_cache_read": "cache_read",
    "cache write": "cache_write",
    "input_cache_write": "cache_write",
    "input_cache_write_5m": "cache_write",
    "input_cache_write_1h": "cache_write",
    "output": "output",
    "output_tokens": "output",
}
"""What a line of a cost export is for -> the part of a cost. Whatever else it names is ``other``."""
_TIERS: Final = {"": "standard", "default": "standard", "message": "standard", "api": "standard"}


@dataclass
class Billed:
    """What a provider says of one model on one UTC day. ``None`` is "the export does not say"."""

    requests: int | None = None
    tokens: dict[str, dict[str, int]] = field(default_factory=dict)
    """Served tier -> kind of ``TOKENS`` -> count. Input has what was read from and written to the cache in it."""
    cost: Decimal | None = None
    list_cost: Decimal | None = None
    currency: str = ""
    parts: dict[Part, Decimal] = field(default_factory=dict)
    lines: int = 0
    decimals: int = 0
    """Most decimals of an amount."""


@dataclass(frozen=True)
class Invoice:
    """An export: its format, and what it says by day and model. Model "" is all, where it does not tell them apart."""

    name: str
    format: Format
    billed: Mapping[tuple[date, str], Billed]
    counted: frozenset[str] = frozenset()
    """Kinds of token that the file counts."""

    @property
    def has_usage(self) -> bool:
        """Whether it counts tokens; else it says what they cost."""
        return bool(self.counted)


def invoice_in_file(name: str, provider: str | None = None) -> Invoice:
    """Read an export. Raises ``StoreError`` naming file and line."""
    reader = csv.reader(io.StringIO(text_of(Path(name))))
    billed: dict[tuple[date, str], Billed] = defaultdict(Billed)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        chosen, columns = _format_of(header, name, provider)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                where = f"{name}:{reader.line_num}"
                if len(cells) != len(header):
                    raise StoreError(f"{where}: {len(cells)} values under {len(header)} columns")
                values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                _Row({key: values[column] for key, column in columns.items()}, where).add_to(billed)
    except csv.Error as error:
        raise StoreError(f"{name}:{max(reader.line_num, 1)}: not valid CSV: {error}") from None
    return Invoice(name, chosen, dict(billed), _counted(columns))


def _counted(columns: Mapping[str, str]) -> frozenset[str]:
    if "cost" in columns:
        return frozenset()
    optional = {
        "cache_read_tokens": "cache_read" in columns,
        "cache_write_tokens": not {"cache_write", "cache_write_5m", "cache_write_1h"}.isdisjoint(columns),
    }
    return frozenset({"input_tokens", "output_tokens", *(kind for kind, is_there in optional.items() if is_there)})


def _format_of(header: list[str], name: str, provider: str | None) -> tuple[Format, dict[str, str]]:
    formats = [each for each in FORMATS if provider in (None, each.provider)]
    for each in formats:
        if columns := each.found(header):
            return each, columns
    expected = "; ".join(
        f"{each.name}: " + ", ".join(" or ".join(each.columns[key][:2]) for key in each.needed) for each in formats
    )
    raise StoreError(f"{name}:1: this header is of no export that is known. Expected: {expected}")


class _Row:
    """One row while it is read."""

    def __init__(self, values: Mapping[str, str], where: str) -> None:
        self.values, self.where = values, where

    def add_to(self, billed: dict[tuple[date, str], Billed]) -> None:
        """Count it. A bucket in which nothing happened has no values, and counts for nothing."""
        counted = [key for key in self.values if key not in ("day", "model", "tier", "batch", "currency", "item")]
        if not any(self.values[key] for key in counted):
            return
        model, part = self.model_and_part()
        sums = billed[self.day(), model]
        sums.lines += 1
        if "cost" in self.values:
            self._add_cost(sums, part)
        else:
            self._add_usage(sums)

    def model_and_part(self) -> tuple[str, Part]:
        """Of a cost export the line says what it is for: OpenAI's ``gpt-5-2025-08-07, cached input``."""
        item = self.values.get("item", "")
        if "model" in self.values:
            return self.values["model"].lower(), _ITEMS.get(item.lower(), "other")
        model, comma, kind = item.lower().rpartition(",")
        return (model.strip(), _ITEMS.get(kind.strip(), "other")) if comma else (item.lower(), "other")

    def _add_cost(self, sums: Billed, part: Part) -> None:
        amount = self.number("cost")
        currency = (self.values.get("currency") or "usd").upper()
        if sums.currency not in ("", currency):
            raise StoreError(f"{self.where}: {currency} beside {sums.currency} for one model and day")
        sums.currency = currency
        sums.cost = (sums.cost or Decimal(0)) + amount
        sums.parts[part] = sums.parts.get(part, Decimal(0)) + amount
        sums.decimals = max(sums.decimals, -int(amount.normalize().as_tuple().exponent))
        if self.values.get("list_cost"):
            sums.list_cost = (sums.list_cost or Decimal(0)) + self.number("list_cost")

    def _add_usage(self, sums: Billed) -> None:
        if "requests" in self.values:
            sums.requests = (sums.requests or 0) + self.count("requests")
        read, short, long = (self.count(key) for key in ("cache_read", "cache_write_5m", "cache_write_1h"))
        written = self.count("cache_write") + short + long
        whole = self.count("input") + (self.count("uncached") + read + written if "uncached" in self.values else 0)
        counts = (whole, self.count("output"), read, short, long, written)
        tier = sums.tokens.setdefault(self.tier(), dict.fromkeys(TOKENS, 0))
        for kind, count in zip(TOKENS, counts, strict=True):
            tier[kind] += count

    def tier(self) -> str:
        """The served tier."""
        if self.values.get("batch", "").lower() in ("true", "1"):
            return "batch"
        tier = self.values.get("tier", "").lower()
        return _TIERS.get(tier, tier)

    def day(self) -> date:
        """The UTC day of the row."""
        text = self.values["day"]
        try:
            if re.fullmatch(r"\d{9,10}(\.\d+)?", text):
                return datetime.fromtimestamp(float(text), timezone.utc).date()
            if len(text) == 10:
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc).date()
        except (ValueError, OverflowError):
            raise StoreError(f"{self.where}: {text!r} is not a day or a time") from None

    def count(self, key: str) -> int:
        """A count; 0 where there is nothing."""
        number = self.number(key)
        if number != number.to_integral_value() or number < 0:
            raise StoreError(f"{self.where}: {self.values[key]!r} is not a count")
        return int(number)

    def number(self, key: str) -> Decimal:
        """A number, with or without commas between thousands."""
        text = self.values.get(key, "").replace(",", "").removeprefix("$")
        try:
            number = Decimal(text or 0)
        except InvalidOperation:
            raise StoreError(f"{self.where}: {self.values[key]!r} is not a number") from None
        if not number.is_finite() or abs(number) > 10**15:
            raise StoreError(f"{self.where}: {self.values[key]!r} is not a number of reasonable size")
        return number
