"""Every name that crosses the wire: spans, attributes, events, metrics and the closed lists of values.

Both halves of the project import this module. An attribute is written down once, here, with its type, its unit and its
meaning; the page ``docs/attributes.md`` is made from these tables.

Standard names follow the OpenTelemetry GenAI conventions 0.1.0
(https://github.com/open-telemetry/semantic-conventions-genai). ``OLDER`` lists the names that readers accept as well.

Words: a **job** is a unit of work a customer pays for; it holds **routes**. A **route** is one logical request that has
to be answered somewhere; it holds **attempts** and **charges**. An **attempt** is one public SDK call: retries inside
the SDK are a count on it, never attempts. A **charge** is money spent on something other than a model call.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

OTHER: Final = "_OTHER"
"""The conventions' word for an error, and ours for a word of a router, that has no short name."""

# --- the closed lists -------------------------------------------------------------------------------------------------

RecordKind = Literal["job", "route", "decision", "attempt", "charge"]
RouteSource = Literal["explicit", "config", "router", "http", "callsite"]
RouteReason = Literal[
    "explicit",
    "alias",
    "rule",
    "task_class",
    "complexity",
    "cost",
    "quality",
    "latency",
    "load_balance",
    "affinity",
    "capability",
    "context_window",
    "content_policy",
    "cooldown",
    "budget",
    "customer_tier",
    "data_residency",
    "risk",
    "cache_hit",
    "batch",
    "no_model",
    "human_review",
    "experiment",
    "default",
    "unknown",
]
RouteDestination = Literal["model", "cache", "retrieval", "batch", "rule", "human", "none"]
RouteOutcome = Literal["success", "error", "rejected", "cancelled", "cache_hit"]
AttemptReason = Literal[
    "initial",
    "retry",
    "fallback_error",
    "fallback_rate_limit",
    "fallback_timeout",
    "fallback_context_window",
    "fallback_content_policy",
    "fallback_cooldown",
    "hedge",
]
AttemptOutcome = Literal["accepted", "failed", "rejected", "discarded", "cancelled", "abandoned"]
Purpose = Literal["answer", "routing", "evaluation", "shadow"]
UsageStatus = Literal["reported", "partial", "missing"]
CostStatus = Literal["priced", "partial", "unpriced", "no_usage", "free"]
CostSource = Literal["provider", "local"]
RiskLevel = Literal["low", "medium", "high", "irreversible"]
JobOutcome = Literal["success", "failure", "partial", "abandoned"]
ReviewStatus = Literal["not_required", "pending", "approved", "edited", "rejected"]
ResponseCacheResult = Literal["hit", "miss", "stale", "bypass"]
ResponseCacheKind = Literal["exact", "semantic"]
ChargeKind = Literal["tool", "search", "retrieval", "compute", "human_review", "storage", "other"]

ROUTE_REASONS: Final[frozenset[str]] = frozenset(get_args(RouteReason))
ROUTE_DESTINATIONS: Final[frozenset[str]] = frozenset(get_args(RouteDestination))
ATTEMPT_REASONS: Final[frozenset[str]] = frozenset(get_args(AttemptReason))
PURPOSES: Final[frozenset[str]] = frozenset(get_args(Purpose))
RISK_LEVELS: Final[frozenset[str]] = frozenset(get_args(RiskLevel))
JOB_OUTCOMES: Final[frozenset[str]] = frozenset(get_args(JobOutcome))
REVIEW_STATUSES: Final[frozenset[str]] = frozenset(get_args(ReviewStatus))
CHARGE_KINDS: Final[frozenset[str]] = frozenset(get_args(ChargeKind))
RESPONSE_CACHE_RESULTS: Final[frozenset[str]] = frozenset(get_args(ResponseCacheResult))
RESPONSE_CACHE_KINDS: Final[frozenset[str]] = frozenset(get_args(ResponseCacheKind))

# --- attributes -------------------------------------------------------------------------------------------------------

AttributeType = Literal["string", "int", "double", "boolean", "string[]", "string, int, double or boolean"]


class Attribute(NamedTuple):
    """One row of the attribute table: the name on the wire, its type, its unit ("" for none), the records that carry
    it, and what it means."""

    name: str
    type: AttributeType
    unit: str
    records: str
    meaning: str


ATTRIBUTES: Final[list[Attribute]] = []


def _attribute(name: str, type: AttributeType, records: str, meaning: str, unit: str = "") -> str:
    ATTRIBUTES.append(Attribute(name, type, unit, records, meaning))
    return name


# ``records`` below: "+" after a kind means that the value is also copied to each attempt and charge under it.

RECORD_KIND = _attribute("llmroute.record.kind", "string", "all", "job, route, decision, attempt or charge")
ROUTE_ID = _attribute("llmroute.route.id", "string", "route+", "joins a route with its attempts and charges")
JOB_ID = _attribute("llmroute.job.id", "string", "job+", "joins a job with everything done for it")

