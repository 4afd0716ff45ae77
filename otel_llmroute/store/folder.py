"""The data folder: where the engine's files are, and who is running on it.

DIR/clickhouse/    the engine's own files; one process at a time
DIR/spool/         requests that were acknowledged and are not stored yet
DIR/tmp/           files of inserts under way
DIR/snapshot/      links to the files of a backup under way
DIR/running.json   addresses of the process that has it open, while it runs
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from otel_llmroute.store.errors import DataFolderError

DEFAULT_FOLDER = ".llmroute"
_NOT_IN_A_PATH: Final = "?{}"
"""The engine would open what comes before a ``?``, and read the file of an insert as a pattern."""


@dataclass(frozen=True)
class Running:
    """A running store: its process and its addresses. ``start`` is another one each time that it starts, ``place`` is
    which folder it has open, whatever path leads there."""

    pid: int
    start: str
    data: str
    place: str
    web: str
    otlp_http: str
    otlp_grpc: str
    version: str
    clickhouse: str


@dataclass(frozen=True)
class Folder:
    """A data folder; nothing is read or made until it is asked for."""

    path: Path

    @property
    def is_default(self) -> bool:
        """Whether a command that is typed where this process was started means it without ``--data``."""
        return self.path == Path(DEFAULT_FOLDER).absolute()

    @property
    def engine(self) -> Path:
        return self.path / "clickhouse"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def temporary(self) -> Path:
        return self.path / "tmp"

    @property
    def running_file(self) -> Path:
        return self.path / "running.json"

    def exists(self) -> bool:
        """Whether a store was ever opened here."""
        return self.engine.is_dir()

    def make(self) -> None:
        """Make the folder, readable by its owner alone. Raises ``DataFolderError``."""
        self.check_path()
        if self.path.exists() and not self.path.is_dir():
            raise DataFolderError(f"the data folder {self.path} is a file", "--data with a folder")
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True)
                # Lies in a project more often than not, and is no part of it.
                (self.path / ".gitignore").write_text("*\n")
            for path in (self.engine, self.temporary):
                path.mkdir(mode=0o700, exist_ok=True)
            self._check_writable()
        except OSError as error:
            raise DataFolderError(
                f"the data folder {self.path} cannot be used: {error.strerror}", "--data with a folder you can write to"
            ) from error

    def check_path(self) -> None:
        """Raises ``DataFolderError`` when the engine would take the path for another one."""
        whole = os.path.realpath(self.path)
        if found := [sign for sign in _NOT_IN_A_PATH if sign in whole]:
            raise DataFolderError(
                f"the data folder {whole} has {' and '.join(found)} in its path, which the engine cannot open",
                "--data with another name",
            )

    def _check_writable(self) -> None:
        probe = self.temporary / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()

    @property
    def place(self) -> str:
        """What tells the folder from a copy of it. Raises ``OSError``."""
        found = self.path.stat()
        return f"{found.st_dev}:{found.st_ino}"

    def running(self) -> Running | None:
        """What the process that has the folder open wrote down; ``None`` when there is none or it died. Another process
        may have its id by now: ``source.store_of`` asks."""
        try:
            running = Running(**json.loads(self.running_file.read_text()))
            is_of_here = running.place == self.place  # else the folder was copied, and the note with it
        except (OSError, ValueError, TypeError):
            return None
        return running if is_of_here and is_alive(running.pid) else None

    def announce(self, running: Running) -> None:
        """Write down the addresses, whole or not at all."""
        partial = self.running_file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(running), indent=1) + "\n")
        partial.replace(self.running_file)

    def withdraw(self) -> None:
        """Take the addresses away."""
        self.running_file.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of that id exists, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def folder_at(data: str | None) -> Folder:
    """The folder that ``--data``, else ``LLMROUTE_DATA``, else the default names, as an absolute path."""
    return Folder(Path(data or os.environ.get("LLMROUTE_DATA") or DEFAULT_FOLDER).expanduser().absolute())
