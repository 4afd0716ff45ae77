"""Settings that requests on the ClickHouse port may bring: what becomes of each.

A setting of the shape of an answer is used. A limit is used as far as it is lower than the store's own. One that
concerns the transport, or writing, is taken and does nothing. All others are refused, as a server refuses them to a
user whose ``readonly`` is 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.errors import BadStatement

if TYPE_CHECKING:
    from otel_llmroute.store.database import Settings

READONLY: Final = 164
"""The engine's code for what a session that only reads may not do."""

NOT_SETTINGS: Final = frozenset(
    {
        *("query", "database", "default_format", "user", "password", "quota_key", "role", "query_id", "stacktrace"),
        *("session_id", "session_timeout", "session_check", "session_close", "wait_end_of_query", "buffer_size"),
        *("client_protocol_version", "close_session"),
    }
)
"""Parameters of the URL that are none."""

WITHOUT_EFFECT: Final = frozenset(
    {
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression"),
        *("http_zlib_compression_level", "http_write_exception_in_output_format", "network_compression_method"),
        *("cancel_http_readonly_queries_on_client_close", "replace_running_query", "log_queries", "log_comment"),
        *("connect_timeout", "send_timeout", "receive_timeout", "http_connection_timeout", "http_send_timeout"),
        *("http_receive_timeout", "add_http_cors_header", "max_block_size", "use_client_time_zone", "priority"),
        *("date_time_input_format", "async_insert", "wait_for_async_insert", "input_format_skip_unknown_fields"),
        *("input_format_null_as_default", "input_format_import_nested_json", "insert_deduplicate", "mutations_sync"),
    }
)

OF_THE_ANSWER: Final = frozenset(
    {
        *("session_timezone", "extremes", "limit", "offset", "result_overflow_mode", "date_time_output_format"),
        *("join_use_nulls", "group_by_use_nulls", "aggregate_functions_null_for_empty", "union_default_mode"),
        *("bool_true_representation", "bool_false_representation", "prefer_column_name_to_alias"),
        *("format_csv_delimiter", "format_csv_null_representation", "format_tsv_null_representation"),
        *("output_format_write_statistics", "output_format_decimal_trailing_zeros"),
        *("output_format_json_quote_64bit_integers", "output_format_json_quote_64bit_floats"),
        *("output_format_json_quote_decimals", "output_format_json_quote_denormals"),
        *("output_format_json_named_tuples_as_objects", "output_format_json_array_of_rows"),
        *("output_format_json_escape_forward_slashes", "output_format_csv_crlf_end_of_line"),
        *("output_format_tsv_crlf_end_of_line", "output_format_pretty_color", "output_format_pretty_max_rows"),
        *("output_format_pretty_row_numbers", "output_format_arrow_string_as_string"),
        *("output_format_arrow_low_cardinality_as_dictionary", "output_format_arrow_compression_method"),
        *("output_format_parquet_string_as_string", "output_format_parquet_compression_method"),
        *("output_format_native_write_json_as_string", "output_format_binary_write_json_as_string"),
        *("output_format_native_encode_types_in_binary_format", "output_format_json_map_as_array_of_tuples"),
    }
)

LIMITS: Final = frozenset(
    {
        *("max_execution_time", "max_memory_usage", "max_result_rows", "max_result_bytes", "max_rows_to_read"),
        *("max_bytes_to_read", "max_threads"),
    }
)


def used(parameters: Mapping[str, str], ours: Settings) -> dict[str, str | int]:
    """Of the parameters of a URL, the settings for its question. ``ours`` are the limits that hold anyway.

    Raises ``BadStatement`` with the code of a server for those that may not be changed.
    """
    settings: dict[str, str | int] = {}
    for name, value in parameters.items():
        if name in OF_THE_ANSWER:
            settings[name] = value
        elif name in LIMITS:
            settings.update(_lower(name, value, int(ours.get(name, 0))))
        elif not _does_nothing(name, value):
            raise BadStatement(f"Cannot modify '{name[:60]}' setting in readonly mode", code=READONLY)
    return settings


def _lower(name: str, value: str, ours: int) -> dict[str, str | int]:
    """The limit, if it is lower than ``ours``. For the engine 0 is no limit."""
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise BadStatement(f"the limit {name} is not a number", code=27)
    asked = float(value)
    return {name: value} if asked and (not ours or asked < ours) else {}


def _does_nothing(name: str, value: str) -> bool:
    if name in ("readonly", "compress", "decompress"):
        return value in (("1", "2") if name == "readonly" else ("0", "false"))
    return name in NOT_SETTINGS or name in WITHOUT_EFFECT or name.startswith("param_")
