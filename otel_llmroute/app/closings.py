"""What an attempt ends with that is the same for all attempts that end like it: worked out once, then copied."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_llmroute import names
from otel_llmroute.app import spans
from otel_llmroute.app.metrics import Series
from otel_llmroute.prices import NS_PER_DAY, Usage

if TYPE_CHECKING:
    from otel_llmroute.app.metrics import Metrics, Row
    from otel_llmroute.app.openings import Opening
    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.sdks.answer import Answer
    from otel_llmroute.names import AttemptOutcome, UsageStatus
    from otel_llmroute.prices import Cost, Entry, PriceBook

_MOST_REMEMBERED: Final = 4096
_MOST_CHOICES: Final = 16
"""How an answer of more choices ends is not remembered: what is has to stay small."""


class Ending(NamedTuple):
    """How attempts that are alike end, down to what their costs have in common."""

    attributes: Facts
    """To be copied, never changed."""
    row: Row
    """Where the metrics count them."""


class Closing:
    """How attempts that are alike end, but for their costs."""

    __slots__ = ("_attributes", "_endings", "_metrics", "_mirror", "_quote", "_quote_at", "_series")

    def __init__(
        self, attributes: Facts, series: Series, metrics: Metrics, mirror: bool, quote_at: Callable[[int], Entry]
    ) -> None:
        self._attributes = attributes
        self._series = series
        self._metrics = metrics
        self._mirror = mirror
        self._quote_at = quote_at
        self._quote: tuple[int, Entry] | None = None
        """The UTC day, and the prices in force on it."""
        self._endings: dict[tuple[str | None, ...], Ending] = {}

    def cost_of(self, usage: Usage, at_ns: int) -> Cost:
        """The cost of ``usage`` at the prices in force at ``at_ns`` (Unix time)."""
        return self._in_force(at_ns).cost_of(usage, at_ns)

    def without_usage(self, characters: int | None, at_ns: int) -> Cost:
        """The cost of an answer that told no usage, at the prices in force at ``at_ns``: of the ``characters`` that
        were to be read aloud, where these are billed, else the fee per request, if there is one.
        """
        entry = self._in_force(at_ns)
        if characters is not None:
            cost = entry.cost_of(Usage(input_characters=characters), at_ns)
            if cost.amount is not None or entry.price(at_ns) is None:
                return cost
        return entry.fee(at_ns)

    def _in_force(self, at_ns: int) -> Entry:
        day, quote = at_ns // NS_PER_DAY, self._quote
        if quote is None or quote[0] != day:
            self._quote = quote = day, self._quote_at(at_ns)
        return quote[1]

    def ending(self, cost: Cost) -> Ending:
        """The rest of what attempts that cost like this have in common."""
        key = (cost.status, cost.source, cost.currency, cost.price_version)
        return self._endings.get(key) or self._endings.setdefault(key, self._work_out(cost))

    def _work_out(self, cost: Cost) -> Ending:
        attributes = self._attributes.copy()
        spans.add_kind_of_cost(attributes, cost, self._mirror)
        series = self._series._replace(cost_status=cost.status)
        if cost.amount is not None:
            series = series._replace(currency=cost.currency, cost_source=cost.source)
        return Ending(attributes, self._metrics.row(series))


class Closings:
    """The closings seen so far (a bounded number of them). Thread-safe: one is at worst worked out twice."""

    def __init__(self, metrics: Metrics, prices: PriceBook, mirror: bool) -> None:
        self._metrics = metrics
        self._prices = prices
        self._mirror = mirror
        self._found: dict[tuple[object, ...], Closing] = {}

    def of(
        self,
        opening: Opening,
        route: str,
        tenant: str | None,
        outcome: AttemptOutcome,
        error_type: str | None,
        status: int | None,
        usage_status: UsageStatus,
        answer: Answer,
    ) -> Closing:
        """How such an attempt ends. ``tenant``: only if the metrics are to be kept by tenant."""
        finish = answer.finish
        key = (
            opening, route, tenant, outcome, error_type, status, usage_status,
            answer.model, answer.priced_as, answer.seller,
            answer.tier, answer.speed, answer.region, answer.fingerprint, *finish.items(),
        )  # fmt: skip
        found = self._found.get(key)
        if found is None:
            found = self._work_out(opening, route, tenant, outcome, error_type, status, usage_status, answer)
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            if len(finish) <= _MOST_CHOICES:
                self._found[key] = found
        return found

    def _work_out(
        self,
        opening: Opening,
        route: str,
        tenant: str | None,
        outcome: AttemptOutcome,
        error_type: str | None,
        status: int | None,
        usage_status: UsageStatus,
        answer: Answer,
    ) -> Closing:
        target, endpoint = opening.target, opening.endpoint
        attributes: Facts = {names.ATTEMPT_OUTCOME: outcome, names.USAGE_STATUS: usage_status}
        if error_type is not None:
            attributes[names.ERROR_TYPE] = error_type
        if status is not None:
            attributes[names.HTTP_STATUS_CODE] = status
        spans.add_answer(attributes, answer, endpoint)
        series = Series(
            "attempt",
            route,
            target.provider,
            endpoint.operation,
            opening.model,
            answer.model,
            target.address,
            target.port,
            outcome,
            currency=None,
            cost_source=None,
            cost_status="no_usage",
            tenant=tenant,
        )
        quote_at = partial(
            self._prices.quote,
            provider=answer.seller or target.provider,
            model=answer.priced_as or answer.model or opening.model,
            tier=answer.tier,
            speed=answer.speed,
            host=target.host,
            region=answer.region,
        )
        return Closing(attributes, series, self._metrics, self._mirror, quote_at)
