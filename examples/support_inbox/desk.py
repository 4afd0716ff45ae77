"""Answering one ticket, with llmroute told what the work is: job, routes, reasons, charges.

Every ``llmroute.`` line here adds facts that no instrumentation could guess. Without them the same calls would be seen
and priced all the same, as those of ``intake.py`` are. In a process that is not instrumented these lines do nothing.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import anthropic
import prompts
import routing
from handbook import HANDBOOK, REFUND_POLICY
from intake import EMBEDDING, Vector
from providers import Providers
from tickets import Ticket

import otel_llmroute as llmroute

REVENUE = {"pro": "0.90", "free": "0.05"}
"""What a resolved ticket brings in, in USD, by plan."""
STATUS_SEARCH_USD = "0.002"
REVIEW_USD = "0.80"
HANDED_OVER = "handed to a colleague"
LEFT = "customer left in the middle of the answer"
JOB_OUTCOMES: dict[str, Literal["failure", "abandoned"]] = {HANDED_OVER: "failure", LEFT: "abandoned"}
"""Ends of a ticket that nobody pays for; every other one is a success."""
RETRIED_ELSEWHERE = {408, 409, 429, 500, 502, 503, 504, 529}


class Desk:
    """Resolves tickets. Keeps an index of articles, answers already given, and a cooldown for the premium provider."""

    def __init__(self, providers: Providers, index: list[tuple[str, Vector]]) -> None:
        self._gpt = providers.gpt
        # One try more than nothing: when the premium provider is overloaded, another one answers.
        self._claude = providers.claude.with_options(max_retries=1)
        self._index = index
        self._answers: dict[tuple[str, str], str] = {}
        self._cooldown = routing.Cooldown()

    def resolve(self, ticket: Ticket) -> str:
        """Answer a ticket; one line on how it went."""
        with (
            llmroute.bind(tenant=ticket.tenant, plan=ticket.plan, feature="inbox"),
            llmroute.job("resolve_ticket", id=ticket.id, revenue=REVENUE[ticket.plan]) as job,
        ):
            kind = self._classify(ticket)
            if ticket.channel == "chat":
                outcome = self._chat(ticket)
            elif kind == "thanks":
                outcome = self._acknowledge()
            else:
                outcome = self._reply(ticket, kind)
            job.finish(JOB_OUTCOMES.get(outcome, "success"))
            return f"{ticket.id} {ticket.tenant:<10}{kind:<10}{outcome}"

    @llmroute.route("support.classify", task="classify", risk="low", policy=routing.POLICY)
    def _classify(self, ticket: Ticket) -> str:
        answer = self._gpt.chat.completions.create(
            model="gpt-6-luna",
            max_completion_tokens=10,
            messages=[{"role": "system", "content": prompts.CLASSIFY}, {"role": "user", "content": ticket.text}],
        )
        return (answer.choices[0].message.content or "question").strip().lower()

    def _acknowledge(self) -> str:
        with llmroute.route("support.reply", task="thanks", policy=routing.POLICY) as route:
            route.decide("rule", reason="no_model", rule="thanks")
            return "closed by rule"

    # --- chat: streamed, and fast above all ---

    def _chat(self, ticket: Ticket) -> str:
        with llmroute.route("support.chat", task="chat", risk="low", policy=routing.POLICY) as route:
            route.decide(routing.MIDDLE, reason="latency")
            pieces = 0
            with self._gpt.responses.create(
                model="gpt-6.1-terra",
                service_tier="priority",
                instructions=prompts.CHAT,
                input=ticket.text,
                stream=True,
            ) as stream:
                for event in stream:
                    pieces += event.type == "response.output_text.delta"
                    if ticket.leaves_early and pieces == 3:
                        return LEFT
            return "answered in the chat"

    # --- mail: articles, draft, check, perhaps a better draft, summary ---

    def _reply(self, ticket: Ticket, kind: str) -> str:
        refund = kind == "refund"
        with llmroute.route(
            "support.refund" if refund else "support.reply",
            task="draft",
            risk="irreversible" if refund else "low",
            candidates=routing.CANDIDATES,
            policy=routing.POLICY,
        ) as route:
            known = self._answers.get((ticket.tenant, ticket.text))
            if known is not None:
                route.cache("hit")
                return "answered from the app's own cache"
            choice = routing.choice(ticket, kind, self._cooldown)
            route.decide(choice.destination, reason=choice.reason, confidence=0.93)
            articles = self._search(ticket, kind)
            draft, drafted_by = self._draft(ticket, refund, articles, choice.destination)
            good = self._is_good(draft)
            if not good and choice.destination in {routing.CHEAP, routing.MIDDLE}:
                route.reject()
                route.decide(routing.PREMIUM, reason="quality")
                draft, drafted_by = self._draft(ticket, refund, articles, routing.PREMIUM)
                good = self._is_good(draft)
            if not good:
                route.reject()
                llmroute.charge("human_review", amount=REVIEW_USD, quantity=2, unit="min")
                return HANDED_OVER
        self._answers[ticket.tenant, ticket.text] = draft
        self._summarise(ticket, draft)
        return f"answered by {drafted_by}"

    @llmroute.route("support.search", task="retrieve", risk="low")
    def _search(self, ticket: Ticket, kind: str) -> list[str]:
        """The three nearest articles; for a bug also what the status service knows, which bills each search."""
        wanted = self._gpt.embeddings.create(model=EMBEDDING, input=ticket.text).data[0].embedding
        nearest = sorted(self._index, key=lambda entry: -_similarity(wanted, entry[1]))
        if kind == "bug":
            llmroute.charge("search", amount=STATUS_SEARCH_USD, quantity=1, unit="search")
        return [article for article, _ in nearest[:3]]

    def _draft(self, ticket: Ticket, refund: bool, articles: list[str], destination: str) -> tuple[str, str]:
        """A draft and the model that wrote it. When the premium provider fails, the backup answers."""
        question = "\n".join(["Articles that may help:", *articles, "", "Customer:", ticket.text])
        if destination != routing.PREMIUM:
            model = destination.partition("/")[2]
            return self._ask_openai(model, refund, question), model
        try:
            return self._ask_anthropic(refund, question), "claude-opus-5-5"
        except anthropic.APIStatusError as error:
            if error.status_code not in RETRIED_ELSEWHERE:
                raise
        except anthropic.APIConnectionError:
            pass
        self._cooldown.start()
        return self._ask_openai("gpt-6.1-sol", refund, question), "gpt-6.1-sol, as claude-opus-5-5 is overloaded"

    def _ask_openai(self, model: str, refund: bool, question: str) -> str:
        # The handbook comes first and is the same every time: OpenAI caches such a beginning by itself.
        handbook = f"{HANDBOOK}\n\n{REFUND_POLICY}" if refund else HANDBOOK
        answer = self._gpt.chat.completions.create(
            model=model,
            messages=[{"role": "system", "content": handbook}, {"role": "user", "content": question}],
        )
        return answer.choices[0].message.content or ""

    def _ask_anthropic(self, refund: bool, question: str) -> str:
        # Anthropic caches what it is told to: the handbook for an hour, the rarer policy for five minutes.
        handbook: list[Any] = [
            {"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ]
        if refund:
            handbook.append({"type": "text", "text": REFUND_POLICY, "cache_control": {"type": "ephemeral"}})
        answer = self._claude.messages.create(
            model="claude-opus-5-5",
            max_tokens=600,
            system=handbook,
            messages=[{"role": "user", "content": question}],
        )
        return "".join(block.text for block in answer.content if block.type == "text")

    def _is_good(self, draft: str) -> bool:
        with (
            llmroute.bind(purpose="evaluation"),
            llmroute.route("support.check", task="evaluate", risk="low") as route,
        ):
            route.decide("anthropic/claude-haiku-5-5", reason="quality", detail="another vendor than the author")
            answer = self._claude.messages.create(
                model="claude-haiku-5-5",
                max_tokens=5,
                system=prompts.CHECK,
                messages=[{"role": "user", "content": draft}],
            )
            block = answer.content[0]
            return block.type == "text" and block.text.strip().lower().startswith("good")

    def _summarise(self, ticket: Ticket, draft: str) -> None:
        with llmroute.route("support.summary", task="summarise", risk="low", policy=routing.POLICY) as route:
            route.decide(routing.CHEAP, reason="task_class")
            self._gpt.chat.completions.create(
                model="gpt-6-luna",
                service_tier="flex",
                messages=[
                    {"role": "system", "content": prompts.SUMMARISE},
                    {"role": "user", "content": f"{ticket.text}\n\n{draft}"},
                ],
            )


def _similarity(one: Vector, other: Vector) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0
