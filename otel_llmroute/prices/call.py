"""What decides the price of a call."""

from __future__ import annotations

from datetime import date
from typing import Final

from otel_llmroute.prices.tiers import STANDARD, tier_name

EPOCH: Final = date(1970, 1, 1).toordinal()
"""Days are counted from 1970-01-01, in UTC."""


class Call:
    """Who was asked for which model, how it was served and when. Names are in lower case, tiers as in the data."""

    def __init__(
        self,
        provider: str,
        model: str | None,
        tier: str | None,
        speed: str | None,
        host: str | None,
        region: str | None,
        day: int,
    ) -> None:
        self.provider = (provider or "").strip().lower()
        self.model = (model or "").strip().lower()
        self.tier = tier_name(tier)
        self.speed = tier_name(speed)
        self.host = host.strip().lower() if host else None
        self.region = region.strip().lower() if region else None
        self.day = day

    def instead(self, provider: str, model: str) -> Call:
        """The same call to another seller's model."""
        return Call(provider, model, self.tier, self.speed, None, self.region, self.day)

    def at_tier(self, tier: str) -> Call:
        """The same call, served otherwise."""
        return Call(self.provider, self.model, tier, None, self.host, self.region, self.day)

    def served(self) -> str:
        """The tier for people: the speed is one as well."""
        return " and ".join(sorted({self.tier, self.speed} - {STANDARD})) or STANDARD

    def date(self) -> str:
        """The UTC day."""
        return date.fromordinal(self.day + EPOCH).isoformat()
