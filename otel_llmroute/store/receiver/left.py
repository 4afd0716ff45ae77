"""What a store that was killed has left in the spool, for those who open its folder to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.receiver.spool import Spool
from otel_llmroute.store.receiver.writer import Inserting, Writer

if TYPE_CHECKING:
    from otel_llmroute.store.folder import Folder

LEFT_S: Final = 60.0
"""How long a question waits for it; an insert under way is ended. A store that runs is waited for as long."""


def stored_left(folder: Folder, writer: Callable[[], Inserting]) -> str:
    """Store what was acknowledged and is not stored. Returns what stands in the way of all of it, for a person; "" when
    nothing does. Nobody else may have the folder open."""
    if not any(folder.spool.glob("*.otlp")):
        return ""
    try:
        spool = Spool(folder.spool, 0)
    except OSError as error:
        return f"what was acknowledged and waits in {folder.spool} is not in this answer: {error.strerror or error}"
    storing = Writer([writer()], spool)
    storing.start()
    spool.stop()
    storing.finish(LEFT_S)
    spool.close()
    if not spool.records_waiting:
        return ""
    why = storing.trouble or f"storing takes more than {LEFT_S:.0f} s"
    return f"{spool.records_waiting} records that wait in {folder.spool} are not in this answer: {why}"