ROUTE_NAME = _attribute("llmroute.route.name", "string", "route+", "the route; the unit that spend is shown by")
ROUTE_SOURCE = _attribute("llmroute.route.source", "string", "route+", "who named the route: see the list of sources")
ROUTE_REASON = _attribute("llmroute.route.reason", "string", "route+", "why this destination: see the list of reasons")
ROUTE_REASON_DETAIL = _attribute(
    "llmroute.route.reason_detail", "string", "route+", "the router's own literal, at most 64 characters"
)
ROUTE_RULE = _attribute("llmroute.route.rule", "string", "route+", "name of the rule that named or decided the route")
ROUTE_ROUTER = _attribute("llmroute.route.router", "string", "route+", "who decided: app, litellm, openrouter, ...")
ROUTE_DESTINATION = _attribute("llmroute.route.destination", "string", "route+", "where the request was answered")
ROUTE_REQUESTED_MODEL = _attribute("llmroute.route.requested_model", "string", "route", "model the caller asked for")
ROUTE_CANDIDATES = _attribute("llmroute.route.candidates", "string[]", "route", "models that could have been chosen")
ROUTE_EXCLUDED = _attribute("llmroute.route.excluded", "string[]", "route", "provider/model=reason of those ruled out")
ROUTE_SELECTED_MODEL = _attribute("llmroute.route.selected_model", "string", "route", "model the decision chose")
ROUTE_SELECTED_PROVIDER = _attribute("llmroute.route.selected_provider", "string", "route", "provider it chose")
ROUTE_SERVED_MODEL = _attribute("llmroute.route.served_model", "string", "route", "model that gave the accepted answer")
ROUTE_SERVED_PROVIDER = _attribute("llmroute.route.served_provider", "string", "route", "provider that gave it")
ROUTE_FALLBACK_USED = _attribute(
    "llmroute.route.fallback_used", "boolean", "route", "an attempt was made elsewhere because one before it failed"
)
ROUTE_FALLBACK_PATH = _attribute(
    "llmroute.route.fallback_path", "string[]", "route", "provider/model of each destination tried, in order"
)
ROUTE_ATTEMPT_COUNT = _attribute("llmroute.route.attempt_count", "int", "route", "attempts made", "{attempt}")
ROUTE_OUTCOME = _attribute("llmroute.route.outcome", "string", "route", "how the route ended")
ROUTE_SCORE = _attribute("llmroute.route.score", "double", "route", "score the decision was made on")
ROUTE_THRESHOLD = _attribute("llmroute.route.threshold", "double", "route", "threshold the score was held against")
ROUTE_CONFIDENCE = _attribute("llmroute.route.confidence", "double", "route", "confidence of the decision, 0 to 1", "1")

ROUTE_AVOIDED_COST = _attribute(
    "llmroute.route.avoided_cost_estimate",
    "double",
    "route",
    "an estimate of the application's: what the model call that was not made would have cost",
    "{currency}",
)
ROUTE_AVOIDED_CURRENCY = _attribute(
    "llmroute.route.avoided_cost_currency", "string", "route", "ISO 4217 code of that estimate"
)
EXPERIMENT_NAME = _attribute("llmroute.experiment.name", "string", "route+", "the experiment this is a part of")
EXPERIMENT_VARIANT = _attribute("llmroute.experiment.variant", "string", "route+", "which of its variants this got")
DECISION_INPUT = _attribute(
    "llmroute.decision.input.<name>",
    "string, int, double or boolean",
    "route, decision",
    "an argument of the application's own router that it is told to record, texts of at most 64 characters; without a "
    "route on the attempt",
)

POLICY_NAME = _attribute("llmroute.policy.name", "string", "route+", "routing policy in force")
POLICY_VERSION = _attribute("llmroute.policy.version", "string", "route+", "its version")

ATTEMPT_NUMBER = _attribute("llmroute.attempt.number", "int", "attempt", "1-based within the route", "{attempt}")
ATTEMPT_REASON = _attribute(
    "llmroute.attempt.reason", "string", "attempt", "why this attempt was made, or a gateway went on to another inside"
)
ATTEMPT_OUTCOME = _attribute("llmroute.attempt.outcome", "string", "attempt", "what became of it")
ATTEMPT_SDK_RETRIES = _attribute(
    "llmroute.attempt.sdk_retries", "int", "attempt", "retries inside the SDK call; one span event each", "{retry}"
)
PURPOSE = _attribute("llmroute.purpose", "string", "attempt", "answer, routing, evaluation or shadow")

