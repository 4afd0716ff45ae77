"""What ``llmroute doctor`` asks of a store, and what it makes of the answers."""

from __future__ import annotations

import platform
import shutil
import time
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.care import checks
from otel_llmroute.store.care.checks import Line, graded, lasting, percent, share, size
from otel_llmroute.store.care.waiting import Aside, aside_in, waiting_in
from otel_llmroute.store.errors import QuestionFailed
from otel_llmroute.store.questions import ask
from otel_llmroute.store.questions.values import plain
from otel_llmroute.store.schema import migrations
from otel_llmroute.store.times import FIRST, LAST, engine_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_llmroute.store.database import Session
    from otel_llmroute.store.folder import Folder

COMPARED_DAYS: Final = 7
"""How far back metrics are compared with calls."""
_PACKAGES: Final = ("otel-llmroute", "chdb", "clickhouse-connect")
_SCHEMA: Final = "SELECT max(version) FROM llmroute_schema"
_PRUNED: Final = "SELECT max(before), maxIf(days, name = 'calls') FROM llm_retention FINAL"


def examined(session: Session, folder: Folder, health: dict[str, Any] | None) -> dict[str, Any]:
    """``{"state", "lines": [...], "tables": [...]}`` as JSON. ``health``: what the store says of itself; ``None``:
    it does not run. The state is the worst of the lines. Raises ``StoreError``."""
    tables = plain(ask(session, "disk_use", {}).records())
    lines = [
        *_of_process(session, folder, health),
        *_of_arrival(session, folder, health),
        *_asked("roll-ups", _of_rollups, session),
        *_asked("prices", _of_money, session),
        *_asked("delivery", _of_delivery, session),
        *_asked("metrics", _of_metrics, session),
        *_of_disk(folder, tables),
    ]
    order = ("ok", "warning", "problem")
    worst = max((line.state for line in lines), key=order.index)
    return {"state": worst, "lines": [asdict(line) for line in lines], "tables": tables}


def _asked(name: str, lines: Callable[[Session], Iterator[Line]], session: Session) -> list[Line]:
    """Lines of questions about all calls; one that says so when a store is too large to answer them."""
    try:
        return list(lines(session))
    except QuestionFailed as error:
        return [Line(name, "warning", "not known", error.message)]


