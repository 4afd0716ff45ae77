"""Answers of the embedded engine as bytes in a format of ClickHouse, for those who speak to it as to a server.

Each is asked on a handle of its own, which takes half a millisecond: it has the settings of that question alone, and
what a failed question leaves behind (see ``database``) goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otel_llmroute.store.quoting import quoted


@dataclass(frozen=True)
class RawQuestion:
    """A statement that names its format. ``parameters``: values as ClickHouse's HTTP interface takes them (escaped
    text). ``settings``: on top of those of the session. ``database``: for names without one, ``""`` for the default."""

    statement: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str | int]
    database: str = ""


@dataclass(frozen=True)
class RawAnswer:
    """The bytes, and what it took to get them."""

    body: bytes
    rows: int
    read_rows: int
    read_bytes: int
    elapsed_s: float


def raw_answer(folder: Path, question: RawQuestion) -> RawAnswer:
    """Ask the engine on ``folder``. Raises ``DatabaseError`` of clickhouse-connect with the engine's words and code."""
    import chdb
    from clickhouse_connect.driver.exceptions import DatabaseError

    # The engine compares the path of a handle with the one it was opened with letter by letter.
    engine: Any = chdb  # whose file is there, its own or chdb-core's, depends on what was installed last
    handle = engine.connect(str(folder.resolve()))
    try:
        if question.database:
            handle.query(f"USE {quoted(question.database, '`')}", "Null")
        settings = ", ".join(f"{name} = {quoted(value)}" for name, value in question.settings.items())
        handle.query(f"SET {settings}", "Null")
        found = handle.query(question.statement, "TabSeparated", params=dict(question.parameters))
        _check_size(found.size(), int(question.settings.get("max_result_bytes", 0)))
        return RawAnswer(
            bytes(found.bytes() or b""),
            found.rows_read(),
            found.storage_rows_read(),
            found.storage_bytes_read(),
            found.elapsed(),
        )
    except (chdb.ChdbError, RuntimeError) as error:
        said = str(error)
        code = re.search(r"Code: (\d+)\.", said)
        raise DatabaseError(said, code=int(code[1]) if code else None) from error
    finally:
        handle.close()


def _check_size(size: int, limit: int) -> None:
    """The engine counts a column that has one value for all rows as that one value. Written out it is more."""
    if limit and size > limit:
        raise RuntimeError(
            f"Code: 396. DB::Exception: Limit for result exceeded: {size} bytes. (TOO_MANY_ROWS_OR_BYTES)"
        )
