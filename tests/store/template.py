"""Data folders with the tables of today and no rows, to be copied: making the tables takes longer than most tests."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

_MAKE: Final = """
import sys
from pathlib import Path

from otel_llmroute.store.database import Database
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.maintenance.retention import Retention
from otel_llmroute.store.maintenance.tables import settle_tables
from otel_llmroute.store.schema import migrate

database = Database(Folder(Path(sys.argv[1])))
session = database.writer()
migrate(session, sys.argv[1])
if sys.argv[2] == "started":
    settle_tables(session, Retention(0, 0, 0))
database.close()
"""


def with_tables(folder: Path, *, started: bool = False) -> None:
    """Make ``folder`` one that has its tables, when there is none and one can be made there. One that is there stays as
    it is, an empty one too. ``started``: as after a start that keeps everything for ever."""
    if not folder.exists() and os.access(folder.parent, os.W_OK):
        shutil.copytree(_template("started" if started else "migrated"), folder, symlinks=True)


@functools.cache
def _template(state: str) -> Path:
    """Made once in each process that runs tests, by what the store does itself."""
    place = tempfile.mkdtemp(prefix="llmroute-template-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = Path(place) / "data"
    subprocess.run([sys.executable, "-c", _MAKE, str(folder), state], check=True, timeout=280)
    return folder
