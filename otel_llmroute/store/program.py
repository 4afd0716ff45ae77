"""The user's program as a child: it gets the signals that were meant for it, and its exit code is passed on."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Final

from otel_llmroute.store.errors import StoreError

_FORWARDED: Final = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_KEYBOARD: Final = (signal.SIGINT, signal.SIGQUIT)


def check_can_run(program: Sequence[str]) -> None:
    """Raises ``StoreError`` when there is no such program."""
    if not program:
        raise StoreError("no program to run", "llmroute run -- python app.py")
    if shutil.which(program[0]) is None:
        raise StoreError(f"cannot run {program[0]!r}: no such program", "its path, or: llmroute run -- python app.py")


def run_program(program: Sequence[str], env: Mapping[str, str]) -> int:
    """Run to the end with our stdin, stdout and stderr. Returns its exit code, 128 + n when signal n ended it.
    Raises ``StoreError`` when it cannot be started."""
    forwarder = _Forwarder()
    with _handled_by(forwarder):
        try:
            child = subprocess.Popen(program, env=dict(env))
        except OSError as error:
            raise StoreError(f"cannot run {program[0]!r}: {error.strerror}") from error
        forwarder.adopt(child)
        code = child.wait()
    return code if code >= 0 else 128 - code


class _Forwarder:
    """Hands signals on to the child; those that come before there is one, as soon as there is."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def adopt(self, child: subprocess.Popen[bytes]) -> None:
        """From now on signals are for ``child``."""
        self._child = child
        for number in self._early:
            child.send_signal(number)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._child is None:
            self._early.append(number)
        elif number not in _FROM_KEYBOARD or not _is_in_foreground():  # else the terminal has sent it to the child
            self._child.send_signal(number)


@contextlib.contextmanager
def _handled_by(forward: _Forwarder) -> Iterator[None]:
    """``forward`` handles the signals as long as the block lasts."""
    kept = {}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        # What our parent told us to ignore (nohup), the child ignores too.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            kept[number] = signal.signal(number, forward)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _is_in_foreground() -> bool:
    """Whether a key pressed on the terminal reaches our process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
