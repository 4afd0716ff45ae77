"""Costs worked out again: every view shows them at once, and they equal a ledger kept by hand in Decimal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute import names
from otel_llmroute.app import spans
from otel_llmroute.app.sdks import anthropic, openai
from otel_llmroute.app.sdks.answer import Answer
from otel_llmroute.prices import Cost, PriceBook, Usage
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.pricing.repricing import RepriceQuestion
from otel_llmroute.store.source import RunningStore
from otel_llmroute.store.web.prices import one_at_a_time
from tests.effort import tries
from tests.store.conftest import CLI, RunningUp, clean_env, end, llmroute, start_store
from tests.store.telemetry import NOW_NS, App, attempt_facts, send

DAY_NS = 86_400 * 10**9
SINCE = "2026-01-01"
MINI = {names.RESPONSE_MODEL: "gpt-5-mini"}
"""1,000 tokens in, 250 of them cached, 100 out: at the list price (750 x 0.25 + 250 x 0.025 + 100 x 2) / 1,000,000."""
AT_LIST_PRICE = Decimal("0.00039375")


def reprice(store: RunningUp, *arguments: str) -> dict[str, Any]:
    """The report, as JSON."""
    done = llmroute("reprice", "--since", SINCE, "--format", "json", "--url", store.web, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def set_price(store: RunningUp, *arguments: str) -> str:
    """The version of a price that is set."""
    done = llmroute("prices", "set", *arguments, "--url", store.web)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def decimals(found: list[dict[str, Any]], key: str, money: str) -> dict[Any, Decimal | None]:
    return {row[key]: None if row[money] is None else Decimal(row[money]) for row in found}


def spend_everywhere(store: RunningUp) -> list[dict[Any, Decimal | None]]:
    """Spend by route by every way there is: as one would ask by hand, by roll-ups, views, the API and the command."""
    sums = "SELECT route, sum({}) AS s FROM {} GROUP BY route"
    asked = [
        decimals(store.sql(sums.format("cost", "llm_calls")), "route", "s"),
        decimals(store.sql(sums.format("spend", "llm_hourly")), "route", "s"),
        decimals(store.sql(sums.format("spend", "spend_by_route")), "route", "s"),
        decimals(store.sql("SELECT job_id AS route, spend AS s FROM jobs_with_cost WHERE job_id != ''"), "route", "s"),
        decimals(store.spend()["rows"], "route", "spend"),
    ]
    (whole,) = store.sql("SELECT sum(spend) AS s FROM llm_hourly_tenants")
    assert Decimal(whole["s"]) == sum(amount for amount in asked[0].values() if amount is not None)
    done = llmroute("spend", "--format", "json", "--url", store.web)
    return [*asked, decimals(json.loads(done.stdout)["rows"], "route", "spend")]


def test_new_costs_are_in_every_view_at_once_and_equal_a_ledger(store: RunningUp) -> None:
    app, ledger = App(), defaultdict(Decimal)
    for at in range(30):
        route, tokens = f"route-{at % 3}", 1000 + at
        facts = attempt_facts(route, "0.5") | MINI | {names.USAGE_INPUT_TOKENS: tokens, names.JOB_ID: route}
        app.span("attempt", facts, start_ns=NOW_NS - at * 2 * 3600 * 10**9)
        # 4 a million in, 1 of those cached, 8 out.
        ledger[route] += (Decimal(tokens - 250) * 4 + Decimal(250) * 1 + Decimal(100) * 8) / 10**6
    send(store, app.spans)
    before = spend_everywhere(store)
    assert before == [{f"route-{at}": Decimal(5) for at in range(3)}] * len(before)
    version = set_price(
        store, "--provider", "openai", "--model", "gpt-5-mini", "--input-per-mtok", "4", "--cache-read-per-mtok", "1",
        "--output-per-mtok", "8",
    )  # fmt: skip
    dry = reprice(store, "--dry-run")
    assert spend_everywhere(store) == before
    report = reprice(store)
    after = spend_everywhere(store)
    assert after == [dict(ledger)] * len(after)
    (row,) = report["rows"]
    assert row == {
        "provider": "openai", "model": "gpt-5-mini", "price_version": version, "currency": "USD", "old_currency": "USD",
        "calls": 30, "old_spend": "15", "new_spend": text(sum(ledger.values())),
        "difference": text(sum(ledger.values()) - 15), "changed": 30, "newly_priced": 0, "unchanged": 0, "kept": 0,
        "still_unpriced": 0, "no_usage": 0, "not_recomputable": 0,
    }  # fmt: skip
    assert (dry["rows"], dry["appended"], report["appended"]) == (report["rows"], 0, 30)
    (parts,) = store.sql(
        "SELECT sum(cost_input) AS i, sum(cost_cache_read) AS r, sum(cost_output) AS o, any(price_version) AS v,"
        " any(cost_source) AS s FROM llm_calls"
    )
    assert (Decimal(parts["r"]), Decimal(parts["o"]), parts["v"], parts["s"]) == (
        Decimal("0.0075"), Decimal("0.024"), version, "local",
    )  # fmt: skip
    assert reprice(store)["appended"] == 0


def text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def test_a_delivery_after_the_repricing_changes_no_repriced_cost_and_a_new_call_keeps_its_own(store: RunningUp) -> None:
    app = App()
    early = [app.attempt(cost="0.5", **MINI) for _ in range(4)]
    late = app.attempt("late", cost="0.25", **MINI)
    send(store, early[:3])
    assert reprice(store)["appended"] == 3
    send(store, [*early, late])
    send(store, early, "grpc")
    expected = {"support.reply": 3 * AT_LIST_PRICE + Decimal("0.5"), "late": Decimal("0.25")}
    found = [each for each in spend_everywhere(store) if each]
    assert found == [expected] * 5
    (counted,) = store.sql("SELECT count() AS n FROM llm_calls")
    assert counted == {"n": 5}


def test_what_a_provider_billed_and_charges_are_left_alone(store: RunningUp) -> None:
    app = App()
    app.attempt("billed", "0.7", **MINI, **{names.COST_SOURCE: "provider"})
    charge = {names.ROUTE_NAME: "charged", names.COST_AMOUNT: 0.002, names.COST_CURRENCY: "USD"}
    app.span("charge", charge | {names.COST_STATUS: "priced"}, duration_ns=0)
    app.attempt("local", "0.7", **MINI, **{names.COST_SOURCE: "local"})
    send(store, app.spans)
    report = reprice(store)
    assert (report["totals"][0]["calls"], report["appended"]) == (1, 1)
    assert decimals(store.spend()["rows"], "route", "spend") == {
        "billed": Decimal("0.7"), "charged": Decimal("0.002"), "local": AT_LIST_PRICE,
    }  # fmt: skip


def test_each_call_is_priced_at_the_price_of_its_own_time(store: RunningUp) -> None:
    whom = ("--provider", "acme", "--model", "m")
    set_price(store, *whom, "--input-per-mtok", "1", "--until", "2026-09-21")
    set_price(store, *whom, "--input-per-mtok", "2", "--from", "2026-09-21")
    midnight = NOW_NS // DAY_NS * DAY_NS
    starts = {"before": midnight - 10**9, "across": midnight - 10**9, "after": midnight}
    durations = {"before": 10**8, "across": 2 * 10**9, "after": 10**8}
    app = App()
    facts = attempt_facts("r", None) | {names.PROVIDER_NAME: "acme", names.RESPONSE_MODEL: "m"}
    facts = {
        key: value for key, value in facts.items() if key not in (names.USAGE_OUTPUT_TOKENS, names.USAGE_CACHE_READ)
    }
    for route, start in starts.items():
        app.span("attempt", facts | {names.ROUTE_NAME: route}, start_ns=start, duration_ns=durations[route])
    send(store, app.spans)
    report = reprice(store, "--only", "unpriced")
    assert [row["newly_priced"] for row in report["rows"]] == [2, 1]
    # A call is priced where it ends, as where it was made.
    expected = {"before": Decimal("0.001"), "across": Decimal("0.002"), "after": Decimal("0.002")}
    assert decimals(store.spend()["rows"], "route", "spend") == expected
    assert reprice(store, "--only", "unpriced")["totals"] == []


def test_a_cost_that_is_known_is_never_replaced_by_one_that_is_not(store: RunningUp) -> None:
    app = App()
    app.attempt("known", "0.3", **{names.RESPONSE_MODEL: "of-a-newer-list"})
    app.attempt("unknown", None, **{names.RESPONSE_MODEL: "of-a-newer-list"})
    send(store, app.spans)
    report = reprice(store)
    assert (report["totals"][0]["kept"], report["totals"][0]["still_unpriced"], report["appended"]) == (1, 1, 0)
    assert report["totals"][0]["new_spend"] == "0.3"
    assert decimals(store.spend()["rows"], "route", "spend") == {"known": Decimal("0.3"), "unknown": None}


def test_only_the_calls_that_are_asked_for_are_priced_again(store: RunningUp) -> None:
    app = App()
    for route, tenant in (("a", "acme"), ("b", "acme"), ("a", "other")):
        app.attempt(route, "1", **MINI, **{names.TENANT_ID: tenant})
    app.attempt("a", None, **MINI, **{names.TENANT_ID: "acme"})
    app.span("attempt", attempt_facts("a", "1") | MINI, start_ns=NOW_NS + 3 * DAY_NS)
    send(store, app.spans)
    assert reprice(store, "--route", "a", "--tenant", "acme", "--only", "unpriced")["appended"] == 1
    assert reprice(store, "--route", "a", "--tenant", "acme", "--until", "2026-09-22")["appended"] == 1
    assert reprice(store, "--provider", "anthropic")["totals"] == []
    assert decimals(store.spend(by="tenant")["rows"], "tenant", "spend") == {
        "acme": Decimal(1) + 2 * AT_LIST_PRICE, "other": Decimal(1), "": Decimal(1),
    }  # fmt: skip


def test_a_price_in_another_currency_is_never_subtracted(store: RunningUp) -> None:
    app = App()
    app.attempt("r", "1", **MINI)
    send(store, app.spans)
    set_price(store, "--model", "gpt-5-mini", "--currency", "EUR", "--input-per-mtok", "1", "--output-per-mtok", "1")
    (row,) = reprice(store)["rows"]
    assert (row["old_currency"], row["old_spend"]) == ("USD", "1")
    assert (row["currency"], row["new_spend"], row["difference"]) == ("EUR", "0.0011", None)
    assert [(each["currency"], each["spend"]) for each in store.spend()["totals"]] == [("EUR", "0.0011")]


def test_a_folder_that_nobody_has_open_is_priced_again_too(tmp_path: Path) -> None:
    running = start_store(tmp_path / "data")
    app = App()
    for _ in range(5):
        app.attempt(cost="1", **MINI)
    send(running, app.spans)
    end(running)
    for _ in range(2):
        done = llmroute("reprice", "--since", SINCE, "--data", str(tmp_path / "data"))
        assert done.returncode == 0, done.stderr
    assert "5 unchanged" in done.stdout
    again = llmroute("spend", "--format", "json", "--data", str(tmp_path / "data"))
    assert Decimal(json.loads(again.stdout)["totals"][0]["spend"]) == 5 * AT_LIST_PRICE


KILLED = """
import os, signal, sys
from pathlib import Path
from otel_llmroute.store.pricing import repricing
from otel_llmroute.store.source import OpenFolder
from otel_llmroute.store.folder import Folder
repricing.PIECE = 10
store = OpenFolder(Folder(Path(sys.argv[1])))
pieces = 0
for event in store.reprice(repricing.RepriceQuestion(since="2026-01-01"), []):
    pieces += 1
    if pieces == 4:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_repricing_that_was_killed_is_completed_by_the_next(tmp_path: Path) -> None:
    running, app = start_store(tmp_path / "data"), App()
    for at in range(60):
        app.span("attempt", attempt_facts("r", "1") | MINI, start_ns=NOW_NS + at * 3600 * 10**9)
    send(running, app.spans)
    end(running)
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "data")], env=clean_env(), timeout=120)
    assert child.returncode == -signal.SIGKILL
    second = start_store(tmp_path / "data")
    try:
        (done,) = second.sql("SELECT count() AS n FROM llm_costs")
        assert 0 < done["n"] < 60
        assert reprice(second)["appended"] == 60 - done["n"]
        assert spend_everywhere(second)[0] == {"r": 60 * AT_LIST_PRICE}
    finally:
        end(second)


