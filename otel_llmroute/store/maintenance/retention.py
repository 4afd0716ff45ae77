"""How long rows are kept: what the configuration says, put on the tables when the store starts."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from otel_llmroute.config import Config, ConfigError, load
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.schema import statements_of

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

_ALTER: Final = re.compile(r"ALTER TABLE (?P<table>\w+) MODIFY (?:TTL (?P<ttl>.+)|SETTING (?P<setting>.+))")
# What is there already is looked through after the start: 25 s of a million calls.
_IN_THE_BACKGROUND: Final = " SETTINGS alter_sync = 0, mutations_sync = 0"
_FOR_EVER: Final = " + toIntervalDay(0)"


@dataclass(frozen=True)
class Retention:
    """Days that rows are kept at least; 0 is for ever. Roll-ups are kept as long as the calls that they sum, or
    longer."""

    raw: int
    calls: int
    rollups: int

    @classmethod
    def of(cls, config: Config) -> Retention:
        """What the configuration means."""
        calls, rollups = config.keep_calls_days, config.keep_rollups_days
        return cls(config.keep_raw_days, calls, 0 if 0 in (calls, rollups) else max(calls, rollups))


def configured_retention() -> Retention:
    """What ``llmroute.toml`` and the environment say. Raises ``StoreError``."""
    try:
        return Retention.of(load())
    except ConfigError as error:
        raise StoreError(str(error)) from None


def apply_retention(session: Session, retention: Retention | None = None) -> list[str]:
    """Make the tables keep rows as long as ``retention`` says; returns the tables that were changed. Raises
    ``StoreError``."""
    retention = configured_retention() if retention is None else retention
    _note(session, retention)
    engines = dict(session.query(_ENGINES).rows)
    changed = []
    for statement in _statements(retention):
        if made := _difference(statement, engines):
            session.command(made + _IN_THE_BACKGROUND)
            changed.append(made.split()[2])
    return changed


_ENGINES: Final = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()"


def _statements(retention: Retention) -> list[str]:
    text = resources.files(__package__).joinpath("retention.sql").read_text(encoding="utf-8")
    for name, days in asdict(retention).items():
        text = text.replace(f"{{{name}_days}}", str(days))
    return statements_of(text)


def _difference(statement: str, engines: dict[str, str]) -> str | None:
    """The statement that has to run for a table to be as ``statement`` wants it; ``None`` when it is."""
    found = _ALTER.search(statement)
    if found is None:
        raise ValueError(f"maintenance/retention.sql: not understood: {statement[:60]!r}")
    engine = engines[found["table"]]
    if found["setting"]:
        return None if found["setting"] in engine else found[0]
    if not found["ttl"].endswith(_FOR_EVER):
        return None if f" TTL {found['ttl']} SETTINGS" in engine else found[0]
    return f"ALTER TABLE {found['table']} REMOVE TTL" if " TTL " in engine else None


def _note(session: Session, retention: Retention) -> None:
    """Write down what is in force, for ``llm_rollups_clean``: before any row may go."""
    noted = {str(name): int(days) for name, days in session.query("SELECT name, days FROM llm_retention FINAL").rows}
    wanted = asdict(retention)
    if any(noted.get(name) != days for name, days in wanted.items()):
        values = ", ".join(f"('{name}', {days})" for name, days in wanted.items())
        session.command(f"INSERT INTO llm_retention (name, days) VALUES {values}")
