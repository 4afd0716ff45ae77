"""Questions: one ``.sql`` file each, and asking one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from otel_llmroute.store.database import Result, Session


_READ: Final = re.compile(r"\(/\* (\w+)\.sql \*/\)")
_COMMENT: Final = re.compile(r"^ *--.*\n", re.MULTILINE)


def question(name: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
    """The SQL of a question. Those that it reads, as ``FROM (/* other.sql */) AS o``, stand in it, or what is given
    ``instead`` of one by its name."""
    return with_questions(_text(name), instead)


@cache
def _text(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def with_questions(sql: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
    """A statement with the questions in it that it reads."""
    return _READ.sub(lambda found: f"(\n{instead.get(found[1]) or question(found[1], instead)})", sql)


def bare(sql: str) -> str:
    """A question without its lines of comment, which take the client longer to read than the engine."""
    return _COMMENT.sub("", sql)


def ask(session: Session, name: str, parameters: Mapping[str, Any]) -> Result:
    """The rows that answer a question."""
    return session.query(bare(question(name)), parameters)
