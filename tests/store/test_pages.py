"""The pages about the commands and the tables name all there is, and what they show runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_llmroute.store.cli import COMMANDS, parser
from otel_llmroute.store.questions.spend import DIMENSIONS
from otel_llmroute.store.receiver.signals import SIGNALS
from otel_llmroute.store.spend_table import CSV_FIELDS
from tests.store.conftest import RunningUp
from tests.store.telemetry import App, send

DOCS = Path(__file__).parents[2] / "docs"
CLI_PAGE = (DOCS / "cli.md").read_text(encoding="utf-8")
QUESTIONS_PAGE = (DOCS / "questions.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """The page by its headings."""
    parts = re.split(r"^## (.+)$", CLI_PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: str) -> Iterator[str]:
    """The long options of a command."""
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    for action in commands.choices[command]._actions:
        yield from (name for name in action.option_strings if name.startswith("--") and name != "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_the_page(command: str) -> None:
    text = sections()[command]
    assert [option for option in options(command) if f"`{option}" not in text] == []


def test_every_dimension_field_and_path_is_on_the_page() -> None:
    words = [*DIMENSIONS, *CSV_FIELDS, *(signal.path for signal in SIGNALS)]
    assert [word for word in words if f"`{word}`" not in CLI_PAGE] == []


def test_every_table_and_view_is_on_the_page(shared_store: RunningUp) -> None:
    found = {row["name"] for row in shared_store.sql("SHOW TABLES")}
    shown = {name for name in found if "_from_" not in name}
    assert [name for name in sorted(shown) if f"`{name}`" not in QUESTIONS_PAGE] == []


def test_the_statements_on_the_pages_run(shared_store: RunningUp) -> None:
    app = App()
    app.attempt()
    send(shared_store, app.spans)
    statements = re.findall(r"```sql\n(.*?)```", QUESTIONS_PAGE, re.DOTALL)
    assert len(statements) == 2
    for statement in statements:
        shared_store.sql(statement)


def test_every_table_says_what_its_rows_are(shared_store: RunningUp) -> None:
    found = shared_store.sql(
        "SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND comment = ''"
    )
    assert [row["name"] for row in found if "_from_" not in row["name"]] == []
