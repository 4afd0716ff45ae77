"""Whether a statement only reads. The engine is asked read-only as well; this refuses what it would let through."""

from __future__ import annotations

import re
from typing import Final

from otel_llmroute.store.errors import BadStatement

READS: Final = ("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS")
MAX_LENGTH: Final = 100_000

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*|\#[!\s][^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.|'')*')
      | (?P<quoted>"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
      | (?P<heredoc>\$\w*\$)
      | (?P<word>\w+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_FORBIDDEN_CALLS: Final = frozenset({"FILE", "CATBOOSTEVALUATE", "SHOWCERTIFICATE"})
"""Functions that a read-only session may call and that read files of the machine."""


def reading(statement: str) -> str:
    """``statement`` without a semicolon at its end. Raises ``BadStatement`` unless it is one statement that reads."""
    if len(statement) > MAX_LENGTH:
        raise BadStatement(f"the statement has {len(statement)} characters, at most {MAX_LENGTH} are taken")
    text = statement.strip().rstrip(";").rstrip()
    words = _words(text)
    if not words:
        raise BadStatement("the statement is empty", "llmroute sql 'SELECT * FROM spend_by_route'")
    first = words[0].lstrip("(")
    if first not in READS and words[0] != "(":
        raise BadStatement(f"{first[:40]} is not a statement that reads", f"one of {', '.join(READS)}")
    _check(words)
    return text


def _words(text: str) -> list[str]:
    """Words in upper case and signs, without strings and comments. Quoted names come without their quotes."""
    words = []
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup, found.group()
        if kind == "heredoc":
            raise BadStatement("heredoc strings ($$...$$) are not taken", "'...'")
        if kind == "quoted":
            words.append(token[1:-1].upper())
        elif kind in ("word", "other"):
            words.append(token.upper())
    return words


def _check(words: list[str]) -> None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == ";":
            raise BadStatement("more than one statement", "one statement at a time")
        if word == "INTO" and following == "OUTFILE":
            raise BadStatement("INTO OUTFILE writes a file", "--format csv > FILE")
        if word in _FORBIDDEN_CALLS and following == "(":
            raise BadStatement(f"{word.lower()}() reads files of this machine and is not allowed")
    if "FORMAT" in words[-2:-1]:
        raise BadStatement("FORMAT is chosen by the command", "--format table, json or csv")
