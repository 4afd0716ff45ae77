"""What the commands of care ask of a store, in one place for a folder that is open here and for the web port."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.care.examination import examined
from otel_llmroute.store.care.pruning import pruned
from otel_llmroute.store.care.snapshot import released_snapshot, snapshots, taken_snapshot
from otel_llmroute.store.errors import BadStatement

if TYPE_CHECKING:
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder


@dataclass(frozen=True)
class Cared:
    """A store that is open in this process; ``health`` is what it says of itself when it runs."""

    database: Database
    folder: Folder
    health: dict[str, Any] | None = None


def cared(store: Cared, act: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Do ``act``, one of ``ACTS``, with what was told. Raises ``StoreError``."""
    return ACTS[act](store, told)


def _doctor(store: Cared, told: Mapping[str, Any]) -> dict[str, Any]:
    session = store.database.reader()
    try:
        return examined(session, store.folder, store.health)
    finally:
        session.close()


def _snapshot(store: Cared, told: Mapping[str, Any]) -> dict[str, Any]:
    identity, manifest = taken_snapshot(store.database, version("otel-llmroute"))
    return {"id": identity, "path": str(snapshots(store.folder) / identity), "manifest": asdict(manifest)}


def _release(store: Cared, told: Mapping[str, Any]) -> dict[str, Any]:
    identity = _text(told, "id")
    if not re.fullmatch(r"[0-9a-f]{16}", identity):
        raise BadStatement("'id' is not the id of a snapshot")
    released_snapshot(store.folder, identity)
    return {}


def _prune(store: Cared, told: Mapping[str, Any]) -> dict[str, Any]:
    session = store.database.writer()
    try:
        return pruned(session, _text(told, "before"), told.get("raw_only") is True, told.get("dry_run") is not False)
    finally:
        session.close()


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str):
        raise BadStatement(f"{key!r} is not text")
    return value


ACTS: Final[dict[str, Callable[[Cared, Mapping[str, Any]], dict[str, Any]]]] = {
    "doctor": _doctor,
    "snapshot": _snapshot,
    "release": _release,
    "prune": _prune,
}
ASKING: Final = frozenset({"prune"})
"""Acts before which all that was acknowledged is stored. The others look at what waits, or copy it."""
