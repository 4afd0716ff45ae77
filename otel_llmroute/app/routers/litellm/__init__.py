"""LiteLLM 1.95 to 1.110, its SDK and its Router: a callback object of ours among the application's.

Nothing of the Router's is wrapped: its methods are only a front in newer versions. The callbacks come once per attempt,
in the thread or task of the call, so they know whose call it is. What is wrapped is the function of the SDK that goes
through ``fallbacks`` without a Router.
https://docs.litellm.ai/docs/observability/custom_callback
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from otel_llmroute.app.routers.litellm import sdk_fallbacks
from otel_llmroute.app.routers.litellm.listener import listener
from otel_llmroute.app.routers.litellm.presence import Presence
from otel_llmroute.app.routers.litellm.reports import Reports
from otel_llmroute.app.routers.litellm.requests import Requests

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Listen to what ``module``, the package ``litellm``, tells its callbacks."""
    base = sys.modules["litellm.integrations.custom_logger"].CustomLogger
    requests = Requests()
    presence = Presence(module, listener(base, Reports(requests)))
    hooks.on_off(requests.end_all)
    hooks.on_off(presence.remove)
    presence.add()
    sdk_fallbacks.hook(hooks)
