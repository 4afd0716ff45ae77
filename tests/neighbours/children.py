"""Processes to try an order of activation in: the other instrumentations do not leave a process as they found it."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


def in_a_child(function: Callable[..., _Result], *arguments: object) -> _Result:
    """What ``function(*arguments)`` returns in a fork of this process. Fails, with its traceback, where that raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(writing, function, *arguments)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    os.waitpid(child, 0)
    is_well, result = pickle.loads(sent) if sent else (False, "the child died without a word")
    if not is_well:
        raise AssertionError(f"in a child: {result}")
    return result  # type: ignore[no-any-return]


def _answer(writing: int, function: Callable[..., object], *arguments: object) -> None:
    try:
        answer: tuple[bool, object] = (True, function(*arguments))
    except BaseException:
        answer = (False, traceback.format_exc())
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
    finally:
        os._exit(0)  # no exit handlers: they are the parent's
