"""Compressed bodies, both ways. What is unpacked is bounded before it is in memory."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Any, Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd
try:
    import lz4.frame as lz4  # type: ignore[import-untyped]
except ImportError:  # not everywhere a dependency of clickhouse-connect
    lz4 = None

PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda data: bytes(zstd.compress(data, 1)),
    **({"lz4": lambda data: bytes(lz4.compress(data))} if lz4 else {}),
    "gzip": lambda data: gzip.compress(data, 1, mtime=0),
    "deflate": lambda data: zlib.compress(data, 1),
}
"""Codings of an answer, the best first. ``lz4`` (a frame) is one that only clients of ClickHouse know."""

_UNPACK: Final[dict[str, Callable[[], Any]]] = {
    "zstd": zstd.ZstdDecompressor,
    **({"lz4": lz4.LZ4FrameDecompressor} if lz4 else {}),
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "deflate": zlib.decompressobj,
}
MIN_PACKED: Final = 1_000
"""Bytes below which an answer goes as it is."""


def accepted(header: str) -> str | None:
    """The coding for an answer, of those in an ``Accept-Encoding`` header; ``None`` to send it as it is."""
    wanted = set()
    for item in header.lower().split(","):
        name, *parameters = (part.strip().replace(" ", "") for part in item.split(";"))
        if not any(part in ("q=0", "q=0.0", "q=0.00", "q=0.000") for part in parameters):
            wanted.add(name)
    return next((name for name in PACK if name in wanted), None)


def unpacked(data: bytes, encoding: str, limit: int) -> bytes:
    """The first ``limit`` bytes at most of what ``data`` unpacks to. Raises ``KeyError`` for a coding that is not
    known, ``ValueError`` for data that is not of it."""
    opener = _UNPACK[encoding]()
    try:
        return bytes(opener.decompress(data, limit))
    except (zlib.error, RuntimeError, zstd.ZstdError) as error:
        raise ValueError(str(error)) from error