def test_calls_that_arrive_while_prices_are_worked_out_again_are_stored_and_counted(store: RunningUp) -> None:
    app, other = App(service="a"), App(service="b")
    for at in range(400):
        app.span("attempt", attempt_facts("r", "1") | MINI, start_ns=NOW_NS + at * 60 * 10**9)
    for _ in range(300):
        other.attempt("r", "1")  # of a model without a price: it keeps its cost
    send(store, app.spans)
    sender = threading.Thread(target=lambda: [send(store, other.spans[at : at + 10]) for at in range(0, 300, 10)])
    sender.start()
    reports = [reprice(store) for _ in range(3)]
    sender.join()
    assert [report["appended"] for report in reports] == [400, 0, 0]
    assert spend_everywhere(store)[0] == {"r": 400 * AT_LIST_PRICE + 300}


def test_a_second_repricing_at_the_same_time_is_refused() -> None:
    under_way = threading.Lock()
    first = one_at_a_time(under_way, iter([{"progress": {}}, {"report": {}}]))
    assert next(first) == {"progress": {}}
    with pytest.raises(StoreError, match="a repricing is under way in this store"):
        next(one_at_a_time(under_way, iter([{"report": {}}])))
    assert list(first) == [{"report": {}}]
    assert list(one_at_a_time(under_way, iter([{"report": {}}]))) == [{"report": {}}]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "'since' is missing"),
        (b'{"since": "2026-01-01", "dry_run": "no"}', "'dry_run' is not known, or not of the right type"),
        (b'{"since": "2026-01-01", "sql": "x"}', "'sql' is not known, or not of the right type"),
    ],
)
def test_a_repricing_that_is_not_understood_is_refused(shared_store: RunningUp, body: bytes, said: str) -> None:
    answer = shared_store.post(shared_store.web + "/api/reprice", body)
    assert (answer.status, answer.json()["error"]["message"]) == (400, said)


