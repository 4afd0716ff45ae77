"""Record -> span attributes, as tables: which attribute, from where, of which type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import _Span

from otel_llmroute import names
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.answer import Answer, get, integer, number, text
from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_llmroute.app.sdks.adapter import Endpoint

Attributes = dict[str, "AttributeValue"]


class Words(tuple[str, ...]):
    """Several texts, each of which can be sent: the only sequence among the values of an attempt's attributes."""

    __slots__ = ()


class LateAttributes(BoundedAttributes):
    """The attributes of an ended span, some of which are worked out when somebody first reads any: where spans are
    exported in batches, the thread that exports. Thread-safe.

    An object becomes one when its span ends, so what it has been told stays where ``BoundedAttributes`` keeps it.
    """

    @property
    def _dict(self) -> Attributes:  # type: ignore[override]
        held = self.__dict__
        told: Attributes = held["_dict"]
        late: Callable[[], Attributes] | None = held.get("late")
        if late is not None:
            try:
                attributes = late()
                if not UNCHANGED.issuperset(map(type, attributes.values())):
                    attributes = BoundedAttributes(attributes=attributes)._dict  # the SDK makes of them what it would
                told.update(attributes)
            except Exception as error:  # whoever exports goes on to the next span
                complain("Could not work out the attributes of an attempt", error)
            held.pop("late", None)
        return told


MOST_LATE: Final = 64
"""No attempt has more attributes that are said late."""


def say_late(span: Span, late: Callable[[], Attributes]) -> None:
    """Give ``span``, about to end, the attributes that ``late`` returns: once they are read if that can be, else now.

    ``late`` returns the same each time.
    """
    kept = _own_dict(span, MOST_LATE)
    if kept is None:
        set_all(span, late())
    else:
        kept.__dict__["late"] = late
        kept.__class__ = LateAttributes


def set_all(span: Span, attributes: Attributes) -> None:
    """Set ``attributes`` on ``span``, which has not ended.

    The SDK looks at and files every value by itself, which takes as long as all else that we do. Values of these types
    would come out of that unchanged, so they are put where it would put them. It does so itself where a limit may have
    to be applied, for values of any other type, and where it keeps attributes otherwise.
    """
    kept = _own_dict(span, len(attributes))
    if kept is not None and UNCHANGED.issuperset(map(type, attributes.values())):
        with kept._lock:
            kept._dict.update(attributes)
    else:
        span.set_attributes(_least_first(span, attributes))


def _own_dict(span: Span, more: int) -> BoundedAttributes | None:
    """The attributes of ``span`` if they are an SDK's with room for ``more``, and no text in them has to be cut."""
    kept = span._attributes if _IS_DICT_INSIDE and type(span) is _Span else None
    if (
        type(kept) is not BoundedAttributes
        or kept.max_value_len is not None
        or (kept.maxlen is not None and len(kept._dict) + more > kept.maxlen)
    ):
        return None
    return kept


LEAST_FIRST: Final = (
    *(names.COST_OTHER, names.COST_CACHE_WRITE, names.COST_CACHE_READ, names.COST_OUTPUT, names.COST_INPUT),
    *(names.ROUTE_REASON, names.ROUTE_SOURCE, names.ROUTE_OUTCOME, names.JOB_OUTCOME),
    *(names.CHARGE_KIND, names.PURPOSE, names.ATTEMPT_OUTCOME, names.USAGE_STATUS),
    *(names.USAGE_CACHE_WRITE, names.USAGE_CACHE_READ, names.USAGE_OUTPUT_TOKENS, names.USAGE_INPUT_TOKENS),
    *(names.PROVIDER_NAME, names.REQUEST_MODEL, names.RESPONSE_MODEL),
    *(names.JOB_REVENUE_CURRENCY, names.JOB_REVENUE, names.JOB_NAME, names.JOB_ID, names.ROUTE_ID),
    *(names.TENANT_ID, names.ROUTE_NAME),
    *(names.COST_SOURCE, names.COST_STATUS, names.COST_CURRENCY, names.COST_AMOUNT, names.RECORD_KIND),
)
"""What a record is, what it cost and whose that was: all else is left out before any of this. The last is kept longest:
without it there is no record."""


