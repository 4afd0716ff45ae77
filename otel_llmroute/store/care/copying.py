"""Copies of folders with a checksum per file."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from otel_llmroute.store.care.manifest import CHECKSUMS
from otel_llmroute.store.errors import StoreError

PARTS: Final = ("clickhouse", "spool")
_PIECE: Final = 2**20

Progress = Callable[[int], None]
"""Told how many bytes more are done."""


def files_in(folder: Path) -> list[Path]:
    """Files and links of the store in a folder, relative to it, in order."""
    every = (path for part in PARTS for path in (folder / part).rglob("*"))
    return sorted(path.relative_to(folder) for path in every if path.is_symlink() or path.is_file())


def bytes_in(folder: Path) -> int:
    """Bytes of the files that ``copied`` copies."""
    return sum((folder / path).lstat().st_size for path in files_in(folder))


def copied(source: Path, target: Path, progress: Progress) -> dict[str, str]:
    """Copy the store in ``source`` into ``target``; path -> SHA-256 of what was written. Raises ``StoreError``."""
    checksums: dict[str, str] = {}
    for part in PARTS:
        (target / part).mkdir(mode=0o700)
    for path in files_in(source):
        try:
            checksums.update(_copied_file(source, target, path, progress))
        except OSError as error:
            where = error.filename or target / path
            raise StoreError(
                f"{where} cannot be copied: {error.strerror}", "its rights, and room on the disk"
            ) from error
    os.sync()
    return checksums


def _copied_file(source: Path, target: Path, path: Path, progress: Progress) -> Iterator[tuple[str, str]]:
    (target / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (source / path).is_symlink():
        (target / path).symlink_to((source / path).readlink())
        return
    digest = hashlib.sha256()
    with (source / path).open("rb") as reading, (target / path).open("xb") as writing:
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
            progress(len(piece))
    yield path.as_posix(), digest.hexdigest()


def write_checksums(folder: Path, checksums: dict[str, str]) -> None:
    """Write ``files.sha256``."""
    lines = (f"{checksum}  {path}\n" for path, checksum in sorted(checksums.items()))
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def check_checksums(folder: Path, checksums: dict[str, str]) -> None:
    """Raises ``StoreError`` when files of a backup are not what they were when it was made."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / CHECKSUMS} cannot be read", "another backup") from error
    wanted = {path: checksum for checksum, _, path in (line.partition("  ") for line in lines)}
    missing, other = wanted.keys() - checksums.keys(), checksums.keys() - wanted.keys()
    changed = {path for path in wanted.keys() & checksums.keys() if wanted[path] != checksums[path]}
    if missing or other or changed:
        counts = f"{len(changed)} files changed, {len(missing)} missing, {len(other)} that do not belong to it"
        first = min(missing | other | changed)
        raise StoreError(f"the backup {folder} is damaged: {counts}, such as {first}", "another backup")


def removed(folder: Path) -> None:
    """Remove the store in a folder, not what else is there."""
    for part in PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)
