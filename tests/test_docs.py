"""What the pages say is what the code does."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.util.re import parse_env_headers

from otel_llmroute import names
from otel_llmroute.config import load

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def test_the_pages_made_from_the_code_are_current() -> None:
    made = subprocess.run([sys.executable, "tools/build_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr + "Run `make docs`."


def test_the_page_of_every_router_shows_what_its_tests_compare_with() -> None:
    tested = {path.parent.name for path in (ROOT / "tests" / "routers").glob("*/expected.toml")}
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "routers").glob("*.md")}
    assert {name for name, text in pages.items() if f"<!-- made: router_decisions {name} -->" in text} == tested


def test_the_example_configuration_can_be_used() -> None:
    config = load({"LLMROUTE_CONFIG": str(ROOT / "docs" / "llmroute.example.toml")})
    assert (len(config.routes), len(config.prices)) == (2, 1)


def test_every_attribute_is_listed_once() -> None:
    listed = [row.name for row in names.ATTRIBUTES]
    assert len(listed) == len(set(listed))
    constants = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    ours = {value for value in constants if value.startswith("llmroute.")}
    elsewhere = {names.EVENT_SDK_RETRY, names.EVENT_REVIEW, names.METRIC_COST, names.METRIC_CALLS}
    on_events = {names.RETRY_NUMBER, names.RETRY_WAIT_S}
    assert ours - elsewhere - on_events == set(listed)


def test_no_attribute_is_both_a_name_and_the_prefix_of_another() -> None:
    every = [row.name for row in names.ATTRIBUTES]
    clashes = [(short, long) for short in every for long in every if long.startswith(short + ".")]
    assert clashes == []


def test_the_header_of_a_customer_is_one_that_exporters_take() -> None:
    page = (ROOT / "docs" / "collector.md").read_text(encoding="utf-8")
    told = re.findall(r'OTEL_EXPORTER_OTLP_HEADERS=("[^"]*")', page)[0]
    password = "p+/" * 25
    said = subprocess.run(
        ["sh", "-c", f"printf %s {told.replace('PASSWORD', password)}"], capture_output=True, text=True
    )
    expected = base64.b64encode(f"acme:{password}".encode()).decode()
    assert parse_env_headers(said.stdout) == {"authorization": f"Basic {expected}"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
