"""How long rows are kept, as the configuration says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from otel_llmroute.config import Config, ConfigError, load
from otel_llmroute.store.errors import StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session


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


def note_retention(session: Session, retention: Retention) -> None:
    """Write down what is in force, for ``llm_rollups_clean``: before any row may go."""
    noted = {str(name): int(days) for name, days in session.query("SELECT name, days FROM llm_retention FINAL").rows}
    wanted = asdict(retention)
    if any(noted.get(name) != days for name, days in wanted.items()):
        values = ", ".join(f"('{name}', {days})" for name, days in wanted.items())
        session.command(f"INSERT INTO llm_retention (name, days) VALUES {values}")
