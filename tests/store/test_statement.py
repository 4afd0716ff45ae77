"""What ``llmroute sql`` takes."""

from __future__ import annotations

import pytest

from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions.statement import reading

READS = [
    "SELECT 1",
    "  select 1 ;  ",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "WITH 1 AS x SELECT x",
    "-- a comment; with a semicolon\nSELECT 1",
    "/* a; b */ SELECT ';', 'it''s', 'a\\'; b', \"a;b\", `c;d` FROM t",
    "SHOW TABLES",
    "DESCRIBE llm_calls",
    "EXPLAIN SELECT 1",
    "EXISTS llm_calls",
    "SELECT file FROM t",
    "SELECT 'INTO OUTFILE' AS format",
]


@pytest.mark.parametrize("statement", READS)
def test_statements_that_read_are_taken(statement: str) -> None:
    assert reading(statement) == statement.strip().rstrip(";").rstrip()


REFUSED = {
    "": "the statement is empty",
    " ; ": "the statement is empty",
    "-- only this": "the statement is empty",
    "DROP TABLE llm_calls": "DROP is not a statement that reads",
    "insert into t values (1)": "INSERT is not a statement that reads",
    "SET final = 0": "SET is not a statement that reads",
    "/* SELECT */ SYSTEM SHUTDOWN": "SYSTEM is not a statement that reads",
    "KILL QUERY WHERE 1": "KILL is not a statement that reads",
    "SELECT 1; DROP TABLE t": "more than one statement",
    "SELECT 1;;SELECT 2": "more than one statement",
    "SELECT 1 INTO OUTFILE '/tmp/x'": "INTO OUTFILE writes a file",
    "SELECT 1 into\n--x\n outfile '/tmp/x'": "INTO OUTFILE writes a file",
    "SELECT file('/etc/passwd')": "file() reads files",
    "SELECT FILE /* here */ ('/etc/passwd')": "file() reads files",
    "SELECT `file`('/etc/passwd')": "file() reads files",
    "SELECT 1 FORMAT JSON": "FORMAT is chosen by the command",
    "SELECT 1 FORMAT JSON;": "FORMAT is chosen by the command",
    "SELECT $x$ ' $x$, file('/etc/passwd') --'": "heredoc strings",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_everything_else_is_refused_with_its_reason(statement: str) -> None:
    with pytest.raises(BadStatement) as refused:
        reading(statement)
    assert REFUSED[statement] in str(refused.value)
