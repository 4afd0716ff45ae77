"""The statements of the schema files, read as far as a server or a cluster needs them changed.

Only the head of a statement is read, and its ENGINE line: what is not known raises ``UnknownStatement``, so that a new
kind of statement cannot reach a cluster half translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from otel_llmroute.store.errors import StoreError

Kind = Literal["table", "feed", "view", "drop", "rename", "swap", "alter", "empty", "fill"]

_HEADS: Final[tuple[tuple[Kind, str], ...]] = (
    ("table", r"CREATE TABLE IF NOT EXISTS (?P<name>\w+)(?=\s*\()"),
    ("feed", r"CREATE MATERIALIZED VIEW IF NOT EXISTS (?P<name>\w+)(?P<to> TO (?P<other>\w+))(?= AS\s)"),
    ("view", r"CREATE OR REPLACE VIEW (?P<name>\w+)(?= AS\s)"),
    ("drop", r"DROP (?:VIEW|TABLE) IF EXISTS (?P<name>\w+)(?=\s*$)"),
    ("rename", r"RENAME TABLE IF EXISTS (?P<name>\w+) TO (?P<other>\w+)(?=\s*$)"),
    ("swap", r"EXCHANGE TABLES (?P<name>\w+) AND (?P<other>\w+)(?=\s*$)"),
    ("alter", r"ALTER TABLE (?P<name>\w+)(?=\s)"),
    ("empty", r"TRUNCATE TABLE (?P<name>\w+)(?=\s*$)"),
    ("fill", r"INSERT INTO (?P<name>\w+)(?=\s+(?:SELECT|WITH)\s)"),
)
_TOKENS: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*\n?|[^'-]+|-")
_ENGINE: Final = re.compile(r"^ENGINE = (?P<family>\w+)(?:\((?P<arguments>[^()]*)\))?$", re.MULTILINE)
_COMMENT: Final = re.compile(r"\nCOMMENT '(?P<said>(?:[^'\\]|\\.|'')*)'\s*$")


class UnknownStatement(StoreError):
    """A schema file holds what this program cannot put on a server or a cluster: a mistake in the program."""


@dataclass(frozen=True)
class Statement:
    """A statement: what it does, to which table or view (``name``), and the other one that its head names: where a
    materialized view puts its rows, what a table is renamed to or swaps its name with. ``text`` has no comment lines
    before the head."""

    kind: Kind
    name: str
    other: str
    text: str
    head: str

    @property
    def body(self) -> str:
        """All after the head."""
        return self.text[len(self.head) :]

    @property
    def query(self) -> str:
        """Of a view, the SELECT that it stands for."""
        return _COMMENT.sub("", self.body).removeprefix(" AS\n")

    @property
    def comment(self) -> str:
        """What the database is told about the table or view, as it is written between the quotes."""
        found = _COMMENT.search(self.text)
        return found["said"] if found else ""


def statement_of(text: str) -> Statement:
    """Read one statement of a schema file. Raises ``UnknownStatement``."""
    plain = without_leading_comments(text)
    for kind, pattern in _HEADS:
        if found := re.match(pattern, plain):
            groups = found.groupdict()
            return Statement(kind, groups["name"], groups.get("other") or "", plain, found[0])
    raise UnknownStatement(f"a schema file holds a statement of unknown form: {plain[:60]!r}")


def without_leading_comments(text: str) -> str:
    """The statement from its first line of SQL on."""
    lines = text.strip().splitlines()
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines)


def engine_of(statement: Statement) -> tuple[str, str]:
    """Family and arguments of the table's engine, such as ``("ReplacingMergeTree", "received_at")``."""
    found = _ENGINE.findall(statement.text)
    if len(found) != 1:
        raise UnknownStatement(f"table {statement.name} has not one line 'ENGINE = ...' but {len(found)}")
    return found[0][0], found[0][1]


def with_engine(text: str, engine: str) -> str:
    """The statement with another engine."""
    return _ENGINE.sub(lambda _: f"ENGINE = {engine}", text)


def qualified(text: str, databases: dict[str, str]) -> str:
    """The statement with ``name`` -> ``database.name`` wherever a table or view is named after one of SQL's words for
    that, outside of text in quotes; comments are left out. ``databases``: name -> database."""
    names = "|".join(sorted(map(re.escape, databases), key=len, reverse=True))
    place = re.compile(rf"\b(FROM|JOIN|INTO|TO|TABLE|VIEW|EXISTS)(\s+)({names})\b(?![.(])")

    def outside(part: str) -> str:
        return place.sub(lambda at: f"{at[1]}{at[2]}{databases[at[3]]}.{at[3]}", part)

    parts = _TOKENS.findall(text)
    return "".join("" if part.startswith("--") else part if part[0] == "'" else outside(part) for part in parts)
