"""What the application says of all that is done inside: ``bind``, ``job`` and ``decision``; ``route`` is in ``route``.

They are context managers (``with`` and ``async with``) and decorators of functions, coroutine functions and generators
of both kinds; as decorators they begin anew for each call. They follow the OpenTelemetry Context through threads and
tasks. In a process that is not instrumented they do nothing. None of them raises because of what it is told: a value
that cannot be used is left out and logged once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_llmroute import names
from otel_llmroute.app import attribution, decisions
from otel_llmroute.app.complaints import raising_nothing
from otel_llmroute.app.current import scope_of, with_scope
from otel_llmroute.app.given import Money, currency_of, member, pico_of, plain, present
from otel_llmroute.app.records import Facts, new_id
from otel_llmroute.app.scoped import Record, Scoped
from otel_llmroute.names import JobOutcome
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.telemetry import Telemetry


class bind(Scoped):
    """Facts of everything inside: whose request this is.

    ``purpose``: what the calls inside are for, ``answer`` unless said otherwise (``routing``, ``evaluation``,
    ``shadow``). ``variant`` of ``experiment``: which one this request got. An inner ``bind`` adds to an outer one and
    wins where they differ.
    """

    def __init__(
        self,
        *,
        tenant: str | None = None,
        plan: str | None = None,
        feature: str | None = None,
        task: str | None = None,
        risk: names.RiskLevel | None = None,
        purpose: names.Purpose | None = None,
        experiment: str | None = None,
        variant: str | None = None,
    ) -> None:
        super().__init__()
        self._said = (tenant, plan, feature, task, risk, purpose, experiment, variant)
        self._facts = present(
            (names.TENANT_ID, tenant),
            (names.TENANT_PLAN, plan),
            (names.FEATURE, feature),
            (names.TASK_CLASS, task),
            (names.RISK_LEVEL, member(risk, names.RISK_LEVELS, "risk")),
        )
        self._experiment = decisions.experiments(experiment, variant)
        self._purpose = member(purpose, names.PURPOSES, "purpose")

    def _open(self, active: Telemetry, context: Context) -> Context:
        scope = scope_of(context)
        purpose = self._purpose or scope.purpose
        facts = {**scope.facts, **self._facts}
        decisions.add_experiment(facts, self._experiment)
        return with_scope(context, scope.inner(facts, scope.route, purpose))

    def _anew(self) -> bind:
        tenant, plan, feature, task, risk, purpose, experiment, variant = self._said
        return bind(
            tenant=tenant,
            plan=plan,
            feature=feature,
            task=task,
            risk=risk,
            purpose=purpose,
            experiment=experiment,
            variant=variant,
        )


class job(Record):
    """A unit of work that a customer pays for.

    ``id`` joins it with what is learnt later (``record_outcome``); without one it gets a random one. ``revenue`` in
    ``currency`` (ISO 4217). Its outcome is what ``succeed`` or ``fail`` says; an exception that leaves the block
    makes it ``failure``; otherwise it stays unknown, for ``record_outcome`` to say.
    """

    def __init__(
        self, name: str, *, id: str | None = None, revenue: Money | None = None, currency: str = "USD"
    ) -> None:
        super().__init__()
        self.name = name
        self._given_id = "" if id is None else str(plain(id))
        self.id = self._given_id or new_id()
        self._revenue = revenue
        self._currency = currency
        self._outcome: JobOutcome | None = None

    def succeed(self) -> None:
        """The customer got what they pay for."""
        self._outcome = "success"

    def fail(self) -> None:
        """The customer did not get it."""
        self._outcome = "failure"

    @raising_nothing("Could not take the outcome of a job")
    def finish(self, outcome: JobOutcome) -> None:
        """``success``, ``failure``, ``partial`` or ``abandoned``."""
        self._outcome = member(outcome, names.JOB_OUTCOMES, "job outcome") or self._outcome  # type: ignore[assignment]

    def _open(self, active: Telemetry, context: Context) -> Context:
        outer = scope_of(context)
        facts: Facts = {**outer.facts, names.JOB_ID: self.id, names.JOB_NAME: self.name}
        attribution.add_inherited(facts, active, context, attribution.enclosing_span(context))
        attributes = {**facts, names.RECORD_KIND: "job"}
        pico = pico_of(self._revenue, "revenue of a job")
        if pico is not None:
            attributes[names.JOB_REVENUE] = pico / PICO
            attributes[names.JOB_REVENUE_CURRENCY] = currency_of(self._currency)
        return self._begin_span(
            active, context, outer.inner(facts, None, outer.purpose), f"job {self.name}", attributes
        )

    def _close(self, error: BaseException | None) -> None:
        outcome = self._outcome or ("failure" if isinstance(error, Exception) else None)
        self._end_span(present((names.JOB_OUTCOME, outcome)), error)

    def _renew(self) -> None:
        self.id, self._outcome = self._given_id or new_id(), None

    def _anew(self) -> job:
        return job(self.name, id=self._given_id or None, revenue=self._revenue, currency=self._currency)


class decision(Record):
    """The work of deciding, where it does I/O. The calls made inside are paid for too, with ``llmroute.purpose =
    routing``.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def _open(self, active: Telemetry, context: Context) -> Context:
        return self._begin_record(active, context)

    def _begin_record(self, active: Telemetry, context: Context, began_ns: int | None = None) -> Context:
        """``began_ns``: Unix time when it began, if not now."""
        outer = scope_of(context)
        facts: Facts = {}
        outer.add_to(facts)
        facts[names.RECORD_KIND] = "decision"
        inner = outer.inner(outer.facts, outer.route, "routing")
        return self._begin_span(active, context, inner, f"decide {self.name}", facts, began_ns)

    def _close(self, error: BaseException | None) -> None:
        self._end_span({}, error)

    def _anew(self) -> decision:
        return decision(self.name)
