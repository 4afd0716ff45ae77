"""A backup from a snapshot, and a data folder from a backup."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otel_llmroute.store.care.copying import Progress, check_checksums, copied, removed, write_checksums
from otel_llmroute.store.care.manifest import Manifest, manifest_in
from otel_llmroute.store.errors import DataFolderError, FolderInUse, SchemaTooNew, StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.folder import Folder


def check_target(target: Path) -> None:
    """Raises ``StoreError`` when a backup cannot be written there. Whether it is inside the store is known later."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target} is there already and not an empty folder", "another TARGET")


def check_apart(target: Path, source: Path, hint: str) -> None:
    """Raises ``StoreError`` when a copy would be made inside of what is copied."""
    if target.resolve().is_relative_to(source.resolve()):
        raise StoreError(f"{target} is inside {source}, which is copied", hint)


def backed_up(snapshot: Path, manifest: Manifest, target: Path, progress: Progress) -> None:
    """Copy a snapshot to ``target``: whole, or not at all. Raises ``StoreError``."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o700, parents=True)
        write_checksums(partial, copied(snapshot, partial, progress))
        manifest.write(partial)
        partial.replace(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}", "another TARGET") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass(frozen=True)
class Restored:
    """What was put back and compared: rows as stored, months of money; ``expired``: months that are older than rows are
    kept, of which nothing can be compared."""

    manifest: Manifest
    months: int
    expired: int


def restored(source: Path, folder: Folder, replace: bool, progress: Progress) -> Restored:
    """Make a data folder of a backup and compare it with what the backup noted. A store that was there is removed when
    ``replace`` is true, after the other has been compared. Raises ``StoreError``; then the folder is as it was."""
    manifest = manifest_in(source)
    check_apart(folder.path, source, "--data with a folder beside it")
    _check_schema(source, manifest)
    _check_free(folder, replace)
    was_there, aside = folder.path.exists(), folder.path / "replaced"
    try:
        _move(folder.path, aside)
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_checksums(source, copied(source, folder.path, progress))
        found = _compared(folder, manifest)
    except BaseException:
        removed(folder.path)
        _move(aside, folder.path)
        shutil.rmtree(aside if was_there else folder.path, ignore_errors=True)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    return found


def _check_schema(source: Path, manifest: Manifest) -> None:
    from otel_llmroute.store.schema import migrations

    newest = max(migration.version for migration in migrations())
    if manifest.schema > newest:
        raise SchemaTooNew(
            f"the backup {source} has schema {manifest.schema}, this version knows {newest}", "a newer otel-llmroute"
        )


def _check_free(folder: Folder, replace: bool) -> None:
    """Raises ``FolderInUse`` when a store is open there, ``DataFolderError`` when anything is there that may not go, or
    the engine could not open the folder."""
    folder.check_path()
    if not folder.path.exists():
        return
    if not folder.path.is_dir():
        raise DataFolderError(f"{folder.path} is a file", "--data with a folder that is not there yet")
    if not replace and any(folder.path.iterdir()):
        raise DataFolderError(
            f"{folder.path} is not empty", "--data with a folder that is not there yet, or --replace its store"
        )
    if (folder.path / "replaced").exists():
        raise DataFolderError(
            f"{folder.path / 'replaced'} is a store that an interrupted restore has put aside", "moving or removing it"
        )
    if folder.exists():
        _check_closed(folder)


def _check_closed(folder: Folder) -> None:
    from otel_llmroute.store.database import Database

    try:
        Database(folder).close()
    except FolderInUse:
        raise
    except DataFolderError:
        pass  # what cannot be opened is what a backup is for


def _move(source: Path, target: Path) -> None:
    """Move the store in a folder into another; harmless when there is none."""
    for part in ("clickhouse", "spool"):
        if (source / part).exists():
            target.mkdir(mode=0o700, exist_ok=True)
            (source / part).replace(target / part)


def _compared(folder: Folder, manifest: Manifest) -> Restored:
    """Raises ``StoreError`` when the folder does not hold what the backup noted."""
    from otel_llmroute.store.care.snapshot import stored
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.questions import ask
    from otel_llmroute.store.questions.values import plain
    from otel_llmroute.store.schema import migrate

    for name, place in manifest.places.items():
        _check_equal(f"rows of {name}", manifest.tables[name], stored(folder.engine / place))
    database = Database(folder)
    try:
        session = database.writer()
        migrate(session, str(folder.path))
        money = plain(ask(session, "money_per_month", {}).records())
    finally:
        database.close()
    oldest = _oldest_kept(manifest)
    wanted = [row for row in manifest.money if row["month"] >= oldest]
    _check_equal("money per month", wanted, [row for row in money if row["month"] >= oldest])
    months = {row["month"] for row in manifest.money}
    compared = {row["month"] for row in wanted}
    return Restored(manifest, len(compared), len(months - compared))


def _oldest_kept(manifest: Manifest) -> str:
    """The first month of which no row can have been dropped because of its age."""
    if manifest.keep_calls_days == 0:
        return ""
    oldest = datetime.now(timezone.utc) - timedelta(days=manifest.keep_calls_days)
    return (oldest.replace(day=1) + timedelta(days=32)).strftime("%Y-%m-01")


def _check_equal(what: str, noted: Any, found: Any) -> None:
    if noted != found:
        pairs = [(a, b) for a, b in zip(noted, found, strict=False) if a != b] if isinstance(noted, list) else []
        first = pairs[0] if pairs else (noted, found)
        raise StoreError(f"{what}: the backup noted {first[0]}, the restored store has {first[1]}", "another backup")
