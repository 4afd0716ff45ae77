"""Every option, every way to say it, and one clear line for what cannot be used."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

import otel_llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app import telemetry
from otel_llmroute.config import OPTIONS, Config, ConfigError, RouteRule, load


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_word_the_defaults_hold() -> None:
    assert load({}) == Config()


def test_every_field_has_an_option_and_every_option_a_field() -> None:
    fields = set(Config.__dataclass_fields__) - {"routes", "prices"}
    assert {option.field for option in OPTIONS} == fields


def test_the_file_says_and_the_environment_says_it_last(here: Path) -> None:
    (here / "llmroute.toml").write_text(
        'keep_unsampled = false\nmirror_cost = false\napp_packages = ["shop"]\n'
        '[inherit]\ntenant = ["app.tenant"]\n[baggage]\nplan = ["plan"]\n'
        '[[routes]]\nname = "support"\ncallsite = "inbox.py:*"\ntask = "draft"\n'
    )
    said = load({"LLMROUTE_MIRROR_COST": "1", "LLMROUTE_TENANT_FROM": "a, b"})
    assert said == Config(
        keep_unsampled=False,
        mirror_cost=True,
        app_packages=("shop",),
        tenant_from=("a", "b"),
        plan_baggage=("plan",),
        routes=(RouteRule(name="support", callsite="inbox.py:*", task="draft"),),
    )


def test_another_file_can_be_named(here: Path) -> None:
    (here / "other.toml").write_text('mode = "enrich"')
    assert load({"LLMROUTE_CONFIG": "other.toml"}).mode == "enrich"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mode = 'both'", "llmroute.toml:1: mode: 'both' is not one of full, enrich"),
        ("keep_unsampled = 'maybe'", "llmroute.toml:1: keep_unsampled: 'maybe' is not true or false"),
        ("app_packages = 3", "llmroute.toml:1: app_packages: 3 is not a list of texts"),
        ("app_packages = [1]", "llmroute.toml:1: app_packages: [1] is not a list of texts"),
        ("rotues = []", "llmroute.toml:1: rotues: unknown key"),
        ("[inherit]\ntenent = ['a']", "llmroute.toml:2: inherit.tenent: unknown key"),
        ("inherit = 1", "llmroute.toml:1: inherit: unknown key"),
        ("routes = 1", "llmroute.toml:1: routes: expected [[routes]] tables"),
        (
            "[[routes]]\ncallsite = 'a'",
            "llmroute.toml:1: routes[0]: no name: a rule has to say how its route is called",
        ),
        (
            "[[routes]]\nname = 'a'",
            "llmroute.toml:1: routes[0]: no pattern: give callsite, http_route, model, provider or edge",
        ),
        (
            "[[routes]]\nname = 'a'\nedge = 'b:*'\nmodel = 'c'",
            "llmroute.toml:3: routes[0].edge: edge stands alone",
        ),
        ("[[routes]]\nname = 1", "llmroute.toml:2: routes[0].name: 1 is not a text"),
        ("[[routes]]\nname = 'a'\nmodel = 'b'\nrisk = 'dire'", "llmroute.toml:4: routes[0].risk: 'dire' is not one of"),
        ("[[routes]]\nname = 'a'\nmodels = 'b'", "llmroute.toml:3: routes[0].models: unknown key; known are name,"),
        ("[[prices]]\nmodel = 'a'\ninput_per_mtok = 'abc'", "llmroute.toml:1: prices[0].input_per_mtok: 'abc'"),
        ("a = = b", "llmroute.toml: not valid TOML: "),
    ],
)
def test_what_cannot_be_used_is_one_line_with_the_place(here: Path, text: str, line: str) -> None:
    (here / "llmroute.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load({})
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"LLMROUTE_CONFIG": "nowhere.toml"}, "nowhere.toml: cannot be read (No such file or directory)"),
        ({"LLMROUTE_CALLSITE": "perhaps"}, "LLMROUTE_CALLSITE: 'perhaps' is not true or false"),
        ({"LLMROUTE_MODE": "x"}, "LLMROUTE_MODE: 'x' is not one of full, enrich"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(environ: dict[str, str], line: str) -> None:
    with pytest.raises(ConfigError, match=r".*") as raised:
        load(environ)
    assert str(raised.value) == line


def test_a_bad_file_does_not_stop_the_application(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    (here / "llmroute.toml").write_text("mode = 'both'")
    instrumentor = LLMRouteInstrumentor()
    with caplog.at_level(logging.ERROR, "otel_llmroute"):
        instrumentor.instrument()
    try:
        active: Any = telemetry.active()
        assert active.config == Config()
        assert [record.getMessage() for record in caplog.records] == [
            "llmroute.toml:1: mode: 'both' is not one of full, enrich. Going on with the default settings."
        ]
    finally:
        instrumentor.uninstrument()


def test_the_public_names_are_sorted_and_are_there() -> None:
    assert otel_llmroute.__all__ == sorted(otel_llmroute.__all__)
    assert all(hasattr(otel_llmroute, name) for name in otel_llmroute.__all__)
