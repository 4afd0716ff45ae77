"""Cancelling what waits for a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from standin import Standin


async def cancel_during_its_call(provider: Standin, work: Coroutine[Any, Any, Any]) -> None:
    """Cancel ``work`` as soon as its request has arrived at ``provider``, which has to be told to wait."""
    task = asyncio.ensure_future(work)
    while not provider.requests and not task.done():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
