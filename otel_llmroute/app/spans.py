"""Record -> span attributes, as tables: which attribute, from where, of which type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute import names
from otel_llmroute.app.sdks.answer import Answer, get, integer, number, text
from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

    from otel_llmroute.app.sdks.adapter import Endpoint

Attributes = dict[str, "AttributeValue"]

REQUEST: Final[tuple[tuple[str, str, Callable[[object], int | float | str | None]], ...]] = (
    ("max_tokens", names.REQUEST_MAX_TOKENS, integer),
    ("max_completion_tokens", names.REQUEST_MAX_TOKENS, integer),
    ("max_output_tokens", names.REQUEST_MAX_TOKENS, integer),
    ("temperature", names.REQUEST_TEMPERATURE, number),
    ("top_p", names.REQUEST_TOP_P, number),
    ("top_k", names.REQUEST_TOP_K, integer),
    ("seed", names.REQUEST_SEED, integer),
    ("frequency_penalty", names.REQUEST_FREQUENCY_PENALTY, number),
    ("presence_penalty", names.REQUEST_PRESENCE_PENALTY, number),
    ("previous_response_id", names.REQUEST_PREVIOUS_RESPONSE_ID, text),
    ("reasoning_effort", names.REQUEST_REASONING_LEVEL, text),
    ("dimensions", names.EMBEDDINGS_DIMENSION_COUNT, integer),
)
"""Key of the request's body, attribute, reader of its type. A value of another type sets nothing."""

_REQUEST_KEYS: Final = frozenset(key for key, _, _ in REQUEST)
_REQUEST_BY_KEY: Final = {key: (name, read) for key, name, read in REQUEST}

USAGE: Final = (
    ("input_tokens", names.USAGE_INPUT_TOKENS),
    ("output_tokens", names.USAGE_OUTPUT_TOKENS),
    ("cache_read_tokens", names.USAGE_CACHE_READ),
    ("cache_write_tokens", names.USAGE_CACHE_WRITE),
    ("cache_write_5m_tokens", names.USAGE_CACHE_WRITE_5M),
    ("cache_write_1h_tokens", names.USAGE_CACHE_WRITE_1H),
    ("reasoning_tokens", names.USAGE_REASONING),
    ("text_input_tokens", names.USAGE_TEXT_INPUT),
    ("audio_input_tokens", names.USAGE_AUDIO_INPUT),
    ("image_input_tokens", names.USAGE_IMAGE_INPUT),
    ("text_output_tokens", names.USAGE_TEXT_OUTPUT),
    ("audio_output_tokens", names.USAGE_AUDIO_OUTPUT),
    ("image_output_tokens", names.USAGE_IMAGE_OUTPUT),
    ("server_tool_calls", names.USAGE_SERVER_TOOL_CALLS),
)
"""Field of ``Usage``, attribute. What was not reported is absent; a reported 0 is 0."""

COST_PARTS: Final = (
    ("input", names.COST_INPUT),
    ("cache_read", names.COST_CACHE_READ),
    ("cache_write", names.COST_CACHE_WRITE),
    ("output", names.COST_OUTPUT),
    ("other", names.COST_OTHER),
)


def add_request(attributes: Attributes, body: Mapping[str, Any]) -> None:
    """What the request asked for. Only what was sent: no default is recorded as a fact. No content."""
    for key in body.keys() & _REQUEST_KEYS:
        name, read = _REQUEST_BY_KEY[key]
        if (value := read(body[key])) is not None:
            attributes[name] = value
    if "n" in body and (choices := integer(body["n"])) is not None and choices != 1:
        attributes[names.REQUEST_CHOICE_COUNT] = choices
    if stop := body.get("stop") or body.get("stop_sequences"):
        words = [word for word in (stop if type(stop) in (list, tuple) else [stop]) if text(word) is not None]
        if words:
            attributes[names.REQUEST_STOP_SEQUENCES] = words
    _add_nested_request(attributes, body)


def _add_nested_request(attributes: Attributes, body: Mapping[str, Any]) -> None:
    for group in ("reasoning", "output_config"):
        if group in body and (level := text(get(body[group], "effort"))):
            attributes[names.REQUEST_REASONING_LEVEL] = level
    if "service_tier" in body and (tier := text(body["service_tier"])) is not None and tier != "auto":
        attributes[names.OPENAI_REQUEST_SERVICE_TIER] = tier
    form = body.get("response_format") or get(body.get("text"), "format")
    kind = get(form, "type") if form else None
    if type(kind) is str and kind.startswith(("json", "text")):
        attributes[names.OUTPUT_TYPE] = "json" if kind.startswith("json") else "text"
    if "encoding_format" in body and (encoding := text(body["encoding_format"])) is not None:
        attributes[names.REQUEST_ENCODING_FORMATS] = [encoding]


def add_answer(attributes: Attributes, answer: Answer, endpoint: Endpoint) -> None:
    """Who answered, and why it stopped."""
    if answer.id is not None:
        attributes[names.RESPONSE_ID] = answer.id
    if answer.model is not None:
        attributes[names.RESPONSE_MODEL] = answer.model
    if answer.finish:
        attributes[names.RESPONSE_FINISH_REASONS] = [word for _, word in sorted(answer.finish.items())]
    if answer.tier is not None:
        if endpoint.is_openai:
            attributes[names.OPENAI_RESPONSE_SERVICE_TIER] = answer.tier
        attributes[names.PRICE_SERVICE_TIER] = "standard" if answer.tier == "default" else answer.tier
    if answer.fingerprint is not None:
        attributes[names.OPENAI_SYSTEM_FINGERPRINT] = answer.fingerprint
    if answer.region is not None:
        attributes[names.PRICE_REGION] = answer.region


def add_usage(attributes: Attributes, usage: Usage) -> None:
    """The counts that were reported."""
    for field, name in USAGE:
        value = getattr(usage, field)
        if value is not None:
            attributes[name] = value


def add_cost(attributes: Attributes, cost: Cost, mirror: bool) -> None:
    """What it cost. ``mirror``: also under the names proposed for the conventions."""
    attributes[names.COST_STATUS] = cost.status
    if cost.amount is None:
        return
    amount = cost.amount / PICO  # the nearest double: integers divide correctly rounded
    attributes[names.COST_AMOUNT] = amount
    attributes[names.COST_CURRENCY] = cost.currency
    attributes[names.COST_SOURCE] = cost.source
    for field, name in COST_PARTS:
        part = getattr(cost, field)
        if part is not None:
            attributes[name] = part / PICO
    if cost.price_version is not None:
        attributes[names.PRICE_VERSION] = cost.price_version
    if mirror:
        attributes[names.USAGE_COST_AMOUNT] = amount
        attributes[names.USAGE_COST_CURRENCY] = cost.currency
        attributes[names.USAGE_COST_SOURCE] = cost.source
