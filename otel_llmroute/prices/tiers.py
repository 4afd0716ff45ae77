"""Service tiers under the names that the price data has."""

from __future__ import annotations

from typing import Final

STANDARD: Final = "standard"
_NAMES: Final = {
    "": STANDARD,
    "auto": STANDARD,
    "default": STANDARD,
    "normal": STANDARD,
    "on_demand": STANDARD,
    "standard_only": STANDARD,
    # Vertex AI says which traffic a call was.
    "on_demand_flex": "flex",
    "on_demand_priority": "priority",
    "traffic_type_unspecified": STANDARD,
}


def tier_name(tier: str | None) -> str:
    """The tier, or the speed, in lower case and with one name for standard; ``None`` is standard."""
    if tier is None:
        return STANDARD
    name = tier.strip().lower().replace("-", "_")
    return _NAMES.get(name, name)