def test_a_price_of_the_callers_file_that_cannot_be_used_is_an_error(shared_store: RunningUp) -> None:
    with pytest.raises(StoreError, match=r"prices\[0\]\.request: 'x' is not a number"):
        list(RunningStore(shared_store.web).reprice(RepriceQuestion(since=SINCE), [{"model": "m", "request": "x"}]))


# --- what the app side worked out, and what the columns of the store give again ---

COUNT = st.none() | st.integers(0, 300_000)
SMALL = st.none() | st.integers(0, 3)
WHOM = st.sampled_from(
    [
        ("openai", "gpt-5-mini", openai.CHAT, "api.openai.com"),
        ("openai", "gpt-4o-audio-preview", openai.CHAT, "api.openai.com"),
        ("openai", "gpt-image-1", openai.CHAT, None),
        ("anthropic", "claude-sonnet-4-5", anthropic.MESSAGES, "api.anthropic.com"),
        ("anthropic", "claude-opus-4-8", anthropic.MESSAGES, None),
        ("gcp.gemini", "gemini-2.5-pro", openai.CHAT, None),
        ("deepseek", "deepseek-chat", openai.CHAT, "api.deepseek.com"),
        ("perplexity", "sonar", openai.CHAT, None),
        ("nobody", "no-such-model", openai.CHAT, "127.0.0.1"),
    ]
)
SENT = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "reasoning_tokens", "text_input_tokens", "audio_input_tokens", "image_input_tokens",
    "text_output_tokens", "audio_output_tokens", "image_output_tokens",
)  # fmt: skip
COMPLETE = st.builds(Usage, **dict.fromkeys(SENT, COUNT))
NOT_SENT = ("web_searches", "file_searches", "code_executions", "audio_cache_read_tokens", "image_cache_read_tokens")
"""Counts that decide the cost and are no attribute of the span."""
MADE = st.tuples(
    COMPLETE,
    st.fixed_dictionaries(dict.fromkeys(NOT_SENT, SMALL)),
    WHOM,
    st.sampled_from([None, "default", "standard", "flex", "priority", "batch"]),
    st.sampled_from([None, None, "fast"]),
    st.sampled_from([None, None, "us", "global"]),
    st.integers(NOW_NS - 400 * DAY_NS, NOW_NS + 60 * DAY_NS),
    st.integers(0, 10**11),
)