USAGE_STATUS = _attribute("llmroute.usage.status", "string", "attempt", "reported, partial or missing")
USAGE_CACHE_WRITE_5M = _attribute(
    "llmroute.usage.cache_write_5m_tokens", "int", "attempt", "part of cache writes kept 5 minutes", "{token}"
)
USAGE_CACHE_WRITE_1H = _attribute(
    "llmroute.usage.cache_write_1h_tokens", "int", "attempt", "part of cache writes kept 1 hour", "{token}"
)
USAGE_SERVER_TOOL_CALLS = _attribute(
    "llmroute.usage.server_tool_calls", "int", "attempt", "tools the provider ran (searches, code)", "{call}"
)

COST_AMOUNT = _attribute(
    "llmroute.cost.amount", "double", "attempt, charge", "direct cost, rounded to 12 decimals", "{currency}"
)
COST_CURRENCY = _attribute("llmroute.cost.currency", "string", "attempt, charge", "ISO 4217 code of the amount")
COST_SOURCE = _attribute("llmroute.cost.source", "string", "attempt, charge", "provider (it said so) or local")
COST_STATUS = _attribute(
    "llmroute.cost.status", "string", "attempt, charge", "priced, partial, unpriced, no_usage or free"
)
COST_INPUT = _attribute("llmroute.cost.input", "double", "attempt", "part: uncached input", "{currency}")
COST_CACHE_READ = _attribute(
    "llmroute.cost.cache_read", "double", "attempt", "part: input read from cache", "{currency}"
)
COST_CACHE_WRITE = _attribute(
    "llmroute.cost.cache_write", "double", "attempt", "part: input written to cache", "{currency}"
)
COST_OUTPUT = _attribute("llmroute.cost.output", "double", "attempt", "part: output, reasoning included", "{currency}")
COST_OTHER = _attribute(
    "llmroute.cost.other",
    "double",
    "attempt, charge",
    "part: server tools, or not split by who reported it",
    "{currency}",
)

PRICE_VERSION = _attribute("llmroute.price.version", "string", "attempt", "price list that the cost was computed from")
PRICE_SERVICE_TIER = _attribute(
    "llmroute.price.service_tier", "string", "attempt", "tier served: standard, flex, priority, batch, ..."
)
PRICE_REGION = _attribute("llmroute.price.region", "string", "attempt", "region the price depends on")

TASK_CLASS = _attribute("llmroute.task.class", "string", "route+", "kind of task, as the app names it")
RISK_LEVEL = _attribute("llmroute.risk.level", "string", "route+", "low, medium, high or irreversible")
TENANT_ID = _attribute("llmroute.tenant.id", "string", "all+", "the customer")
TENANT_PLAN = _attribute("llmroute.tenant.plan", "string", "all+", "the customer's plan")
FEATURE = _attribute("llmroute.feature", "string", "all+", "product feature the work was done for")
JOB_NAME = _attribute("llmroute.job.name", "string", "job+", "kind of job")
JOB_REVENUE = _attribute("llmroute.job.revenue", "double", "job", "what the customer pays for the job", "{currency}")
JOB_REVENUE_CURRENCY = _attribute("llmroute.job.currency", "string", "job", "ISO 4217 code of the revenue")
JOB_OUTCOME = _attribute("llmroute.job.outcome", "string", "job", "success, failure, partial or abandoned")
REVIEW_STATUS = _attribute("llmroute.review.status", "string", "route+", "state of the human review")
REVIEW_MINUTES = _attribute("llmroute.review.minutes", "double", "event", "time a person spent on it", "min")
CALLSITE = _attribute("llmroute.callsite", "string", "attempt, charge", "file:function in the user's own code")

RESPONSE_CACHE_RESULT = _attribute(
    "llmroute.response_cache.result", "string", "route", "the app's own response cache: hit, miss, stale or bypass"
)
RESPONSE_CACHE_KIND = _attribute("llmroute.response_cache.kind", "string", "route", "exact or semantic")
RESPONSE_CACHE_SIMILARITY = _attribute(
    "llmroute.response_cache.similarity", "double", "route", "similarity of a semantic hit, 0 to 1", "1"
)
RESPONSE_CACHE_AVOIDED_COST = _attribute(
    "llmroute.response_cache.avoided_cost",
    "double",
    "route",
    "older name of llmroute.route.avoided_cost_estimate, without a currency; read, not written",
    "{currency}",
)

CHARGE_KIND = _attribute("llmroute.charge.kind", "string", "charge", "what the money was spent on")
CHARGE_QUANTITY = _attribute("llmroute.charge.quantity", "double", "charge", "how much of it")
CHARGE_UNIT = _attribute("llmroute.charge.unit", "string", "charge", "unit of the quantity")

SAMPLING_KEPT = _attribute(
    "llmroute.sampling.kept", "boolean", "all", "true: kept for its money though the trace sampler dropped the trace"
)

