"""A route of the application in which a model is asked where the request should go, by a router that falls back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ROUTER_S: Final = ("requested_model", "candidates", "excluded", "rule", "detail")
"""What a router would say of its own request."""


def assert_only_the_classifier_fell_back(route: Mapping[str, Any]) -> None:
    """Its first model failed, its second one answered, and then the request was answered at once."""
    asked = [(a.get("purpose", "answer"), a["reason"], a["outcome"]) for a in route["attempt"]]
    assert asked == [
        ("routing", "initial", "failed"),
        ("routing", "fallback_rate_limit", "accepted"),
        ("answer", "initial", "accepted"),
    ]
    answered = route["attempt"][-1]
    assert (route["outcome"], route["served_model"]) == ("success", answered["served_model"])
    assert route["fallback_used"] is False
    assert route["fallback_path"] == [f"{answered['provider']}/{answered['model']}"]
    assert route["router"] == "app"
    assert not [word for word in ROUTER_S if word in route]
