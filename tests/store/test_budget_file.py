"""Budgets in ``llmroute.toml``: what can be said, and one line for what cannot be used."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_llmroute import config
from otel_llmroute.config import ConfigError
from otel_llmroute.store.budgets.budget import DIMENSIONS, Budget
from otel_llmroute.store.budgets.file import Configured, Webhook, budgets_of, configured

ROOT = Path(__file__).parents[2]
BUDGET = '[[budgets]]\nname = "b"\namount = "5"\n'
HOOK = '[webhook]\nurl = "https://example.com/hook"\n'


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_there_are_no_budgets_and_nobody_is_told(here: Path) -> None:
    assert configured({}) == Configured()
    (here / "llmroute.toml").write_text('mode = "enrich"\n')
    assert configured({}) == Configured()


def test_a_budget_says_as_little_or_as_much_as_it_likes(here: Path) -> None:
    (here / "llmroute.toml").write_text(
        '[[budgets]]\nname = "all"\namount = 500\n'
        '[[budgets]]\nname = "customers"\namount = "12.50"\ncurrency = "EUR"\nperiod = "week"\nzone = "Europe/Berlin"\n'
        'plan = ["pro", "free"]\nroute = "search"\neach = "tenant"\nwarn = [0.9, "0.5"]\nforecast = true\n'
        '[webhook]\nurl = "https://example.com/hook?a=b"\nsecret_env = "HOOK_SECRET"\nhold_minutes = 0\n'
    )
    assert configured({}) == Configured(
        (
            Budget("all", Decimal(500)),
            Budget(
                *("customers", Decimal("12.50"), "EUR", "week", "Europe/Berlin", "tenant"),
                {"route": ("search",), "plan": ("pro", "free")},
                (Decimal("0.5"), Decimal("0.9")),
                True,
            ),
        ),
        Webhook("https://example.com/hook?a=b", "HOOK_SECRET", 0),
    )


def test_what_is_for_the_store_does_not_disturb_the_application(here: Path) -> None:
    (here / "llmroute.toml").write_text("[[budgets]]\namount = 'nothing'\n[webhook]\ncolour = 1\n")
    assert config.load({}) == config.Config()
    (here / "llmroute.toml").write_text("[[budget]]\nname = 'b'\n")
    with pytest.raises(ConfigError, match=r"^llmroute.toml: budget: unknown key$"):
        config.load({})


WRONG = [
    ("budgets = 3", "llmroute.toml:1: budgets: expected [[budgets]] tables"),
    ("[budgets]\nname = 'b'", "llmroute.toml: budgets: expected [[budgets]] tables"),
    ("[[budgets]]\namount = 5", "llmroute.toml:1: budgets[0]: no name: a budget needs a name and an amount"),
    ("[[budgets]]\nname = 'b'", "llmroute.toml:1: budgets[0]: no amount: a budget needs a name and an amount"),
    (BUDGET + BUDGET, "llmroute.toml:5: budgets[1].name: there are two budgets 'b'"),
    (
        BUDGET + "colour = 1",
        "llmroute.toml:4: budgets[0].colour: unknown key; known are name, amount, currency, period, zon",
    ),
    (
        BUDGET + "currency = 'usd'",
        "llmroute.toml:4: budgets[0].currency: 'usd' is not a currency of ISO 4217, such as USD",
    ),
    (BUDGET + "period = 'year'", "llmroute.toml:4: budgets[0].period: 'year' is not one of day, week, month"),
    (
        BUDGET + "zone = 'Mars/Base'",
        "llmroute.toml:4: budgets[0].zone: 'Mars/Base' is not a time zone, such as UTC or Eur",
    ),
    (
        BUDGET + "zone = '../etc'",
        "llmroute.toml:4: budgets[0].zone: '../etc' is not a time zone, such as UTC or Europe/",
    ),
    (BUDGET + "zone = ''", "llmroute.toml:4: budgets[0].zone: '' is not a text"),
    (
        BUDGET + "each = 'trace'",
        "llmroute.toml:4: budgets[0].each: 'trace' is not one of route, reason, provider, model",
    ),
    (BUDGET + "route = []", "llmroute.toml:4: budgets[0].route: [] is not a text or a list of texts"),
    (BUDGET + "route = [1]", "llmroute.toml:4: budgets[0].route: [1] is not a text or a list of texts"),
    (
        BUDGET + "warn = 80",
        "llmroute.toml:4: budgets[0].warn: 80 is not a share above 0 and up to 1, of at most 4 decimals",
    ),
    (BUDGET + "warn = [0.5, 'x']", "llmroute.toml:4: budgets[0].warn: 'x' is not a share from 0 to 1, such as 0.8"),
    (BUDGET + "forecast = 'yes'", "llmroute.toml:4: budgets[0].forecast: 'yes' is not true or false"),
    ("[[budgets]]\nname = ''\namount = 1", "llmroute.toml:2: budgets[0].name: '' is not a text"),
    ("[[budgets]]\nname = 'a\\tb'\namount = 1", None),
    (
        '[[budgets]]\nname = "a\\tb"\namount = 1',
        "llmroute.toml:2: budgets[0].name: a name has at most 100 printable ch",
    ),
    *(
        (f"[[budgets]]\nname = 'b'\namount = {amount}", f"llmroute.toml:3: budgets[0].amount: {line}")
        for amount, line in (
            ("'five'", '\'five\' is not an amount, such as "50" or "12.50"'),
            ("true", "True is not an amount"),
            ("[1]", "[1] is not an amount"),
            ("nan", "nan is not an amount"),
            ("inf", "inf is not an amount"),
            ("0", "0 is not an amount above 0 and up to 1000000000000000"),
            ("-5", "-5 is not an amount above 0"),
            ("'1e16'", "'1e16' is not an amount above 0"),
            ("'0.0000000000001'", "'0.0000000000001' has more than 12 decimals"),
        )
    ),
    ("webhook = 3", "llmroute.toml:1: webhook: expected a [webhook] table"),
    ("[webhook]", "llmroute.toml: webhook: no url: where notices go"),
    (
        "[webhook]\nurl = 'example.com'",
        "llmroute.toml:2: webhook.url: expected an address that starts with https:// or",
    ),
    ("[webhook]\nurl = 'ftp://example.com'", "llmroute.toml:2: webhook.url: expected an address that starts with"),
    ("[webhook]\nurl = 'https://'", "llmroute.toml:2: webhook.url: expected an address that starts with"),
    ("[webhook]\nurl = 'https://a b/'", "llmroute.toml:2: webhook.url: expected an address that starts with"),
    ("[webhook]\nurl = 'https://a:99999/'", "llmroute.toml:2: webhook.url: expected an address that starts with"),
    ("[webhook]\nurl = 7", "llmroute.toml:2: webhook.url: expected an address that starts with"),
    (
        "[webhook]\nurl = 'https://u:p@a/'",
        "llmroute.toml:2: webhook.url: a name or password in the address is not sent",
    ),
    (HOOK + "colour = 1", "llmroute.toml:3: webhook.colour: unknown key; known are url, secret_env, hold_minutes"),
    (
        HOOK + "secret_env = 'A-B'",
        "llmroute.toml:3: webhook.secret_env: 'A-B' is not the name of an environment variable",
    ),
    (HOOK + "hold_minutes = -1", "llmroute.toml:3: webhook.hold_minutes: -1 is not a number of minutes, 0 to 1440"),
    (HOOK + "hold_minutes = true", "llmroute.toml:3: webhook.hold_minutes: True is not a number of minutes, 0 to 1440"),
    ("[[budgets", "llmroute.toml: not valid TOML: "),
]


@pytest.mark.parametrize(("text", "line"), WRONG, ids=[repr(text) for text, _ in WRONG])
def test_what_cannot_be_used_is_one_line_with_file_line_and_key(here: Path, text: str, line: str | None) -> None:
    (here / "llmroute.toml").write_text(text + "\n")
    if line is None:
        assert len(configured({}).budgets) == 1
        return
    with pytest.raises(ConfigError) as caught:
        configured({})
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KEYS = ("name", "amount", "currency", "period", "zone", "each", "warn", "forecast", *DIMENSIONS, "colour")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), max_size=3))
def test_whatever_a_row_holds_it_is_a_budget_or_one_line_that_names_its_place(rows: list[dict[str, object]]) -> None:
    budgets, problem = found_in(rows)
    if problem:
        assert problem.startswith("FILE: budgets[")
        assert "\n" not in problem
        return
    assert [budget.name for budget in budgets] == [str(row["name"]).strip() for row in rows]
    assert found_in([budget.told() for budget in budgets]) == (budgets, "")


def found_in(rows: list[dict[str, object]]) -> tuple[tuple[Budget, ...], str]:
    """The budgets, or what is wrong with them."""
    try:
        return budgets_of(rows, lambda number, key: f"FILE: budgets[{number}]{key and '.' + key}"), ""
    except ConfigError as error:
        return (), str(error)


def test_a_secret_is_taken_from_the_environment_and_missed_when_it_is_not_there() -> None:
    hook = Webhook("https://example.com", "HOOK_SECRET")
    assert hook.secret({"HOOK_SECRET": "s3cret"}) == b"s3cret"
    assert Webhook("https://example.com").secret({}) is None
    with pytest.raises(ConfigError, match=r"^webhook.secret_env: the environment variable HOOK_SECRET is not set$"):
        hook.secret({})


def test_the_example_in_the_docs_can_be_used() -> None:
    text = (ROOT / "docs" / "budgets.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    Path("llmroute.toml").write_text(example)
    found = configured({})
    assert (len(found.budgets), found.webhook is not None) == (3, True)
