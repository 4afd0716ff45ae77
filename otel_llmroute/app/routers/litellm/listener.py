"""The callback object. LiteLLM passes arguments by keyword: the names of methods and parameters are its own.

https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/integrations/custom_logger.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from otel_llmroute.app import telemetry
from otel_llmroute.app.complaints import complain

if TYPE_CHECKING:
    from otel_llmroute.app.routers.litellm.reports import Reports
    from otel_llmroute.app.telemetry import Telemetry

_Returned = TypeVar("_Returned")
_MAKES_IT_UP: Final = "mock_completion"
"""https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/main.py"""


def listener(base: Any, reports: Reports) -> object:
    """An object of LiteLLM's class ``base`` (``CustomLogger``) that tells ``reports`` what it hears.

    None of its methods raises, holds up or changes anything.
    """

    class Listener(base):  # type: ignore[misc]
        told = reports

        async def async_filter_deployments(
            self,
            model: Any,
            healthy_deployments: _Returned,
            messages: Any = None,
            request_kwargs: Any = None,
            parent_otel_span: Any = None,
        ) -> _Returned:
            _tell(reports.choosing, model, healthy_deployments, request_kwargs)
            return healthy_deployments

        async def async_pre_call_deployment_hook(self, kwargs: Any, call_type: Any) -> None:
            _tell(reports.expected)

        def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
            caller = sys._getframe(1)
            _tell(reports.calling, kwargs, _logging_object(caller), _is_mocked(caller))

        async def async_post_call_success_deployment_hook(
            self, request_data: Any, response: Any, call_type: Any = None
        ) -> None:
            _tell(reports.answered, request_data, response)

        def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            _tell(reports.succeeded, kwargs, response_obj)

        async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            _tell(reports.succeeded, kwargs, response_obj)

        def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            _tell(reports.failed, kwargs)

        async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            _tell(reports.failed, kwargs)

        async def log_failure_fallback_event(
            self, original_model_group: Any, kwargs: Any, original_exception: Any
        ) -> None:
            _tell(reports.gave_up, original_model_group, kwargs)

    return Listener()


def _logging_object(caller: Any) -> Any:
    """The object that LiteLLM logs the call with: its ``pre_call`` tells us."""
    return caller.f_locals.get("self") if caller.f_code.co_name == "pre_call" else None


def _is_mocked(caller: Any) -> bool:
    """Whether LiteLLM is about to make the answer up (``mock_response``): nothing that it says of the call tells."""
    maker = caller.f_back
    return maker is not None and maker.f_code.co_name == _MAKES_IT_UP


def _tell(told: Callable[..., None], *arguments: Any) -> None:
    try:
        active: Telemetry | None = telemetry.active()
        if active is not None:
            told(active, *arguments)
    except Exception as error:
        complain("Could not take what LiteLLM said", error)
