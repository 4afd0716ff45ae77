"""Requests in a file, one after the other, so that damage to one is found and does not reach the others.

A frame is a mark, length, records, CRC-32 of these, CRC-32 of the body, then the body. One that a crash cut short was
never acknowledged; it is dropped when the segment is read again. Behind one that is damaged the next is found by its
mark.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from otel_llmroute.store.receiver.canonical import Canonical

_FRAME: Final = struct.Struct("<4sIIII")
_MARK: Final = b"\x00LR\x01"


@dataclass(frozen=True)
class Frame:
    """One request: its canonical body and how many records are in it."""

    body: bytes
    records: int


def frames_of(data: bytes) -> Iterator[Frame | None]:
    """The frames in the bytes of a segment; ``None`` for what is damaged, up to the next frame. What is cut short at
    the end is not among them."""
    at = 0
    while at < len(data):
        header = data[at : at + _FRAME.size]
        if len(header) < _FRAME.size and _MARK.startswith(header[:4]):
            return
        found = _frame(header)
        if found is None:
            yield None
            at = _next_mark(data, at)
            continue
        length, records, crc = found
        end = at + _FRAME.size + length
        if end > len(data):
            # The start of a frame and no end: cut short, unless there are others behind.
            at = _next_mark(data, at)
            if at < len(data):
                yield None
            continue
        body = data[at + _FRAME.size : end]
        yield Frame(body, records) if zlib.crc32(body) == crc else None
        at = end


def _frame(header: bytes) -> tuple[int, int, int] | None:
    """Length, records, and CRC of the body; ``None`` for what is not the start of a frame."""
    if len(header) < _FRAME.size:
        return None
    mark, length, records, own, crc = _FRAME.unpack(header)
    return (length, records, crc) if mark == _MARK and own == _crc(length, records) else None


def _next_mark(data: bytes, at: int) -> int:
    """Where the next frame begins; the end when there is none."""
    while (at := data.find(_MARK, at + 1)) >= 0:
        if _frame(data[at : at + _FRAME.size]):
            return at
    return len(data)


def _crc(length: int, records: int) -> int:
    return zlib.crc32(struct.pack("<II", length, records))


def framed(request: Canonical) -> bytes:
    """A request as a frame."""
    length, records = len(request.body), request.records
    return _FRAME.pack(_MARK, length, records, _crc(length, records), zlib.crc32(request.body)) + request.body
