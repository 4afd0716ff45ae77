"""What a provider said was used, in one shape for every provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter


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
    audio_input_ms: int | None = None
    """Milliseconds of audio that was listened to, where that is what is billed, and not tokens."""
    input_characters: int | None = None
    """Characters of a text that was read aloud, where these are billed, and not tokens."""
    web_searches: int | None = None
    """Searches the provider ran and bills per call."""
    file_searches: int | None = None
    code_executions: int | None = None
    server_tool_calls: int | None = None
    """All tools the provider ran, of whatever kind."""

    counts = property(attrgetter("__dict__"))
    """Field -> count, those that were reported; ``None`` may stand for one that was not. The usage's own dict: a change
    is a change of the usage.
    """


nothing_used: Callable[[], Usage] = partial(Usage.__new__, Usage)
"""Nothing reported yet, for a reader to fill the ``counts``. Quicker than ``Usage()``, and equal to it: the ``None`` of
every count stays the class's.
"""
