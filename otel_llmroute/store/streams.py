"""Standard input, output and error as a command has them, also where one is closed, full, read no more, or of a
character set that has not every letter."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, TypeVar, cast

from otel_llmroute.store.errors import StoreError

T = TypeVar("T")


@contextlib.contextmanager
def standard_streams() -> Iterator[None]:
    """``sys.stdin``, ``sys.stdout`` and ``sys.stderr`` can be used while it lasts: what is closed is empty and takes no
    results. What cannot be told on stderr is told nobody."""
    _take_descriptors()
    kept = sys.stdin, sys.stdout, sys.stderr
    with contextlib.ExitStack() as held:
        nowhere = held.enter_context(open(os.devnull, "r+", encoding="utf-8"))
        sys.stdin = kept[0] or nowhere
        sys.stdout = cast("TextIO", _Results(kept[1] or nowhere, is_closed=kept[1] is None))
        sys.stderr = cast("TextIO", _Guarded(kept[2] or nowhere))
        try:
            yield
        finally:
            with contextlib.suppress(StoreError):  # told already, unless it is the help that nobody can have
                sys.stdout.flush()
            sys.stdin, sys.stdout, sys.stderr = kept


def _take_descriptors() -> None:
    """Where 0, 1 or 2 is closed, the next file that is opened would be it: a table of the engine, say."""
    while (taken := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(taken)


class _Guarded:
    """A text stream that drops what nobody can have."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return self._tried(lambda: self._stream.write(text), len(text))

    def flush(self) -> None:
        self._tried(self._stream.flush, None)

    def _tried(self, act: Callable[[], T], otherwise: T) -> T:
        try:
            return act()
        except OSError as error:
            self._drop()
            self._failed(error)
            return otherwise

    def _drop(self) -> None:
        """What is to be written goes nowhere from now on, also what Python still holds when it ends."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def _failed(self, error: OSError) -> None:
        """There is nobody to tell."""


class _Results(_Guarded):
    """Standard output. A reader that has seen enough, such as ``head``, is no error, and changes no exit code."""

    def __init__(self, stream: TextIO, is_closed: bool) -> None:
        super().__init__(stream)
        self._is_closed = is_closed

    def write(self, text: str) -> int:
        if self._is_closed:
            raise StoreError("standard output is closed", "> /dev/null where nobody needs the results")
        return super().write(text)

    def _failed(self, error: OSError) -> None:
        if not isinstance(error, BrokenPipeError):
            raise StoreError(f"standard output cannot be written: {error.strerror}", "another file") from error
