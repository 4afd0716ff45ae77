"""One answer of the server, and its bytes."""

from __future__ import annotations

import json as jsons
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

Event = bytes | tuple[float, bytes]
GZIP = 31
"""zlib's window bits for the gzip format."""


@dataclass(frozen=True)
class Reply:
    """What the server answers to one request. A reply made of lists can be given any number of times.

    status:     the HTTP status; 529 and other unlisted ones are fine.
    headers:    added to the server's own (content-type, a request id); a value of None takes one of those away.
    json, body: the body, as an object or as bytes.
    events:     instead of a body, a chunked event stream: each item is bytes, or (seconds to wait before, bytes). Items
                without a wait travel in one write; (0.0, b"...") forces a write of its own.
    delay:      seconds before the first byte.
    cut_after:  drop the connection after so many bytes of the body, or so many events, with no proper end.
    hang:       send what there is, then neither end nor close: the client has to give up.
    drop:       close the connection without a single byte.
    gzip:       compress the body or the events.
    """

    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    json: Any = None
    body: bytes | None = None
    events: Iterable[Event] | None = None
    delay: float = 0.0
    cut_after: int | None = None
    hang: bool = False
    drop: bool = False
    gzip: bool = False

    @cached_property
    def head(self) -> bytes:
        """Status line and headers, without the blank line that ends them."""
        fields: dict[str, str | None] = {"content-type": self._content_type()}
        if self.gzip:
            fields["content-encoding"] = "gzip"
        if self.events is None:
            fields["content-length"] = str(len(self.content))
        else:
            fields["transfer-encoding"] = "chunked"
        fields.update((name.lower(), value) for name, value in self.headers.items())
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n"

    def _content_type(self) -> str:
        if self.events is not None:
            return "text/event-stream; charset=utf-8"
        return "application/json" if self.body is None else "text/plain"

    @cached_property
    def content(self) -> bytes:
        """The whole body of a reply without events, compressed where asked."""
        plain = jsons.dumps(self.json).encode() if self.body is None else self.body
        if not self.gzip:
            return plain
        packer = zlib.compressobj(wbits=GZIP)
        return packer.compress(plain) + packer.flush()

    def writes(self) -> Iterator[tuple[float, bytes]]:
        """The body as (seconds to wait before, bytes to write); the first needs no wait and may be empty."""
        return iter(self._listed) if isinstance(self.events, (list, tuple)) else self._written()

    @cached_property
    def _listed(self) -> list[tuple[float, bytes]]:
        return list(self._written())

    def _written(self) -> Iterator[tuple[float, bytes]]:
        if self.events is None:
            return iter([(0.0, self.content[: self.cut_after])])
        return _joined(self._chunks())

    def _chunks(self) -> Iterator[tuple[float | None, bytes]]:
        packer = zlib.compressobj(wbits=GZIP) if self.gzip else None
        for number, event in enumerate(self.events or ()):
            if number == self.cut_after:
                return
            wait, data = event if isinstance(event, tuple) else (None, event)
            yield wait, _chunk(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH) if packer else data)
        if self.cut_after is None and not self.hang:
            yield None, _chunk(packer.flush() if packer else b"") + b"0\r\n\r\n"


def _chunk(data: bytes) -> bytes:
    # A chunk of no bytes would end the stream.
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def _joined(chunks: Iterator[tuple[float | None, bytes]]) -> Iterator[tuple[float, bytes]]:
    wait, pending = 0.0, b""
    for next_wait, chunk in chunks:
        if next_wait is None:
            pending += chunk
        else:
            yield wait, pending
            wait, pending = next_wait, chunk
    yield wait, pending


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Unlisted"
