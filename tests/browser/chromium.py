"""The browser that the page is looked at with: one that is installed already."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The path of a Chromium: ``LLMROUTE_CHROMIUM``, else the first of ``NAMES`` there is. Raises ``LookupError``."""
    named = os.environ.get("LLMROUTE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named is None:
        raise LookupError("no Chromium: apt-get install chromium, or LLMROUTE_CHROMIUM=/its/path")
    return named
