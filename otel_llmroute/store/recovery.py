"""A data folder that was damaged: open it without what cannot be read, and note what is lost.

DIR/damaged.json   what was found damaged, and where it is kept; ``damages`` reads it
DIR/metadata/      the engine's definitions of our tables and views, as they were when the store last started

The engine sets parts aside by itself when it cannot load them, and says nothing. It does not start at all when it
cannot read the definition of one table. A part whose data is damaged is only found by the question that reads it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.database import Database
from otel_llmroute.store.errors import DataFolderError, FolderInUse, QuestionFailed, StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session
    from otel_llmroute.store.folder import Folder

_DAMAGE: Final = frozenset({32, 33, 40, 107, 228, 246, 271, 432})
"""Codes of the engine for a file that is cut short, gone, or not what its checksum says."""
_DEFINITION: Final = re.compile(r"in file (\S+/(\w+)\.sql)")
_lock: Final = threading.Lock()
_checking: Final = threading.Lock()

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Damage:
    """One thing that was found damaged. ``rows`` that are lost (``None``: not known; 0: nothing), ``partition`` the day
    or month that they are of, ``kept`` where it was put."""

    found_at: str
    table: str
    what: str
    rows: int | None
    partition: str
    kept: str

    def __str__(self) -> str:
        """For a person."""
        if self.rows == 0:
            return f"{self.what} of {self.table} was damaged and is restored"
        lost = "rows" if self.rows is None else f"{self.rows} rows"
        return f"{self.what} of {self.table} is damaged and set aside: {lost} of {self.partition} are missing"


def damages(folder: Folder) -> list[Damage]:
    """What was noted. ``[]`` as well when the notes cannot be read."""
    try:
        return [Damage(**found) for found in json.loads(_notes(folder).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _notes(folder: Folder) -> Path:
    return folder.path / "damaged.json"


def _note(folder: Folder, found: Iterable[Damage]) -> None:
    """Write down what is new, and say it."""
    with _lock:
        known = damages(folder)
        new = [damage for damage in found if damage.kept not in {one.kept for one in known}]
        if not new:
            return
        text = json.dumps([asdict(damage) for damage in (*known, *new)], indent=1)
        partial = _notes(folder).with_suffix(".partial")
        with contextlib.suppress(OSError):
            partial.write_text(text + "\n", encoding="utf-8")
            partial.replace(_notes(folder))
    for damage in new:
        logger.error("%s (kept in %s, noted in %s)", damage, damage.kept, _notes(folder))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


# Definitions ----------------------------------------------------------------------------------------------------------


def opened(folder: Folder) -> Database:
    """The database of a folder; a definition that the engine cannot read is replaced by its copy. Raises as
    ``Database``."""
    while True:
        try:
            return Database(folder)
        except FolderInUse:
            raise
        except DataFolderError as error:
            if not _replaced(folder, str(error)):
                raise


def _replaced(folder: Folder, said: str) -> bool:
    """Whether the error names a definition that could be replaced. The damaged one is kept beside the copy."""
    found = _DEFINITION.search(said)
    if found is None or found[2] not in _current_copies(folder, but=found[2]):
        return False
    damaged, copy = Path(found[1]), _copies(folder) / f"{found[2]}.sql"
    kept = copy.with_suffix(f".{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}.damaged")
    damaged.rename(kept)
    shutil.copyfile(copy, damaged)
    _note(folder, [Damage(_now(), found[2], "the definition", 0, "", str(kept))])
    return True


def _copies(folder: Folder) -> Path:
    return folder.path / "metadata"


def _definitions(folder: Folder) -> dict[str, str]:
    """What the engine has, by name."""
    source = (folder.engine / "metadata" / "default").resolve()
    return {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in source.glob("*.sql")}


def _current_copies(folder: Folder, but: str = "") -> dict[str, str]:
    """The copies, by name, when all that the engine has is as it was copied, ``but`` for one. Otherwise the schema was
    changed since, and what was a table then need not be one now: ``{}``."""
    copies = {path.stem: path.read_text(encoding="utf-8") for path in _copies(folder).glob("*.sql")}
    there = {name: text for name, text in _definitions(folder).items() if name != but}
    return copies if all(copies.get(name) == text for name, text in there.items()) else {}


def recover(session: Session, folder: Folder) -> None:
    """Bring back definitions that are gone, and note parts that the engine has set aside. Before the schema is brought
    up to date."""
    here = _objects(session)
    missing = {name: text for name, text in _current_copies(folder).items() if name not in here}
    # Views last: they read tables.
    for name in sorted(missing, key=lambda name: (" VIEW " in missing[name], name)):
        session.command(missing[name].replace(" _ UUID ", f" `{name}` UUID ", 1))
        kept = f"{_copies(folder) / name}.sql, {_now()}"
        _note(folder, [Damage(_now(), name, "the definition", 0, "", kept)])
    _note(folder, _detached(session))


def remember(folder: Folder) -> None:
    """Keep a copy of the definitions. After the schema is up to date."""
    copies = _copies(folder)
    try:
        copies.mkdir(mode=0o700, exist_ok=True)
        current = _definitions(folder)
        for name, text in current.items():
            copy = copies / f"{name}.sql"
            if not copy.is_file() or copy.read_text(encoding="utf-8") != text:
                copy.with_suffix(".partial").write_text(text, encoding="utf-8")
                copy.with_suffix(".partial").replace(copy)
        for path in copies.glob("*.sql"):
            if path.stem not in current:
                path.unlink()
    except OSError as error:
        logger.warning("Could not keep a copy of the definitions in %s: %s", copies, error.strerror or error)


def _objects(session: Session) -> set[str]:
    return {str(row[0]) for row in session.query("SELECT name FROM system.tables WHERE database = 'default'").rows}


# Parts ----------------------------------------------------------------------------------------------------------------


def _detached(session: Session) -> list[Damage]:
    """Parts that the engine has set aside because they are broken."""
    found = session.query(
        "SELECT table, name, partition_id, path FROM system.detached_parts "
        "WHERE database = 'default' AND reason LIKE 'broken%'"
    )
    return [
        Damage(_now(), table, f"the part {name}", _rows_in(Path(path)), str(partition), path)
        for table, name, partition, path in found.rows
    ]


def _rows_in(part: Path) -> int | None:
    try:
        return int((part / "count.txt").read_text())
    except (OSError, ValueError):
        return None


def is_damage(error: StoreError, folder: Folder) -> bool:
    """Whether a question failed because a file of the engine is damaged."""
    return error.code in _DAMAGE and f"{folder.engine}/" in str(error.__cause__)


def set_aside(session: Session, folder: Folder) -> list[Damage]:
    """Check every part of every table, and detach those that are damaged: questions are answered from the rest. Reads
    all that is stored."""
    with _checking:
        found = list(_set_aside(session))
    _note(folder, found)
    return found


def _set_aside(session: Session) -> Iterator[Damage]:
    parts = session.query(
        "SELECT table, name, rows, partition, path FROM system.parts WHERE database = 'default' AND active "
        "ORDER BY table, name"
    )
    for table, part, rows, partition, path in parts.rows:
        if not _is_whole(session, table, part):
            session.command(f"ALTER TABLE `{table}` DETACH PART '{part}'")
            kept = Path(path).parent / "detached" / part
            yield Damage(_now(), table, f"the part {part}", rows, str(partition), str(kept))


def _is_whole(session: Session, table: str, part: str) -> bool:
    try:
        checked = session.query(f"CHECK TABLE `{table}` PART '{part}' SETTINGS check_query_single_value_result = 1")
    except StoreError:
        # Merged away meanwhile, or so damaged that it cannot even be checked.
        where = f"database = 'default' AND table = '{table}' AND name = '{part}' AND active"
        return not session.query(f"SELECT 1 FROM system.parts WHERE {where}").rows
    return str(checked.rows[0][0]) == "1"


def failure_of(found: list[Damage], error: StoreError) -> StoreError:
    """What the question that met the damage is answered."""
    if not found:
        return error
    return QuestionFailed("; ".join(map(str, found)), "ask again for the rest; llmroute doctor; restore a backup")
