"""Price lists: one data file per seller, read when first asked for, and the model's row in it. See ``build.py``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

DIRECTORY: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "providers")
_COMPACT_DATE: Final = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)")


class PriceLists:
    """The data files of one directory. Reading one twice at the same time is harmless, so there is no lock."""

    def __init__(self, directory: str = DIRECTORY) -> None:
        self._directory = directory
        self._read: dict[str, Mapping[str, Any]] = {}

    def index(self) -> Mapping[str, Any]:
        """Which lists there are, their source, and what tells a seller from a model's name."""
        return self._file("index")

    def has(self, name: str) -> bool:
        """Whether there is a list of that name."""
        return name in self.index()["lists"]

    def version(self, name: str) -> str:
        """What a cost says it was computed from."""
        return str(self._file(name)["version"])

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Every model's row of every list."""
        for name in self.index()["lists"]:
            yield from self._file(name)["models"]

    def seller_of(self, model: str) -> str | None:
        """The list that claims a model by its name alone."""
        lists = self.index()["lists"]
        return next((name for name in self.index()["by_model"] if matches(lists[name]["model_match"], model)), None)

    def row(self, name: str, model: str) -> tuple[str, Mapping[str, Any]] | None:
        """List and row of ``model``: of this list, else of one it falls back to. Dates match in either spelling."""
        found = self._row(name, model)
        if found is None and (dashed := _dashed(model)) != model:
            return self._row(name, dashed)
        return found

    def _row(self, name: str, model: str) -> tuple[str, Mapping[str, Any]] | None:
        for each in (name, *self._file(name).get("fallbacks", ())):
            for row in self._file(each)["models"]:
                if matches(row["match"], model):
                    return each, row
        return None

    def _file(self, name: str) -> Mapping[str, Any]:
        content = self._read.get(name)
        if content is None:
            with open(os.path.join(self._directory, f"{name}.json"), encoding="utf-8") as file:
                content = self._read[name] = json.load(file)
        return content


def matches(clause: Any, model: str) -> bool:
    """Whether ``model``, in lower case, is what a match clause of the data names."""
    if isinstance(clause, str):
        sign, text = clause[0], clause[1:]
        if sign == "=":
            return model == text
        if sign == "^":
            return model.startswith(text)
        if sign == "*":
            return text in model
        if sign == "$":
            return model.endswith(text)
        return re.search(text, model) is not None
    if isinstance(clause, list):
        return any(matches(each, model) for each in clause)
    return all(matches(each, model) for each in clause["all"])


def _dashed(model: str) -> str:
    """``model`` with a date like 20251211, as routers write it, spelled 2025-12-11."""
    return _COMPACT_DATE.sub(_dashed_date, model)


def _dashed_date(found: re.Match[str]) -> str:
    year, month, day = found.groups()
    try:
        return f"-{date(int(year), int(month), int(day)).isoformat()}"
    except ValueError:
        return found.group()
