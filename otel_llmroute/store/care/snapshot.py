"""A copy of the store as it is at one moment, made in milliseconds: hard links to the files of the tables.

    DIR/snapshot/ID/    manifest.json, clickhouse/, spool/: the layout of a backup; there while a backup is made

Nothing writes meanwhile (``Database.gate``), so an insert and all that views make of it are in it together. What was
acknowledged before is in its tables, or in the segments of the spool that are copied after them. A segment that is in
both is stored once: the engine's notes of what it has inserted are copied as well.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.care.manifest import Manifest
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.questions import ask
from otel_llmroute.store.questions.values import plain
from otel_llmroute.store.times import engine_time

if TYPE_CHECKING:
    from otel_llmroute.store.database import Database, Session
    from otel_llmroute.store.folder import Folder

STILL_S: Final = 60.0
"""How long statements that write get to end before the copy."""
_BESIDE_PARTS: Final = ("format_version.txt", "deduplication_logs")

_TABLES: Final = """
SELECT name, data_paths[1] FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name
"""
_SCHEMA: Final = "SELECT max(version) FROM llmroute_schema"
_KEEP_CALLS: Final = "SELECT max(days) FROM llm_retention FINAL WHERE name = 'calls'"


def snapshots(folder: Folder) -> Path:
    """Where the snapshots of a data folder lie."""
    return folder.path / "snapshot"


def taken_snapshot(database: Database, version: str) -> tuple[str, Manifest]:
    """Make a snapshot; its id, for ``released_snapshot``, and what is in it. Raises ``StoreError``."""
    session, identity = database.writer(), secrets.token_hex(8)
    try:
        with database.gate.shut(STILL_S):
            return identity, _taken(session, database.folder, identity, version)
    except OSError as error:
        raise StoreError(
            f"the store cannot be copied: {error.strerror or error} ({error.filename})", "room on the disk"
        ) from error
    finally:
        session.close()


def released_snapshot(folder: Folder, identity: str) -> None:
    """Remove a snapshot, if it is there."""
    shutil.rmtree(folder.engine / "shadow" / identity, ignore_errors=True)
    shutil.rmtree(snapshots(folder) / identity, ignore_errors=True)
    with contextlib.suppress(OSError):
        snapshots(folder).rmdir()  # another backup may be under way


def released_snapshots(folder: Folder) -> None:
    """Remove what backups left behind that did not end."""
    shutil.rmtree(snapshots(folder), ignore_errors=True)
    shutil.rmtree(folder.engine / "shadow", ignore_errors=True)


def _taken(session: Session, folder: Folder, identity: str, version: str) -> Manifest:
    target = snapshots(folder) / identity
    target.mkdir(mode=0o700, parents=True)
    moment = datetime.now(timezone.utc)
    tables = {str(name): Path(path) for name, path in session.query(_TABLES).rows}
    for name in tables:
        session.command(f"ALTER TABLE {name} FREEZE WITH NAME '{identity}'")
    (target / "clickhouse").mkdir(mode=0o700)
    (folder.engine / "shadow" / identity / "store").replace(target / "clickhouse" / "store")
    _copy_beside_parts(folder.engine, target / "clickhouse", tables.values())
    waiting = _copied_spool(folder.spool, target / "spool")
    places = {name: _inside(path, folder.engine) for name, path in tables.items()}
    manifest = Manifest(
        taken_at=engine_time(moment),
        version=version,
        schema=int(session.query(_SCHEMA).rows[0][0]),
        keep_calls_days=int(session.query(_KEEP_CALLS).rows[0][0]),
        tables={name: stored(target / "clickhouse" / at) for name, at in places.items()},
        places={name: str(at) for name, at in places.items()},
        money=plain(ask(session, "money_per_month", {}).records()),
        waiting_requests=waiting,
    )
    manifest.write(target)
    return manifest


def _inside(path: Path, engine: Path) -> Path:
    """The path of a table below the engine's folder: ``store/46d/46d4ce33-...``."""
    return path.resolve().relative_to(engine.resolve())


def _copy_beside_parts(engine: Path, target: Path, tables: Iterable[Path]) -> None:
    """What the engine needs of a table beside its parts, and the definitions of tables and views."""
    for path in tables:
        inside = target / _inside(path, engine)
        inside.mkdir(parents=True, exist_ok=True)
        for entry in path.iterdir():
            if entry.name in _BESIDE_PARTS or entry.name.startswith("mutation_"):
                with contextlib.suppress(FileNotFoundError):  # a mutation that ended long ago, and is forgotten
                    _copy(entry, inside / entry.name)
    for definitions in (engine / "metadata").iterdir():
        place = target / "metadata" / definitions.name
        place.parent.mkdir(exist_ok=True)
        if definitions.is_symlink():
            place.symlink_to(definitions.readlink())
            shutil.copytree(definitions.resolve(), target / definitions.resolve().relative_to(engine.resolve()))
        else:
            _copy(definitions, place)
    shutil.copytree(engine / "data", target / "data", symlinks=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _copied_spool(spool: Path, target: Path) -> int:
    """Copy the segments that wait; how many requests are in them. One that vanishes meanwhile is in the tables."""
    from otel_llmroute.store.receiver.frames import frames_of

    target.mkdir(mode=0o700)
    waiting = 0
    for path in sorted(spool.glob("*.otlp")):
        try:
            shutil.copyfile(path, target / path.name)
        except FileNotFoundError:
            (target / path.name).unlink(missing_ok=True)
            continue
        waiting += sum(frame is not None for frame in frames_of((target / path.name).read_bytes()))
    for aside in ("refused", "damaged"):
        if (spool / aside).is_dir():
            shutil.copytree(spool / aside, target / aside)
    return waiting


def stored(table: Path) -> dict[str, int]:
    """What the parts in the folder of a table say of themselves: ``rows``, ``parts``, ``bytes``."""
    counts = list(table.glob("*/count.txt"))
    files = (file for count in counts for file in count.parent.rglob("*") if file.is_file())
    return {
        "rows": sum(int(count.read_text()) for count in counts),
        "parts": len(counts),
        "bytes": sum(file.stat().st_size for file in files),
    }
