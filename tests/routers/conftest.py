"""The fixtures of the app side: an instrumented process, and a provider on loopback."""

from tests.app.conftest import provider, recorded

__all__ = ["provider", "recorded"]
