"""Memory growth of one process over many calls, a fifth of them streams of which most are not read to the end."""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from per_call.provider import REQUEST, STREAM_REQUEST

STATM = Path("/proc/self/statm")
WARM_UP = 3000
CHUNKS = 20
FLUSH_EVERY = 500


def _read(stream: Any) -> None:
    for _ in stream:
        pass


def _close(stream: Any) -> None:
    next(iter(stream))
    stream.close()


def _break_off(stream: Any) -> None:
    for _ in stream:
        break


def _never_read(stream: Any) -> None:
    pass


ENDINGS: tuple[Callable[[Any], None], ...] = (_read, _close, _break_off, _never_read)


def make_calls(client: Any, settle: Callable[[], object], count: int) -> int:
    """Every fifth call is a stream; the endings take turns. Returns the count.

    Spans are flushed and metrics collected on the way: what waits for either is bounded, and would look like growth.
    """
    for number in range(count):
        if number % 5:
            client.chat.completions.create(**REQUEST)
        else:
            ENDINGS[number // 5 % len(ENDINGS)](client.chat.completions.create(**STREAM_REQUEST))
        if not number % FLUSH_EVERY:
            settle()
    return count


def resident_bytes() -> int | None:
    """Memory of this process in RAM; None where the system does not say."""
    if not STATM.exists():
        return None
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(client: Any, settle: Callable[[], object], calls: int) -> dict[str, Any]:
    """Bytes of RSS over so many calls, and traced bytes per call over a tenth of them; both after a warm-up."""
    made = make_calls(client, settle, min(WARM_UP, calls))
    before = _settled(settle, resident_bytes)
    made += make_calls(client, settle, calls)
    after = _settled(settle, resident_bytes)
    traced, traced_calls = _traced(client, settle, max(calls // 10, 100))
    return {
        "calls": calls,
        "all_calls": made + traced_calls,
        "rss_bytes": None if before is None or after is None else after - before,
        "traced_bytes_per_call": traced,
    }


def _traced(client: Any, settle: Callable[[], object], calls: int) -> tuple[float, int]:
    tracemalloc.start()
    made = make_calls(client, settle, max(calls // 10, 100))
    before = _settled(settle, lambda: tracemalloc.get_traced_memory()[0])
    made += make_calls(client, settle, calls)
    after = _settled(settle, lambda: tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return (after - before) / calls, made


def _settled(settle: Callable[[], object], figure: Callable[[], Any]) -> Any:
    gc.collect()
    settle()
    gc.collect()
    return figure()
