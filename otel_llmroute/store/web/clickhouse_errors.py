"""Errors as a ClickHouse server says them: ``Code: 62. DB::Exception: ... (SYNTAX_ERROR)``, a header and a status.

The status of a code is the server's own:
https://github.com/ClickHouse/ClickHouse/blob/master/src/Server/HTTP/exceptionCodeToHTTPStatus.cpp
"""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import PlainTextResponse, Response

from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.web.clickhouse_settings import READONLY

NAMES: Final = {
    27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    36: "BAD_ARGUMENTS",
    48: "NOT_IMPLEMENTED",
    62: "SYNTAX_ERROR",
    73: "UNKNOWN_FORMAT",
    READONLY: "READONLY",
    194: "REQUIRED_PASSWORD",
    229: "QUERY_IS_TOO_LARGE",
    271: "CANNOT_DECOMPRESS",
    497: "ACCESS_DENIED",
    1002: "UNKNOWN_EXCEPTION",
}
"""Names of the codes that are given here. The engine names its own."""
UNKNOWN: Final = 1002

_STATUS: Final = {
    **dict.fromkeys((6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223), 400),
    **dict.fromkeys((321, 376, 427, 441, 675, 676), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511), 404),
    **dict.fromkeys((192, 193, 497, 512, 516), 403),
    **dict.fromkeys((76, 209, 439), 503),
    48: 501,
    159: 408,
    194: 401,
    229: 413,
    381: 411,
    779: 415,
}


def status_of(code: int) -> int:
    """The HTTP status of a server's answer with that code."""
    return _STATUS.get(code, 500)


def refusal(error: StoreError, headers: dict[str, str] | None = None) -> Response:
    """The answer that says what went wrong."""
    code = error.code or (READONLY if isinstance(error, BadStatement) else UNKNOWN)
    text = f"Code: {code}. DB::Exception: {_words_of(error, code)}\n"
    return PlainTextResponse(text, status_of(code), {**(headers or {}), "X-ClickHouse-Exception-Code": str(code)})


def guard_refusal(status: int, message: str, hint: str) -> Response:
    """The answer of ``Guard`` on this port."""
    code = 194 if status == 401 else 497
    answer = refusal(StoreError(message, hint, code))
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="llmroute"'
    return answer


def _words_of(error: StoreError, code: int) -> str:
    """The engine's own words, if it said any: once, where it says them once for each layer that they passed."""
    said = str(error.__cause__) if error.__cause__ is not None else ""
    if said.startswith("Code: "):
        words = re.sub(r"^(Code: \d+\. DB::Exception: (default: )?)+", "", said)
        first, version, _ = words.partition(" (version ")
        return first if not version else first + version + words.partition(" (version ")[2].partition(")")[0] + ")"
    words = str(error).removeprefix("the engine refused the statement: ")
    has_name = re.search(r"\([A-Z_]+\)$", words) is not None
    return words if has_name else f"{words.rstrip(': .')}. ({NAMES.get(code, NAMES[UNKNOWN])})"
