"""The engine, with a ledger that has something for every panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.engine import Engine, engine_at
from tests.store.ledger import Ledger, deliver, made_up


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("dashboards") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def filled(engine: Engine) -> tuple[Engine, Ledger]:
    return engine, deliver(engine, made_up(7, 300), 7)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Another engine, in which nothing was ever recorded, for tests that fill it themselves."""
    with engine_at(tmp_path_factory.mktemp("alerts") / "data") as running:
        yield running
