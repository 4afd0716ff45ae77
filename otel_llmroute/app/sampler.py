"""Money is never sampled away: our records are kept whatever the trace sampler says.

Three ways in, each with the same sampler: the instrumentor puts it around the sampler of the tracer provider it is
given (``keep_unsampled = false`` leaves that alone); ``OTEL_TRACES_SAMPLER=llmroute`` names it, with the sampler it
goes around in ``OTEL_TRACES_SAMPLER_ARG`` (``parentbased_traceidratio;0.1``); code builds ``SpendSampler(other)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import trace
from opentelemetry.sdk.trace import _Span, sampling

from otel_llmroute import names
from otel_llmroute.app import entries, unseen_spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Beginning

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span, SpanKind, TraceState
    from opentelemetry.util.types import Attributes

_WITHOUT_ATTRIBUTES: Final = sampling.SamplingResult(sampling.Decision.RECORD_AND_SAMPLE)


class SpendSampler(sampling.Sampler):
    """Samples our records always and everything else as ``delegate`` says.

    A record that ``delegate`` would have dropped carries ``llmroute.sampling.kept = true``. An entry span (SERVER,
    CONSUMER) that is dropped is still recorded in this process, though never exported: its HTTP route and tenant
    attribute our records, also those below spans that were dropped (``entries``).
    """

    def __init__(self, delegate: sampling.Sampler) -> None:
        self.delegate = delegate

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> sampling.SamplingResult:
        """The decision of ``delegate``, raised where this span is, or may attribute, a record of ours."""
        result = self.delegate.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        is_sampled = result.decision is sampling.Decision.RECORD_AND_SAMPLE
        if attributes and names.RECORD_KIND in attributes:
            own = parent_context.attributes if type(parent_context) is Beginning else None
            if not is_sampled:
                # In place, so that whoever starts the record sees what became of it. Logfire's tracers hand on a copy.
                attributes[names.SAMPLING_KEPT] = True  # type: ignore[index]
                if own is not None:
                    own[names.SAMPLING_KEPT] = True
            if own is attributes and (not is_sampled or result.attributes == attributes):
                # An attempt's are not handed on: the SDK would look at each, and `EnclosingSpans` files them all.
                if result.trace_state is None:
                    return _WITHOUT_ATTRIBUTES
                return sampling.SamplingResult(sampling.Decision.RECORD_AND_SAMPLE, None, result.trace_state)
            if not is_sampled:
                return sampling.SamplingResult(sampling.Decision.RECORD_AND_SAMPLE, attributes, result.trace_state)
        if kind in entries.KINDS:
            return _entered(result, attributes)
        if is_sampled or type(result.trace_state) is entries.Inside:
            return result
        return _still_inside(result, parent_context)

    def get_description(self) -> str:
        """The name of this sampler around the description of the other one."""
        return f"llmroute{{{self.delegate.get_description()}}}"


def _entered(result: sampling.SamplingResult, attributes: Attributes) -> sampling.SamplingResult:
    """``result`` for an entry span: it is recorded, and what is begun below it knows it."""
    state = entries.inside(result.trace_state)
    if result.decision is sampling.Decision.DROP:
        return sampling.SamplingResult(sampling.Decision.RECORD_ONLY, attributes, state)
    return sampling.SamplingResult(result.decision, result.attributes, state)


def _still_inside(result: sampling.SamplingResult, parent_context: Context | None) -> sampling.SamplingResult:
    """``result`` for a span that is not sampled. The SDK's samplers hand on the trace state that they find, so it knows
    its entry span if there is one; others may make one anew, or none.
    """
    state = getattr(trace.get_current_span(parent_context).get_span_context(), "trace_state", None)
    if type(state) is not entries.Inside:
        return result
    return sampling.SamplingResult(result.decision, result.attributes, entries.inside(result.trace_state, state.entry))


class Foreseen(NamedTuple):
    """What ``of`` will say of a record of ours, with its attributes as they are and the trace state of its parent;
    ``None`` where it has to be asked."""

    of: sampling.Sampler
    is_keeping: bool
    """Records that it drops are kept: ``of`` is a ``SpendSampler``, and what is said below its delegate's."""
    alone: sampling.Decision | None
    """Of a record without a parent."""
    below_dropped: sampling.Decision | None
    below_sampled: sampling.Decision | None
    """Of one below a span of this process."""


