"""Questions: one ``.sql`` file each, and asking one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from otel_llmroute.store.database import Result, Session


_READ: Final = re.compile(r"\(/\* (\w+)\.sql \*/\)")


def question(name: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
    """The SQL of a question. Those that it reads, as ``FROM (/* other.sql */) AS o``, stand in it, or what is given
    ``instead`` of one by its name."""
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return with_questions(text, instead)


def with_questions(sql: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
    """A statement with the questions in it that it reads."""
    return _READ.sub(lambda found: f"(\n{instead.get(found[1]) or question(found[1], instead)})", sql)


def ask(session: Session, name: str, parameters: Mapping[str, Any]) -> Result:
    """The rows that answer a question."""
    return session.query(question(name), parameters)
