"""What one request may ask of the engine, so that none takes all memory or keeps it busy for minutes."""

from __future__ import annotations

from typing import Any, Final

from otel_llmroute.store.receiver.refusals import too_large

MAX_RECORDS: Final = 200_000
MAX_GROUPS: Final = 100_000
MAX_REPEATED: Final = 128 * 2**20
"""Bytes of rows, beyond those of the request, that one request may make (``Canonical.repeated``)."""
ORDINARY_REPEATED: Final = 16
"""How many repeated bytes weigh as much as one of the body: programs send 10 to 20 attributes with a resource, and all
rows together repeat them one to five times the body."""
ATTRIBUTE_BYTES: Final = 64
"""What an attribute takes in the engine, whatever is in it."""
DAY_NS: Final = 86_400 * 10**9
MAX_DAYS: Final = 400
DAY_BYTES: Final = 256 * 1024
"""What the rows of one more day take in the engine: files of their own, 5 ms and 100 kB of memory."""
MAX_PARTS: Final = 1_000_000
"""Attributes, items of lists, events and links in a request of more than ``CHECKED_BYTES``: the engine needs some 100
bytes for each, and two are enough to send one."""
CHECKED_BYTES: Final = 4 * 2**20


def repeated_bytes(records: int, shared: Any, url: str = "") -> int:
    """Bytes that so many rows have because each holds what was sent once, a resource or a scope."""
    return records * (shared.ByteSize() + ATTRIBUTE_BYTES * len(shared.attributes) + len(url)) if records else 0


def bytes_of_days(days: set[int]) -> int:
    """What the days of its records beyond one add to a request. Raises ``Refused`` when there are too many."""
    if len(days) > MAX_DAYS:
        raise too_large(f"the request has records of more than {MAX_DAYS} days: send smaller batches")
    return DAY_BYTES * max(0, len(days) - 1)


def limited(groups: Any) -> Any:
    """``groups``, resources or scopes. Raises ``Refused`` when there are too many."""
    if len(groups) > MAX_GROUPS:
        raise too_large(f"the request has more than {MAX_GROUPS} resources or scopes: send smaller batches")
    return groups


def check_records(records: int) -> None:
    """Raises ``Refused`` when there are too many."""
    if records > MAX_RECORDS:
        raise too_large(f"the request has more than {MAX_RECORDS} records: send smaller batches")
