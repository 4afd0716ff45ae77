"""What is asked of a ledger, and the sums that many questions share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from tests.store.ledger import Call, Ledger, RouteRecord

Rows = dict[tuple[Hashable, ...], dict[str, Any]]


EXACT = Context(prec=120)


STEP = Decimal(1).scaleb(-12)


@dataclass(frozen=True)
class Asked:
    """A period of whole hours, filters by column, and the column that is grouped by."""

    since: datetime
    until: datetime
    filters: Mapping[str, Sequence[str]]
    by: str = ""

    def meets(self, record: object) -> bool:
        return all(getattr(record, column) in values for column, values in self.filters.items())

    def calls(self, ledger: Ledger, since: datetime | None = None) -> list[Call]:
        """Attempts and charges in the period that meet the filters."""
        since = since or self.since
        return [call for call in ledger.calls if since <= call.ts < self.until and self.meets(call)]

    def routes(self, ledger: Ledger) -> list[RouteRecord]:
        return [route for route in ledger.routes if self.since <= route.ts < self.until and self.meets(route)]


def known(values: Iterable[Any]) -> Any:
    """The sum of what is known; ``None`` when nothing is."""
    found = [value for value in values if value is not None]
    return sum(found[1:], found[0]) if found else None


def divided(amount: Decimal | None, by: int) -> Decimal | None:
    """The quotient to 12 decimals, cut off."""
    if amount is None or by == 0:
        return None
    return EXACT.divide(amount, Decimal(by)).quantize(STEP, ROUND_DOWN, EXACT)


def part(some: Any, whole: Any) -> float | None:
    return None if some is None or not whole else float(some) / float(whole)


def by_currency(
    calls: Iterable[Call], key: Callable[[Call], Hashable], weight: Callable[[Call], bool] = lambda call: True
) -> dict[tuple[Any, str], list[Call]]:
    """Calls by key and currency; those without a currency are beside the one that most of their key have."""
    groups: dict[Hashable, dict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        groups[key(call)][call.currency].append(call)
    found: dict[tuple[Any, str], list[Call]] = defaultdict(list)
    for name, paid in groups.items():
        main = max(paid, key=lambda currency: (currency != "", sum(map(weight, paid[currency])), currency))
        for currency, some in paid.items():
            found[name, currency or main].extend(some)
    return dict(found)


def trust(calls: Sequence[Call]) -> dict[str, int]:
    return {
        "unpriced": sum(call.cost is None and call.cost_status != "no_usage" for call in calls),
        "partly_priced": sum(call.cost_status == "partial" for call in calls),
        "no_usage": sum(call.is_without_report for call in calls),
    }


def spend(calls: Iterable[Call]) -> Decimal | None:
    return known(call.cost for call in calls)


def requests(calls: Iterable[Call]) -> int:
    return sum(call.kind == "attempt" and call.attempt_number in (None, 1) for call in calls)


def is_failed(call: Call) -> bool:
    return call.is_failed


def attempts(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.kind == "attempt"]


def with_share(rows: Rows, of: str, within: Callable[[dict[str, Any]], Hashable], name: str) -> Rows:
    """The rows with their part of the sum of ``of`` among those that are alike."""
    wholes: dict[Hashable, Any] = {}
    for row in rows.values():
        wholes[within(row)] = known([wholes.get(within(row)), row[of]])
    for row in rows.values():
        row[name] = part(row[of], wholes[within(row)])
    return rows
