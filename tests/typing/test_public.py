"""What the type checker reads is run as well."""

from __future__ import annotations

import pytest

import otel_llmroute
from tests.typing import public


async def test_the_code_of_an_application_runs() -> None:
    public.decorated_functions_are_what_they_were()
    await public.coroutine_functions_too()
    assert public.blocks_say_more()


def test_a_name_that_is_none_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rout'"):
        otel_llmroute.rout  # type: ignore[attr-defined]  # noqa: B018
    assert {*otel_llmroute.__all__} <= {*dir(otel_llmroute)}
