"""Whether a statement only reads.

The session is read-only in the engine, which refuses writing, table functions that reach out, and settings. This
refuses what the engine lets through all the same (chDB 4.4, engine 26.9, each held by a test): ``INTO OUTFILE``, the
function ``file()``, ``DESCRIBE file(...)`` and ``DESCRIBE url(...)``, ``KILL``, ``EXISTS`` of a path, tables of
``system`` about the process. Of table functions and tables of ``system`` there is a list of those that are taken.

``reading`` is a first look at the text a person typed. ``read_only`` judges the text that the engine's own parser made
of it (``sql.parsed``), and that text is what is run: there is nothing that the two could read in different ways.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from otel_llmroute.store.errors import BadStatement

READS: Final = ("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS")
MAX_LENGTH: Final = 100_000

TABLE_FUNCTIONS: Final = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values", "view", "primes"}
)
"""Table functions that are taken: rows from nowhere, or from a query that is judged with the rest."""

SYSTEM_TABLES: Final = frozenset(
    {
        *("one", "numbers", "numbers_mt", "zeros", "zeros_mt", "time_zones", "contributors", "build_options"),
        *("databases", "tables", "columns", "parts", "parts_columns", "projections", "data_skipping_indices"),
        *("functions", "table_functions", "table_engines", "data_type_families", "formats", "collations", "keywords"),
        *("aggregate_function_combinators", "settings", "merges", "mutations", "events", "metrics", "view_refreshes"),
    }
)
"""Tables of ``system`` that are taken: what clients ask to list what there is. None tells of the machine, of other
statements or of the configuration."""

_SHOWN: Final = frozenset(
    {
        *("TABLES", "FULL", "EXTENDED", "DICTIONARIES", "DATABASES", "COLUMNS", "FIELDS", "CREATE", "FUNCTIONS"),
        *("INDEX", "INDEXES", "INDICES", "KEYS", "SETTINGS", "SETTING", "CHANGED", "ENGINES"),
    }
)
_FORBIDDEN: Final = {
    "FILE": "reads files of this machine",
    "CATBOOSTEVALUATE": "reads files of this machine",
    "SHOWCERTIFICATE": "reads files of this machine",
    "HASCOLUMNINTABLE": "tells which files there are",
    "GETCLIENTHTTPHEADER": "reads headers of requests",
    "GETSERVERSETTING": "reads the configuration",
    "GETMACRO": "reads the configuration",
    "LOGTRACE": "writes to a log",
    **dict.fromkeys(("ADDRESSTOLINE", "ADDRESSTOLINEWITHINLINES", "ADDRESSTOSYMBOL"), "looks into the process"),
}
"""Functions that are refused, and why. Those whose names start with ``ai`` call a service over the network."""

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*|\#[!\s][^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.|'')*')
      | (?P<quoted>"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
      | (?P<heredoc>\$\w*\$)
      | (?P<word>\w+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OF_A_TABLE: Final = frozenset({"FROM", "JOIN", "TABLE", "EXISTS", "IN"})
_IDENTIFIER: Final = re.compile(r"\{(\w+):Identifier\}")


@dataclass(frozen=True)
class Reading:
    """A statement that only reads: its text without a format, and the format it asks for, if any."""

    text: str
    format: str | None


def reading(statement: str) -> str:
    """``statement`` without a semicolon at its end. Raises ``BadStatement`` unless it is one statement that reads."""
    text = one_statement(statement)
    words = _words(text)
    _check_words(words)
    if "FORMAT" in words[-2:-1]:
        raise BadStatement("FORMAT is chosen by the command", "--format table, json or csv")
    return text


def one_statement(statement: str) -> str:
    """``statement`` without semicolons at its end. Raises ``BadStatement`` when it is empty, too long, or starts with a
    word that does not read."""
    text = statement.strip().rstrip(";").rstrip()
    first = next((word for word in _tokens(text[:MAX_LENGTH]) if word not in ("(", ";")), None)
    if first is None:
        raise BadStatement("the statement is empty", "llmroute sql 'SELECT * FROM spend_by_route'", 62)
    if first not in (*READS, "FROM"):
        raise BadStatement(f"{first[:40]} is not a statement that reads", f"one of {', '.join(READS)}")
    if len(text) > MAX_LENGTH:
        raise BadStatement(f"the statement has more than {MAX_LENGTH} characters", "a shorter one", 62)
    return text


def read_only(parsed: str, table_functions: Collection[str], identifiers: Mapping[str, str] | None = None) -> Reading:
    """Judge a statement as the engine's parser wrote it down.

    ``table_functions``: every table function of the engine, in lower case. ``identifiers``: values of the statement's
    parameters, of which those of type ``Identifier`` name tables. Raises ``BadStatement``.
    """
    words = _words(_with_identifiers(parsed, identifiers or {}))
    if words[0] not in READS and words[0] != "(":
        raise BadStatement(f"{words[0][:40]} is not a statement that reads", f"one of {', '.join(READS)}")
    _check_words(words)
    _check_calls(words, {name.upper() for name in table_functions} - {name.upper() for name in TABLE_FUNCTIONS})
    _check_tables(words)
    _check_paths(parsed)
    if words[0] == "SHOW" and words[1:2] and words[1] not in _SHOWN:
        raise BadStatement(f"SHOW {words[1]} is not allowed", "SHOW TABLES, SHOW CREATE TABLE or SHOW COLUMNS")
    return _without_format(parsed)


def _words(text: str) -> list[str]:
    """All of ``_tokens``. Raises ``BadStatement`` for a heredoc, in which everything may stand."""
    return list(_tokens(text, heredocs=False))


def _tokens(text: str, heredocs: bool = True) -> Iterator[str]:
    """Words in upper case and signs, without strings and comments. Quoted names come without their quotes."""
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup, found.group()
        if kind == "heredoc" and not heredocs:
            raise BadStatement("heredoc strings ($$...$$) are not taken", "'...'")
        if kind == "quoted":
            yield token[1:-1].upper()
        elif kind in ("word", "other"):
            yield token.upper()


def _check_words(words: list[str]) -> None:
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word == ";" and set(words[at:]) != {";"}:
            raise BadStatement("more than one statement", "one statement at a time")
        if word == "INTO" and following == "OUTFILE":
            raise BadStatement("INTO OUTFILE writes a file", "--format csv > FILE")
        if word == "SETTINGS" and _is_clause(words, at):
            raise BadStatement(f"the setting {following.lower()} cannot be changed", "the statement without SETTINGS")
        if word in _FORBIDDEN and following == "(":
            raise BadStatement(f"{word.lower()}() {_FORBIDDEN[word]} and is not allowed")


def _is_clause(words: list[str], at: int) -> bool:
    """Whether the word there begins ``SETTINGS name = value`` or ``SETTINGS name``, and is no name itself."""
    before, after = words[at - 1] if at else "", words[at + 2] if at + 2 < len(words) else ""
    is_name = before in (",", ".", "(", "SELECT", "FROM", "JOIN", "BY", "TABLE", "SHOW", "CHANGED")
    follows = at + 1 < len(words) and re.fullmatch(r"\w+", words[at + 1]) is not None
    return follows and not is_name and after in ("=", ",", ")", "", ";", "FORMAT")


def _check_calls(words: list[str], refused: Collection[str]) -> None:
    for word, following in itertools.pairwise(words):
        if following != "(":
            continue
        if word in refused and word != "FORMAT":  # format() puts text together; as a table it is refused by the engine
            raise BadStatement(f"the table function {word.lower()}() is not allowed", "a table of this store")
        if re.fullmatch(r"AI[A-Z]+", word):
            raise BadStatement(f"{word.lower()}() calls a service and is not allowed")


def _check_tables(words: list[str]) -> None:
    for before, word, dot, table in zip(["", *words], words, words[1:], words[2:], strict=False):
        if before != "." and word == "SYSTEM" and dot == "." and table.lower() not in SYSTEM_TABLES:
            raise BadStatement(f"the table system.{table.lower()[:40]} is not allowed", "SHOW TABLES")


def _check_paths(parsed: str) -> None:
    """The engine takes a name that is no table for a file."""
    before = ""
    for found in _TOKEN.finditer(parsed):
        token = found.group()
        if found.lastgroup == "quoted":
            is_odd = before in _OF_A_TABLE and not re.fullmatch(r"[\w ]*", token[1:-1])
            if is_odd or "/" in token or "\\" in token:
                raise BadStatement(f"{token[:60]} is not a name of a table or column", "SHOW TABLES")
        if found.lastgroup != "space":
            before = token.upper()


def _with_identifiers(parsed: str, values: Mapping[str, str]) -> str:
    """``parsed`` with the names that its parameters stand for. Raises ``BadStatement``."""

    def named(found: re.Match[str]) -> str:
        value = values.get(found[1], "")
        if not re.fullmatch(r"[\w.]*", value):
            raise BadStatement(f"the parameter {found[1]} is not a name of a table or column", "letters, digits and _")
        return value or found[0]

    return _IDENTIFIER.sub(named, parsed)


def _without_format(parsed: str) -> Reading:
    """The engine writes the format last: ``... FORMAT name``."""
    words = _words(parsed)
    if "FORMAT" not in words[-2:-1]:
        return Reading(parsed, None)
    text, _, name = parsed.rpartition(" FORMAT ")
    return Reading(text, name.strip("`"))