def sent(app: App, made: tuple[Any, ...], *, whole: bool) -> tuple[Cost, bool]:
    """A span as the app side writes it; its cost, and whether the span says all that the cost was worked out from."""
    usage, more, (provider, model, endpoint, host), tier, speed, region, start_ns, duration_ns = made
    if not whole:
        usage = replace(usage, **more, server_tool_calls=sum(count or 0 for count in list(more.values())[:3]) or None)
    at_ns = start_ns + duration_ns
    where = {"provider": provider, "model": model, "region": region, "host": host, "at_ns": at_ns}
    cost = PriceBook().cost_of(usage, tier=tier, **where)
    fast = PriceBook().cost_of(usage, speed=speed, **where)
    # A call at a speed that is not sold has no price, and no span says why: that is not looked at here.
    if speed and not whole and fast.amount is not None:
        cost, tier = fast, None
    else:
        speed = None
    answer = Answer()
    answer.model, answer.tier, answer.region = model, tier, region
    facts: dict[str, Any] = {names.ROUTE_NAME: "r", names.PROVIDER_NAME: provider, names.USAGE_STATUS: "reported"}
    facts |= {names.SERVER_ADDRESS: host} if host else {}
    spans.add_answer(facts, answer, endpoint)
    spans.add_usage(facts, usage)
    spans.add_cost(facts, cost, True)
    app.span("attempt", facts, start_ns=start_ns, duration_ns=duration_ns)
    return cost, not (speed or any(more.values())) or whole


