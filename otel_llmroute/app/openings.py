"""What an attempt begins with that is the same for all attempts like it: worked out once, then copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otel_llmroute import names
from otel_llmroute.app import attribution

if TYPE_CHECKING:
    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.rules import Rules
    from otel_llmroute.app.sdks.adapter import Endpoint

_MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where a client sends its requests. Compared by identity: ``stainless`` makes one of each."""

    provider: str
    address: str | None
    port: int | None
    is_gateway: bool = False
    """Whether it may be a gateway in front of providers: its host is not one of theirs."""
    may_route: bool = False
    """Whether who answers there may have chosen among models: only then is an answer searched for that."""

    @property
    def host(self) -> str | None:
        """Address and port, which is what a row of prices may name."""
        return host_of(self.address, self.port)


def host_of(address: str | None, port: int | None) -> str | None:
    """``address:port``; the address alone where the port is not known."""
    if address is None or port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """How attempts that are alike begin. Both dicts are to be copied, never changed. Compared by identity."""

    endpoint: Endpoint
    target: Target
    model: str | None
    """As it was asked for."""
    span_name: str
    standard: Facts
    """What a sampler is shown, as the GenAI conventions ask."""
    facts: Facts
    """All of it: of an attempt that stands in no route, the route that it is given as well."""


class Openings:
    """The openings seen so far (a bounded number of them). Thread-safe: one is at worst worked out twice."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._found: dict[tuple[object, ...], Opening] = {}

    def of(
        self,
        endpoint: Endpoint,
        target: Target,
        model: str | None,
        stream: bool,
        callsite: str | None,
        in_route: bool,
        http_route: str | None,
    ) -> Opening:
        """How such an attempt begins. ``in_route``: the application has said its route."""
        key = (endpoint.api, target, model, stream, callsite, in_route, http_route)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._work_out(endpoint, target, model, stream, callsite, in_route, http_route)
        return found

    def _work_out(
        self,
        endpoint: Endpoint,
        target: Target,
        model: str | None,
        stream: bool,
        callsite: str | None,
        in_route: bool,
        http_route: str | None,
    ) -> Opening:
        standard: Facts = {
            names.RECORD_KIND: "attempt",
            names.OPERATION_NAME: endpoint.operation,
            names.PROVIDER_NAME: target.provider,
        }
        if model is not None:
            standard[names.REQUEST_MODEL] = model
        if target.address is not None:
            standard[names.SERVER_ADDRESS] = target.address
            if target.port is not None:
                standard[names.SERVER_PORT] = target.port
        facts: Facts = {**standard, names.PURPOSE: endpoint.purpose}
        if stream:
            facts[names.REQUEST_STREAM] = True
        if callsite is not None:
            facts[names.CALLSITE] = callsite
        if endpoint.is_openai:
            facts[names.OPENAI_API_TYPE] = endpoint.api
        if not in_route:
            facts.update(attribution.route_facts(self._rules, callsite, http_route, model, target.provider))
            facts[names.ATTEMPT_NUMBER], facts[names.ATTEMPT_REASON] = 1, "initial"
        span_name = f"{endpoint.operation} {model}" if model else endpoint.operation
        return Opening(endpoint, target, model, span_name, standard, facts)
