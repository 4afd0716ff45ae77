"""What Grafana and its ClickHouse data source make of a query before the engine sees it, and a way to ask it.

Variables: ``packages/scenes/src/variables/interpolation`` of grafana/scenes (Grafana 11 and newer) and
``public/app/features/templating/template_srv.ts`` of grafana/grafana 10.4; test_real_grafana.py holds this against the
published package. Macros: ``pkg/macros/macros.go`` of grafana/clickhouse-datasource 4.13 to 4.20.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from otel_llmroute.store.database import Session
from otel_llmroute.store.questions.spend import money_text
from otel_llmroute.store.questions.values import plain

VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^\}]+))?(?::([^\}]+))?\}")
"""``VARIABLE_REGEX`` of grafana/scenes."""
ALL = ("$__all",)
Values = Mapping[str, tuple[str, ...]]


def interpolated(sql: str, values: Values, safe: str = "@:$,;", everything: str = "$__all") -> str:
    """The variables of a statement filled in; one without a value in ``values`` stands at All.

    Grafana 10.4 leaves fewer signs as they are (``safe=""``), and calls everything ``All``.
    """

    def filled(found: re.Match[str]) -> str:
        name, form = found[4], found[6]
        if name is None:
            return found[0]
        assert form == "queryparam"
        chosen = values.get(name, (everything,))
        return "&".join(f"var-{name}={quote(value, safe='-_.~' + safe)}" for value in chosen)

    return VARIABLE.sub(filled, sql)


def with_macros(sql: str, since: datetime, until: datetime) -> str:
    """The macros of a statement filled in. Raises ``AssertionError`` for another than those two."""
    times = {"fromTime": since, "toTime": until}
    code = re.sub(r"'(?:[^'\\]|\\.)*'", "", sql)
    assert set(re.findall(r"\$__(\w+)", code)) <= set(times)
    return re.sub(r"\$__(fromTime|toTime)\b", lambda found: f"toDateTime({int(times[found[1]].timestamp())})", sql)


def asked(sql: str, since: datetime, until: datetime, values: Values, **how: str) -> str:
    """The statement that the engine gets."""
    return with_macros(interpolated(sql, values, **how), since, until)


def rows_of(session: Session, sql: str) -> list[dict[str, Any]]:
    """The rows of a statement, as a panel of the store has them: money as text, no currency as None."""
    found = [
        {name: money_text(value) if isinstance(value, Decimal) else plain(value) for name, value in record.items()}
        for record in session.query(sql).records()
    ]
    return [{**row, "currency": row["currency"] or None} if "currency" in row else row for row in found]
