"""What was decided to be told, and whether it was: in a file of the data folder, so that no crash loses it.

A notice is written down before the first try to deliver it and crossed off after it was taken: at least once.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from otel_llmroute.store.errors import DataFolderError

FILE: Final = "notices.sqlite"
KEEP_S: Final = 7 * 86_400
"""How long after its period a notice is remembered."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS store (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_s REAL NOT NULL,
    give_up_s REAL NOT NULL,
    forget_s REAL NOT NULL
);
"""


@dataclass(frozen=True)
class Waiting:
    """A notice that nobody has taken yet. Times are seconds since 1970."""

    id: str
    body: dict[str, Any]
    tries: int
    next_s: float
    give_up_s: float


class Journal:
    """The file. Belongs to the thread that opens it."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it. Raises ``DataFolderError``."""
        try:
            self._file = sqlite3.connect(folder / FILE, timeout=5, isolation_level=None)
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(_TABLES)
            self.store = self._identity()
        except sqlite3.Error as error:
            raise DataFolderError(f"{folder / FILE} cannot be used: {error}", f"move {FILE} away") from error

    def _identity(self) -> str:
        """What this store is called in the ids of its notices."""
        found = self._file.execute("SELECT id FROM store").fetchone()
        if found is None:
            self._file.execute("INSERT INTO store (id) VALUES (?)", (uuid.uuid4().hex,))
            found = self._file.execute("SELECT id FROM store").fetchone()
        return str(found[0])

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that are written down, told or not."""
        return {id for id in ids if self._file.execute("SELECT 1 FROM notices WHERE id = ?", (id,)).fetchone()}

    def write(self, id: str, body: dict[str, Any], now_s: float, give_up_s: float, forget_s: float) -> None:
        """Write a notice down, on the disk when this returns."""
        row = (id, json.dumps(body, ensure_ascii=False), "waiting", 0, now_s, give_up_s, forget_s)
        self._file.execute("INSERT OR IGNORE INTO notices VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def due(self, now_s: float) -> list[Waiting]:
        """Notices to be tried now, the oldest first."""
        rows = self._file.execute(
            "SELECT id, body, tries, next_s, give_up_s FROM notices "
            "WHERE state = 'waiting' AND next_s <= ? ORDER BY rowid",
            (now_s,),
        )
        return [Waiting(id, json.loads(body), tries, next_s, give_up_s) for id, body, tries, next_s, give_up_s in rows]

    def next_s(self) -> float | None:
        """When the next one is due; ``None`` when none waits."""
        found = self._file.execute("SELECT min(next_s) FROM notices WHERE state = 'waiting'").fetchone()[0]
        return None if found is None else float(found)

    def delivered(self, id: str) -> None:
        """It was taken."""
        self._file.execute("UPDATE notices SET state = 'delivered', tries = tries + 1, body = '{}' WHERE id = ?", (id,))

    def failed(self, id: str, next_s: float) -> None:
        """It was not, and is tried again at ``next_s``."""
        self._file.execute("UPDATE notices SET tries = tries + 1, next_s = ? WHERE id = ?", (next_s, id))

    def given_up(self, id: str) -> None:
        """It is not tried any more."""
        self._file.execute("UPDATE notices SET state = 'given up', tries = tries + 1 WHERE id = ?", (id,))

    def forget(self, now_s: float) -> None:
        """Cross out what can no longer be told again."""
        self._file.execute("DELETE FROM notices WHERE state != 'waiting' AND forget_s < ?", (now_s,))

    def close(self) -> None:
        self._file.close()
