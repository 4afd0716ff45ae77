"""Two branches of an application at work at once: in one of them models fail, while the other gets its answer."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

from standin import Reply, answers, faults

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from standin.request import Request

_LONGEST_S: Final = 10


class Beside:
    """What a provider answers: ``failing`` models fail once the other branch is done, any other model answers."""

    def __init__(self, *failing: str) -> None:
        self._failing = failing
        self._is_asked = threading.Event()
        self._is_answered = threading.Event()

    def __call__(self, request: Request) -> Reply:
        """The reply to one request."""
        assert isinstance(request.json, dict)
        if request.json["model"] not in self._failing:
            return answers.answer(request)
        self._is_asked.set()
        assert self._is_answered.wait(_LONGEST_S)
        return faults.openai_server_error(retry_after_ms=None)

    def begin(self, given: Any = None) -> Any:
        """The other branch begins: the failing one has been asked first. Returns what it is given."""
        assert self._is_asked.wait(_LONGEST_S)
        return given

    def end(self, given: Any = None) -> Any:
        """The other branch has its answer. Returns what it is given."""
        self._is_answered.set()
        return given

    async def answering(self, call: Awaitable[Any]) -> None:
        """The other branch, where ``call`` gets the answer."""
        await asyncio.to_thread(self.begin)
        await call
        self.end()
