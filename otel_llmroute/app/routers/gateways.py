"""Gateways in front of providers: who answered, and what it said of its decision. Adding a gateway is adding a row.

Only the headers and fields that the rows name are ever taken from a response, and only as a name, a cause or a number
of a bounded length (see ``signals``): never a key, a spend, a URL or a text. The rows are in ``gateway_headers`` and
``gateway_bodies``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers import gateway_bodies, gateway_headers, providers
from otel_llmroute.app.routers.gateway import Gateway, Heard, not_billed
from otel_llmroute.app.routers.gateway_models import is_same_model
from otel_llmroute.app.routers.signals import Signals, Word, name
from otel_llmroute.app.sdks.adapter import never

if TYPE_CHECKING:
    from otel_llmroute.app.openings import Target
    from otel_llmroute.app.sdks.adapter import Endpoint
    from otel_llmroute.app.sdks.answer import Answer

GATEWAYS: Final[tuple[Gateway, ...]] = (*gateway_bodies.GATEWAYS, *gateway_headers.GATEWAYS, *providers.ROUTERS)
ANOTHER_MODEL: Final = "served_another_model"
"""Our word, where a gateway has none: the model that answered is not the one asked for. No fallback by itself."""
_HEADERS: Final = frozenset(header for gateway in GATEWAYS for header in (*gateway.marks, *gateway.headers))
_BY_MARK: Final = {mark: gateway for gateway in GATEWAYS for mark in gateway.marks}
_RAW_HEADERS: Final = {header.encode(): header for header in _HEADERS}
_HOSTS: Final = frozenset(host for gateway in GATEWAYS for host in gateway.hosts)
_PROVIDERS: Final = frozenset({"openrouter", "azure.ai.openai", "azure.ai.inference"})
"""Providers that may answer with another model than the one asked for."""
_ASKED: Final = ("provider", "models")
"""OpenRouter: the order of providers, and the models to go on to."""
_LONGEST_HEADER: Final = 512
_KEY: Final = itemgetter(0)
_VALUE: Final = itemgetter(1)
_LISTENING: dict[int, Endpoint] = {}
"""Identity of an endpoint, which lives as long as the program -> the same, with an ear for gateways."""


def may_route(host: str | None, provider: str, is_known: bool) -> bool:
    """Whether who answers at ``host`` may have chosen among models. ``is_known``: the host is a provider's own."""
    return not is_known or provider in _PROVIDERS or host in _HOSTS


def asked_of(*bodies: object) -> dict[str, Any]:
    """What the parts of a request's own body say of routing; never a message."""
    asked = {}
    for body in bodies:
        if type(body) is dict or (body is not None and isinstance(body, Mapping)):
            for key in _ASKED:
                if key in body:
                    asked[key] = body[key]
    return asked