def _of_process(session: Session, folder: Folder, health: dict[str, Any] | None) -> Iterator[Line]:
    if health is None:
        yield Line("store", "ok", f"not running, opened {folder.path}", "nothing is taken in now", "llmroute up")
    else:
        found = f"process {health['pid']} at {health.get('web', '-')}"
        otlp = f"OTLP at {health.get('otlp_http', '-')} and {health.get('otlp_grpc', '-')}, data in {folder.path}"
        yield Line("store", "ok", found, otlp)
    versions = {name: _version(name) for name in _PACKAGES} | {"Python": platform.python_version()}
    schema, newest = int(session.query(_SCHEMA).rows[0][0]), max(migration.version for migration in migrations())
    found = ", ".join(f"{name} {found}" for name, found in versions.items())
    yield Line("versions", "ok", found, f"schema {schema} of {newest}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def _of_arrival(session: Session, folder: Folder, health: dict[str, Any] | None) -> Iterator[Line]:
    newest = ask(session, "newest_records", {}).records()[0]
    ago = newest["received_s_ago"]
    if ago is None:
        yield Line("newest", "warning", "nothing", "no call has arrived yet", "llmroute run -- python app.py")
    else:
        state = graded(ago, checks.QUIET_S, float("inf"))
        found = f"arrived {lasting(ago)} ago, began {_ago(newest['began_s_ago'])}"
        advice = "the endpoint that the application exports to" if state != "ok" else ""
        yield Line("newest", state, found, "the newest call", advice)
    yield _spool(folder, health)
    if health is not None:
        trouble = str(health.get("trouble") or "")
        meaning = "storing goes on" if not trouble else "what is acknowledged waits in the spool until this is mended"
        yield Line(
            "writer", "problem" if trouble else "ok", trouble or "no trouble", meaning, "as it says" * bool(trouble)
        )
        yield _rejected(int(health.get("rejected") or 0))
    refused, damaged = aside_in(folder.spool / "refused"), aside_in(folder.spool / "damaged")
    yield _put_aside("refused", refused, "requests that the engine does not take", "a report of the first reason")
    yield _put_aside("damaged", damaged, "segments of which a part could not be read: what it held is lost", "the disk")


def _ago(seconds: float) -> str:
    return f"{lasting(seconds)} ago" if seconds >= 0 else f"{lasting(-seconds)} from now"


def _spool(folder: Folder, health: dict[str, Any] | None) -> Line:
    waiting = waiting_in(folder.spool, time.time())
    told = (health or {}).get("waiting", {})
    records = f"{told['records']} records, " if "records" in told else ""
    found = f"{records}{size(waiting.bytes)} in {waiting.segments} segments, the oldest {lasting(waiting.oldest_s)} old"
    if waiting.segments == 0:
        return Line("spool", "ok", "empty", "all that was acknowledged is stored")
    if health is None:
        return Line("spool", "warning", found, "acknowledged and not in any figure yet", "llmroute up")
    state = graded(waiting.oldest_s, *checks.SPOOL_WAITS_S)
    return Line("spool", state, found, "acknowledged and not stored yet", "the line 'writer'" if state != "ok" else "")


def _rejected(count: int) -> Line:
    meaning = "spans and log records without valid ids or times, since the store started"
    return (
        Line("rejected", "warning", str(count), meaning, "what the sender makes")
        if count
        else Line("rejected", "ok", "none", meaning)
    )


def _put_aside(check: str, aside: Aside, meaning: str, advice: str) -> Line:
    if not aside.count:
        return Line(check, "ok", "none", meaning)
    found = f"{aside.count} in {aside.folder}" + (f": {aside.reason}" if aside.reason else "")
    return Line(check, "warning" if check == "refused" else "problem", found, meaning, advice)


def _of_rollups(session: Session) -> Iterator[Line]:
    rows = ask(session, "rollups_due", {}).records()
    due = max(int(row["hours_due"] or 0) for row in rows)
    outdated, stored = (sum(int(row[key] or 0) for row in rows) for key in ("outdated", "stored"))
    state = graded(due, checks.HOURS_DUE, float("inf"))
    meaning = "hours that wait to be summed; figures are right meanwhile, and slower"
    yield Line("roll-ups", state, f"{due} hours due", meaning, "llmroute up, for a while" if state != "ok" else "")
    yield Line(
        "outdated builds", "ok", f"{percent(outdated, stored)} of {stored} rows", "swept each hour while it runs"
    )


def _of_money(session: Session) -> Iterator[Line]:
    row = ask(session, "price_coverage", {}).records()[0]
    whole = {"since": FIRST, "until": LAST, "run": ""}
    models = [f"{found['provider']}/{found['model']}" for found in ask(session, "unpriced_models", whole).records()]
    attempts, priced = int(row["attempts"]), int(row["priced_attempts"])
    tokens = percent(int(row["priced_tokens"]), int(row["tokens"]))
    found = f"{percent(priced, attempts)} of attempts, {tokens} of tokens"
    if not models:
        yield Line("prices", "ok", found, "have a price")
        return
    state = graded(1 - share(priced, attempts), 0, 1 - checks.PRICED_SHARE)
    named = ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")
    yield Line("prices", state, found, f"have a price; not {named}", "llmroute prices set, then llmroute reprice")


def _of_delivery(session: Session) -> Iterator[Line]:
    calls = {row["check"]: int(row["calls"]) for row in session.query("SELECT * FROM data_health").records()}
    stored = calls["stored"]
    twice = ask(session, "deliveries", {"since": _compared_since(session)}).records()[0]
    repeated = max(0, int(twice["delivered"] or 0) - int(twice["stored"]))
    state = graded(share(repeated, int(twice["stored"])), checks.REPEATED_SHARE, float("inf"))
    meaning = f"of the last {COMPARED_DAYS} days delivered again, counted once"
    yield Line(
        "duplicates", state, f"{repeated} of {twice['stored']}", meaning, "why senders retry" if state != "ok" else ""
    )
    for check, limit, meaning, advice in _DELIVERY:
        part = calls[check]
        state = "warning" if part and share(part, stored) >= limit else "ok"
        found = f"{part} of {stored} calls ({percent(part, stored)})" if part else "none"
        yield Line(check.replace("_", " "), state, found, meaning, advice if state != "ok" else "")


_DELIVERY: Final = (
    (
        "late",
        checks.LATE_SHARE,
        "arrived more than an hour after they ended",
        "the queue and the network of the exporter",
    ),
    ("ahead", 0.0, "began more than five minutes after they arrived", "the clock of the machine that sends"),
    (
        "no_usage",
        checks.NO_USAGE_SHARE,
        "no usage was reported: not in the spend",
        "include_usage of streams, and answers that break off",
    ),
    ("sampled_out", 2.0, "kept for their money though the sampler dropped their trace", ""),
    ("without_route", checks.LATE_SHARE, "their route has not arrived", "whether routes are exported"),
)


def _compared_since(session: Session) -> str:
    """From when on metrics and calls are compared: before, some of either may be gone."""
    pruned, keep_days = session.query(_PRUNED).rows[0]
    days = min(COMPARED_DAYS, int(keep_days) or COMPARED_DAYS)
    since = datetime.now(timezone.utc) - timedelta(days=days)
    return max(engine_time(since), str(pruned)[:19])


def _of_metrics(session: Session) -> Iterator[Line]:
    rows = plain(ask(session, "metrics_against_calls", {"since": _compared_since(session)}).records())
    if not rows:
        yield Line(
            "metrics", "ok", "none arrived", "what was lost on the way cannot be told", "OTEL_METRICS_EXPORTER=otlp"
        )
    for row in rows:
        yield _arrived(row)


def _arrived(row: dict[str, Any]) -> Line:
    counted, stored = float(row["counted"] or 0), float(row["stored"] or 0)
    lost = max(0.0, counted - stored)
    part = share(lost, counted)
    state = "ok" if part < 1e-9 else graded(part, 0, checks.LOST_SHARE)
    unit = row["currency"] or "calls"
    found = f"{row['service'] or '-'}: {_number(stored)} of {_number(counted)} {unit} arrived"
    meaning = f"counted by its metrics in {COMPARED_DAYS} days; {percent(lost, counted)} is missing"
    advice = "LLMROUTE_KEEP_UNSAMPLED, and what the exporter logged" if state != "ok" else ""
    return Line("metrics", state, found, meaning if lost else f"counted by its metrics in {COMPARED_DAYS} days", advice)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.6g}"


def _of_disk(folder: Folder, tables: list[dict[str, Any]]) -> Iterator[Line]:
    free = shutil.disk_usage(folder.path).free
    state = graded(-free, -checks.FREE_BYTES[0], -checks.FREE_BYTES[1])
    used = sum(int(table["bytes"]) for table in tables)
    advice = "llmroute prune, or LLMROUTE_KEEP_RAW_DAYS" if state != "ok" else ""
    yield Line(
        "disk", state, f"{size(used)} used, {size(free)} free", "of the tables; below 64 MB nothing is taken", advice
    )
    parts, most = sum(int(table["parts"]) for table in tables), max((int(t["most_parts"]) for t in tables), default=0)
    state = graded(most, checks.MOST_PARTS, float("inf"))
    found = f"{parts} in {sum(int(table['partitions']) for table in tables)} partitions, {most} in one at most"
    advice = "fewer and larger batches from the exporter" if state != "ok" else ""
    yield Line("parts", state, found, "the engine merges them in the background", advice)
