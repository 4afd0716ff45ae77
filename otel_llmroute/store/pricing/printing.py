"""Answers about prices on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, Final

from otel_llmroute.prices.rates import MS_PER_HOUR
from otel_llmroute.store.output import UNKNOWN, console_on, plain_table, printable, write_csv, write_json
from otel_llmroute.store.pricing.files import CSV_COLUMNS, csv_records
from otel_llmroute.store.pricing.groups import FATES
from otel_llmroute.store.pricing.table import StoredPrice
from otel_llmroute.store.spend_table import count, decimals_for, money

Record = Mapping[str, Any]

WIDE: Final = 110
"""Width of terminal from which tables have all their columns."""
_PER: Final = {1: "each", 1000: "per 1k", 10**6: "per 1M", MS_PER_HOUR: "per hour"}


def _cells(*values: Any) -> list[Any]:
    return [printable(UNKNOWN if value in (None, "") else value) for value in values]


def unit_text(unit: Record, amount: str) -> str:
    """``input 0.25``; for what is not per million tokens how many it is for."""
    per = "" if unit["per"] == 10**6 else f" {_PER.get(unit['per'], 'per ' + str(unit['per']))}"
    over = f" over {unit['over_input_tokens']:,} tokens" if unit["over_input_tokens"] else ""
    return f"{unit['kind']} {amount}{per}{over}"


# --- show ---


def write_shown(prices: Sequence[Record], format: str, file: IO[str]) -> None:
    """Prices in force, as ``in_force.shown`` gives them."""
    if format == "json":
        write_json(list(prices), file)
    elif format == "csv":
        records = [record for price in prices for record in _shown_records(price)]
        write_csv(CSV_COLUMNS, [[record.get(name) for name in CSV_COLUMNS] for record in records], file)
    else:
        _shown_table(prices, file)


def _shown_records(price: Record) -> list[dict[str, Any]]:
    head = {
        name: price[name] for name in ("provider", "model", "tier", "host", "region", "currency", "source", "origin")
    }
    return [{**head, **unit, "over_input_tokens": unit["over_input_tokens"] or None} for unit in price["units"]]


def _shown_table(prices: Sequence[Record], file: IO[str]) -> None:
    table = plain_table()
    for heading in ("Provider", "Model", "Tier"):
        table.add_column(heading, overflow="fold")
    table.add_column("Calls", justify="right")
    table.add_column("Currency")
    table.add_column("Price of 1M tokens", overflow="fold", ratio=1)
    table.add_column("From", overflow="fold")
    rows: dict[tuple[str, ...], int | None] = {}
    for price in prices:  # hosts and regions of one price together
        row = (price["provider"], price["model"], price["tier"], price["currency"] or "", *_price_cells(price))
        rows[row] = price["calls"] if rows.get(row) is None else rows[row] + price["calls"]
    for (provider, model, tier, currency, units, where), calls in rows.items():
        told = None if calls is None else count(calls)
        table.add_row(*_cells(provider, model, tier, told, currency), _lines(units), _lines(where))
    console_on(file).print(table)


def _price_cells(price: Record) -> tuple[str, str]:
    """The price and where it is from, in lines."""
    units = [unit_text(unit, unit["amount"]) for unit in price["units"]] or [f"no price: {price['why']}"]
    if price["lower_bound"]:
        units.append("at least: a surcharge is not known")
    where = (price["version"], price["source"]) if price["origin"] == "store" else (price["origin"], price["version"])
    return "\n".join(units), "\n".join(filter(None, where)) or UNKNOWN


def _lines(text: str) -> Any:
    from rich.text import Text

    return Text("\n").join(printable(line) for line in text.split("\n"))


def write_stored(prices: Sequence[StoredPrice], format: str, file: IO[str]) -> None:
    """Every version in the store, the one that counts first."""
    records = [
        record
        for price in prices
        for record in csv_records(
            price.row,
            {"source": price.source, "origin": "store", "version": price.version, "added_at": price.added},
        )
    ]
    if format == "csv":
        write_csv(CSV_COLUMNS, [[record.get(name) or None for name in CSV_COLUMNS] for record in records], file)
    elif format == "json":
        write_json(
            [
                {"version": p.version, "added_at": p.added, "source": p.source or None, "price": dict(p.row)}
                for p in prices
            ],
            file,
        )
    else:
        _stored_table(prices, file)


def _stored_table(prices: Sequence[StoredPrice], file: IO[str]) -> None:
    table = plain_table()
    for heading in ("Added (UTC)", "For", "Price", "From", "Until", "Source"):
        table.add_column(heading, overflow="fold")
    whom = ("provider", "model", "tier", "host", "region")
    for price in prices:
        row = dict(price.row)
        names = [f"{key}={row[key]}" for key in whom if key in row]
        rest = [f"{key}={row[key]}" for key in row if key not in (*whom, "from", "until")]
        table.add_row(
            *_cells(price.added[:19]), _lines("\n".join(names)), _lines("\n".join(rest)),
            *_cells(row.get("from"), row.get("until"), price.source),
        )  # fmt: skip
    console_on(file).print(table)


# --- diff ---

DIFF_COLUMNS: Final = (
    "provider", "model", "tier", "host", "region", "calls", "kind", "per", "over_input_tokens", "old", "new",
    "old_version", "new_version", "old_currency", "currency", "effect",
)  # fmt: skip


def write_differences(differences: Sequence[Record], sides: tuple[str, str], format: str, file: IO[str]) -> None:
    """What two sources or days have different."""
    if format == "json":
        write_json({"old": sides[0], "new": sides[1], "differences": list(differences)}, file)
    elif format == "csv":
        rows = [{**each, **kind} for each in differences for kind in each["kinds"] or [{}]]
        write_csv(DIFF_COLUMNS, [[row.get(name) for name in DIFF_COLUMNS] for row in rows], file)
    elif differences:
        _differences_table(differences, sides, file)


def _differences_table(differences: Sequence[Record], sides: tuple[str, str], file: IO[str]) -> None:
    table = plain_table()
    for heading in ("Provider", "Model", "Tier"):
        table.add_column(heading, overflow="fold")
    table.add_column("Calls", justify="right")
    table.add_column(f"{sides[0]} → {sides[1]}, price of 1M tokens", overflow="fold", ratio=1)
    table.add_column("All calls", justify="right")
    decimals = decimals_for([each["effect"] for each in differences])
    for each in differences:
        changes = [unit_text(kind, f"{kind['old'] or UNKNOWN} → {kind['new'] or UNKNOWN}") for kind in each["kinds"]]
        if each["old_currency"] and each["currency"] and each["old_currency"] != each["currency"]:
            changes.append(f"{each['old_currency']} → {each['currency']}")
        table.add_row(
            *_cells(each["provider"], each["model"], each["tier"], count(each["calls"])),
            _lines("\n".join(changes)),
            printable(signed(each["effect"], each["currency"], decimals)),
        )
    console_on(file).print(table)


def signed(amount: str | None, currency: str | None, decimals: int) -> str:
    """Money with its sign, so that a difference reads as one."""
    text = money(amount, currency, decimals)
    return f"+{text}" if amount is not None and Decimal(amount) > 0 else text


# --- reprice ---

FATE_WORDS: Final = {
    "changed": "cost changes",
    "newly_priced": "newly priced",
    "unchanged": "unchanged",
    "kept": "kept as recorded (no price known here)",
    "still_unpriced": "still without a price",
    "no_usage": "without usage",
    "not_recomputable": "cannot be worked out again",
}
REPORT_COLUMNS: Final = (
    "provider", "model", "price_version", "currency", "old_currency", "calls", "old_spend", "new_spend", "difference",
    *FATES,
)  # fmt: skip


def write_report(report: Record, format: str, file: IO[str]) -> None:
    """The report of a repricing."""
    if format == "json":
        write_json(dict(report), file)
    elif format == "csv":
        write_csv(REPORT_COLUMNS, [[row[name] for name in REPORT_COLUMNS] for row in report["rows"]], file)
    else:
        _report_table(report, file)


def _report_table(report: Record, file: IO[str]) -> None:
    console, table = console_on(file), plain_table()
    names = ("provider", "model", "price_version") if console.width >= WIDE else ("model", "price_version")
    for name in names:
        table.add_column(name.replace("_", " ").capitalize(), overflow="fold")
    for heading in ("Calls", "Old spend", "New spend", "Difference", "Newly\npriced", "Still\nunpriced"):
        table.add_column(heading, justify="right", no_wrap=True)
    decimals = decimals_for([row[key] for row in report["rows"] for key in ("old_spend", "new_spend")])
    last = len(report["rows"]) - 1
    for at, row in enumerate(report["rows"]):
        table.add_row(*_cells(*(row[name] for name in names)), *_figures(row, decimals), end_section=at == last)
    for total in report["totals"]:
        label = f"Total {total['currency'] or ''}".rstrip()
        table.add_row(*_cells(label, *[" "] * (len(names) - 1)), *_figures(total, decimals))
    if report["rows"]:
        console.print(table)
    for line in report_lines(report):
        console.print(printable(line))


def _figures(row: Record, decimals: int) -> list[Any]:
    return [
        printable(text)
        for text in (
            count(row["calls"]),
            money(row["old_spend"], row["old_currency"], decimals),
            money(row["new_spend"], row["currency"], decimals),
            signed(row["difference"], row["currency"], decimals),
            count(row["newly_priced"]),
            count(row["still_unpriced"]),
        )
    ]


def report_lines(report: Record) -> list[str]:
    """What became of how many calls, and what was done."""
    sums = {fate: sum(row[fate] for row in report["totals"]) for fate in FATES}
    lines = [f"{calls} {FATE_WORDS[fate]}" for fate, calls in sums.items() if calls]
    lines += [
        f"   {each['calls']} of {each['provider']}/{each['model']}: missing is {each['missing']}"
        for each in report["not_recomputable"]
    ]
    if report["dry_run"]:
        lines.append("Nothing was written (--dry-run).")
    else:
        lines.append(f"{report['appended']} costs appended, computed at {report['computed_at']} UTC.")
    return lines


# --- reconcile ---

RECONCILED_COLUMNS: Final = (
    "day", "model", "billed_requests", "store_calls", "billed_input_tokens", "store_input_tokens",
    "billed_output_tokens", "store_output_tokens", "billed_cache_read_tokens", "store_cache_read_tokens", "billed_cost",
    "billed_cost_is", "store_cost", "drift", "reasons",
)  # fmt: skip


def write_reconciled(head: Record, records: Sequence[Record], format: str, file: IO[str]) -> None:
    """What was billed against the store, by day and model."""
    if format == "json":
        write_json({**head, "rows": list(records), "totals": _reconciled_totals(records)}, file)
    elif format == "csv":
        rows = [[_flat(record)[name] for name in RECONCILED_COLUMNS] for record in records]
        write_csv(RECONCILED_COLUMNS, rows, file)
    elif records:
        _reconciled_table(head, records, file)


def _flat(record: Record) -> dict[str, Any]:
    return {
        **{f"billed_{name}": value for name, value in record["billed"].items()},
        **{f"store_{name}": value for name, value in record["store"].items()},
        "day": record["day"],
        "model": record["model"],
        "drift": record["drift"],
        "reasons": "; ".join(f"{each['kind']} {each['amount'] or '?'}: {each['text']}" for each in record["reasons"]),
    }


def _reconciled_totals(records: Sequence[Record]) -> dict[str, Any]:
    """Sums of what is known, and how much of the drift each kind of reason explains."""
    amounts = {side: [record[side]["cost"] for record in records] for side in ("billed", "store")}
    kinds: dict[str, Decimal] = {}
    for record in records:
        for reason in record["reasons"]:
            if reason["amount"] is not None:
                kinds[reason["kind"]] = kinds.get(reason["kind"], Decimal(0)) + Decimal(reason["amount"])
    return {
        "billed": _sum(amounts["billed"]),
        "store": _sum(amounts["store"]),
        "drift": _sum([record["drift"] for record in records]),
        "explained": {kind: f"{amount:f}" for kind, amount in sorted(kinds.items())},
    }


def _sum(amounts: Sequence[str | None]) -> str:
    return f"{sum((Decimal(amount) for amount in amounts if amount is not None), Decimal(0)):f}"


def _reconciled_table(head: Record, records: Sequence[Record], file: IO[str]) -> None:
    console, table, totals = console_on(file), plain_table(), _reconciled_totals(records)
    for heading in ("Day", "Model"):
        table.add_column(heading, overflow="fold")
    for heading in ("Requests\nbilled", "Calls\nhere", "Billed", "Here", "Drift"):
        table.add_column(heading, justify="right", no_wrap=True)
    is_wide = console.width >= WIDE
    if is_wide:
        table.add_column("Why", overflow="fold", ratio=1)
    decimals = decimals_for([record[side]["cost"] for record in records for side in ("billed", "store")])
    last = len(records) - 1
    for at, record in enumerate(records):
        billed, store = record["billed"], record["store"]
        why = [_lines("\n".join(_reason_text(reason, decimals) for reason in record["reasons"]))] if is_wide else []
        table.add_row(
            *_cells(record["day"], record["model"], billed["requests"], store["calls"]),
            *_cells(money(billed["cost"], "USD", decimals), money(store["cost"], "USD", decimals)),
            printable(signed(record["drift"], "USD", decimals)),
            *why,
            end_section=at == last,
        )
    figures = [money(totals[key], "USD", decimals) for key in ("billed", "store")]
    table.add_row(*_cells("Total", " ", " ", " ", *figures, signed(totals["drift"], "USD", decimals)))
    console.print(table)
    for record in () if is_wide else records:
        for reason in record["reasons"]:
            console.print(printable(f"{record['day']} {record['model']}: {_reason_text(reason, decimals)}"))
    if records[0]["billed"]["cost_is"] == "at our prices":
        console.print(printable(f"{head['export']} export: it has no money; Billed is what it counts, at our prices."))
    else:
        console.print(printable(f"{head['export']} export."))


def _reason_text(reason: Record, decimals: int) -> str:
    amount = f" ({signed(reason['amount'], 'USD', decimals)})" if reason["amount"] is not None else ""
    return f"{reason['kind'].replace('_', ' ')}: {reason['text']}{amount}"
