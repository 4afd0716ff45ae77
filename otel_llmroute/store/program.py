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
    with _forwarding() as children:
        try:
            child = subprocess.Popen(program, env=dict(env))
        except OSError as error:
            raise StoreError(f"cannot run {program[0]!r}: {error.strerror}") from error
        children.append(child)
        code = child.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _forwarding() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Hand signals on to the children in the list, as long as the block lasts."""
    children: list[subprocess.Popen[bytes]] = []

    def forward(number: int, frame: FrameType | None) -> None:
        if number in _FROM_KEYBOARD and _is_in_foreground():
            return  # the terminal has sent it to the child as well
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)

    kept = {}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        # What our parent told us to ignore (nohup), the child ignores too.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            kept[number] = signal.signal(number, forward)
    try:
        yield children
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
