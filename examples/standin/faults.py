"""The errors that providers answer with, as replies.

``retry_after_ms`` goes into the headers the SDKs wait by; None leaves it to their own backoff (half a second and more).
"""

from __future__ import annotations

from standin import anthropic_wire, openai_wire, sse
from standin.reply import Reply


def _wait(retry_after_ms: int | None) -> dict[str, str | None]:
    if retry_after_ms is None:
        return {}
    # retry-after counts whole seconds; the SDKs read the finer header first.
    return {"retry-after": str(-(-retry_after_ms // 1000)), "retry-after-ms": str(retry_after_ms)}


def _should_retry(retry: bool | None) -> dict[str, str | None]:
    return {} if retry is None else {"x-should-retry": "true" if retry else "false"}


def openai_rate_limit(retry_after_ms: int | None = 5) -> Reply:
    """429: too many tokens per minute. The SDK waits and tries again."""
    body = openai_wire.error("Rate limit reached on tokens per min.", "tokens", code="rate_limit_exceeded")
    return Reply(429, _wait(retry_after_ms), json=body)


def openai_quota() -> Reply:
    """429 that must not be retried: the account has no money left."""
    body = openai_wire.error("You exceeded your current quota.", "insufficient_quota", code="insufficient_quota")
    return Reply(429, _should_retry(False), json=body)


def openai_server_error(status: int = 500, retry_after_ms: int | None = 5) -> Reply:
    """500 or 503. The SDK waits and tries again."""
    return Reply(status, _wait(retry_after_ms), json=openai_wire.error("The server had an error.", "server_error"))


def openai_bad_request(status: int = 400) -> Reply:
    """An error the SDK does not retry: 400, or 401, 404."""
    body = openai_wire.error("Unsupported value.", "invalid_request_error", code="unsupported_value", param="model")
    return Reply(status, json=body)


def anthropic_rate_limit(retry_after_ms: int | None = 5) -> Reply:
    """429: too many input tokens per minute. The SDK waits and tries again."""
    body = anthropic_wire.error("rate_limit_error", "This request would exceed your rate limit.")
    return Reply(429, {**_wait(retry_after_ms), **_should_retry(True)}, json=body)


def anthropic_overloaded(retry_after_ms: int | None = 5) -> Reply:
    """529: the provider as a whole is overloaded. The SDK waits and tries again."""
    body = anthropic_wire.error("overloaded_error", "Overloaded")
    return Reply(529, {**_wait(retry_after_ms), **_should_retry(True)}, json=body)


def anthropic_bad_request(status: int = 400, type: str = "invalid_request_error") -> Reply:
    """An error the SDK does not retry: 400, or 401 "authentication_error", 404 "not_found_error"."""
    return Reply(status, json=anthropic_wire.error(type, "messages: at least one message is required"))


def anthropic_error_event(type: str = "overloaded_error", message: str = "Overloaded") -> bytes:
    """An error in the middle of a message stream, whose status was already 200."""
    return sse.named([anthropic_wire.error(type, message)])[0]


def openai_error_event(message: str = "The server had an error.", type: str = "server_error") -> bytes:
    """An error in the middle of a chat stream, whose status was already 200."""
    return sse.event(openai_wire.error(message, type))
