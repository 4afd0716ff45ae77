"""What went wrong, in short words that cannot hold a prompt: ``error.type``, and what it says about
the next attempt.
"""

from __future__ import annotations

from typing import Final

from otel_llmroute.app.sdks.answer import count, get, word
from otel_llmroute.app.sdks.openai import error_name
from otel_llmroute.names import AttemptOutcome, AttemptReason

_RATE_LIMITED: Final = frozenset({429, 529})
_TOO_MANY: Final = ("rate_limit", "ratelimit", "overloaded", "throttl")
_TIMED_OUT: Final = frozenset({408, 504})
# Cancelled by name: asyncio.CancelledError, trio.Cancelled; no event loop is imported to ask.
_CANCELLED: Final = frozenset({"CancelledError", "Cancelled", "KeyboardInterrupt", "SystemExit"})


def error_type_of(error: BaseException) -> str:
    """The provider's own name for the error if it gave one, else the exception's class. Never its message."""
    body = getattr(error, "body", None)
    inner = get(body, "error") if get(body, "error") is not None else body
    named = error_name(inner) or word(get(body, "status")) or _aws_code(error)
    return named if named is not None else type(error).__qualname__


def status_of(error: BaseException) -> int | None:
    """The HTTP status that the SDK's exception carries, or ``None``."""
    response = getattr(error, "response", None)
    if type(response) is dict and "event" not in type(error).__name__.lower():  # an event came in a body of status 200
        return count(get(response.get("ResponseMetadata"), "HTTPStatusCode"))
    return count(getattr(error, "status_code", None))


def _aws_code(error: BaseException) -> str | None:
    """The code of botocore's ``ClientError``. In an event stream it begins with a small letter: it is the same one."""
    response = getattr(error, "response", None)
    code = word(get(response.get("Error"), "Code")) if type(response) is dict else None
    return code[:1].upper() + code[1:] if code else None


def outcome_of(error: BaseException) -> AttemptOutcome:
    """``cancelled`` for a task or program that was told to stop, else ``failed``."""
    return "cancelled" if type(error).__name__ in _CANCELLED else "failed"


def fallback_reason(error_type: str | None, code: str | None, status: int | None) -> AttemptReason:
    """Why an attempt elsewhere followed one that ended with ``error_type``."""
    words = f"{error_type or ''} {code or ''}".lower()
    if status in _RATE_LIMITED or any(word in words for word in _TOO_MANY):
        return "fallback_rate_limit"
    if status in _TIMED_OUT or "timeout" in words or "cancel" in words:
        return "fallback_timeout"
    if "context_length" in words or "context_window" in words or "too_long" in words:
        return "fallback_context_window"
    if "content_filter" in words or "content_policy" in words or "refusal" in words:
        return "fallback_content_policy"
    return "fallback_error"
