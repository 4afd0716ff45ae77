"""What several files of these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deployment.store import Store, running_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("store") / "data") as running:
        yield running
