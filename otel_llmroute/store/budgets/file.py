"""The ``[[budgets]]`` and the ``[webhook]`` of ``llmroute.toml``. Applications take no notice of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from otel_llmroute.config import ConfigError, ConfigFile
from otel_llmroute.store.budgets.budget import Budget, budget_of

MOST_BUDGETS: Final = 1000
HOLD_MINUTES: Final = 10
MOST_HOLD_MINUTES: Final = 1440


@dataclass(frozen=True)
class Webhook:
    """Who is told. ``secret_env`` is the name of the environment variable that holds the secret, "" for none.
    ``hold_minutes``: so long a budget must have been passed before anybody is told."""

    url: str
    secret_env: str = ""
    hold_minutes: int = HOLD_MINUTES

    def secret(self, environ: Mapping[str, str] | None = None) -> bytes | None:
        """What notices are signed with; ``None`` when they are not. Raises ``ConfigError`` when it is not there."""
        if not self.secret_env:
            return None
        secret = (os.environ if environ is None else environ).get(self.secret_env, "")
        if not secret:
            raise ConfigError(f"webhook.secret_env: the environment variable {self.secret_env} is not set")
        return secret.encode()


@dataclass(frozen=True)
class Configured:
    """What the file says; nothing where there is none."""

    budgets: tuple[Budget, ...] = ()
    webhook: Webhook | None = None


def configured(environ: Mapping[str, str] | None = None) -> Configured:
    """The budgets and the webhook in force. Raises ``ConfigError`` with one line: file, line, key, what is wrong."""
    file = ConfigFile.read(os.environ if environ is None else environ)
    rows = file.table.get("budgets", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file.at('budgets')}: expected [[budgets]] tables")
    budgets = budgets_of(rows, lambda number, key: file.at(f"budgets[{number}]{key and '.' + key}"))
    return Configured(budgets, _webhook(file))


def budgets_of(rows: Sequence[Mapping[str, Any]], at: Callable[[int, str], str]) -> tuple[Budget, ...]:
    """Budgets of one file; ``at`` names the place of a key of a row. Raises ``ConfigError``."""
    if len(rows) > MOST_BUDGETS:
        raise ConfigError(f"{at(MOST_BUDGETS, '')}: more than {MOST_BUDGETS} budgets")
    found: dict[str, Budget] = {}
    for number, row in enumerate(rows):
        budget = budget_of(row, lambda key, number=number: at(number, key))  # type: ignore[misc]
        if budget.name in found:
            raise ConfigError(f"{at(number, 'name')}: there are two budgets {budget.name!r}")
        found[budget.name] = budget
    return tuple(found.values())


def _webhook(file: ConfigFile) -> Webhook | None:
    table = file.table.get("webhook")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{file.at('webhook')}: expected a [webhook] table")
    for key in table:
        if key not in _WEBHOOK:
            raise ConfigError(f"{file.at(f'webhook.{key}')}: unknown key; known are {', '.join(_WEBHOOK)}")
    if "url" not in table:
        raise ConfigError(f"{file.at('webhook')}: no url: where notices go")
    given = {key: parse(table[key], file.at(f"webhook.{key}")) for key, parse in _WEBHOOK.items() if key in table}
    return Webhook(**given)


def _url(value: object, where: str) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and value.isascii() and value.isprintable() else None
        good = parts is not None and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or " " in str(value):
        raise ConfigError(f"{where}: expected an address that starts with https:// or http://")
    if parts is not None and parts.username is not None:
        raise ConfigError(f"{where}: a name or password in the address is not sent; give secret_env")
    return str(value)


def _secret_env(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.replace("_", "a").isalnum() or not value.isascii():
        raise ConfigError(f"{where}: {value!r} is not the name of an environment variable")
    return value


def _hold_minutes(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_HOLD_MINUTES:
        raise ConfigError(f"{where}: {value!r} is not a number of minutes, 0 to {MOST_HOLD_MINUTES}")
    return value


_WEBHOOK: Final[dict[str, Callable[[object, str], Any]]] = {
    "url": _url,
    "secret_env": _secret_env,
    "hold_minutes": _hold_minutes,
}
