"""What ``llmroute up`` and ``llmroute migrate`` do about budgets when they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_llmroute.config import ConfigError
from otel_llmroute.store.budgets.budget import Budget
from otel_llmroute.store.budgets.file import Configured, configured
from otel_llmroute.store.budgets.notifier import Notifier
from otel_llmroute.store.budgets.table import save
from otel_llmroute.store.errors import StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.boards.stored import SumsOf
    from otel_llmroute.store.database import Database, Session
    from otel_llmroute.store.folder import Folder


def take_over(session: Session) -> Configured:
    """Make the budgets of ``llmroute.toml`` those in force. A file without any leaves those that are. Raises
    ``StoreError``."""
    told = _configured(with_secret=True)
    if told.budgets:
        save(session, told.budgets)
    return told


def configured_budgets() -> tuple[Budget, ...]:
    """The budgets of ``llmroute.toml``. Raises ``StoreError``."""
    return _configured().budgets


def _configured(with_secret: bool = False) -> Configured:
    try:
        told = configured()
        if with_secret and told.webhook is not None:
            told.webhook.secret()
    except ConfigError as error:
        raise StoreError(str(error)) from None
    return told


def notifier_of(told: Configured, database: Database, folder: Folder, sums_of: SumsOf) -> Notifier | None:
    """The thread that tells of budgets, started; ``None`` where nobody is to be told. ``sums_of``: what is summed in
    this store."""
    if told.webhook is None:
        return None
    notifier = Notifier(database.reader(), folder, told.webhook, sums_of)
    notifier.start()
    return notifier
