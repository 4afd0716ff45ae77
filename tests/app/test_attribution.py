"""A call that stands in no route still belongs somewhere: by rule, by HTTP route, by call site."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import baggage, context
from opentelemetry.trace import SpanKind
from standin import Reply, Standin, openai_wire

from otel_llmroute import names
from otel_llmroute.app.callsite import CallSites
from otel_llmroute.app.rules import Rules
from otel_llmroute.config import RouteRule
from tests.app.conftest import Recorded, record

OWN = "tests/app/test_attribution.py"


def ask(client: openai.OpenAI, model: str = "gpt-5") -> None:
    client.chat.completions.create(model=model, messages=[])


def configured(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Iterator[Recorded]:
    (folder / "llmroute.toml").write_text(text)
    monkeypatch.chdir(folder)
    return record()


def named(recorded: Recorded) -> tuple[Any, Any]:
    attempt = recorded.attempt()
    return attempt[names.ROUTE_NAME], attempt[names.ROUTE_SOURCE]


def test_a_call_is_named_by_its_call_site(recorded: Recorded, client: openai.OpenAI) -> None:
    ask(client)
    assert named(recorded) == (f"{OWN}:ask", "callsite")
    assert recorded.attempt()[names.CALLSITE] == f"{OWN}:ask"
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


async def test_an_awaited_call_is_named_by_who_awaits_it(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=openai_wire.chat()))
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    async def inner() -> None:
        await client.chat.completions.create(model="gpt-5", messages=[])

    await asyncio.gather(inner(), inner())
    await client.close()
    sites = [attempt[names.CALLSITE] for attempt in recorded.attempts()]
    assert len(sites) == 2
    assert all(site.startswith(f"{OWN}:") and site.endswith("inner") for site in sites)


def test_the_http_route_around_a_call_names_it(recorded: Recorded, client: openai.OpenAI) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER) as server, tracer.start_as_current_span("deeper"):
        server.set_attribute("http.route", "/tickets/{id}")  # set late, as some frameworks do
        ask(client)
    assert named(recorded) == ("/tickets/{id}", "http")


RULES = """
[[routes]]
name = "support.{what}"
{key} = "{pattern}"
task = "draft"
risk = "low"
feature = "inbox"
reason = "rule"
policy = "support@7"
"""


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("callsite", "*/test_attribution.py:ask"),
        ("model", "gpt-5*"),
        ("provider", "openai"),
        ("http_route", "/tickets/*"),
    ],
)
def test_a_rule_of_the_configuration_names_a_call_and_gives_it_facts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: openai.OpenAI, key: str, pattern: str
) -> None:
    text = RULES.format(what=key, key=key, pattern=pattern)
    for recorded in configured(monkeypatch, tmp_path, text):
        tracer = recorded.tracer_provider.get_tracer("app")
        with tracer.start_as_current_span("GET", attributes={"http.route": "/tickets/{id}"}):
            ask(client)
        expected = {
            names.ROUTE_NAME: f"support.{key}",
            names.ROUTE_RULE: f"support.{key}",
            names.ROUTE_SOURCE: "config",
            names.ROUTE_REASON: "rule",
            names.TASK_CLASS: "draft",
            names.RISK_LEVEL: "low",
            names.FEATURE: "inbox",
            names.POLICY_NAME: "support",
            names.POLICY_VERSION: "7",
        }
        attempt = recorded.attempt()
        assert {name: attempt.get(name) for name in expected} == expected


def test_the_first_rule_whose_patterns_all_match_wins() -> None:
    rules = Rules(
        (
            RouteRule("both", callsite="a.py:*", model="gpt-*"),
            RouteRule("model", model="gpt-*"),
            RouteRule("rest", callsite="*"),
        )
    )
    found = [
        rules.first(*key)
        for key in (("a.py:f", None, "gpt-5", "openai"), ("b", None, "gpt-5", None), ("b", None, "x", None))
    ]
    assert [rule.name if rule else None for rule in found] == ["both", "model", "rest"]
    assert rules.first(None, None, None, None) is None


def test_rules_remember_a_bounded_number_of_calls() -> None:
    rules = Rules((RouteRule("r", model="gpt-*"),))
    for i in range(20_000):
        rules.first(None, None, f"model-{i}", None)
    assert len(rules._found) <= 4096


def test_tenant_and_plan_come_from_the_enclosing_spans_nearest_first(recorded: Recorded, client: openai.OpenAI) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")
    outer = {"tenant.id": "far", "tenant.plan": "pro"}
    with (
        tracer.start_as_current_span("outer", attributes=outer),
        tracer.start_as_current_span("inner", attributes={"tenant.id": "near"}),
    ):
        ask(client)
    attempt = recorded.attempt()
    assert (attempt[names.TENANT_ID], attempt[names.TENANT_PLAN]) == ("near", "pro")


def test_attributes_to_inherit_from_can_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: openai.OpenAI
) -> None:
    for recorded in configured(monkeypatch, tmp_path, '[inherit]\ntenant = ["app.account"]\nfeature = ["app.feature"]'):
        tracer = recorded.tracer_provider.get_tracer("app")
        with tracer.start_as_current_span(
            "x", attributes={"app.account": 42, "app.feature": "inbox", "tenant.id": "no"}
        ):
            ask(client)
        attempt = recorded.attempt()
        assert (attempt[names.TENANT_ID], attempt[names.FEATURE]) == ("42", "inbox")


@pytest.mark.parametrize(("text", "tenant"), [("", None), ('[baggage]\ntenant = ["customer"]', "acme")])
def test_baggage_is_read_only_where_it_was_opted_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: openai.OpenAI, text: str, tenant: str | None
) -> None:
    for recorded in configured(monkeypatch, tmp_path, text):
        token = context.attach(baggage.set_baggage("customer", "acme"))
        try:
            ask(client)
        finally:
            context.detach(token)
        assert recorded.attempt().get(names.TENANT_ID) == tenant


def test_call_sites_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: openai.OpenAI) -> None:
    for recorded in configured(monkeypatch, tmp_path, "callsite = false"):
        ask(client)
        assert named(recorded) == ("unknown", "callsite")
        assert names.CALLSITE not in recorded.attempt()


def test_a_call_site_is_the_applications_and_never_a_librarys() -> None:
    site = CallSites().nearest()
    assert site == f"{OWN}:test_a_call_site_is_the_applications_and_never_a_librarys"


def test_a_call_site_inside_a_library_is_found_further_out() -> None:
    sites = CallSites()
    found: list[str | None] = []
    subprocess_like = sorted([1, 2], key=lambda _: found.append(sites.nearest()) or 0)  # type: ignore[func-returns-value]
    assert subprocess_like == [1, 2]
    assert all(site is not None and site.startswith(OWN) for site in found)


def test_an_installed_package_counts_as_the_application_when_named(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def call(find):\n    return find()\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site-packages')!r})\n"
        "import shop\nfrom otel_llmroute.app.callsite import CallSites\n"
        "print(shop.call(CallSites().nearest)); print(shop.call(CallSites(('shop',)).nearest))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["<string>:<module>", "shop/__init__.py:call"]


def test_call_sites_remember_a_bounded_number_of_code_objects() -> None:
    sites = CallSites()
    for i in range(9000):
        namespace: dict[str, Any] = {"sites": sites}
        exec(compile(f"def f{i}(): return sites.nearest()\nf{i}()", "generated.py", "exec"), namespace)
    assert len(sites._sites) <= 8192


def test_call_sites_remember_a_bounded_number_of_files() -> None:
    sites = CallSites()
    for i in range(9000):
        namespace: dict[str, Any] = {"sites": sites}
        exec(compile("site = sites.nearest()", f"/venv/site-packages/generated{i}.py", "exec"), namespace)
        assert namespace["site"].endswith(":test_call_sites_remember_a_bounded_number_of_files")
    assert len(sites._others) <= 8192


def frames() -> list[tuple[str | None, Callable[[list[Any], CallSites], str | None]]]:
    """Functions of two libraries and of the application that call the innermost of the others, and what each is as a
    call site."""
    made: list[tuple[str | None, Callable[[list[Any], CallSites], str | None]]] = []
    for file, is_application in (
        ("/venv/site-packages/sdk.py", False),
        ("/venv/site-packages/framework.py", False),
        ("/shop/app.py", True),
    ):
        for function in ("one", "two"):
            source = (
                f"def {function}(inner, sites):\n"
                "    return inner[-1][1](inner[:-1], sites) if inner else sites.nearest()"
            )
            namespace: dict[str, Any] = {}
            exec(compile(source, file, "exec"), namespace)
            made.append((f"app.py:{function}" if is_application else None, namespace[function]))
    return made


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=12))
def test_a_call_site_is_the_innermost_whatever_was_called_before(calls: list[list[int]]) -> None:
    sites, known = CallSites(), frames()
    for call in calls:
        stack = [known[number] for number in call]
        found = stack[-1][1](stack[:-1], sites)
        application = next((site for site, _ in stack if site is not None), None)
        here = f"{OWN}:test_a_call_site_is_the_innermost_whatever_was_called_before"
        assert found == (application or here)
