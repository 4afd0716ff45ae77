"""What a provider said was used, in one shape for every provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Usage:
    """Counts of one attempt, as reported. ``None`` is "not reported", which is not 0.

    Follows the GenAI token rule: ``input_tokens`` includes what was read from and written to the provider's cache,
    ``output_tokens`` includes reasoning. The modality counts are parts of input and output. All counts are of tokens
    unless the name says otherwise.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    reasoning_tokens: int | None = None
    text_input_tokens: int | None = None
    audio_input_tokens: int | None = None
    image_input_tokens: int | None = None
    text_output_tokens: int | None = None
    audio_output_tokens: int | None = None
    image_output_tokens: int | None = None
    audio_cache_read_tokens: int | None = None
    image_cache_read_tokens: int | None = None
    web_searches: int | None = None
    """Searches the provider ran and bills per call."""
    file_searches: int | None = None
    code_executions: int | None = None
    server_tool_calls: int | None = None
    """All tools the provider ran, of whatever kind."""

    @classmethod
    def nothing(cls) -> Usage:
        """Nothing reported yet, for a reader to fill ``counts``. Quicker than ``Usage()``: the ``None`` of every count
        stays the class's.
        """
        return cls.__new__(cls)

    @property
    def counts(self) -> dict[str, Any]:
        """Field -> count, those that were reported; ``None`` may stand for one that was not. Its own dict: a change
        is a change of the usage.
        """
        return self.__dict__
