"""RouteLLM: a router that asks nobody for its score, then one call by LiteLLM."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def call() -> Callable[[], object]:
    """One ``completion`` of a controller; the OpenAI SDK underneath has a network end that answers at once."""
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", OPENAI_API_KEY="none")
    sys.path.append(str(ROOT))
    from tests.routers.routellm import stand_ins

    stand_ins.put_in()  # torch and the like, where they are not installed: nothing here has a use for them
    from per_call import provider
    from routellm.controller import Controller
    from routellm.routers.routers import ROUTER_CLS, Router

    class Even(Router):
        def calculate_strong_win_rate(self, prompt: str) -> float:
            return 0.5

    ROUTER_CLS["even"] = Even
    controller = Controller(["even"], f"openai/{provider.MODEL}", "openai/gpt-5-nano", {})
    client, messages = provider.Provider().client(), provider.REQUEST["messages"]
    return lambda: controller.completion(model="router-even-0.5", messages=messages, client=client)
