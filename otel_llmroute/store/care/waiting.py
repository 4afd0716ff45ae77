"""What lies in the spool, by its files alone: also when no store runs, or another process has it open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Waiting:
    """Segments that are not stored yet; ``oldest_s``: seconds since the oldest was last written to."""

    segments: int
    bytes: int
    oldest_s: float


@dataclass(frozen=True)
class Aside:
    """Files put aside; ``reason``: of the first, when it has one."""

    folder: Path
    count: int
    reason: str


def waiting_in(spool: Path, now: float) -> Waiting:
    """``now``: seconds since 1970."""
    found = [stat for path in spool.glob("*.otlp") for stat in _stat(path)]
    oldest = min((changed for _, changed in found), default=now)
    return Waiting(len(found), sum(size for size, _ in found), max(0.0, now - oldest))


def _stat(path: Path) -> Iterator[tuple[int, float]]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return  # stored meanwhile
    yield found.st_size, found.st_mtime


def aside_in(folder: Path) -> Aside:
    """What is in ``spool/refused`` or ``spool/damaged``."""
    files = sorted(folder.glob("*.otlp"))
    reasons = (path.with_suffix(".txt") for path in files)
    reason = next((path.read_text(encoding="utf-8", errors="replace") for path in reasons if path.is_file()), "")
    return Aside(folder, len(files), " ".join(reason.split())[:200])
