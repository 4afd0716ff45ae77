"""Cost of a usage: pure, exact, from price data that came with the program and a user's overrides. No library call."""

from otel_llmroute.prices.book import Entry, PriceBook
from otel_llmroute.prices.cost import Cost, from_pico, to_pico
from otel_llmroute.prices.overrides import Override, PriceError
from otel_llmroute.prices.quotes import NS_PER_DAY, Price, UnitPrice
from otel_llmroute.prices.sellers import provider_of_host
from otel_llmroute.prices.usage import Usage, nothing_used

__all__ = [
    "NS_PER_DAY",
    "Cost",
    "Entry",
    "Override",
    "Price",
    "PriceBook",
    "PriceError",
    "UnitPrice",
    "Usage",
    "from_pico",
    "nothing_used",
    "provider_of_host",
    "to_pico",
]
