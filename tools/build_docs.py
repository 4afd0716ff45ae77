"""Fill the tables in the docs that are made from the code, between ``<!-- made: NAME -->`` and ``<!-- end -->``. A word
after the name says of what: ``<!-- made: router_decisions litellm -->``.

``python tools/build_docs.py`` writes; ``--check`` only says whether the pages are current (exit code 1 if not).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from otel_llmroute import names
from otel_llmroute.app.routers.reasons import REASONS
from otel_llmroute.app.routers.signals import destination_of
from otel_llmroute.config import OPTIONS, Config
from otel_llmroute.store import boards as definition
from otel_llmroute.store.boards.filters import COLUMNS, TABLES, tables_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS: Final = Path(__file__).parents[1] / "docs"
ROUTERS: Final = Path(__file__).parents[1] / "tests" / "routers"
PLACE: Final = re.compile(r"(<!-- made: (\w+)(?: (\w+))? -->\n).*?(<!-- end -->)", re.DOTALL)
NARROWED_BY_NOTHING: Final = {"repeated_deliveries": "deliveries", "budget_use": "[budgets](budgets.md)"}
"""What panels are made from that take no filter."""
LISTS: Final = (
    (names.RECORD_KIND, names.RecordKind),
    (names.ROUTE_SOURCE, names.RouteSource),
    (names.ROUTE_REASON, names.RouteReason),
    (names.ROUTE_DESTINATION, names.RouteDestination),
    (names.ROUTE_OUTCOME, names.RouteOutcome),
    (names.ATTEMPT_REASON, names.AttemptReason),
    (names.ATTEMPT_OUTCOME, names.AttemptOutcome),
    (names.PURPOSE, names.Purpose),
    (names.USAGE_STATUS, names.UsageStatus),
    (names.COST_STATUS, names.CostStatus),
    (names.COST_SOURCE, names.CostSource),
    (names.RISK_LEVEL, names.RiskLevel),
    (names.JOB_OUTCOME, names.JobOutcome),
    (names.REVIEW_STATUS, names.ReviewStatus),
    (names.RESPONSE_CACHE_RESULT, names.ResponseCacheResult),
    (names.RESPONSE_CACHE_KIND, names.ResponseCacheKind),
    (names.CHARGE_KIND, names.ChargeKind),
)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(words: Iterable[str]) -> str:
    """Each word as code, in a row."""
    return ", ".join(f"`{word}`" for word in words)


def attributes() -> str:
    """Every attribute of ours."""
    header = ("attribute", "type", "unit", "on", "meaning")
    return table(header, [(f"`{a.name}`", a.type, a.unit, a.records, a.meaning) for a in names.ATTRIBUTES])


def lists() -> str:
    """The values of every closed list."""
    return table(("attribute", "values"), [(f"`{name}`", code(get_args(values))) for name, values in LISTS])


def older() -> str:
    """The older names that readers accept."""
    return table(("name", "older"), [(f"`{name}`", code(others)) for name, others in names.OLDER.items()])


def options() -> str:
    """Every option."""
    header = ("variable", "key in `llmroute.toml`", "value", "default", "meaning")
    return table(
        header,
        [(f"`{o.variable}`", f"`{o.key}`", o.kind.replace("|", "or"), _default(o.field), o.meaning) for o in OPTIONS],
    )


def _default(field: str) -> str:
    value = getattr(Config(), field)
    return code(value) if isinstance(value, tuple) else code([str(value).lower()])


def example() -> str:
    """The example configuration, which a test loads."""
    return f"```toml\n{(DOCS / 'llmroute.example.toml').read_text(encoding='utf-8').strip()}\n```\n"


def boards() -> str:
    """Every panel of every board."""
    return "\n".join(map(_board, definition.boards()))


def _board(board: definition.Board) -> str:
    header = ("panel", "question", "made from", "SQL")
    rows = [
        (
            f"`{panel.name}`",
            " ".join(filter(None, (panel.about, panel.note))),
            code(tables_of(panel.sql)) or NARROWED_BY_NOTHING[panel.question],
            _sql(panel),
        )
        for panel in board.panels
    ]
    return f"### {board.title}: `llmroute report {board.name}`\n\n{board.about}\n\n{table(header, rows)}"


def _sql(panel: definition.Panel) -> str:
    link = f"[`{panel.question}`](../otel_llmroute/store/questions/{panel.question}.sql)"
    return f"{link}, by `{panel.by}`" if panel.by else link


def filters() -> str:
    """Which table has a column for which filter."""
    rows = [(f"`{name}`", *("yes" if name in found else "" for found in TABLES.values())) for name in COLUMNS]
    return table(("filter", *(f"`{name}`" for name in TABLES)), rows)


def router_decisions(router: str) -> str:
    """What is recorded of a router, case by case: from the file that its tests are held against."""
    text = (ROUTERS / router / "expected.toml").read_text(encoding="utf-8")
    scenarios = tomllib.loads(text)["scenario"]
    titles = list(dict.fromkeys(scenario["title"] for scenario in scenarios))
    tables = {title: _decisions(scenario for scenario in scenarios if scenario["title"] == title) for title in titles}
    return "\n".join((f"### {title}\n\n" if len(titles) > 1 else "") + made for title, made in tables.items())


def _decisions(scenarios: Iterable[dict[str, Any]]) -> str:
    rows = [
        _decision(scenario["name"] if number == 0 else "", route)
        for scenario in scenarios
        for number, route in enumerate(scenario["route"])
    ]
    return table(("when", "reason", "attempts", "answered by", "cost, USD"), rows)


def _decision(name: str, route: dict[str, Any]) -> tuple[str, ...]:
    attempts = route.get("attempt", [])
    spent = [Decimal(repr(attempt["cost"])) for attempt in attempts if "cost" in attempt]
    detail = f" ({code([route['detail']])})" if "detail" in route else ""
    served = destination_of(route.get("served_provider"), route.get("served_model"))
    answered = code([served]) if served else route.get("destination", route.get("outcome", ""))
    return (
        name,
        code([route["reason"]]) + detail if "reason" in route else "",
        _attempts(attempts, route),
        answered,
        f"{sum(spent):f}" if spent else "",
    )


def _attempts(attempts: list[dict[str, Any]], route: dict[str, Any]) -> str:
    told = []
    for attempt in attempts:
        why = "" if attempt["reason"] == "initial" else f"{attempt['reason']}: "
        ended = "" if attempt["outcome"] == "accepted" else f" {attempt['outcome']}"
        told.append(f"{why}{code([attempt.get('model', attempt['provider'])])}{ended}")
    inside = route.get("fallback_path", []) if len(attempts) < 2 else []
    return ", ".join(told) + (f"; inside: {' → '.join(inside)}" if len(inside) > 1 else "")


def router_reasons() -> str:
    """Which reason each router's own word is."""
    rows = [
        (f"`{router}`", f"`{reason}`", code(sorted(word for word, row in words.items() if row.reason == reason)))
        for router, words in sorted(REASONS.items())
        for reason in get_args(names.RouteReason)
        if any(row.reason == reason for row in words.values())
    ]
    return table(("router", "reason", "its own words"), rows)


MADE: Final[dict[str, Callable[..., str]]] = {
    made.__name__: made
    for made in (attributes, lists, older, options, example, boards, filters, router_decisions, router_reasons)
}


def _filled(place: re.Match[str]) -> str:
    of = [place[3]] if place[3] else []
    return place[1] + MADE[place[2]](*of) + place[4]


def main() -> int:
    """Fill every page."""
    stale = []
    for path in sorted(DOCS.rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = PLACE.sub(_filled, before)
        if after != before:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(after, encoding="utf-8")
    print(f"{'stale' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'nothing'}", file=sys.stderr)
    return int("--check" in sys.argv and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