def _least_first(span: Span, attributes: Attributes) -> Attributes:
    """``attributes``, and what of ``LEAST_FIRST`` the span already has, in that order, if ``span`` may not hold all.

    The SDK then leaves out what was set first.
    """
    held = getattr(getattr(span, "span", span), "_attributes", None)  # Logfire's spans are proxies
    most = getattr(held, "maxlen", None)
    if held is None or most is None or len(held) + len(attributes) <= most:
        return attributes
    ordered = {**{name: held[name] for name in LEAST_FIRST if name in held}, **attributes}
    for name in LEAST_FIRST:
        if name in ordered:
            ordered[name] = ordered.pop(name)
    return ordered


def _is_dict_inside() -> bool:
    """Whether the attributes of this SDK's spans are in a dict with a lock, as they have been from 1.40 on."""
    try:
        kept = BoundedAttributes(8, {"a": (1,)}, immutable=False)
        with kept._lock:
            return kept._dict == {"a": (1,)} and (kept.maxlen, kept.max_value_len) == (8, None)
    except Exception:
        return False


_IS_DICT_INSIDE: Final = _is_dict_inside()
UNCHANGED: Final = frozenset({str, int, float, bool, Words})


# --- what was asked for ---


def _choices(value: object) -> int | None:
    choices = integer(value)
    return None if choices == 1 else choices


def _words(value: object) -> Words | None:
    words = Words(word for word in (value if type(value) in (list, tuple) else [value]) if text(word) is not None)  # type: ignore[attr-defined]
    return words or None


def _effort(value: object) -> str | None:
    return text(get(value, "effort"))


def _tier(value: object) -> str | None:
    tier = text(value)
    return None if tier == "auto" else tier


def _output_type(form: object) -> str | None:
    kind = text(get(form, "type"))
    if kind is None or not kind.startswith(("json", "text")):
        return None
    return "json" if kind.startswith("json") else "text"


REQUEST: Final[dict[str, tuple[str, Callable[[object], AttributeValue | None]]]] = {
    "max_tokens": (names.REQUEST_MAX_TOKENS, integer),
    "max_completion_tokens": (names.REQUEST_MAX_TOKENS, integer),
    "max_output_tokens": (names.REQUEST_MAX_TOKENS, integer),
    "temperature": (names.REQUEST_TEMPERATURE, number),
    "top_p": (names.REQUEST_TOP_P, number),
    "top_k": (names.REQUEST_TOP_K, integer),
    "seed": (names.REQUEST_SEED, integer),
    "frequency_penalty": (names.REQUEST_FREQUENCY_PENALTY, number),
    "presence_penalty": (names.REQUEST_PRESENCE_PENALTY, number),
    "previous_response_id": (names.REQUEST_PREVIOUS_RESPONSE_ID, text),
    "n": (names.REQUEST_CHOICE_COUNT, _choices),
    "stop": (names.REQUEST_STOP_SEQUENCES, _words),
    "stop_sequences": (names.REQUEST_STOP_SEQUENCES, _words),
    "reasoning_effort": (names.REQUEST_REASONING_LEVEL, text),
    "reasoning": (names.REQUEST_REASONING_LEVEL, _effort),
    "output_config": (names.REQUEST_REASONING_LEVEL, _effort),
    "service_tier": (names.OPENAI_REQUEST_SERVICE_TIER, _tier),
    "response_format": (names.OUTPUT_TYPE, _output_type),
    "text": (names.OUTPUT_TYPE, lambda value: _output_type(get(value, "format"))),
    "dimensions": (names.EMBEDDINGS_DIMENSION_COUNT, integer),
    "encoding_format": (names.REQUEST_ENCODING_FORMATS, _words),
}
"""Key of the request's body -> attribute, and the reader of its type. A value of another type sets nothing."""


