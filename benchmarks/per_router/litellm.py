"""LiteLLM: one call of its Router, over a group of one deployment. The route is opened over one attempt."""

from __future__ import annotations

import os
from collections.abc import Callable


def call() -> Callable[[], object]:
    """One ``Router.completion``; the OpenAI SDK underneath has a network end that answers at once."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm
    from per_call import provider

    deployment = {"model": f"openai/{provider.MODEL}", "api_key": "none"}
    router = litellm.Router(model_list=[{"model_name": "cheap", "litellm_params": deployment}], num_retries=0)
    client, messages = provider.Provider().client(), provider.REQUEST["messages"]
    return lambda: router.completion(model="cheap", messages=messages, client=client)
