"""Make the pages that are tables of the code: ``python tools/build_docs.py`` (``--check`` only says whether they are current)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from otel_llmroute import names
from otel_llmroute.app.config import OPTIONS, Config

DOCS = Path(__file__).parents[1] / "docs"
NOTE = "<!-- Made by tools/build_docs.py from the code. Change the code, then run `make docs`. -->\n"
LISTS = (
    ("llmroute.record.kind", names.RecordKind),
    ("llmroute.route.source", names.RouteSource),
    ("llmroute.route.reason", names.RouteReason),
    ("llmroute.route.destination", names.RouteDestination),
    ("llmroute.route.outcome", names.RouteOutcome),
    ("llmroute.attempt.reason", names.AttemptReason),
    ("llmroute.attempt.outcome", names.AttemptOutcome),
    ("llmroute.purpose", names.Purpose),
    ("llmroute.usage.status", names.UsageStatus),
    ("llmroute.cost.status", names.CostStatus),
    ("llmroute.cost.source", names.CostSource),
    ("llmroute.risk.level", names.RiskLevel),
    ("llmroute.job.outcome", names.JobOutcome),
    ("llmroute.review.status", names.ReviewStatus),
    ("llmroute.response_cache.result", names.ResponseCacheResult),
    ("llmroute.response_cache.kind", names.ResponseCacheKind),
    ("llmroute.charge.kind", names.ChargeKind),
)


def attributes() -> Iterator[str]:
    """``docs/attributes.md``: what our records carry."""
    yield NOTE
    yield "# What do the records carry?\n"
    yield (
        "Every record is a span of the scope `otel_llmroute`; `llmroute.record.kind` says of which kind. Spend is the sum of\n"
        "`llmroute.cost.amount` over attempts and charges. Nothing else carries that name, so nothing is counted twice.\n"
        "A `+` after the records means that the value is also copied to each attempt and charge below.\n"
    )
    yield "| attribute | type | unit | on | meaning |\n| --- | --- | --- | --- | --- |"
    for row in names.ATTRIBUTES:
        yield f"| `{row.name}` | {row.type} | {row.unit} | {row.records} | {row.meaning} |"
    yield "\n## Closed lists\n\n| attribute | values |\n| --- | --- |"
    for name, values in LISTS:
        yield f"| `{name}` | {', '.join(f'`{value}`' for value in get_args(values))} |"
    yield (
        "\n## Standard attributes\n\n"
        "Attempts also carry the attributes of an inference (or embeddings) span of the OpenTelemetry GenAI conventions 0.1.0:\n"
        "`gen_ai.operation.name`, `gen_ai.provider.name`, `gen_ai.request.*`, `gen_ai.response.*`, `gen_ai.usage.*`, `server.*`,\n"
        "`openai.*`, `error.type`, and `http.response.status_code`. `gen_ai.usage.input_tokens` includes what was read from and\n"
        "written to the provider's cache. A count that was not reported is absent; a reported 0 is 0. Prompts, answers, headers\n"
        "and keys are on no record.\n"
    )
    yield "Readers should accept these older names as well:\n\n| name | older |\n| --- | --- |"
    for name, older in names.OLDER.items():
        yield f"| `{name}` | {', '.join(f'`{value}`' for value in older)} |"
    yield "\n## Span events, log events, metrics\n"
    yield (
        f"- Span event `{names.EVENT_SDK_RETRY}` on an attempt, one per retry inside the SDK: `{names.RETRY_NUMBER}`,\n"
        f"  `{names.RETRY_WAIT_S}` (seconds), `{names.HTTP_STATUS_CODE}` or `{names.ERROR_TYPE}`.\n"
        f"- Log event `{names.EVENT_JOB_OUTCOME}`: `{names.JOB_ID}`, `{names.JOB_OUTCOME}`; log event `{names.EVENT_REVIEW}`:\n"
        f"  `{names.JOB_ID}`, `{names.REVIEW_STATUS}`, `{names.REVIEW_MINUTES}`. The last one said holds.\n"
        f"- Counters `{names.METRIC_COST}` and `{names.METRIC_CALLS}`, the standard token counters\n"
        f"  `gen_ai.client.inference.usage.*`, and the histograms `{names.METRIC_DURATION}` and\n"
        f"  `{names.METRIC_TIME_TO_FIRST_CHUNK}` (`{names.METRIC_OPERATION_DURATION}` for embeddings). They count every attempt,\n"
        "  whether or not its span is sampled."
    )


def configuration() -> Iterator[str]:
    """``docs/configuration.md``: every option."""
    yield NOTE
    yield "# What can be set?\n"
    yield (
        "Nothing has to be. An environment variable wins over `llmroute.toml`, which is read from the working directory or from\n"
        "where `LLMROUTE_CONFIG` points. A file that cannot be used is one line in the log; the application goes on with the\n"
        "defaults.\n"
    )
    yield "| variable | key in `llmroute.toml` | value | default | meaning |\n| --- | --- | --- | --- | --- |"
    for option in OPTIONS:
        default = getattr(Config(), option.field)
        shown = ", ".join(default) if isinstance(default, tuple) else str(default).lower()
        kind = option.kind.replace("|", "or")
        yield f"| `{option.variable}` | `{option.key}` | {kind} | {f'`{shown}`' if shown else ''} | {option.meaning} |"
    yield "\n## Naming routes without touching the code\n"
    yield (
        "A call that stands in no `llmroute.route(...)` is named by the first rule that matches, else by the HTTP route of the\n"
        "request around it, else by its call site. All patterns of a rule must match; they are globs.\n"
    )
    yield "```toml\n" + (DOCS / "llmroute.example.toml").read_text(encoding="utf-8").strip() + "\n```\n"
    yield "How prices are overridden is on its own page: [prices](prices.md)."


PAGES = {"attributes.md": attributes, "configuration.md": configuration}


def main() -> int:
    """Write the pages, or with ``--check`` compare them; 1 if one is not current."""
    stale = []
    for name, page in PAGES.items():
        text = "\n".join(page()) + "\n"
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    print(f"{'stale' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'nothing'}", file=sys.stderr)
    return int("--check" in sys.argv and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
