"""The life of an attempt: begun once, ended once, whatever happens between. The only place that owns an attempt's
span.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import ref

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation import _SPAN_KEY

from otel_llmroute import names
from otel_llmroute.app import attribution, background, bills, decisions, failures, inflight, live_spans, spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import NOWHERE, Scope, parent_context, scope_of
from otel_llmroute.app.metrics import Count
from otel_llmroute.app.records import Facts
from otel_llmroute.app.routers import gateways
from otel_llmroute.app.routers.gateway import Heard
from otel_llmroute.app.sdks.answer import Answer, text
from otel_llmroute.app.standing import Standing
from otel_llmroute.names import AttemptOutcome, UsageStatus
from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import NO_USAGE

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from otel_llmroute.app.closings import Ending
    from otel_llmroute.app.openings import Opening, Target
    from otel_llmroute.app.routers.signals import Word
    from otel_llmroute.app.sdks.adapter import Endpoint
    from otel_llmroute.app.telemetry import Telemetry

_ERROR: Final = Status(StatusCode.ERROR)
_LONGEST_KEPT: Final = 4096
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_SAYS_ERROR: Final = re.compile(rb'"error"\s*:\s*(?!null\b|\s)')
"""An error in a body, unless it is in a text: quotation marks there have a backslash before them."""
_billing = threading.RLock()


class _Bill(NamedTuple):
    """What an attempt used, what that cost, and what it has in common with those that ended like it."""

    usage: Usage | None
    cost: Cost
    ending: Ending


class Attempt:
    """One public SDK call, from before it is sent until its answer was read, or will not be.

    ``closed``, ``raised``, ``returned`` and ``read_to_the_end`` all end it; the first one counts. None of its
    methods raises.
    """

    # What an attempt need not have is the class's until it has it: most have little of it.
    span: Span
    retries = 0
    status: int | None = None
    observed = False
    """True: the SDK parses the body, and ``streams.observed`` sees what it finds."""
    reader: ref[Any] | None = None
    """To the generator, or what is like one, that reads the stream for the application."""
    left_ns: int | None = None
    """Unix time at which the application left a stream that it may come back to. If it does not, that was the end."""
    routing: Word | None = None
    """What a router has said of it before it began."""
    headers: Mapping[str, str] = _NOTHING
    """Those of the response that tell of routing, from one who may route."""
    _asked: Mapping[str, Any] = _NOTHING
    _left_as: tuple[AttemptOutcome, str | None] | None = None
    """How it would have ended, had its answer not been to come."""
    _opening: Opening
    _facts: Facts
    _standing: Standing
    _retried_status: int | None = None
    _first_chunk_s: float | None = None
    _outcome: AttemptOutcome
    _error_type: str | None
    _seconds: float
    _ended_ns: int
    """Unix time."""
    _billed: _Bill | None = None
    _unread: bytes | Mapping[str, Any] | None = None
    """A small body, whole, that nobody has asked about; or what ``keep`` was given of one."""

    def __init__(self, telemetry: Telemetry, endpoint: Endpoint, target: Target, options: object, stream: bool) -> None:
        self._telemetry = telemetry
        self.endpoint = endpoint
        self.target = target
        self.options: object = options
        """The SDK's options object, to recognise a call that another wrapper hands on to us."""
        self.stream = stream
        self.answer = Answer()
        self.owned = False
        """True: the body is still to be read, so the attempt does not end when the SDK call returns."""
        self.in_background = False
        """True: its answer comes later, and the application asks for it by its id."""
        self.open = [True]
        """Empty once it has ended."""
        self._begun_s = time.perf_counter()

    # --- begin ---

    def begin(
        self, context: Context, model: str | None, body: Mapping[str, Any], callsite: str | None
    ) -> Context | None:
        """Start the span and work out whose call it is. Returns the context that the SDK call runs in, if another."""
        telemetry = self._telemetry
        scope, parent, around, http_route, in_route, inherits = NOWHERE, context, None, None, False, False
        if context:
            scope = scope_of(context)
            around = attribution.enclosing_span(context)
            in_route = scope.route is not None
            if not in_route:
                inherits = around is not None or telemetry.config.inherits_baggage
                http_route = attribution.http_route(telemetry, around) if inherits else None
        opening = telemetry.openings.of(self.endpoint, self.target, model, self.stream, callsite, in_route, http_route)
        self._opening = opening
        standard = opening.standard.copy()
        # Where nothing around says anything, what it begins with like others is added at the end.
        self._facts = facts = opening.facts.copy() if inherits or scope is not NOWHERE else {}
        self._standing = standing = Standing(opening, facts)
        if scope is not NOWHERE:
            if scope.anchor is not None or scope.late is not None:
                parent = parent_context(context, scope, standard)
            self._add_scope(facts, scope)
        if not in_route:
            standing.around = parent
        self.span = span = telemetry.live_spans.begin(opening.span_name, parent, SpanKind.CLIENT, standard)
        if not in_route:
            if inherits:
                attribution.add_inherited(facts, telemetry, context, around)
            if scope.purpose in decisions.ANSWERING:
                said = decisions.add_waiting(facts, context, self.endpoint.operation)
                if said:
                    standing.was_told(said)
        if self.routing is not None:
            standing.add(self.routing)
        if span.is_recording():
            try:
                spans.add_request(facts, body)
            except Exception as error:
                complain("Could not read the request of an attempt", error)
        if names.SAMPLING_KEPT in standard:
            facts[names.SAMPLING_KEPT] = True
            return None
        if span is context.get(_SPAN_KEY):
            return None  # dropped like the one around it, which it is
        return Context({**context, _SPAN_KEY: span})  # `set_span_in_context`, without the way there

    def _add_scope(self, facts: Facts, scope: Scope) -> None:
        route = scope.route
        if route is None:
            for name, value in scope.facts.items():
                facts.setdefault(name, value)  # a rule of the configuration is about fewer calls, and wins
        else:
            scope.add_to(facts)
            self._standing.join(route, scope.purpose or self.endpoint.purpose, scope.asker)
        if scope.purpose is not None:
            facts[names.PURPOSE] = scope.purpose

    # --- while it runs ---

    def listen(self, asked: Mapping[str, Any]) -> None:
        """Who answers may have chosen the model: take notice of what it says. ``asked``: the request's own word."""
        self._asked = asked
        self.answer.routing = {}

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

    def is_reading(self) -> bool:
        """Whether the SDK has control of the stream just now: while the application has a chunk, a close is its own."""
        reader = None if self.reader is None else self.reader()
        return reader is not None and reader.gi_running

    def chunk(self, chunk: object) -> None:
        """A chunk has arrived, parsed by the SDK. One that comes after the end is too late for the bill."""
        if self._first_chunk_s is None:
            self._first_chunk_s = time.perf_counter() - self._begun_s
        try:
            if self.open:
                self.endpoint.read_chunk(self.answer, chunk)
        except Exception as error:
            complain("Could not read a chunk of an attempt", error)

    def keeps(self, content: bytes) -> bool:
        """Keep a whole body as it came from the network, to read it when somebody asks what the answer said.

        False when it has to be read now: it is long, or may tell of an error. Reading a small one takes longer than
        anything else that we do in a call, and can be done outside of it.
        """
        if (
            self.in_background
            or len(content) > _LONGEST_KEPT
            or (b'"error"' in content and _SAYS_ERROR.search(content))
        ):
            return False
        if b'"fallback' in content or self.endpoint.purpose == "routing":
            return False  # what it says of routing is wanted when the attempt ends
        if self.answer.routing is not None and gateways.says_more(self.target, content):
            return False
        self._unread = content
        return True

    def keep(self, body: Mapping[str, Any]) -> None:
        """The same, of a body that is parsed already and that nobody else has a hand on."""
        self._unread = body

    def body(self, body: object) -> None:
        """The whole body has arrived: parsed JSON, or the SDK's model object of it."""
        if not self.open:
            return
        try:
            self.endpoint.read_body(self.answer, body)
        except Exception as error:
            complain("Could not read the body of an attempt", error)

    # --- end ---

    def returned(self) -> None:
        """The SDK call has returned, its body read."""
        error_type = self.answer.error_type
        if self.in_background and "cancelled" in self.answer.finish.values():
            self._end("cancelled", error_type)
        else:
            self._end("accepted" if error_type is None else "failed", error_type)

    def read_to_the_end(self) -> None:
        """The stream was read to its end."""
        self.returned()

    def closed(self, leaving: BaseException | None = None) -> None:
        """The stream was closed, broken off or dropped. It is accepted all the same if the answer was already whole.

        ``leaving``: the exception on whose way out the application closed it; being told to stop is a cancellation.
        """
        if not self.open:
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
            if self.answer.routing is not None and not self.headers:
                self.headers = gateways.headers_of(getattr(getattr(error, "response", None), "headers", None))
            self._standing.failed_with(text(getattr(error, "code", None)))
            self._end(failures.outcome_of(error), error_type)
        except Exception as failure:
            complain("Could not read an error of an attempt", failure)
            self._end("failed", type(error).__qualname__)

    def left(self) -> None:
        """Nobody will read its stream any more, or ask for its answer."""
        self.in_background = False
        if self._left_as is None:
            self.closed()
        else:
            self._end(*self._left_as)

    def disown(self) -> None:
        """Record nothing more: another process has this attempt too, and ends it."""
        self.open.clear()

    def _end(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        if self.in_background and self.open and self._is_to_come():
            ending = self._wait
        else:
            try:
                self.open.pop()  # atomic: a finaliser may run in another thread
            except IndexError:
                return
            ending = self._finish
        if inflight.collector is not None and inflight.collecting():
            inflight.end_later(partial(ending, outcome, error_type))
        else:
            ending(outcome, error_type)

    def _is_to_come(self) -> bool:
        """Whether the answer has begun, and is neither whole nor has failed."""
        return self.answer.id is not None and not self.answer.finish and self.answer.error_type is None

    def _wait(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        self._left_as, self.left_ns = (outcome, error_type), time.time_ns()
        self.owned = self.observed = False
        self.reader = None
        inflight.add(self)
        background.keep(self)

    def _whole_ns(self) -> int | None:
        """When the answer was whole that the application has now asked for; ``None``: just now, as far as is known."""
        whole_s = self.answer.completed_s
        if whole_s is None or self.left_ns is None:
            return None
        # It is told in whole seconds. When it was asked for last it was not there yet.
        return min(max(int((whole_s + 1) * 1e9), self.left_ns), time.time_ns())

    def _finish(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        seconds, span = time.perf_counter() - self._begun_s, self.span
        if self.in_background:
            self.left_ns = self._whole_ns()
        left_ns = self.left_ns if outcome in ("accepted", "abandoned") else None
        if left_ns is not None:
            seconds -= max(0, time.time_ns() - left_ns) / 1e9
        self.options, self.span = None, INVALID_SPAN  # what waits to be exported or counted holds neither
        try:
            standing = self._standing
            if self.answer.routing is not None:
                self._hear_gateway(outcome)
            self._outcome, self._error_type = outcome, error_type
            if standing.words or standing.route is not None:
                self._tell_route(standing, span, seconds, left_ns)
            standing.around = None
            self._seconds, self._ended_ns = seconds, time.time_ns()
            self._telemetry.metrics.note(self._count)
        except Exception as error:
            complain("Could not record an attempt", error)
        live_spans.end(span, left_ns, _ERROR if outcome in ("failed", "cancelled") else None, self._attributes)

    def _tell_route(self, standing: Standing, span: Span, seconds: float, left_ns: int | None) -> None:
        """Have the route that it stands in know all of it at once; one of its own, when somebody asks."""
        if standing.route is None:
            ended_ns, is_error = left_ns or time.time_ns(), self._outcome == "failed"
            standing.record(self._telemetry, span, seconds, ended_ns, self._route_attributes, is_error)
            return
        if standing.words:
            self._read_kept()
            standing.take(self.answer)
        standing.ended(self._outcome, self._error_type, self.status, self._served_model)
        standing.route = None

    def _hear_gateway(self, outcome: AttemptOutcome) -> None:
        """Keep what a gateway says of routing. A decision has none of its own: it says where another request goes."""
        is_accepted = outcome in ("accepted", "abandoned")
        model = self._opening.model
        heard = Heard(self.target, model, self.headers, self.answer, is_accepted, self.stream, self._asked)
        word = gateways.word_of(heard)
        if word is None:
            return
        if self._standing.route is not None or self.endpoint.purpose != "routing":
            self._standing.add(word)
        else:
            word.signals(self.answer)  # what it cost

    def _route_attributes(self) -> Facts:
        """All attributes of the span of the route of its own."""
        with _billing:
            self._bill()
            return self._standing.described()

    # --- once it has ended, and somebody asks what of it ---

    def _count(self) -> Count:
        """For the metrics."""
        usage, cost, ending = self._bill()
        return Count(ending.row, cost.amount, usage, self._seconds, self._first_chunk_s, self._error_type)

    def _attributes(self) -> Facts:
        """All attributes of its span."""
        bill = self._bill()
        facts = self._facts
        facts.update(bill.ending.attributes)
        facts[names.ATTEMPT_SDK_RETRIES] = self.retries
        if self._first_chunk_s is not None:
            facts[names.RESPONSE_TIME_TO_FIRST_CHUNK] = self._first_chunk_s
        if self.answer.id is not None:
            facts[names.RESPONSE_ID] = self.answer.id
        if bill.usage is not None:
            spans.add_usage(facts, bill.usage)
        spans.add_amounts(facts, bill.cost, self._telemetry.config.mirror_cost)
        return facts

    def _served_model(self) -> str | None:
        with _billing:
            self._read_kept()
            return self.answer.model

    def _bill(self) -> _Bill:
        """What it cost, and what it used. Worked out once: in a thread that exports or counts many of them in a row."""
        with _billing:
            if self._billed is None:
                try:
                    self._billed = self._work_out()
                except Exception as error:
                    complain("Could not work out an attempt", error)
                    self.answer = Answer()
                    self._billed = self._work_out()
            return self._billed

    def _work_out(self) -> _Bill:
        self._read_kept()
        standing = self._standing
        if standing.words:
            answered = self.answer
            standing.take(answered)
            standing.ended(self._outcome, self._error_type, self.status, lambda: answered.model)
        answer, telemetry, opening = self.answer, self._telemetry, self._opening
        self._facts = facts = {**opening.facts, **self._facts}
        usage, cost = answer.usage, None
        if usage is not None:
            answer.usage = usage = self.endpoint.whole(usage)
        if answer.cost is not None or answer.beside or answer.writes_as_reads:
            cost, usage = bills.cost_of(answer, telemetry.prices, self.target, opening.model, self._ended_ns)
        route: Any = facts[names.ROUTE_NAME]
        tenant: Any = facts.get(names.TENANT_ID) if telemetry.config.tenant_metrics else None
        usage_status = self._usage_status(self._outcome, usage)
        # An answer that the application turned down was whole all the same.
        outcome: AttemptOutcome = "rejected" if standing.turned_down else self._outcome
        closing = telemetry.closings.of(
            opening, route, tenant, outcome, self._error_type, self.status, usage_status, answer
        )
        if cost is None:
            cost = NO_USAGE if usage is None else closing.cost_of(usage, self._ended_ns)
        is_read_aloud = answer.characters is not None and self._outcome == "abandoned"  # all of it was asked for
        if cost is NO_USAGE and (self._outcome == "accepted" or is_read_aloud) and not answer.beside:
            cost = closing.without_usage(answer.characters, self._ended_ns)
        return _Bill(usage, cost, closing.ending(cost))

    def _read_kept(self) -> None:
        content, self._unread = self._unread, None
        if content is None:
            return
        try:
            body = json.loads(content) if isinstance(content, bytes) else content
            self.endpoint.read_body(self.answer, body)
        except ValueError:
            pass  # not JSON: no usage in it
        except Exception as error:
            complain("Could not read the body of an attempt", error)

    def _usage_status(self, outcome: AttemptOutcome, usage: Usage | None) -> UsageStatus:
        if usage is None or (usage.audio_input_ms is not None and usage.input_tokens is None):
            return "missing"  # of tokens: what is billed by the second has none
        whole = usage.input_tokens is not None and (
            usage.output_tokens is not None or self.endpoint.operation == "embeddings"
        )
        # A stream may state its usage as it goes: what it said before it was left is true, but not the whole.
        return "reported" if whole and (outcome == "accepted" or not self.stream) else "partial"


def _after_fork() -> None:
    global _billing
    _billing = threading.RLock()  # another thread may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