# --- standard attributes we write (GenAI conventions 0.1.0) -----------------------------------------------------------

OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
REQUEST_TOP_K: Final = "gen_ai.request.top_k"
REQUEST_SEED: Final = "gen_ai.request.seed"
REQUEST_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
REQUEST_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
REQUEST_STOP_SEQUENCES: Final = "gen_ai.request.stop_sequences"
REQUEST_CHOICE_COUNT: Final = "gen_ai.request.choice.count"
REQUEST_REASONING_LEVEL: Final = "gen_ai.request.reasoning.level"
REQUEST_PREVIOUS_RESPONSE_ID: Final = "gen_ai.request.previous_response.id"
REQUEST_ENCODING_FORMATS: Final = "gen_ai.request.encoding_formats"
EMBEDDINGS_DIMENSION_COUNT: Final = "gen_ai.embeddings.dimension.count"
OUTPUT_TYPE: Final = "gen_ai.output.type"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
RESPONSE_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
USAGE_CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"
USAGE_CACHE_WRITE: Final = "gen_ai.usage.cache_write.input_tokens"
USAGE_REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
USAGE_TEXT_INPUT: Final = "gen_ai.usage.text.input_tokens"
USAGE_AUDIO_INPUT: Final = "gen_ai.usage.audio.input_tokens"
USAGE_IMAGE_INPUT: Final = "gen_ai.usage.image.input_tokens"
USAGE_TEXT_OUTPUT: Final = "gen_ai.usage.text.output_tokens"
USAGE_AUDIO_OUTPUT: Final = "gen_ai.usage.audio.output_tokens"
USAGE_IMAGE_OUTPUT: Final = "gen_ai.usage.image.output_tokens"
# Proposed for the conventions (semantic-conventions-genai issue 287); mirrored unless switched off.
USAGE_COST_AMOUNT: Final = "gen_ai.usage.cost.amount"
USAGE_COST_CURRENCY: Final = "gen_ai.usage.cost.currency"
USAGE_COST_SOURCE: Final = "gen_ai.usage.cost.source"
OPENAI_REQUEST_SERVICE_TIER: Final = "openai.request.service_tier"
OPENAI_RESPONSE_SERVICE_TIER: Final = "openai.response.service_tier"
OPENAI_SYSTEM_FINGERPRINT: Final = "openai.response.system_fingerprint"
OPENAI_API_TYPE: Final = "openai.api.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"
HTTP_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
TOKEN_MODALITY: Final = "gen_ai.token.modality"

OLDER: Final[dict[str, tuple[str, ...]]] = {
    USAGE_CACHE_WRITE: ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
    USAGE_CACHE_READ: ("gen_ai.usage.cache_read_input_tokens",),
    USAGE_INPUT_TOKENS: ("gen_ai.usage.prompt_tokens",),
    USAGE_OUTPUT_TOKENS: ("gen_ai.usage.completion_tokens",),
    PROVIDER_NAME: ("gen_ai.system",),
    OPENAI_RESPONSE_SERVICE_TIER: ("gen_ai.openai.response.service_tier",),
}
"""Standard name -> names that other or older writers use for the same thing. We write only the standard one."""

# --- spans, events, metrics -------------------------------------------------------------------------------------------

SCOPE: Final = "otel_llmroute"
"""Instrumentation scope of every span, metric and log record of ours: all accounting is keyed on it."""

EVENT_SDK_RETRY: Final = "llmroute.sdk_retry"
"""Span event on an attempt, one per retry inside the SDK."""
RETRY_NUMBER: Final = "llmroute.retry.number"
RETRY_WAIT_S: Final = "llmroute.retry.wait"

EVENT_JOB_OUTCOME: Final = "llmroute.job.outcome"
"""Log event: a job's outcome that became known later. Joined by ``llmroute.job.id``."""
EVENT_REVIEW: Final = "llmroute.review"
"""Log event: a human review. Joined by ``llmroute.job.id``."""

METRIC_COST: Final = "llmroute.cost"
METRIC_CALLS: Final = "llmroute.calls"
METRIC_DURATION: Final = "gen_ai.client.inference.duration"
METRIC_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
METRIC_TIME_TO_FIRST_CHUNK: Final = "gen_ai.client.inference.time_to_first_chunk"
METRIC_INPUT_TOKENS: Final = "gen_ai.client.inference.usage.input_tokens"
METRIC_OUTPUT_TOKENS: Final = "gen_ai.client.inference.usage.output_tokens"
METRIC_CACHE_READ_TOKENS: Final = "gen_ai.client.inference.usage.cache_read.input_tokens"
METRIC_CACHE_WRITE_TOKENS: Final = "gen_ai.client.inference.usage.cache_write.input_tokens"
METRIC_REASONING_TOKENS: Final = "gen_ai.client.inference.usage.reasoning.output_tokens"
