"""The wall between the two halves, and what each room may import. A boundary that nobody tests is a wish."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "otel_llmroute"
FORBIDDEN = {
    "app": (
        *("otel_llmroute.store", "chdb", "clickhouse_connect"),
        *("openai", "anthropic", "boto3", "botocore", "aiobotocore", "httpx", "httpx2", "pydantic"),
        *("opentelemetry.instrumentation", "opentelemetry.distro"),  # of the extras; spend is counted without them
    ),
    "prices": ("otel_llmroute.app", "otel_llmroute.store", "opentelemetry", "pydantic", "httpx", "httpx2"),
    "store": ("otel_llmroute.app",),
    "names.py": ("otel_llmroute", "opentelemetry"),
    "routers.py": ("otel_llmroute", "opentelemetry"),
    "config.py": ("otel_llmroute.app", "otel_llmroute.store", "opentelemetry"),
    "__init__.py": ("otel_llmroute.store",),
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a module comes from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_nothing_from_behind_the_wall(room: str) -> None:
    place = PACKAGE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    # The price list is compiled by a build step that may import the library it comes from.
    found = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in files
        if path.name != "build.py"
        for name in imports(path)
        for forbidden in FORBIDDEN[room]
        if name == forbidden or name.startswith(forbidden + ".")
    }
    assert found == set()
