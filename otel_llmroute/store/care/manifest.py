"""What a backup says of itself, in ``manifest.json`` beside its files.

TARGET/manifest.json     what was in the store when it was copied
TARGET/files.sha256      a checksum per file, as ``sha256sum --check`` reads them
TARGET/clickhouse/       the engine's files
TARGET/spool/            requests that were acknowledged and not stored yet
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from otel_llmroute.store.errors import StoreError

FORMAT: Final = "llmroute-backup-1"
MANIFEST: Final = "manifest.json"
CHECKSUMS: Final = "files.sha256"


@dataclass(frozen=True)
class Manifest:
    """``taken_at``: UTC. ``tables``: name -> ``{"rows", "parts", "bytes"}`` as stored, repeated deliveries included;
    ``places``: name -> folder below ``clickhouse/``.
    ``money``: rows of the question ``money_per_month``, Decimal as text. ``keep_calls_days``: 0 is for ever."""

    taken_at: str
    version: str
    schema: int
    keep_calls_days: int
    tables: dict[str, dict[str, int]]
    places: dict[str, str]
    money: list[dict[str, Any]]
    waiting_requests: int
    format: str = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table["rows"] for table in self.tables.values())

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def manifest_of(told: Any) -> Manifest:
    """Raises ``TypeError`` or ``KeyError`` for what is none."""
    if told["format"] != FORMAT:
        raise KeyError(told["format"])
    return Manifest(**told)


def manifest_in(folder: Path) -> Manifest:
    """The manifest of a backup. Raises ``StoreError`` when ``folder`` is none."""
    hint = "the folder that llmroute backup wrote"
    try:
        return manifest_of(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise StoreError(f"{folder} is no backup: it has no {MANIFEST}", hint) from None
    except OSError as error:
        raise StoreError(f"{folder / MANIFEST} cannot be read: {error.strerror}", hint) from error
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{folder / MANIFEST} is not of a kind that this version knows", "a newer otel-llmroute"
        ) from error
