"""An attempt of LiteLLM's: begun when it says that it is about to call, ended by the SDK it calls, else by what LiteLLM
says of its end.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from otel_llmroute import names
from otel_llmroute.app.awaited import Awaited
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.litellm import answers
from otel_llmroute.app.routers.litellm.vocabulary import ALWAYS_ASKED, ALWAYS_COUNTED, CODES
from otel_llmroute.app.sdks.answer import get, text, word

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.routers.litellm.call import Call
    from otel_llmroute.app.routers.litellm.request import Request
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import AttemptOutcome

_NO_PARAMETERS: Final[dict[str, Any]] = {}
_OF_THE_ROUTE: Final = (names.ROUTE_NAME, names.ROUTE_SOURCE, names.ROUTE_RULE, names.TASK_CLASS, names.RISK_LEVEL)


class LiteLLMAttempt(Awaited):
    """One call that LiteLLM makes to a provider."""

    caller = "litellm."
    request: Request | None = None
    """What it is a part of: is told once it has ended, perhaps in another thread."""
    group: str | None = None
    """The model group it is made in."""
    purpose: str | None = None
    """What LiteLLM makes it for, if for itself."""
    is_estimate = False
    """Whether LiteLLM may have counted the tokens itself."""
    is_mocked = False
    """Whether LiteLLM makes its answer up, and calls nobody."""
    is_answered = False
    """Whether LiteLLM has shown the answer, perhaps without its usage: another may come that has it."""
    among: set[LiteLLMAttempt] | None = None
    """Those that have not ended, as long as it has not."""
    _owner: ref[Any] | None = None
    """The object that LiteLLM logs it with: it lives as long as the call, a stream that is read included."""

    @classmethod
    def begun(
        cls, active: Telemetry, call: Call, endpoint: Any, made_in: Context, context: Context, callsite: str | None
    ) -> LiteLLMAttempt:
        """The attempt that ``call`` is, made in ``made_in`` and belonging in ``context``."""
        attempt = cls(active, endpoint, call.target, None, call.is_stream)
        asked = call.said.get("optional_params")
        asked = asked if isinstance(asked, dict) else _NO_PARAMETERS
        if attempt.stream and attempt.target.provider not in ALWAYS_COUNTED and call.type not in ALWAYS_ASKED:
            attempt.is_estimate = get(asked.get("stream_options"), "include_usage") is not True
        attempt.group, attempt.purpose = call.group, call.purpose
        attempt.made_in, attempt.around = made_in, context
        attempt.inside = attempt.begin(context, call.model, asked, callsite)
        return attempt

    @property
    def model(self) -> str | None:
        """As LiteLLM asked for it."""
        return self._opening.model

    @property
    def destination(self) -> tuple[str, str | None]:
        """Provider and model."""
        return self.target.provider, self.model

    def asks_nobody(self) -> None:
        """LiteLLM makes the answer up, tokens included: it is free, and has no usage."""
        self.is_mocked, self.answer.cost = True, 0

    def follow(self, unfinished: set[LiteLLMAttempt], owner: Any) -> None:
        """See to it that it ends, whatever is heard of it: with ``owner``, which LiteLLM logs it with, unless an SDK
        has taken it over. Until then it is one of ``unfinished``.
        """
        self.among = unfinished
        unfinished.add(self)
        if owner is not None:
            self._owner = ref(owner, self._forgotten)

    def _forgotten(self, owner: object) -> None:
        if not self.taken:
            self.closed()

    def answered(self, response: Any, is_last: bool = False) -> None:
        """LiteLLM has the whole answer. Nothing new where an SDK was seen to give it. ``is_last``: it says no more of
        it.
        """
        if not self.open or self.owned:
            return
        if self.is_estimate or self.is_mocked:
            self.answer.id, self.answer.model = text(get(response, "id")), text(get(response, "model"))
        else:
            try:
                answers.read(self.answer, response, self.endpoint, self.target.provider, self.stream)
            except Exception as error:
                complain("Could not read an answer of LiteLLM's", error)
        self.is_answered = True
        if is_last or self.answer.usage is not None or self.is_estimate or self.is_mocked:
            self.returned()

    def closed(self, leaving: BaseException | None = None) -> None:
        if self.is_answered:
            self.returned()
        else:
            super().closed(leaving)

    def failed(self, error: BaseException | None) -> None:
        """LiteLLM says that it has failed. A call that an SDK makes has failed when the SDK says so."""
        if self.is_answered:
            self.returned()
        elif self.open and (self.stream or not self.taken):
            if error is None:
                self._end("failed", names.OTHER)
            else:
                self.raised(error)

    def belongs_to(self, facts: Facts) -> None:
        """It turns out to be an attempt of the route with these ``facts``."""
        self._facts.update({name: facts[name] for name in _OF_THE_ROUTE if name in facts})

    def disown(self) -> None:
        super().disown()
        self._leave()

    def _leave(self) -> None:
        self._owner = None
        if self.among is not None:
            self.among.discard(self)

    def _finish(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        self._leave()
        request = self.request
        if request is None:
            return super()._finish(outcome, error_type)
        if self.purpose is None:
            super()._finish(outcome, error_type)
        else:
            end = partial(super()._finish, outcome, error_type)
            if request.hold(self, end):
                self.left_ns = time.time_ns()
            else:
                end()
        try:
            request.ended(self, outcome, error_type)
        except Exception as error:
            complain("Could not record the end of an attempt of LiteLLM's", error)


def code_of(error: object) -> str | None:
    """What LiteLLM's class of ``error``, or that class by its name, says beside the provider's own name of it."""
    kind = error if isinstance(error, str) else type(error).__name__
    return CODES.get(kind) or word(getattr(error, "code", None))
