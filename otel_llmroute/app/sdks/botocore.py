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
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opentelemetry import context as otel_context

from otel_llmroute.app import inflight, suppression, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import RUNNING, leave
from otel_llmroute.app.lifecycle import Attempt
from otel_llmroute.app.openings import Target
from otel_llmroute.app.routers.bedrock import signals_of
from otel_llmroute.app.routers.bedrock_criteria import ask_once
from otel_llmroute.app.sdks import botocore_streams
from otel_llmroute.app.sdks.answer import count, fields, get, text
from otel_llmroute.app.sdks.bedrock import OPERATIONS, PROVIDER, SERVICE, Operation, asked, is_router, tier_asked
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
        if client.meta.service_model.service_name != SERVICE:
            return None
        operation = OPERATIONS.get(args[0] if args else kwargs.get("operation_name"))  # type: ignore[arg-type]
        if operation is None:
            return None
        context = otel_context.get_current()
        if context:
            active = suppression.heeded(active, context)
            if active is None:
                return None
        params = fields(args[1] if len(args) > 1 else kwargs.get("api_params"))
        model = text(params.get("modelId"))
        is_stream = operation.stream is not None
        attempt = Attempt(active, operation.endpoint(model, params), _target(client), params, is_stream)
        if active.config.bedrock_criteria and model is not None and is_router(model):
            ask_once(client, model)
        attempt.answer.region = text(client.meta.region_name)
        attempt.routing = partial(signals_of, model, *tier_asked(params), attempt.answer)
        callsite = active.callsites.nearest(3) if active.config.callsite else None
        return _Running(attempt, operation, attempt.begin(context, model, asked(params), callsite))
    except Exception as error:
        complain("Could not begin an attempt", error)
        return None


def _target(client: Any) -> Target:
    """Where ``client`` sends to; one for each endpoint, since targets are compared by identity."""
    url = str(client.meta.endpoint_url)
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
        operation.read_result(attempt.answer, said)
        if operation.stream is not None:
            botocore_streams.follow_events(said[operation.stream], attempt, operation.is_cut)
        elif operation.body is not None:
            botocore_streams.follow_body(said[operation.body], attempt, said)
    except Exception as error:
        complain("Could not read the response of an attempt", error)
    if not attempt.owned:
        attempt.returned()


# --- retries inside the call ---


_GIVEN: Final = ("attempts", "operation_model", "request_dict", "response", "caught_exception")


class _Retry:
    """Inside, botocore asks itself whether to retry, and waits if it will."""

    __slots__ = ("_attempt", "_begun_s", "_error", "_response")

    def __init__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._attempt: Attempt | None = RUNNING.get()
        if self._attempt is None:
            return
        try:
            given = dict(zip(_GIVEN, args, strict=False), **kwargs)
            if given["operation_model"].service_model.service_name != SERVICE:
                self._attempt = None  # a call for credentials, inside the one of an attempt
            self._response, self._error = given.get("response"), given.get("caught_exception")
        except Exception as error:
            self._attempt = None
            complain("Could not read a retry", error)
        self._begun_s = time.perf_counter()

    def said(self, is_retried: object) -> None:
        """What it came to."""
        attempt = self._attempt
        if attempt is None or not is_retried:
            return
        try:
            if self._response is not None:
                attempt.note_status(self._response[0])
            attempt.retried(time.perf_counter() - self._begun_s, self._error)
        except Exception as error:
            complain("Could not record a retry", error)


def needs_retry(call: Call) -> Call:
    """``Endpoint._needs_retry``."""

    def _needs_retry(endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        retry = _Retry(args, kwargs)
        is_retried = call(endpoint, *args, **kwargs)
        retry.said(is_retried)
        return is_retried

    return _needs_retry


def needs_retry_async(call: Call) -> Call:
    """``AioEndpoint._needs_retry``."""

    async def _needs_retry(endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        retry = _Retry(args, kwargs)
        is_retried = await call(endpoint, *args, **kwargs)
        retry.said(is_retried)
        return is_retried

    return _needs_retry


# --- where all of it goes ---

_STREAMS: Final = botocore_streams
SEAMS: Final[dict[str, tuple[tuple[str, str, Wrapper], ...]]] = {
    "botocore.client": (("BaseClient", "_make_api_call", make_api_call),),
    "botocore.endpoint": (("Endpoint", "_needs_retry", needs_retry),),
    "botocore.eventstream": (
        ("EventStream", "__iter__", _STREAMS.iterate),
        ("EventStream", "close", _STREAMS.close),
    ),
    "botocore.response": (
        ("StreamingBody", "read", _STREAMS.read),
        ("StreamingBody", "readinto", _STREAMS.readinto),
        ("StreamingBody", "readlines", _STREAMS.readlines),
        ("StreamingBody", "__enter__", _STREAMS.enter),
        ("StreamingBody", "close", _STREAMS.close),
    ),
    "aiobotocore.client": (("AioBaseClient", "_make_api_call", make_api_call_async),),
    "aiobotocore.endpoint": (("AioEndpoint", "_needs_retry", needs_retry_async),),
    "aiobotocore.eventstream": (("AioEventStream", "__aiter__", _STREAMS.iterate_async),),
    "aiobotocore.response": (
        ("StreamingBody", "read", _STREAMS.read_async),
        ("StreamingBody", "readinto", _STREAMS.readinto_async),
        ("StreamingBody", "__aenter__", _STREAMS.enter_async),
        ("StreamingBody", "close", _STREAMS.close),
        ("HttpxStreamingBody", "read", _STREAMS.read_async),
        ("HttpxStreamingBody", "readinto", _STREAMS.readinto_async),
        ("HttpxStreamingBody", "close", _STREAMS.close),
    ),
}
"""Module -> class in it, method, wrapper. Not every version has every one of aiobotocore's bodies."""
