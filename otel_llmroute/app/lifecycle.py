"""The life of an attempt: begun once, ended once, whatever happens between. The only place that owns an attempt's
span.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from otel_llmroute import names
from otel_llmroute.app import attribution, bills, failures, inflight, spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Scope, parent_context, scope_of, with_attempt
from otel_llmroute.app.metrics import Counts, Series
from otel_llmroute.app.records import Facts, Tried
from otel_llmroute.app.sampler import was_kept
from otel_llmroute.app.sdks.answer import Answer, text
from otel_llmroute.names import AttemptOutcome, UsageStatus
from otel_llmroute.prices import Cost, Usage

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.sdks.adapter import Endpoint
    from otel_llmroute.app.telemetry import Telemetry

_ERROR: Final = Status(StatusCode.ERROR)


class Target(NamedTuple):
    """Where a client sends its requests."""

    provider: str
    address: str | None
    port: int | None


class Attempt:
    """One public SDK call, from before it is sent until its answer was read, or will not be.

    ``closed``, ``raised``, ``returned`` and ``read_to_the_end`` all end it; the first one counts. None of its
    methods raises.
    """

    __slots__ = (
        "__weakref__",
        "_begun_s",
        "_facts",
        "_first_chunk_s",
        "_open",
        "_requested",
        "_retried_status",
        "_telemetry",
        "_tried",
        "answer",
        "endpoint",
        "observed",
        "options",
        "owned",
        "reading",
        "retries",
        "span",
        "status",
        "stream",
        "target",
    )

    def __init__(self, telemetry: Telemetry, endpoint: Endpoint, target: Target, options: object, stream: bool) -> None:
        self._telemetry = telemetry
        self.endpoint = endpoint
        self.target = target
        self.options: object = options
        """The SDK's options object, to recognise a call that another wrapper hands on to us."""
        self.stream = stream
        self.answer = Answer()
        self.retries = 0
        self.status: int | None = None
        self.owned = False
        """True: the body is still to be read, so the attempt does not end when the SDK call returns."""
        self.observed = False
        """True: the SDK parses the body, and ``streams.observed`` sees what it finds."""
        self.reading = False
        """True while the SDK, not the application, has control of the stream."""
        self._requested: spans.Attributes = {}
        self._retried_status: int | None = None
        self._first_chunk_s: float | None = None
        self._open = [True]
        self._begun_s = time.perf_counter()

    # --- begin ---

    def begin(self, context: Context, model: str | None, body: Mapping[str, Any], callsite: str | None) -> Context:
        """Start the span and work out whose call it is. Returns the context that the SDK call runs in."""
        telemetry, target = self._telemetry, self.target
        model = text(model)  # the application's word: it may be of any length
        scope = scope_of(context)
        attributes: Facts = {
            names.RECORD_KIND: "attempt",
            names.OPERATION_NAME: self.endpoint.operation,
            names.PROVIDER_NAME: target.provider,
            names.PURPOSE: scope.purpose or "answer",
        }
        if model is not None:
            attributes[names.REQUEST_MODEL] = model
        if target.address is not None:
            attributes[names.SERVER_ADDRESS] = target.address
            if target.port is not None:
                attributes[names.SERVER_PORT] = target.port
        if self.stream:
            attributes[names.REQUEST_STREAM] = True
        if callsite is not None:
            attributes[names.CALLSITE] = callsite
        self._add_facts(attributes, scope, context, callsite, model)
        operation = self.endpoint.operation
        span = self.span = telemetry.tracer.start_span(
            f"{operation} {model}" if model else operation,
            parent_context(context, scope, attributes),
            SpanKind.CLIENT,
            attributes,
        )
        self._facts = attributes
        if span.is_recording():
            spans.add_request(self._requested, body)
            if self.endpoint.is_openai:
                self._requested[names.OPENAI_API_TYPE] = self.endpoint.api
        # Not kept here: an attempt that held the context that holds it would be left to the garbage collector.
        inner = with_attempt(context, self)
        return inner if was_kept(span, attributes) else set_span_in_context(span, inner)

    def _add_facts(
        self, attributes: Facts, scope: Scope, context: Context, callsite: str | None, model: str | None
    ) -> None:
        route = scope.route
        if route is None:
            attributes.update(scope.facts)
            attribution.add_route(attributes, self._telemetry, context, callsite, model, self.target.provider)
            attribution.add_inherited(attributes, self._telemetry, context)
            self._tried: Tried | None = None
            attributes[names.ATTEMPT_NUMBER], attributes[names.ATTEMPT_REASON] = 1, "initial"
        else:
            attributes.update(route.facts)
            attributes.update(scope.facts)
            self._tried = tried = route.begin_attempt(self.target.provider, model)
            attributes[names.ATTEMPT_NUMBER], attributes[names.ATTEMPT_REASON] = tried.number, tried.reason

    # --- while it runs ---

    def note_status(self, response: object) -> None:
        """The SDK asks itself whether to retry after ``response``."""
        self._retried_status = getattr(response, "status_code", None)

    def retried(self, wait_s: float, error: BaseException | None) -> None:
        """The SDK is about to wait ``wait_s`` seconds and try again, after a status or after ``error``."""
        self.retries += 1
        status, self._retried_status = self._retried_status, None
        attributes: spans.Attributes = {names.RETRY_NUMBER: self.retries, names.RETRY_WAIT_S: float(wait_s)}
        if status is not None:
            attributes[names.HTTP_STATUS_CODE] = status
            attributes[names.ERROR_TYPE] = str(status)
        elif error is not None:
            attributes[names.ERROR_TYPE] = type(error).__qualname__
        self.span.add_event(names.EVENT_SDK_RETRY, attributes)

    def chunk(self, chunk: object) -> None:
        """A chunk has arrived, parsed by the SDK."""
        if self._first_chunk_s is None:
            self._first_chunk_s = time.perf_counter() - self._begun_s
        try:
            self.endpoint.read_chunk(self.answer, chunk)
        except Exception as error:
            complain("Could not read a chunk of an attempt", error)

    def body(self, body: object) -> None:
        """The whole body has arrived: parsed JSON, or the SDK's model object of it."""
        try:
            self.endpoint.read_body(self.answer, body)
        except Exception as error:
            complain("Could not read the body of an attempt", error)

    # --- end ---

    def returned(self) -> None:
        """The SDK call has returned, its body read."""
        self._end("failed" if self.answer.error_type else "accepted", self.answer.error_type)

    def read_to_the_end(self) -> None:
        """The stream was read to its end."""
        self.returned()

    def closed(self, leaving: BaseException | None = None) -> None:
        """The stream was closed, broken off or dropped. It is accepted all the same if the answer was already whole.

        ``leaving``: the exception on whose way out the application closed it; being told to stop is a cancellation.
        """
        if not self._open:
            return
        if self.answer.finish and not self.answer.error_type:
            self._end("accepted", None)
        elif leaving is not None and failures.outcome_of(leaving) == "cancelled":
            self.raised(leaving)
        else:
            self._end("abandoned", self.answer.error_type)

    def raised(self, error: BaseException) -> None:
        """The SDK call or its stream raised ``error``."""
        if isinstance(error, GeneratorExit):  # no error: whoever drove the call or read the stream is gone
            return self.closed()
        try:
            self.status = failures.status_of(error) or self.status
            error_type = failures.error_type_of(error)
            if self._tried is not None:
                self._tried.error_code = text(getattr(error, "code", None))
            self._end(failures.outcome_of(error), error_type)
        except Exception as failure:
            complain("Could not read an error of an attempt", failure)
            self._end("failed", type(error).__qualname__)

    def disown(self) -> None:
        """Record nothing more: another process has this attempt too, and ends it."""
        self._open.clear()

    def _end(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        try:
            self._open.pop()  # atomic: a finaliser may run in another thread
        except IndexError:
            return
        if inflight.collecting():
            inflight.end_later(partial(self._finish, outcome, error_type))
        else:
            self._finish(outcome, error_type)

    def _finish(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        try:
            self._record(outcome, error_type)
        except Exception as error:
            complain("Could not record an attempt", error)
        self.options = None
        self.span.end()

    def _record(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        seconds = time.perf_counter() - self._begun_s
        answer = self.answer
        if answer.usage is not None:
            answer.usage = self.endpoint.whole(answer.usage)
        model = self._facts.get(names.REQUEST_MODEL)
        target = self.target
        cost, usage = bills.cost_of(answer, self._telemetry.prices, target.provider, target.address, model)  # type: ignore[arg-type]
        if self._tried is not None:
            self._tried.end(outcome, error_type, self.status, answer.model)
        series = self._series(outcome, cost)
        metrics = self._telemetry.metrics
        metrics.add(series, Counts.of(cost, usage))
        metrics.record_duration(series, seconds, self._first_chunk_s, error_type)
        if self.span.is_recording():
            self._describe(outcome, error_type, usage, cost)

    def _series(self, outcome: AttemptOutcome, cost: Cost) -> Series:
        facts, target = self._facts, self.target
        known = cost.amount is not None
        return Series(
            "attempt",
            facts[names.ROUTE_NAME],  # type: ignore[arg-type]
            target.provider,
            self.endpoint.operation,
            facts.get(names.REQUEST_MODEL),  # type: ignore[arg-type]
            self.answer.model,
            target.address,
            target.port,
            outcome,
            cost.currency if known else None,
            cost.source if known else None,
            cost.status,
            facts.get(names.TENANT_ID) if self._telemetry.config.tenant_metrics else None,  # type: ignore[arg-type]
        )

    def _describe(self, outcome: AttemptOutcome, error_type: str | None, usage: Usage | None, cost: Cost) -> None:
        attributes: spans.Attributes = {
            **self._requested,
            names.ATTEMPT_OUTCOME: outcome,
            names.ATTEMPT_SDK_RETRIES: self.retries,
            names.USAGE_STATUS: self._usage_status(outcome, usage),
        }
        if error_type is not None:
            attributes[names.ERROR_TYPE] = error_type
        if self.status is not None:
            attributes[names.HTTP_STATUS_CODE] = self.status
        if self._first_chunk_s is not None:
            attributes[names.RESPONSE_TIME_TO_FIRST_CHUNK] = self._first_chunk_s
        spans.add_answer(attributes, self.answer, self.endpoint)
        if usage is not None:
            spans.add_usage(attributes, usage)
        spans.add_cost(attributes, cost, self._telemetry.config.mirror_cost)
        self.span.set_attributes(attributes)
        if outcome in ("failed", "cancelled"):
            self.span.set_status(_ERROR)

    def _usage_status(self, outcome: AttemptOutcome, usage: Usage | None) -> UsageStatus:
        if usage is None:
            return "missing"
        whole = usage.input_tokens is not None and (
            usage.output_tokens is not None or self.endpoint.operation == "embeddings"
        )
        # A stream may state its usage as it goes: what it said before it was left is true, but not the whole.
        return "reported" if whole and (outcome == "accepted" or not self.stream) else "partial"