@settings(max_examples=tries(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=1, max_size=40))
def test_the_columns_give_the_cost_that_the_app_side_worked_out(
    shared_store: RunningUp, made: list[tuple[Any, ...]]
) -> None:
    app = App(service=uuid.uuid4().hex)
    costs = [sent(app, each, whole=True)[0] for each in made]
    report = dry_run(shared_store, app)
    counted = defaultdict(int)
    for cost in costs:
        counted[{"no_usage": "no_usage", "unpriced": "still_unpriced"}.get(cost.status, "unchanged")] += 1
    assert fates(report) == dict(counted)


@settings(max_examples=tries(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=1, max_size=40))
def test_a_cost_that_the_columns_cannot_give_again_is_reported_and_left_alone(
    shared_store: RunningUp, made: list[tuple[Any, ...]]
) -> None:
    app = App(service=uuid.uuid4().hex)
    said_all = [sent(app, each, whole=False)[1] for each in made]
    report = dry_run(shared_store, app)
    found = fates(report)
    assert found.keys() <= {"unchanged", "still_unpriced", "no_usage", "not_recomputable", "kept"}
    assert found.get("not_recomputable", 0) + found.get("kept", 0) <= said_all.count(False)
    assert found.get("unchanged", 0) + found.get("still_unpriced", 0) + found.get("no_usage", 0) >= said_all.count(True)
    missing = sum(each["calls"] for each in report["not_recomputable"])
    assert missing == found.get("not_recomputable", 0)


def dry_run(store: RunningUp, app: App) -> dict[str, Any]:
    """The report on what ``app`` sent."""
    send(store, app.spans)
    question = RepriceQuestion(since="2025-01-01", service=app.service, dry_run=True)
    return list(RunningStore(store.web).reprice(question, []))[-1]["report"]


def fates(report: dict[str, Any]) -> dict[str, int]:
    counted = ("changed", "newly_priced", "unchanged", "kept", "still_unpriced", "no_usage", "not_recomputable")
    return {name: calls for name in counted if (calls := sum(total[name] for total in report["totals"]))}


def test_a_call_with_tools_of_the_provider_is_not_priced_as_if_there_were_none(store: RunningUp) -> None:
    app = App()
    with_tools = {names.USAGE_SERVER_TOOL_CALLS: 2, **MINI}
    app.attempt("unpriced", None, **with_tools)
    app.attempt(
        "priced",
        "0.02039375",
        **with_tools,
        **{
            names.PRICE_VERSION: PriceBook()
            .cost_of(Usage(input_tokens=1), provider="openai", model="gpt-5-mini", at_ns=NOW_NS)
            .price_version
        },
    )
    send(store, app.spans)
    report = reprice(store)
    assert (report["appended"], fates(report)) == (0, {"not_recomputable": 2})
    assert [(each["calls"], each["missing"]) for each in report["not_recomputable"]] == [
        (2, "which tools the provider ran (usage has only their number)")
    ]
    done = llmroute("reprice", "--since", SINCE, "--url", store.web, "--dry-run")
    assert "2 cannot be worked out again" in done.stdout


def test_a_command_without_a_start_says_so(tmp_path: Path) -> None:
    done = subprocess.run([*CLI, "reprice"], env=clean_env(), capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "Error: the following arguments are required: --since. Try: llmroute reprice --help\n"
