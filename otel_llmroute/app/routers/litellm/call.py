"""What LiteLLM says of a call, looked up where its versions keep it. Whatever is missing or odd is ``None``.

``kwargs`` of a callback is the dict that LiteLLM logs a call with; under ``litellm_params`` it has the metadata of the
request, in ``metadata`` or, on some routes, in ``litellm_metadata``.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/litellm_core_utils/litellm_logging.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.routers.litellm import deployments
from otel_llmroute.app.routers.litellm.vocabulary import AUTO_ROUTER, ENDPOINTS, OWN_CALLS, ROUTER
from otel_llmroute.app.routers.signals import Signals, causes, name, number
from otel_llmroute.app.sdks.answer import count, text, word

if TYPE_CHECKING:
    from otel_llmroute.app.openings import Target
    from otel_llmroute.app.sdks.adapter import Endpoint

_NOTHING: Final[Mapping[str, Any]] = {}
_MOST_REMEMBERED: Final = 1024


def fields(node: Any) -> Mapping[str, Any]:
    """``node`` if it is a dict, else nothing."""
    if type(node) is dict:
        return node
    return node if node is not None and isinstance(node, Mapping) else _NOTHING


def metadata_of(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata of a request, whichever of both names it is kept under."""
    first = fields(params.get("metadata"))
    if "model_group" in first:
        return first
    second = fields(params.get("litellm_metadata"))
    return second if "model_group" in second else first or second


def call_id(said: Any) -> str | None:
    """LiteLLM's id of the call that it says this of."""
    return text(fields(said).get("litellm_call_id"))


class Call:
    """One attempt as a callback's ``kwargs`` tells it."""

    __slots__ = (
        *("_asked", "_target", "decision", "group", "id", "metadata", "model", "params", "purpose", "said", "trace"),
    )

    def __init__(self, kwargs: Any) -> None:
        self.said = said = fields(kwargs)
        self.params = params = fields(said.get("litellm_params"))
        self.metadata = metadata = metadata_of(params)
        self.trace = text(said.get("litellm_trace_id")) or text(params.get("litellm_trace_id"))
        """What all attempts of one request have in common."""
        self.id = text(said.get("litellm_call_id"))
        self.group = name(metadata.get("model_group"))
        """The model group that this attempt is made in; ``None`` outside of a Router."""
        origin = metadata.get("internal_call_origin")
        self.purpose = OWN_CALLS.get(origin) if isinstance(origin, str) else None
        """What LiteLLM makes the call for, if for itself."""
        self.model = text(said.get("model"))
        self.decision = fields(metadata.get("routing_decision"))
        """An auto-router's account of its decision. Some of its fields quote the user: only what is named is read."""
        self._target: Target | None = None
        self._asked: str | None = None

    # --- of the request that it is an attempt of ---

    def requested(self) -> str | None:
        """The group that the application asked for."""
        if self._asked is None:
            self._asked = self._requested()
        return self._asked

    def _requested(self) -> str | None:
        said = name(self.metadata.get("original_model_group"))
        if said is None:
            said = name(self.decision.get("router_model_name"))
        before = () if said is not None else self._before()
        first = before[0].get("model") if before else None
        return said or name(first) or self.group

    def _before(self) -> Sequence[Mapping[str, Any]]:
        """The failures before this attempt. Up to 1.97 they are of all requests, with the whole of each."""
        told = self.metadata.get("previous_models")
        entries = [fields(entry) for entry in told] if isinstance(told, (list, tuple)) else []
        return [entry for entry in entries if entry.get("litellm_trace_id", self.trace) == self.trace]

    @property
    def group_size(self) -> int:
        """Deployments in the group."""
        return count(self.metadata.get("model_group_size")) or 0

    @property
    def skipped_for(self) -> str | None:
        """LiteLLM's class of the error for which it has gone on to another group without calling anybody."""
        before = self._before()
        if not before or self.group == self.requested():
            return None
        return word(before[-1].get("exception_type"))

    @property
    def is_cache_hit(self) -> bool:
        """Whether LiteLLM's own cache had the answer."""
        return True in (self.said.get("cache_hit"), fields(self.said.get("standard_logging_object")).get("cache_hit"))

    # --- of the call itself ---

    @property
    def type(self) -> str | None:
        """LiteLLM's name of the function that was called."""
        kind = self.said.get("call_type")
        return kind if isinstance(kind, str) else None

    @property
    def endpoint(self) -> Endpoint | None:
        """How its answer is read; ``None`` for a call of a kind that answers with no usage."""
        kind = self.type
        return ENDPOINTS.get(kind) if kind is not None else None

    @property
    def is_stream(self) -> bool:
        return self.said.get("stream") is True

    @property
    def target(self) -> Target:
        """Where it goes."""
        found = self._target
        if found is None:
            said, params = self.said, self.params
            own = name(said.get("custom_llm_provider")) or name(params.get("custom_llm_provider")) or "unknown"
            base = params.get("api_base") or fields(said.get("additional_args")).get("api_base")
            found = self._target = deployments.target(own, base if isinstance(base, str) else None)
        return found

    # --- what it is to us ---

    def opening(self, model: str | None = None) -> Signals:
        """What a request begins with: the group that was asked for, else ``model``."""
        return _opening(self.requested() or model)

    def signals(self, candidates: tuple[str, ...] = (), strategy: str | None = None) -> Signals:
        """What the Router says of its decision."""
        requested, decision = self.requested(), self.decision
        what = self._named(requested)
        if decision or strategy is not None:
            said = causes(*_escalated(decision), decision.get("cause"), strategy, what)
        else:
            said = (what,)
        known = _decided(requested, said, candidates, self.target.provider, name(self.model))
        return _with_decision(known, decision) if decision else known

    def _named(self, requested: str | None) -> str:
        """What the name that was asked for is."""
        served = name(self.metadata.get("deployment_model_name"))
        if self.metadata.get("model_group_alias"):
            return "alias"
        if self.group != requested or served is None or "*" in served or served == self.group:
            return "explicit"
        return AUTO_ROUTER

    def cached(self, candidates: tuple[str, ...]) -> Signals:
        """What there is to say where LiteLLM's own cache had the answer."""
        requested = self.requested()
        return Signals(
            ROUTER,
            causes=("cache_hit",),
            route=requested,
            destination="cache",
            requested_model=requested or name(self.model),
            candidates=candidates,
            cache_result="hit",
        )


@lru_cache(maxsize=_MOST_REMEMBERED)
def _opening(requested: str | None) -> Signals:
    return Signals(ROUTER, route=requested, requested_model=requested)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _decided(
    requested: str | None, said: tuple[str, ...], candidates: tuple[str, ...], provider: str, model: str | None
) -> Signals:
    """Requests that are decided alike share what is said of it."""
    return Signals(
        ROUTER,
        causes=said,
        route=requested,
        requested_model=requested,
        candidates=candidates,
        selected_provider=provider,
        selected_model=model,
    )


def _with_decision(known: Signals, decision: Mapping[str, Any]) -> Signals:
    return replace(
        known,
        rule=name(decision.get("tier")),
        score=number(decision.get("score")),
        threshold=number(decision.get("classifier_threshold")),
        confidence=number(decision.get("classifier_confidence")),
    )


def _escalated(decision: Mapping[str, Any]) -> tuple[str, ...]:
    return ("context_escalated",) if decision.get("context_escalated") is True else ()
