"""The table of routers and the adapters that it names: a module in one and not in the other would go unseen."""

from __future__ import annotations

from importlib import import_module

import pytest

from otel_llmroute.app.sdks import botocore
from otel_llmroute.routers import ROUTERS, Router

ALIKE = ("litellm", "llama_index", "semantic_router")
"""Adapters that do the same on each of their modules."""


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.adapter.rpartition(".")[2])
def test_an_adapter_knows_the_modules_that_it_is_put_on(router: Router) -> None:
    adapter = import_module(router.adapter)
    assert callable(adapter.hook)
    if router.name not in ALIKE:
        known = botocore.SEAMS if router.name == "bedrock" else adapter._HOOKS
        assert set(known) == set(router.modules)
