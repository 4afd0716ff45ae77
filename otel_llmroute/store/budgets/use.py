"""How much of each budget is used: the answer as plain data, for the commands, the web port and the webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from otel_llmroute.config import ConfigError
from otel_llmroute.store.boards.asking import MOST
from otel_llmroute.store.boards.stored import SumsOf, not_summed, of_sums, without_views
from otel_llmroute.store.budgets.budget import Budget
from otel_llmroute.store.budgets.file import budgets_of
from otel_llmroute.store.budgets.table import save, use_of
from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.questions import bare
from otel_llmroute.store.questions.spend import money_text
from otel_llmroute.store.questions.values import plain

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

Row = dict[str, Any]


def budget_use(
    session: Session,
    budgets: Sequence[Budget] | None = None,
    now: datetime | None = None,
    sums_of: SumsOf = not_summed,
) -> list[Row]:
    """A row per budget and value, the columns of ``budget_use.sql``: of the budgets in force, or of ``budgets``. Money
    is text with its exact decimals; what is not known is ``None``. ``sums_of``: what is summed in this store. Raises
    ``StoreError``."""
    asked = {"until": f"{end_of_hour(now):%Y-%m-%d %H:%M:%S}", "limit": MOST}
    sql, parameters = use_of(session, budgets, asked, now)
    sql, stored = of_sums(sql, (), sums_of, ())
    sql = without_views(sql, sums_of)
    return [_plain(record) for record in session.query(bare(sql), {**parameters, **stored}).records()]


def end_of_hour(now: datetime | None = None) -> datetime:
    """Where the hour of a moment ends: roll-ups hold hours."""
    moment = (now or datetime.now(timezone.utc)).astimezone(timezone.utc)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if hour == moment else hour + timedelta(hours=1)


def _plain(record: Mapping[str, Any]) -> Row:
    return {name: money_text(value) if isinstance(value, Decimal) else plain(value) for name, value in record.items()}


def answered(
    session: Session, writing: Callable[[], Session], told: Mapping[str, Any], sums_of: SumsOf = not_summed
) -> dict[str, Any]:
    """The answer to ``{"budgets": [rows as in llmroute.toml] or null, "save": bool}``: ``until``, ``saved`` (whether
    the budgets in force were changed) and ``rows``. ``sums_of`` as of ``budget_use``. Raises ``StoreError``."""
    budgets, keeps = _given(told.get("budgets")), told.get("save", False)
    if not isinstance(keeps, bool) or (keeps and budgets is None):
        raise BadStatement("'save' is not true or false, or there are no budgets to save")
    saved = _saved(writing, budgets) if keeps and budgets is not None else False
    now = datetime.now(timezone.utc)
    return {
        "until": f"{end_of_hour(now):%Y-%m-%dT%H:%M:%SZ}",
        "saved": saved,
        "rows": budget_use(session, budgets, now, sums_of),
    }


def _saved(writing: Callable[[], Session], budgets: Sequence[Budget]) -> bool:
    session = writing()
    try:
        return save(session, budgets)
    finally:
        session.close()


def _given(rows: object) -> tuple[Budget, ...] | None:
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadStatement("'budgets' is not a list of objects")
    try:
        return budgets_of(rows, lambda number, key: f"budgets[{number}]{key and '.' + key}")
    except ConfigError as error:
        raise StoreError(str(error)) from None
