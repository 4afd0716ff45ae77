"""Formats that an answer can have on the ClickHouse port, with their content types."""

from __future__ import annotations

from typing import Final

TSV: Final = "text/tab-separated-values; charset=UTF-8"
CSV: Final = "text/csv; charset=UTF-8; header=absent"
CSV_HEADER: Final = "text/csv; charset=UTF-8; header=present"
JSON: Final = "application/json; charset=UTF-8"
NDJSON: Final = "application/x-ndjson; charset=UTF-8"
TEXT: Final = "text/plain; charset=UTF-8"
BYTES: Final = "application/octet-stream"

CONTENT_TYPES: Final = {
    **dict.fromkeys(("TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "Raw"), TSV),
    **dict.fromkeys(("TabSeparatedWithNames", "TSVWithNames", "TabSeparatedRawWithNames", "TSVRawWithNames"), TSV),
    **dict.fromkeys(("TabSeparatedWithNamesAndTypes", "TSVWithNamesAndTypes"), TSV),
    **dict.fromkeys(("TabSeparatedRawWithNamesAndTypes", "TSVRawWithNamesAndTypes", "TSKV"), TSV),
    "CSV": CSV,
    **dict.fromkeys(("CSVWithNames", "CSVWithNamesAndTypes"), CSV_HEADER),
    **dict.fromkeys(("JSON", "JSONStrings", "JSONCompact", "JSONCompactStrings", "JSONColumns"), JSON),
    **dict.fromkeys(("JSONColumnsWithMetadata", "JSONCompactColumns", "JSONObjectEachRow"), JSON),
    **dict.fromkeys(("JSONEachRow", "JSONLines", "NDJSON", "JSONStringsEachRow", "PrettyJSONEachRow"), NDJSON),
    **dict.fromkeys(("JSONCompactEachRow", "JSONCompactEachRowWithNames"), NDJSON),
    **dict.fromkeys(("JSONCompactEachRowWithNamesAndTypes", "JSONCompactStringsEachRow"), NDJSON),
    **dict.fromkeys(("JSONCompactStringsEachRowWithNames", "JSONCompactStringsEachRowWithNamesAndTypes"), NDJSON),
    **dict.fromkeys(("Native", "RowBinary", "RowBinaryWithNames", "RowBinaryWithNamesAndTypes", "MsgPack"), BYTES),
    **dict.fromkeys(("Arrow", "ArrowStream", "Parquet", "ORC", "Avro", "RawBLOB", "BSONEachRow"), BYTES),
    **dict.fromkeys(("Pretty", "PrettyCompact", "PrettySpace", "PrettyNoEscapes", "Vertical", "Values", "Null"), TEXT),
    **dict.fromkeys(("PrettyCompactNoEscapes", "PrettyMonoBlock", "PrettyCompactMonoBlock", "LineAsString"), TEXT),
    "Markdown": "text/markdown; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
}
"""Formats that need a file for a schema or a template, and those that only take rows in, are not among them."""
