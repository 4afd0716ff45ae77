"""Questions: one ``.sql`` file each, and asking one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_llmroute.store.database import Result, Session


def question(name: str) -> str:
    """The SQL of a question."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def ask(session: Session, name: str, parameters: Mapping[str, Any]) -> Result:
    """The rows that answer a question."""
    return session.query(question(name), parameters)
