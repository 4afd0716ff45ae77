"""What the commands about prices ask of a store, in one place for a folder that is open here and for the web port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.prices import PriceError
from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.pricing.repricing import Event, RepriceQuestion, reprice
from otel_llmroute.store.pricing.table import add_prices
from otel_llmroute.store.questions import ask
from otel_llmroute.store.questions.values import plain

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

QUESTIONS: Final = {"prices": (), "used_prices": ("since", "until"), "spend_per_day": ("since", "until", "provider")}
"""Questions that may be asked by name, and their parameters."""


def answered(session: Session, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a question as JSON: Decimal is text. Raises ``BadStatement``, ``QuestionFailed``."""
    if name not in QUESTIONS:
        raise BadStatement(f"there is no question {name[:40]!r}", f"one of {', '.join(QUESTIONS)}")
    given = {key: parameters.get(key, "") for key in QUESTIONS[name]}
    if not all(isinstance(value, str) for value in given.values()):
        raise BadStatement("a parameter is not text", ", ".join(QUESTIONS[name]))
    rows: list[dict[str, Any]] = plain(ask(session, name, given).records())
    return rows


def added(writing: Callable[[], Session], prices: Sequence[Any]) -> dict[str, Any]:
    """Append prices; ``prices`` are pairs of a price as a person writes it and the place that errors name."""
    pairs = [(row, where) for row, where in map(_pair, prices)]
    session = writing()
    try:
        return {"versions": add_prices(session, pairs)}
    except PriceError as error:
        raise StoreError(str(error)) from None
    finally:
        session.close()


def _pair(price: Any) -> tuple[Mapping[str, Any], str]:
    if (
        isinstance(price, (list, tuple))
        and len(price) == 2
        and isinstance(price[0], dict)
        and isinstance(price[1], str)
    ):
        return price[0], price[1]
    raise BadStatement("a price is not a pair of a table and its place")


def repriced(
    reading: Callable[[], Session], writing: Callable[[], Session], asked: RepriceQuestion, configured: Sequence[Any]
) -> Iterator[Event]:
    """Price again with sessions of its own, closed at the end. See ``repricing.reprice``."""
    reader = reading()
    try:
        yield from reprice(reader, writing, asked, configured)
    finally:
        reader.close()
