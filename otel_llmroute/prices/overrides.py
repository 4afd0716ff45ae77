"""A user's own prices: one row of the ``[[prices]]`` array in ``llmroute.toml``. See ``docs/prices.md``."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from otel_llmroute.prices.call import EPOCH
from otel_llmroute.prices.cost import MONEY
from otel_llmroute.prices.rates import MS_PER_HOUR, Rates, Ratio
from otel_llmroute.prices.sellers import bare_host
from otel_llmroute.prices.tiers import tier_name

PER_TOKEN: Final = {
    "input_per_mtok": "input",
    "cache_read_per_mtok": "cache_read",
    "cache_write_per_mtok": "cache_write",
    "cache_write_5m_per_mtok": "cache_write_5m",
    "cache_write_1h_per_mtok": "cache_write_1h",
    "audio_input_per_mtok": "audio_input",
    "image_input_per_mtok": "image_input",
    "audio_cache_read_per_mtok": "audio_cache_read",
    "image_cache_read_per_mtok": "image_cache_read",
    "output_per_mtok": "output",
    "reasoning_per_mtok": "reasoning",
    "audio_output_per_mtok": "audio_output",
    "image_output_per_mtok": "image_output",
}
PER_CALL: Final = {
    "audio_input_per_hour": ("audio_input_time", MS_PER_HOUR),
    "input_per_mchar": ("input_characters", 10**6),
    "web_search_per_1k": ("web_search", 1000),
    "file_search_per_1k": ("file_search", 1000),
    "code_execution_per_1k": ("code_execution", 1000),
    "request": ("request", 1),
}
_OWN: Final = (*PER_TOKEN, *PER_CALL)
_SELF_HOSTED: Final = ("gpu_hour", "gpus", "tokens_per_second", "input_tokens_per_second")
_LISTED: Final = ("same_as", "discount", "surcharge", "of_tier")
_WHERE: Final = ("name", "provider", "model", "tier", "host", "region", "currency", "from", "until")
KEYS: Final = (*_WHERE, *_OWN, *_LISTED, *_SELF_HOSTED)
_AROUND: Final = {
    "cache_read": ("input",),
    "cache_write": ("input",),
    "cache_write_5m": ("input",),
    "cache_write_1h": ("input",),
    "audio_input": ("input",),
    "image_input": ("input",),
    "audio_cache_read": ("audio_input", "cache_read"),
    "image_cache_read": ("image_input", "cache_read"),
    "reasoning": ("output",),
    "audio_output": ("output",),
    "image_output": ("output",),
}
_LARGEST: Final = Decimal(10) ** 9


class PriceError(ValueError):
    """A row that cannot be used: one line naming the place, the key, what was found and what was expected."""


class Override(NamedTuple):
    """Whom a user's price is for, and the price: ``rates`` of his own, or the list price times ``factor``.

    The list price is that of ``same_as`` or of the model itself, at ``of_tier`` or at the tier served.
    """

    version: str
    model: str
    provider: str | None = None
    tier: str | None = None
    host: str | None = None
    region: str | None = None
    currency: str = "USD"
    from_day: int | None = None
    until_day: int | None = None
    rates: Rates | None = None
    same_as: tuple[str, str] | None = None
    of_tier: str | None = None
    factor: Ratio = (1, 1)

    @classmethod
    def parse(cls, row: Mapping[str, Any], where: str) -> Override:
        """A row of a TOML file; ``where`` begins every error, as ``llmroute.toml: prices[2]``. Raises PriceError."""
        return cls(**_Row(row, where).fields())

    def is_for(
        self, providers: tuple[str, ...], model: str, tier: str, host: str | None, region: str | None, day: int
    ) -> bool:
        """Whether this row prices a call; ``providers`` are the names of the seller, all text is in lower case."""
        return (
            fnmatchcase(model, self.model)
            and (self.provider is None or any(fnmatchcase(name, self.provider) for name in providers))
            and (self.tier is None or self.tier == tier)
            and (self.host is None or _is_host(host, self.host))
            and (self.region is None or (region is not None and fnmatchcase(region, self.region)))
            and (self.from_day is None or self.from_day <= day)
            and (self.until_day is None or day < self.until_day)
        )


def _is_host(host: str | None, pattern: str) -> bool:
    return host is not None and (fnmatchcase(host, pattern) or fnmatchcase(bare_host(host), pattern))


class _Row:
    """One row while it is read. ``where`` is its place in the file."""

    def __init__(self, row: Mapping[str, Any], where: str) -> None:
        if not isinstance(row, Mapping):
            raise PriceError(f"{where}: {_shown(row)} is not a table of prices")
        self.row, self.where = row, where
        for key in row:
            if key not in KEYS:
                raise PriceError(f"{where}: unknown key {_shown(key)}{_hint(key)}")

    def fields(self) -> dict[str, Any]:
        """Fields of the ``Override``."""
        if "model" not in self.row:
            raise self.error("model", "missing; expected a model or a pattern such as 'gpt-5*'")
        fields = {key: self.pattern(key) for key in ("model", "provider", "host", "region")}
        from_day, until_day = self.day("from"), self.day("until")
        if from_day is not None and until_day is not None and until_day <= from_day:
            raise self.error("until", f"{_shown(self.row['until'])} is not after from")
        tier = self.text("tier")
        return {
            **fields,
            **self.price(),
            "version": f"override/{self.text('name') or _digest(self.row)}",
            "tier": tier if tier is None else tier_name(tier),
            "currency": self.currency(),
            "from_day": from_day,
            "until_day": until_day,
        }

    def price(self) -> dict[str, Any]:
        """The price itself, of exactly one kind."""
        kinds = {
            kind: [key for key in keys if key in self.row]
            for kind, keys in (("own", _OWN), ("listed", _LISTED), ("self-hosted", _SELF_HOSTED))
        }
        given = [keys[0] for keys in kinds.values() if keys]
        if not given:
            raise PriceError(
                f"{self.where}: no price; expected prices such as input_per_mtok, or same_as, discount or gpu_hour"
            )
        if len(given) > 1:
            raise self.error(given[1], f"cannot stand beside {given[0]}: a row has one kind of price")
        if kinds["own"]:
            return {"rates": self.own()}
        return self.listed() if kinds["listed"] else {"rates": self.self_hosted()}

    def own(self) -> Rates:
        """Prices per token and per call."""
        prices = {field: self.ratio(key, 10**6) for key, field in PER_TOKEN.items() if key in self.row}
        prices |= {field: self.ratio(key, per) for key, (field, per) in PER_CALL.items() if key in self.row}
        for key, field in PER_TOKEN.items():
            for around in _AROUND.get(field, ()) if field in prices else ():
                if around not in prices:
                    raise self.error(key, f"needs {around}_per_mtok, the price of the tokens around it")
        for kind in ("audio", "image"):
            if {"cache_read", f"{kind}_input"} <= prices.keys() and f"{kind}_cache_read" not in prices:
                raise self.error(f"{kind}_input_per_mtok", f"with cache_read_per_mtok needs {kind}_cache_read_per_mtok")
        return Rates.of(prices)

    def listed(self) -> dict[str, Any]:
        """A list price: of the model itself or of another, as it is or with a discount or a surcharge."""
        if "discount" in self.row and "surcharge" in self.row:
            raise self.error("surcharge", "cannot stand beside discount")
        if self.currency() != "USD":
            raise self.error("currency", f"{_shown(self.row['currency'])}, but list prices are in USD")
        off = self.number("discount") if "discount" in self.row else Decimal(0)
        if off > 1:
            raise self.error("discount", f"{_shown(self.row['discount'])} is more than 1; 0.15 is 15 percent")
        on = self.number("surcharge") if "surcharge" in self.row else Decimal(0)
        factor = MONEY.add(MONEY.subtract(1, off), on)
        of_tier = self.text("of_tier")
        return {
            "same_as": self.same_as(),
            "factor": factor.as_integer_ratio(),
            "of_tier": of_tier if of_tier is None else tier_name(of_tier),
        }

    def same_as(self) -> tuple[str, str] | None:
        """Provider and model whose price this is."""
        text = self.text("same_as")
        if text is None:
            return None
        provider, slash, model = text.lower().partition("/")
        if not (provider and slash and model):
            raise self.error("same_as", f"{_shown(text)} is not provider/model, as in 'openai/gpt-5'")
        return provider, model

    def self_hosted(self) -> Rates:
        """Prices per token of GPUs paid by the hour that give so many tokens a second."""
        if "gpu_hour" not in self.row:
            raise self.error("gpu_hour", "missing; expected the price of one GPU for an hour")
        speeds = {"output": "tokens_per_second", "input": "input_tokens_per_second"}
        if not any(key in self.row for key in speeds.values()):
            raise self.error("tokens_per_second", "missing; expected the output tokens a second of all GPUs together")
        hour = MONEY.multiply(self.number("gpu_hour"), self.number("gpus") if "gpus" in self.row else 1)
        prices = {field: _per_token(hour, self.above_zero(key)) for field, key in speeds.items() if key in self.row}
        # Without a speed of reading, all time is on the account of the output, and input costs nothing more.
        return Rates.of({"input": (0, 1), **prices})

    def ratio(self, key: str, per: int) -> Ratio:
        """The price of one, from the price of ``per``."""
        num, den = self.number(key).as_integer_ratio()
        return num, den * per

    def above_zero(self, key: str) -> Decimal:
        """A number that can be divided by."""
        number = self.number(key)
        if not number:
            raise self.error(key, f"{_shown(self.row[key])} is not above 0")
        return number

    def number(self, key: str) -> Decimal:
        """A number from text, an integer or a float as it is written."""
        value = self.row[key]
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
                raise InvalidOperation
            number = Decimal(repr(value) if isinstance(value, float) else value)
        except InvalidOperation:
            raise self.error(key, f"{_shown(value)} is not a number") from None
        if not number.is_finite():
            raise self.error(key, f"{_shown(value)} is not a finite number")
        if number.is_signed() and number:
            raise self.error(key, f"{_shown(value)} is below 0")
        # A bound on the digits too: 1e-999999 would be a number of a million digits.
        if number > _LARGEST or int(number.as_tuple().exponent) < -30:
            raise self.error(key, f"{_shown(value)} is out of range; expected 0 to 1000000000, at most 30 decimals")
        return number

    def text(self, key: str) -> str | None:
        """Text that is not empty."""
        value = self.row.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > 255:
            raise self.error(key, f"{_shown(value)} is not a text of 1 to 255 characters")
        return value.strip()

    def pattern(self, key: str) -> str | None:
        """A name, with ``*``, ``?`` and ``[...]`` standing for others, in lower case."""
        text = self.text(key)
        return None if text is None else text.lower()

    def currency(self) -> str:
        """An ISO 4217 code."""
        text = self.text("currency")
        if text is None:
            return "USD"
        if len(text) != 3 or not text.isascii() or not text.isalpha():
            raise self.error("currency", f"{_shown(text)} is not a currency code such as 'EUR'")
        return text.upper()

    def day(self, key: str) -> int | None:
        """Days since 1970-01-01, from a date or its ISO text."""
        value = self.row.get(key)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            day = None
        if not isinstance(day, date) or isinstance(day, datetime):
            raise self.error(key, f"{_shown(value)} is not a date such as 2026-10-01")
        return day.toordinal() - EPOCH

    def error(self, key: str, text: str) -> PriceError:
        """The error for one key."""
        return PriceError(f"{self.where}.{key}: {text}")


def _per_token(hour: Decimal, tokens_per_second: Decimal) -> Ratio:
    num, den = hour.as_integer_ratio()
    tokens, seconds = tokens_per_second.as_integer_ratio()
    return num * seconds, den * tokens * 3600


def _digest(row: Mapping[str, Any]) -> str:
    """Eight characters that change when the row does."""
    return f"{binascii.crc32(repr(sorted((key, str(value)) for key, value in row.items())).encode()):08x}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(key: object) -> str:
    import difflib  # only for an error

    near = difflib.get_close_matches(str(key), KEYS, 1)
    return f"; did you mean {near[0]}?" if near else f"; known keys are {', '.join(KEYS)}"