def add_request(attributes: Attributes, body: Mapping[str, Any]) -> None:
    """What the request asked for. Only what was sent: no default is recorded as a fact. No content."""
    for key, value in body.items():
        asked = REQUEST.get(key)
        if asked is not None:
            name, read = asked
            said = read(value)
            if said is not None:
                attributes[name] = said


# --- what came back ---

USAGE: Final = {
    "input_tokens": names.USAGE_INPUT_TOKENS,
    "output_tokens": names.USAGE_OUTPUT_TOKENS,
    "cache_read_tokens": names.USAGE_CACHE_READ,
    "cache_write_tokens": names.USAGE_CACHE_WRITE,
    "cache_write_5m_tokens": names.USAGE_CACHE_WRITE_5M,
    "cache_write_1h_tokens": names.USAGE_CACHE_WRITE_1H,
    "reasoning_tokens": names.USAGE_REASONING,
    "text_input_tokens": names.USAGE_TEXT_INPUT,
    "audio_input_tokens": names.USAGE_AUDIO_INPUT,
    "image_input_tokens": names.USAGE_IMAGE_INPUT,
    "text_output_tokens": names.USAGE_TEXT_OUTPUT,
    "audio_output_tokens": names.USAGE_AUDIO_OUTPUT,
    "image_output_tokens": names.USAGE_IMAGE_OUTPUT,
    "server_tool_calls": names.USAGE_SERVER_TOOL_CALLS,
}
"""Field of ``Usage`` -> attribute. What was not reported is absent; a reported 0 is 0."""


def add_answer(attributes: Attributes, answer: Answer, endpoint: Endpoint) -> None:
    """Who answered, and why it stopped: what many answers share, all but their ids."""
    if answer.model is not None:
        attributes[names.RESPONSE_MODEL] = answer.model
    if answer.finish:
        finish = answer.finish
        attributes[names.RESPONSE_FINISH_REASONS] = Words(finish[choice] for choice in sorted(finish))
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
    for field, value in usage.counts.items():
        if value is not None and (name := USAGE.get(field)) is not None:
            attributes[name] = value


def add_cost(attributes: Attributes, cost: Cost, mirror: bool) -> None:
    """What it cost. ``mirror``: also under the names proposed for the conventions."""
    add_kind_of_cost(attributes, cost, mirror)
    add_amounts(attributes, cost, mirror)


def add_kind_of_cost(attributes: Attributes, cost: Cost, mirror: bool) -> None:
    """What many attempts share of what they cost: all but the amounts."""
    attributes[names.COST_STATUS] = cost.status
    if cost.amount is None:
        return
    attributes[names.COST_CURRENCY] = cost.currency
    attributes[names.COST_SOURCE] = cost.source
    if cost.price_version is not None:
        attributes[names.PRICE_VERSION] = cost.price_version
    if mirror:
        attributes[names.USAGE_COST_CURRENCY] = cost.currency
        attributes[names.USAGE_COST_SOURCE] = cost.source


def add_amounts(attributes: Attributes, cost: Cost, mirror: bool) -> None:
    """The amount and its parts."""
    if cost.amount is None:
        return
    attributes[names.COST_AMOUNT] = amount = cost.amount / PICO  # the nearest double: integers divide correctly rounded
    if mirror:
        attributes[names.USAGE_COST_AMOUNT] = amount
    if (part := cost.input) is not None:
        attributes[names.COST_INPUT] = part / PICO
    if (part := cost.cache_read) is not None:
        attributes[names.COST_CACHE_READ] = part / PICO
    if (part := cost.cache_write) is not None:
        attributes[names.COST_CACHE_WRITE] = part / PICO
    if (part := cost.output) is not None:
        attributes[names.COST_OUTPUT] = part / PICO
    if (part := cost.other) is not None:
        attributes[names.COST_OTHER] = part / PICO
