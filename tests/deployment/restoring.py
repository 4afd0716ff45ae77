"""Tables of a server with calls in them, and what statements make of them, in the engine with a config of a server.

``python -m tests.deployment.restoring FOLDER CONFIG STATEMENT...`` prints tables and spend as JSON, before and after.
For the project's environment, which has the engine.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import chdb

from otel_llmroute.store.migration import steps
from otel_llmroute.store.schema import migrations
from otel_llmroute.store.schema.dialect import Target
from tests.store.clickhouse import calls, inserted

TABLES = "SELECT name, create_table_query FROM system.tables WHERE database = 'otel' ORDER BY name"
SPEND = "SELECT count(), sum(cost) FROM otel.llm_calls"


def found(connection: Any) -> list[str]:
    return [str(connection.query(question, "TSV")) for question in (TABLES, SPEND)]


def main(folder: str, config: str, *statements: str) -> None:
    connection = chdb.connect(f"{folder}?config-file={config}")
    known = migrations()
    for step in steps(known, known, Target("otel")):
        for statement in step.statements:
            connection.query(statement)
    connection.query(inserted("otel.otel_traces", calls(300)))
    before = found(connection)
    for statement in statements:
        connection.query(statement)
    print(json.dumps([before, found(connection)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