def headers_of(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Those of a response's headers that a row names, by their names in small letters. Never raises."""
    try:
        if headers is None:
            return {}
        raw = getattr(headers, "raw", None)
        if raw is None:
            found = ((key.lower(), value) for key, value in headers.items())
            return {key: value for key, value in found if key in _HEADERS and len(value) <= _LONGEST_HEADER}
        said = dict(zip(map(bytes.lower, map(_KEY, raw)), map(_VALUE, raw), strict=True))
        known = _RAW_HEADERS.keys() & said.keys()  # without decoding the others
        return {_RAW_HEADERS[key]: said[key].decode("latin-1") for key in known if len(said[key]) <= _LONGEST_HEADER}
    except Exception as error:
        complain("Could not read the headers of a gateway", error)
        return {}


def listening(endpoint: Endpoint) -> Endpoint:
    """``endpoint``, whose readers also keep what a gateway says in a body or chunk (``Answer.routing``)."""
    found = _LISTENING.get(id(endpoint))
    if found is None:
        found = _LISTENING[id(endpoint)] = _listening(endpoint)
    return found


def _listening(endpoint: Endpoint) -> Endpoint:
    read_body, read_chunk = endpoint.read_body, endpoint.read_chunk

    def body(answer: Answer, node: object) -> None:
        read_body(answer, node)
        gateway_bodies.note(answer, node)

    def chunk(answer: Answer, node: object) -> None:
        read_chunk(answer, node)
        gateway_bodies.note_chunk(answer, node)

    return replace(endpoint, read_body=body, read_chunk=chunk, is_middle=never)


def says_more(target: Target, content: bytes) -> bool:
    """Whether the body of an answer without a gateway's headers may say something of routing all the same."""
    if not target.is_gateway or target.provider in _PROVIDERS or target.address in _HOSTS:
        return True
    return gateway_bodies.MARKS.search(content) is not None


def word_of(heard: Heard) -> Word | None:
    """What the gateways have said that the answer came through; ``None`` if it came through none.

    Once it is taken, the answer says what it cost.
    """
    found = gateways_of(heard)
    return Word(_route_of(found[0], heard), partial(_settled, found, heard)) if found else None


def gateways_of(heard: Heard) -> Sequence[Gateway]:
    """Those that the answer came through, the nearest to the application first; mostly none, or one."""
    marked = {_BY_MARK[mark] for mark in _BY_MARK.keys() & heard.headers.keys()}
    target = heard.target
    is_plain = target.is_gateway and target.address not in _HOSTS and target.provider not in _PROVIDERS
    if is_plain and len(marked) < 2 and not heard.body:
        return list(marked)
    return [gateway for gateway in GATEWAYS if gateway.answered(heard)]


def _route_of(gateway: Gateway, heard: Heard) -> str | None:
    try:
        return gateway.route_of(heard)
    except Exception as error:
        complain("Could not read how a gateway names a route", error)
        return None


def _settled(found: Iterable[Gateway], heard: Heard, _: Answer) -> list[Signals]:
    said = signals_of(found, heard)
    settle(heard, said)
    return said


def signals_of(found: Iterable[Gateway], heard: Heard) -> list[Signals]:
    """What each of the gateways that the answer came through said. Never raises."""
    return [_signals_of(gateway, heard) for gateway in found]


def settle(heard: Heard, said: Iterable[Signals]) -> None:
    """Have the answer say what it cost: nothing where no model was called, else what a gateway charged for it, else
    what those charge who served it. Never raises.
    """
    try:
        answer = heard.answer
        if any(signals.cache_result == "hit" or signals.destination is not None for signals in said):
            return not_billed(answer)
        if answer.cost is None:
            charged = (gateway.charged(heard) for gateway in GATEWAYS if gateway.charged is not None)
            answer.cost = next((cost for cost in charged if cost is not None), None)
        if heard.target.is_gateway and heard.is_accepted:
            answer.seller = next((signals.served_provider for signals in said if signals.served_provider), None)
            served = next((signals.served_model for signals in said if signals.served_model), None)
            if answer.model == heard.requested_model and not is_same_model(answer.model, served):
                answer.priced_as = served  # a proxy puts its own name for the model into an answer
    except Exception as error:
        complain("Could not read what a gateway charged", error)


def _signals_of(gateway: Gateway, heard: Heard) -> Signals:
    signals = Signals(gateway.router, requested_model=name(heard.requested_model))
    try:
        gateway.read(signals, heard)
        return _whole(signals, heard)
    except Exception as error:
        complain(f"Could not read what a gateway said ({gateway.router})", error)
        return Signals(gateway.router)


def _whole(signals: Signals, heard: Heard) -> Signals:
    """``signals``, with what follows from them for every gateway."""
    if not heard.is_accepted or signals.cache_result == "hit" or signals.destination is not None:
        signals.served_model = signals.served_provider = None  # no model gave an answer
    elif signals.served_model is None:
        signals.served_model = name(heard.answer.model)
    if len(signals.path) > 1:
        signals.failed_for = signals.failed_for or "fallback_error"
    elif not signals.causes and not is_same_model(signals.requested_model, signals.served_model):
        signals.causes = (ANOTHER_MODEL,)
    return signals