def foresee(sampler: sampling.Sampler) -> Foreseen:
    """What is known of ``sampler``, which takes a tenth of what we do in a call to ask."""
    is_keeping = type(sampler) is SpendSampler
    asked: Any = getattr(sampler, "delegate", None) if is_keeping else sampler
    each = [asked, asked, asked]
    if _decides_as(asked, sampling.ParentBased):
        parts = ("_root", "_local_parent_not_sampled", "_local_parent_sampled")
        each = [getattr(asked, part, None) for part in parts]
    return Foreseen(sampler, is_keeping, *map(_always, each))


def _always(sampler: Any) -> sampling.Decision | None:
    """What ``sampler`` says of everything, if it is one of the SDK's that do."""
    if not _decides_as(sampler, sampling.StaticSampler):
        return None
    said: sampling.SamplingResult = sampler.should_sample(None, 1, "", attributes={"said": True})
    is_dropped = said.decision is sampling.Decision.DROP
    return said.decision if is_dropped or dict(said.attributes or {}) == {"said": True} else None


def _decides_as(sampler: Any, kind: type[sampling.Sampler]) -> bool:
    """Whether ``sampler`` is of ``kind`` and nobody has put another ``should_sample`` on it."""
    should_sample = getattr(sampler, "should_sample", None)
    return getattr(should_sample, "__func__", None) is kind.should_sample


def was_kept(span: Span, attributes: Mapping[str, object]) -> bool:
    """Whether ``span``, begun with ``attributes``, was kept though the trace sampler dropped its trace.

    The SDK hands on the dict that a span is begun with, so the sampler marks that; Logfire's tracers hand on a copy.
    """
    if names.SAMPLING_KEPT in attributes:
        return True
    if type(span) in unseen_spans.KINDS or isinstance(span, _Span):
        return False
    return names.SAMPLING_KEPT in (getattr(span, "attributes", None) or ())


def SpendSamplerFactory(argument: str | None = None) -> sampling.Sampler:
    """``OTEL_TRACES_SAMPLER=llmroute``: around the sampler that ``argument`` names.

    ``argument``: a standard sampler's name, with its own argument after a semicolon (``traceidratio;0.25``); a
    ratio alone means ``parentbased_traceidratio``; nothing means ``parentbased_always_on``. What cannot be read is
    logged and means the latter.
    """
    name, _, value = (argument or "parentbased_always_on").strip().partition(";")
    try:
        if name.replace(".", "", 1).isdigit():
            name, value = "parentbased_traceidratio", name
        return SpendSampler(_standard_sampler(name.strip().lower(), value.strip()))
    except (KeyError, ValueError) as error:
        complain(f"OTEL_TRACES_SAMPLER_ARG={argument!r} names no sampler; sampling everything", error)
        return SpendSampler(sampling.DEFAULT_ON)


def _standard_sampler(name: str, value: str) -> sampling.Sampler:
    fixed: dict[str, sampling.Sampler] = {
        "always_on": sampling.ALWAYS_ON,
        "always_off": sampling.ALWAYS_OFF,
        "parentbased_always_on": sampling.DEFAULT_ON,
        "parentbased_always_off": sampling.DEFAULT_OFF,
    }
    if name in fixed:
        return fixed[name]
    ratio: dict[str, Any] = {
        "traceidratio": sampling.TraceIdRatioBased,
        "parentbased_traceidratio": sampling.ParentBasedTraceIdRatio,
    }
    sampler = ratio[name](float(value or 1.0))
    assert isinstance(sampler, sampling.Sampler)
    return sampler


class KeptSpend:
    """The spend sampler (or a ``kind`` that keeps more) put around the sampler of one provider, and taken off again."""

    def __init__(self, provider: Any, kind: type[SpendSampler] = SpendSampler) -> None:
        self._provider = provider
        self._kind = kind
        self._before: list[tuple[Any, sampling.Sampler]] = []

    def put_on(self) -> None:
        """Go around the sampler of the provider and of the tracers it has given out. Providers without one are
        left alone.
        """
        # A tracer copies its provider's sampler when it is made (opentelemetry-sdk, TracerProvider.get_tracer).
        tracers = list(getattr(self._provider, "_tracers", {}).values())
        around: dict[int, SpendSampler] = {}
        for owner in (self._provider, *tracers):
            sampler = getattr(owner, "sampler", None)
            if isinstance(sampler, sampling.Sampler) and not isinstance(sampler, self._kind):
                self._before.append((owner, sampler))
                owner.sampler = around.setdefault(id(sampler), self._kind(sampler))

    def take_off(self) -> None:
        """Give everyone back the sampler they had, if ours is still there; tracers made since then as well."""
        for owner in (self._provider, *getattr(self._provider, "_tracers", {}).values()):
            sampler = getattr(owner, "sampler", None)
            if self._before and isinstance(sampler, SpendSampler):
                owner.sampler = sampler.delegate
        self._before.clear()
