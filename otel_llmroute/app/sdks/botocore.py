"""botocore and aiobotocore, under boto3 and aioboto3: where we come in.

- ``BaseClient._make_api_call``: begins an attempt for each call of Amazon Bedrock's runtime, and ends it when the call
  raises or returns a finished answer (https://github.com/boto/botocore/blob/1.44.8/botocore/client.py)
- ``Endpoint._needs_retry``: each retry inside the call, with its status or error and its wait
- ``EventStream.__iter__`` and ``close``: the events of a streamed answer
- ``StreamingBody.read`` and the like: a body that the application reads itself

Calls of other services pass through. Each object that the application gets is botocore's own; it holds its attempt as
an attribute. aiobotocore 2.18 to 3.10 has the same methods, as coroutines.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opentelemetry import context as otel_context

from otel_llmroute.app import inflight, suppression, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import RUNNING, leave
from otel_llmroute.app.lifecycle import Attempt
from otel_llmroute.app.openings import Target
from otel_llmroute.app.routers.bedrock import word_of
from otel_llmroute.app.routers.bedrock_criteria import ask_once
from otel_llmroute.app.sdks import botocore_bodies, botocore_streams
from otel_llmroute.app.sdks.answer import count, fields, get, text
from otel_llmroute.app.sdks.bedrock import OPERATIONS, SERVICE, Operation, asked, kept, tier_asked
from otel_llmroute.app.sdks.bedrock_ids import PROVIDER, is_router
from otel_llmroute.app.wrapping import Call, Wrapper

if TYPE_CHECKING:
    from opentelemetry.context import Context

_MOST_REMEMBERED: Final = 1024
_targets: dict[str, Target] = {}
"""Endpoint URL of a client -> where it leads."""


class _Running:
    """Inside, the call of an attempt runs. An exception on its way out ends the attempt."""

    __slots__ = ("_context", "_tokens", "attempt", "operation")

    def __init__(self, attempt: Attempt, operation: Operation, context: Context | None) -> None:
        self.attempt = attempt
        self.operation = operation
        self._context = context

    def __enter__(self) -> None:
        running = RUNNING.set(self.attempt)
        self._tokens = (None if self._context is None else otel_context.attach(self._context), running)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        leave(*self._tokens)
        if error is not None:
            self.attempt.raised(error)


# --- the call ---


def make_api_call(call: Call) -> Call:
    """``BaseClient._make_api_call``."""

    def _make_api_call(client: Any, *args: Any, **kwargs: Any) -> Any:
        begun = _begin(client, args, kwargs)
        if begun is None:
            return call(client, *args, **kwargs)
        with begun:
            result = call(client, *args, **kwargs)
        _returned(begun, result)
        return result

    return _make_api_call


def make_api_call_async(call: Call) -> Call:
    """``AioBaseClient._make_api_call``."""

    async def _make_api_call(client: Any, *args: Any, **kwargs: Any) -> Any:
        begun = _begin(client, args, kwargs)
        if begun is None:
            return await call(client, *args, **kwargs)
        with begun:
            result = await call(client, *args, **kwargs)
        _returned(begun, result)
        return result

    return _make_api_call


def _begin(client: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> _Running | None:
    """An attempt for this call; ``None`` if it is none: of another service, not instrumented, suppressed."""
    active = telemetry.active()
    if active is None:
        return None
    try:
        operation = OPERATIONS.get(args[0] if args else kwargs.get("operation_name"))  # type: ignore[arg-type]
        if operation is None:
            return None
        meta = client.meta
        if meta.service_model.service_name != SERVICE:
            return None
        context = otel_context.get_current()
        if context:
            active = suppression.heeded(active, context)
            if active is None:
                return None
        params = fields(args[1] if len(args) > 1 else kwargs.get("api_params"))
        model = text(params.get("modelId"))
        is_stream = operation.stream is not None
        attempt = Attempt(active, operation.endpoint(model, params), _target(meta.endpoint_url), params, is_stream)
        if active.config.bedrock_criteria and model is not None and is_router(model):
            ask_once(client, model)
        attempt.answer.region = text(meta.region_name)
        attempt.routing = word_of(model, *tier_asked(params))
        callsite = active.callsites.nearest(3) if active.config.callsite else None
        return _Running(attempt, operation, attempt.begin(context, model, asked(params), callsite))
    except Exception as error:
        complain("Could not begin an attempt", error)
        return None


def _target(url: str) -> Target:
    """Where a client of the endpoint ``url`` sends to; always the same, since targets are compared by identity."""
    known = _targets.get(url)
    if known is not None:
        return known
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    if len(_targets) >= _MOST_REMEMBERED:
        _targets.clear()
    inflight.watch()
    # Whatever host that is, a private endpoint perhaps: what speaks this protocol is Bedrock, or hands on its answers.
    return _targets.setdefault(url, Target(PROVIDER, parts.hostname, port))


def _returned(begun: _Running, result: object) -> None:
    """The call has returned: its answer is read, or its stream or body is still to come."""
    attempt, operation = begun.attempt, begun.operation
    try:
        said = fields(result)
        attempt.status = count(get(said.get("ResponseMetadata"), "HTTPStatusCode"))
        if operation.read_result is not None:
            operation.read_result(attempt.answer, said)
        if operation.stream is not None:
            botocore_streams.follow_events(said[operation.stream], attempt, operation.is_cut)
        elif operation.body is not None:
            botocore_bodies.follow_body(said[operation.body], attempt, said)
        else:
            attempt.keep(kept(said))
    except Exception as error:
        complain("Could not read the response of an attempt", error)
    if not attempt.owned:
        attempt.returned()


# --- retries inside the call ---


_GIVEN: Final = ("attempts", "operation_model", "request_dict", "response", "caught_exception")


def needs_retry(call: Call) -> Call:
    """``Endpoint._needs_retry``: inside, botocore asks itself whether to retry, and waits if it will."""

    def _needs_retry(endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        attempt = RUNNING.get()
        if attempt is None:
            return call(endpoint, *args, **kwargs)
        begun_s = time.perf_counter()
        is_retried = call(endpoint, *args, **kwargs)
        if is_retried:
            _retried(attempt, time.perf_counter() - begun_s, args, kwargs)
        return is_retried

    return _needs_retry


def needs_retry_async(call: Call) -> Call:
    """``AioEndpoint._needs_retry``."""

    async def _needs_retry(endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        attempt = RUNNING.get()
        if attempt is None:
            return await call(endpoint, *args, **kwargs)
        begun_s = time.perf_counter()
        is_retried = await call(endpoint, *args, **kwargs)
        if is_retried:
            _retried(attempt, time.perf_counter() - begun_s, args, kwargs)
        return is_retried

    return _needs_retry


def _retried(attempt: Attempt, wait_s: float, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """botocore has waited and will try again, unless this is a call for credentials inside the one of ``attempt``."""
    try:
        given = dict(zip(_GIVEN, args, strict=False), **kwargs)
        if given["operation_model"].service_model.service_name != SERVICE:
            return
        if (response := given.get("response")) is not None:
            attempt.note_status(response[0])
        attempt.retried(wait_s, given.get("caught_exception"))
    except Exception as error:
        complain("Could not record a retry", error)


# --- where all of it goes ---

SEAMS: Final[dict[str, tuple[tuple[str, str, Wrapper], ...]]] = {
    "botocore.client": (("BaseClient", "_make_api_call", make_api_call),),
    "botocore.endpoint": (("Endpoint", "_needs_retry", needs_retry),),
    "botocore.eventstream": (
        ("EventStream", "__iter__", botocore_streams.iterate),
        ("EventStream", "close", botocore_streams.close),
    ),
    "botocore.response": (
        ("StreamingBody", "read", botocore_bodies.READ),
        ("StreamingBody", "readinto", botocore_bodies.READINTO),
        ("StreamingBody", "readlines", botocore_bodies.READLINES),
        ("StreamingBody", "__enter__", botocore_bodies.ENTER),
        ("StreamingBody", "close", botocore_streams.close),
    ),
    "aiobotocore.client": (("AioBaseClient", "_make_api_call", make_api_call_async),),
    "aiobotocore.endpoint": (("AioEndpoint", "_needs_retry", needs_retry_async),),
    "aiobotocore.eventstream": (("AioEventStream", "__aiter__", botocore_streams.iterate_async),),
    "aiobotocore.response": (
        ("StreamingBody", "read", botocore_bodies.READ_ASYNC),
        ("StreamingBody", "readinto", botocore_bodies.READINTO_ASYNC),
        ("StreamingBody", "__aenter__", botocore_bodies.ENTER_ASYNC),
        ("StreamingBody", "close", botocore_streams.close),
        ("HttpxStreamingBody", "read", botocore_bodies.READ_ASYNC),
        ("HttpxStreamingBody", "readinto", botocore_bodies.READINTO_ASYNC),
        ("HttpxStreamingBody", "close", botocore_streams.close),
    ),
}
"""Module -> class in it, method, wrapper. Not every version has every one of aiobotocore's bodies."""
