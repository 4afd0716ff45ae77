"""Keys, passwords and prompts, each planted in every place of a span and a log record: OTLP/JSON, and what must not be
found of it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any, Final

from otel_llmroute import names
from tests.store.telemetry import NOW_NS

RANDOM: Final = random.Random(7)


def letters(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(RANDOM.choice(alphabet) for _ in range(count))


# What is planted ------------------------------------------------------------------------------------------------------

UPPER: Final = string.ascii_uppercase + string.digits
Plant = Callable[[], tuple[str, str]]
"""Makes a text and the part of it that must not be found."""


def key(prefix: str, count: int, alphabet: str = string.ascii_letters + string.digits) -> Plant:
    def planted() -> tuple[str, str]:
        secret = letters(count, alphabet)
        return prefix + secret, secret

    return planted


def within(before: str, after: str, count: int = 20) -> Plant:
    def planted() -> tuple[str, str]:
        secret = letters(count)
        return before + secret + after, secret

    return planted


def private_key(kind: str) -> Plant:
    def planted() -> tuple[str, str]:
        body = "\n".join(letters(64) for _ in range(3))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----", body.splitlines()[1]

    return planted


SECRETS: Final[dict[str, Plant]] = {
    "OpenAI": key("sk-", 48),
    "OpenAI project": key("sk-proj-", 60, string.ascii_letters + string.digits + "-_"),
    "Anthropic": key("sk-ant-api03-", 80, string.ascii_letters + string.digits + "-_"),
    "OpenRouter": key("sk-or-v1-", 64, "0123456789abcdef"),
    "LiteLLM": key("sk-", 22),
    "Google": key("AIza", 35),
    "Google OAuth": key("ya29.", 60),
    "Groq": key("gsk_", 52),
    "Hugging Face": key("hf_", 34),
    "xAI": key("xai-", 80),
    "Perplexity": key("pplx-", 48),
    "Replicate": key("r8_", 37),
    "NVIDIA": key("nvapi-", 64),
    "AWS": key("AKIA", 16, UPPER),
    "AWS session": key("ASIA", 16, UPPER),
    "GitHub": key("ghp_", 36),
    "GitHub fine-grained": key("github_pat_", 60),
    "GitLab": key("glpat-", 20),
    "Slack": key("xoxb-", 40),
    "Stripe": key("sk_live_", 24),
    "JWT": lambda: (lambda body: (f"eyJ{letters(20)}.{body}.{letters(40)}", body))(letters(60)),
    "bearer": key("Bearer ", 40),
    "header": within("Authorization: Token ", "\r\nAccept: */*"),
    "cookie header": within("Cookie: session=", "; theme=dark"),
    "RSA key": private_key("RSA PRIVATE KEY"),
    "PKCS8 key": private_key("PRIVATE KEY"),
    "DSN": within("postgres://app:", "@db.example.com/app"),
    "assignment": within("connect failed: password=", " host=db"),
    "quoted": within('{"db": {"password": "', '"}}'),
    "escaped": within('{\\"client_secret\\": \\"', '\\"}'),
    "environment": within("OPENAI_API_KEY=", "\nHOME=/root"),
    "query": within("https://api.example.com/v1/models?key=", "&alt=json"),
    "signed link": within("https://blob.example.com/x?sv=1&sig=", "&se=2"),
}
KEYS: Final = (
    "password", "db.password", "smtp_passwd", "Authorization", "http.request.header.authorization",
    "http.request.header.x-api-key", "http.request.header.api-key", "X-Api-Key", "apiKey", "OPENAI_API_KEY",
    "client_secret", "aws.secret_access_key", "http.request.header.cookie", "http.response.header.set-cookie",
    "access_token", "oauth.refresh_token", "id_token", "session_token", "x-amz-security-token", "private_key",
    "service.credentials", "GITHUB_TOKEN", "passphrase",
)  # fmt: skip
CONTENT: Final = (
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt",
    "gen_ai.completion", "gen_ai.prompt.0.content", "gen_ai.completion.0.tool_calls.0.arguments",
    "gen_ai.content.prompt",
    "gen_ai.tool.definitions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.event.content",
    "gen_ai.retrieval.documents", "gen_ai.evaluation.explanation", "input.value", "output.value",
    "llm.input_messages.0.message.content", "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
    "llm.prompts", "llm.prompt_template.template", "retrieval.documents.0.document.content", "reranker.query",
    "embedding.embeddings.0.embedding.text", "traceloop.entity.input", "traceloop.entity.output", "tool.parameters",
    "langfuse.observation.input", "langfuse.trace.output", "ai.prompt.messages", "ai.response.text", "ai.toolCall.args",
    "mlflow.spanInputs", "all_messages_events", "tool_arguments", "request_data", "http.request.body.content",
    "exception.message", "exception.stacktrace",
)  # fmt: skip


# Where it is planted --------------------------------------------------------------------------------------------------


def text(value: str) -> dict[str, Any]:
    return {"stringValue": value}


def listed(value: str) -> dict[str, Any]:
    return {"arrayValue": {"values": [text("first"), text(value)]}}


def mapped(value: str, name: str = "note") -> dict[str, Any]:
    return {"kvlistValue": {"values": [{"key": "plain", "value": text("x")}, {"key": name, "value": text(value)}]}}


def pair(name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value}]


def span(**parts: Any) -> dict[str, Any]:
    """A resource with one span, a record of ours unless ``attributes`` are given with another kind."""
    resource = parts.pop("resource", [])
    made = {
        "traceId": letters(32, "0123456789abcdef"),
        "spanId": letters(16, "0123456789abcdef"),
        "name": "chat gpt-5",
        "kind": 3,
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 10**9),
        **parts,
    }
    return {"resource": {"attributes": resource}, "scopeSpans": [{"scope": {"name": "planted"}, "spans": [made]}]}


def log(**parts: Any) -> dict[str, Any]:
    resource, scope = parts.pop("resource", []), parts.pop("scope", {"name": "planted"})
    made = {"timeUnixNano": str(NOW_NS), "severityNumber": 9, **parts}
    return {"resource": {"attributes": resource}, "scopeLogs": [{"scope": scope, "logRecords": [made]}]}


def event(name: str, attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, "timeUnixNano": str(NOW_NS), "attributes": attributes}]


RECORD: Final = pair(names.RECORD_KIND, text("attempt"))
SPANS_OF_TEXT: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "an attribute": lambda it: span(attributes=pair("note", text(it))),
    "an attribute of a call": lambda it: span(attributes=[*RECORD, *pair(names.FEATURE, text(it))]),
    "a sentence": lambda it: span(attributes=pair("note", text(f"it said ({it}) and failed"))),
    "a list": lambda it: span(attributes=pair("notes", listed(it))),
    "a map": lambda it: span(attributes=pair("notes", mapped(it))),
    "an event": lambda it: span(events=event("note", pair("note", text(it)))),
    "an event's list": lambda it: span(events=event("note", pair("notes", listed(it)))),
    "a resource": lambda it: span(resource=pair("process.command_line", text(it))),
    "a status": lambda it: span(status={"code": 2, "message": it}),
    "a call's status": lambda it: span(attributes=RECORD, status={"code": 2, "message": it}),
    "a name": lambda it: span(name=f"GET {it}"),
    "a call's name": lambda it: span(attributes=RECORD, name=it),
    "an event's name": lambda it: span(events=event(it, [])),
}
LOGS_OF_TEXT: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "a body": lambda it: log(body=text(it)),
    "a sentence": lambda it: log(body=text(f"it said ({it}) and failed")),
    "a map as body": lambda it: log(body=mapped(it)),
    "a list as body": lambda it: log(body=listed(it)),
    "an attribute": lambda it: log(attributes=pair("note", text(it))),
    "a map": lambda it: log(attributes=pair("notes", mapped(it))),
    "a resource": lambda it: log(resource=pair("note", text(it))),
    "a scope": lambda it: log(scope={"name": "planted", "attributes": pair("note", text(it))}),
}
SPANS_OF_KEY: Final[dict[str, Callable[[str, str], dict[str, Any]]]] = {
    "an attribute": lambda name, it: span(attributes=pair(name, text(it))),
    "an attribute of a call": lambda name, it: span(attributes=[*RECORD, *pair(name, text(it))]),
    "a list": lambda name, it: span(attributes=pair(name, listed(it))),
    "a map": lambda name, it: span(attributes=pair(name, mapped(it))),
    "an event": lambda name, it: span(events=event("note", pair(name, text(it)))),
    "a resource": lambda name, it: span(resource=pair(name, text(it))),
}
LOGS_OF_KEY: Final[dict[str, Callable[[str, str], dict[str, Any]]]] = {
    "an attribute": lambda name, it: log(attributes=pair(name, text(it))),
    "a list": lambda name, it: log(attributes=pair(name, listed(it))),
    "a resource": lambda name, it: log(resource=pair(name, text(it))),
    "a map as body": lambda name, it: log(body=mapped(it, name)),
}
IN_SPANS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "a GenAI message as an event": lambda it: span(events=event("gen_ai.user.message", pair("content", text(it)))),
    "a GenAI choice as an event": lambda it: span(events=event("gen_ai.choice", pair("message", mapped(it)))),
    "what an exception quotes": lambda it: span(events=event("exception", pair("exception.message", text(it)))),
    "the status of a span that is no call": lambda it: span(status={"code": 2, "message": f"400: {it}"}),
}
IN_LOGS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "the body of a GenAI event": lambda it: log(eventName="gen_ai.user.message", body=mapped(it, "content")),
    "the body of a named event": lambda it: log(
        attributes=pair("event.name", text("gen_ai.choice")), body=mapped(it, "message")
    ),
    "a request that an SDK logs": lambda it: log(
        scope={"name": "openai._base_client"}, severityNumber=5, body=text(f"Request options: {it}")
    ),
}


class Planted:
    """All requests with what is in them, and where it was put: what must not be found -> place."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        self.logs: list[dict[str, Any]] = []
        self.needles: dict[str, str] = {}
        self._texts()
        self._keys()
        self.spans += [of(self._needle(letters(24), place)) for place, of in IN_SPANS.items()]
        self.logs += [of(self._needle(letters(24), place)) for place, of in IN_LOGS.items()]

    def _needle(self, secret: str, place: str) -> str:
        self.needles[secret] = place
        return secret

    def _texts(self) -> None:
        for name, plant in SECRETS.items():
            for records, places in ((self.spans, SPANS_OF_TEXT), (self.logs, LOGS_OF_TEXT)):
                for place, of in places.items():
                    whole, secret = plant()
                    self._needle(secret, f"{name} in {place}")
                    records.append(of(whole))

    def _keys(self) -> None:
        for name in (*KEYS, *CONTENT):
            for place, of_span in SPANS_OF_KEY.items():
                self.spans.append(of_span(name, self._needle(letters(24), f"{name} of {place}")))
            for place, of_log in LOGS_OF_KEY.items():
                self.logs.append(of_log(name, self._needle(letters(24), f"{name} of {place}")))
