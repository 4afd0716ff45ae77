"""What a route knows of itself while it runs: its facts, and the attempts made so far."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from otel_llmroute import names
from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.routers.precedence import facts_of, shared_facts
from otel_llmroute.app.routers.signals import joined
from otel_llmroute.app.spans import Words
from otel_llmroute.names import AttemptOutcome, AttemptReason

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

    from otel_llmroute.app.routers.signals import Signals

Facts = dict[str, "AttributeValue"]
"""Attributes, by their names on the wire, that are copied to each attempt and charge."""

_MOST_REMEMBERED: Final = 256
_MOST_SIGNALS: Final = 16
_NOTHING: Final[Facts] = {}
_NOT_DONE: Final = frozenset({"failed", "rejected", "cancelled"})


def new_id() -> str:
    """An id for a route or a job: 64 random bits, as a span has."""
    return f"{random_bits(64):016x}"


_dice: Final = random.Random()  # of our own, with a seed of the system's: programs seed the one that all share
random_bits: Final = _dice.getrandbits
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_dice.seed)


class Tried:
    """One attempt as its route remembers it: where it went, why, and what became of it."""

    # What few attempts have is the class's until it is there.
    outcome: AttemptOutcome | None = None
    path: tuple[str, ...] = ()
    """``provider/model`` of each destination that a gateway tried for it, where it says so."""
    without_model = False
    """A gateway answered by itself, out of its cache perhaps."""
    error_type: str | None = None
    error_code: str | None = None
    status: int | None = None
    asker: Asker | None = None
    """The router that has made it to answer."""
    _served_model: Callable[[], str | None] | None = None
    _told_model: str | None = None
    _told_provider: str | None = None
    _is_hidden = False

    def __init__(
        self, number: int, provider: str, model: str | None, reason: AttemptReason, purpose: str | None = None
    ) -> None:
        self.number = number
        self.purpose = purpose
        """What it is for; ``None`` is ``answer``."""
        self.provider = provider
        self.model = model
        self.reason = reason
        self.turned_down: list[bool] = []
        """Filled once the answer was turned down. The attempt looks here when somebody asks what became of it: it does
        not hold all of this, which holds the attempt."""

    @property
    def destination(self) -> str:
        """``provider/model``."""
        return joined(self.provider, self.model or "unknown")

    @property
    def served_model(self) -> str | None:
        """The model that answered, if the answer said so. May have to read the answer first."""
        return self._told_model or (self._served_model() if self._served_model is not None else None)

    @property
    def served_provider(self) -> str | None:
        """Who answered: the provider that a gateway names, else the one that was called, if it was no gateway."""
        return self._told_provider or (None if self._is_hidden else self.provider)

    def hear(self, signals: Signals, from_gateway: bool) -> Signals:
        """Keep what a router outside of the process said of this attempt alone; returns the rest, for its route.

        ``from_gateway``: it stands at a host of its own, so ``provider`` is only what the SDK is made for.
        """
        self._is_hidden = from_gateway
        self._told_model = signals.served_model or self._told_model
        self._told_provider = signals.served_provider or self._told_provider
        self.without_model = self.without_model or signals.cache_result == "hit" or signals.destination is not None
        if len(signals.path) > 1:
            self.path = signals.path
            if self.reason == "initial":  # what the answer of another model cost is found by the reason of its attempt
                self.reason = signals.failed_for or "fallback_error"
        if not signals.path and signals.served_model is None and signals.served_provider is None:
            return signals
        return replace(signals, path=(), served_model=None, served_provider=None)

    def end(
        self,
        outcome: AttemptOutcome,
        error_type: str | None,
        status: int | None,
        served_model: Callable[[], str | None],
    ) -> None:
        """What became of it."""
        self.outcome, self.error_type, self.status = outcome, error_type, status
        self._served_model = served_model

    def reject(self, error_type: str | None = None) -> None:
        """Its answer came, but whoever asked cannot use it, because of ``error_type``."""
        self.outcome, self.error_type = "rejected", error_type
        self.turned_down.append(True)


class Asker:
    """A router at work on one request: whose attempts are told apart from all others of the same route, which may be
    made at the same time. Changed by the route, under its lock.
    """

    # As of an attempt: what few routers have is the class's.
    since = 0
    """Number of the last attempt of the route when it went to its destination."""
    next_reason: AttemptReason | None = None
    """What its next attempt is, where no attempt before says so."""
    each_reason: AttemptReason | None = None
    """What every attempt is from now on: it sends several requests at once, unlike in their failures."""
    around: Asker | None = None
    """The router of its kind that it works for: what it makes is made for that one too."""
    _is_over = False

    def __init__(self, outer: Asker | None = None, is_routing: bool = False) -> None:
        self._outer = outer
        """The router that it works for, of whichever kind."""
        self.is_routing = is_routing
        """Whether it asks where a request should go. Routers that ask for an answer are another kind."""
        self.tried: list[Tried] = []
        """The newest of its attempts that are of its kind."""
        if outer is not None:
            self.around = outer.nearest(is_routing)

    def add(self, tried: Tried) -> None:
        """``tried``, which is of its kind, is made."""
        tried.asker = asker = self
        while True:
            asker.next_reason = None
            if not asker._is_over:
                _remember(tried, asker.tried)
            if asker.around is None:
                return
            asker = asker.around

    def end(self) -> None:
        """It is not at work any more."""
        self._is_over, self.tried = True, []  # each of which holds this: nobody waits for the garbage collector

    @property
    def is_over(self) -> bool:
        """Whether its work, and that of all that it works for, has ended."""
        asker: Asker | None = self
        while asker is not None and asker._is_over:
            asker = asker.around
        return asker is None

    def nearest(self, is_routing: bool) -> Asker | None:
        """This one, else the next around it that is of that kind."""
        asker: Asker | None = self
        while asker is not None and asker.is_routing != is_routing:
            asker = asker._outer
        return asker

    def reason_of_each(self) -> AttemptReason | None:
        """What it, or one that it works for, has said of every attempt."""
        asker: Asker | None = self
        while asker is not None and asker.each_reason is None:
            asker = asker.around
        return None if asker is None else asker.each_reason

    def reason_of_next(self, said: AttemptReason | None) -> AttemptReason | None:
        """What it, or one that it works for, has said of every attempt, else what the application has ``said`` of the
        next one, else what one of them has.
        """
        each = following = None
        asker: Asker | None = self
        while asker is not None and each is None:
            each, following, asker = asker.each_reason, following or asker.next_reason, asker.around
        return each or said or following

    def before(self) -> list[Tried]:
        """Attempts of its own; before it has made any, those of the one that it works for."""
        asker = self
        while not asker.tried and asker.around is not None:
            asker = asker.around
        return asker.tried

    def made(self) -> list[Tried]:
        """Its attempts at the destination that it went to last."""
        return [tried for tried in self.tried if tried.number > self.since]


class RouteState:
    """A route while it runs. Attempts of several threads and tasks may be added at once.

    ``facts`` is replaced, never changed in place: an attempt that has begun keeps what was true then.
    """

    # As of an attempt: what few routes have is the class's.
    is_routing = False
    """Whether it is a request that asks where another should go."""
    signals: tuple[Signals, ...] = ()
    """What routers have said, the one nearest to the application first."""
    count = 0
    answered_at = 0
    """How many attempts there were when a router answered without a model, after its models had failed."""
    next_reason: AttemptReason | None = None
    """What the application said the next attempt is, such as a hedge."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.is_decided = False
        """Whether the application itself has said why: no router's word changes that."""
        self.decided: Facts = {}
        """What the application said of its decision, and only the route carries."""
        self.tried: list[Tried] = []
        """The newest of them."""
        self._lock = threading.Lock()

    def begin_attempt(
        self, provider: str, model: str | None, purpose: str | None = None, asker: Asker | None = None
    ) -> Tried:
        """Number the next attempt from 1, and say why it is made. ``purpose``: what it is for, if not to answer.
        ``asker``: the router that makes it.
        """
        is_routing = purpose == "routing"
        if asker is not None:
            asker = asker.nearest(is_routing)
        with self._lock:
            self.count += 1
            tried = Tried(
                self.count, provider, model, self._reason_of_next(provider, model, is_routing, asker), purpose
            )
            _remember(tried, self.tried)
            if asker is not None:
                asker.add(tried)
            if not is_routing:
                self.next_reason = None
            return tried

    def hear(self, signals: Signals) -> None:
        """Take what a router says of this request."""
        with self._lock:
            if not self.signals:
                self.signals, shared = (signals,), facts_of(signals)
            else:
                self.signals = heard = (*self.signals, signals)[-_MOST_SIGNALS:]
                shared = _NOTHING if self.is_decided else shared_facts(heard)
            if not self.is_decided:
                self.facts = {**self.facts, **shared}

    def decide(self, shared: Facts, own: Facts, next_reason: AttemptReason | None = None) -> None:
        """Take a decision of the application's: ``shared`` with attempts and charges, ``own`` of the route alone."""
        with self._lock:
            before = {**self.facts}
            before.pop(names.ROUTE_REASON_DETAIL, None)  # of another reason
            if names.EXPERIMENT_NAME in shared:
                before.pop(names.EXPERIMENT_VARIANT, None)  # of another experiment
            self.facts = {**before, **shared}
            if names.ROUTE_SELECTED_MODEL in own:
                self.decided.pop(names.ROUTE_SELECTED_PROVIDER, None)  # of another model
            self.decided.pop(names.ROUTE_AVOIDED_COST, None)  # of another destination
            self.decided.pop(names.ROUTE_AVOIDED_CURRENCY, None)
            self.decided.update(own)
            self.is_decided = True
            self.next_reason = next_reason

    def move_on(self, asker: Asker, error_type: str | None = None) -> None:
        """A router goes to its next destination: what came of its attempts at the one before was not good enough,
        because of ``error_type`` where it was an answer that was turned down.
        """
        with self._lock:
            made = asker.made()
            for tried in made:
                if tried.outcome == "accepted":
                    tried.reject(error_type)
            if not made:  # it failed before it called anybody
                asker.next_reason = fallback_reason(error_type, None, None)
            asker.since = self.count

    def move_on_in_each(self, asker: Asker) -> None:
        """The same of a router that sends several requests at once: some of them go to its next destination."""
        with self._lock:
            last = next((tried for tried in reversed(asker.made()) if tried.outcome == "failed"), None)
            asker.each_reason = (
                "fallback_error" if last is None else fallback_reason(last.error_type, last.error_code, last.status)
            )
            asker.since = self.count

    def _reason_of_next(self, provider: str, model: str | None, is_routing: bool, asker: Asker | None) -> AttemptReason:
        said = None if is_routing else self.next_reason
        if asker is not None:
            said = asker.reason_of_next(said)
        if said is not None:
            return said
        if not self.tried:
            return "initial"
        # What fails in a router is no reason for another branch of the application's work.
        own = asker.before() if asker is not None else None
        made = reversed(own or self.tried)
        # A classifier that failed is no reason for the answer to be a fallback: each looks at its own kind.
        alike = (tried for tried in made if (tried.purpose == "routing") == is_routing)
        if not own:
            alike = (tried for tried in alike if tried.asker is None or tried.asker.is_over)
        before = next((tried for tried in alike if tried.outcome is not None), None)
        if before is None or before.outcome not in _NOT_DONE:
            return "initial"
        if (before.provider, before.model) == (provider, model):
            return "retry"
        return fallback_reason(before.error_type, before.error_code, before.status)

    @property
    def answering(self) -> list[Tried]:
        """The attempts that were not made to decide where the request goes."""
        return [tried for tried in self.tried if tried.purpose != "routing"]

    @property
    def served(self) -> Tried | None:
        """The attempt that gave the accepted answer: the last one accepted."""
        return served_by(self.answering)


def _remember(tried: Tried, among: list[Tried]) -> None:
    among.append(tried)
    if len(among) > _MOST_REMEMBERED:
        del among[0]


def served_by(answering: Sequence[Tried]) -> Tried | None:
    """The one of ``answering`` that gave the accepted answer: the last one accepted."""
    for tried in reversed(answering):
        if tried.outcome == "accepted" and not tried.without_model:
            return tried
    return None


def falling_back(answering: Sequence[Tried]) -> Facts:
    """Whether an attempt was made elsewhere because one before it failed; and ``provider/model`` of each destination
    tried, in order, without repeats in a row."""
    path: list[str] = []
    is_used = False
    for tried in answering:
        is_used = is_used or tried.reason.startswith("fallback")
        for destination in tried.path or (tried.destination,):
            if not path or path[-1] != destination:
                path.append(destination)
    return {names.ROUTE_FALLBACK_USED: is_used, names.ROUTE_FALLBACK_PATH: Words(path)}
