"""What can go wrong, each with one line for a person: what, where, what to do.

StoreError                exit code 2: bad input or a bad environment
├── DataFolderError       the data folder is missing, unreadable, damaged
│   ├── FolderInUse       another process has it open
│   └── SchemaTooNew      a newer version of this program wrote it
├── PortInUse             an address cannot be listened on
├── NotLoopback           other machines could reach it and no token is set
├── StoreUnreachable      no running store answers
├── BadStatement          the SQL is not one that reads, or the engine refuses it
└── QuestionFailed        exit code 1: the question was good, answering it failed (time, memory, rows)
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """One line about what happened and where; ``hint`` says what to do ("" when there is nothing to say); ``code`` is
    the engine's number for it, if it is the engine's error."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "", code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        """The line as a person sees it."""
        return f"{self.message}. Try: {self.hint}" if self.hint else self.message


class DataFolderError(StoreError):
    """The data folder cannot be used."""


class FolderInUse(DataFolderError):
    """Another process has the data folder open: the engine allows one."""


class SchemaTooNew(DataFolderError):
    """The tables were made by a newer version."""


class PortInUse(StoreError):
    """An address cannot be listened on."""


class NotLoopback(StoreError):
    """An address that other machines reach, without a token."""


class StoreUnreachable(StoreError):
    """Nothing answers, or something else than a store does."""


class BadStatement(StoreError):
    """SQL that does not read, cannot be parsed or names what is not there."""


class QuestionFailed(StoreError):
    """A limit of time, memory or rows was reached, or the engine failed."""

    exit_code = 1
