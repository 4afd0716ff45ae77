"""The table of a run, and our figures held against the budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from per_call.results import Result, added_startup_ms, base_of

if TYPE_CHECKING:
    from per_call.figures import Figure

OURS, OURS_KEEP_OFF = "llmroute", "llmroute-keep-off"
CREATE_US, CREATE_SHARE, CHUNK_US, UNSAMPLED_US, STARTUP_MS = 90, 0.4, 1, 45, 60
# "Flat" needs a number: what a bare SDK grows by in such a run is held to be nothing, and so is this much more.
FLAT_MIB_PER_100K, FLAT_BYTES_PER_CALL = 4.0, 4.0


@dataclass(frozen=True)
class Verdict:
    """One budget: what it says, what was found, and whether it holds (None: not measured)."""

    budget: str
    found: str
    holds: bool | None

    def __str__(self) -> str:
        word = {True: "holds", False: "MISSED", None: "not measured"}[self.holds]
        return f"{self.budget}: {self.found} -> {word}" if self.found else f"{self.budget}: {word}"


Cell = Callable[[Result, Sequence[Result]], str]


def _figure(measure: str, part: str = "added", digits: int = 1) -> Cell:
    def cell(result: Result, results: Sequence[Result]) -> str:
        figure = result.figures.get(measure)
        if figure is None:
            return ""
        if result.row.base is None:
            return f"({figure.absolute:.{digits}f})" if part == "added" else ""
        found = getattr(figure, part)
        return "" if found is None else f"{found:+.{digits}f}"

    return cell


def _startup(order: str) -> Cell:
    def cell(result: Result, results: Sequence[Result]) -> str:
        added = added_startup_ms(result, results, order) if result.row.base else result.startup_ms(order)
        if added is None:
            return ""
        return f"{added:+.0f}" if result.row.base else f"({added:.0f})"

    return cell


def _sdk(result: Result, results: Sequence[Result]) -> str:
    sdks = result.imported_sdks()
    return "" if sdks is None or result.row.base is None else ", ".join(sdks) or "none"


def _rss(result: Result, results: Sequence[Result]) -> str:
    growth = rss_mib_per_100k(result)
    return "" if growth is None else f"{growth:.1f}"


def _traced(result: Result, results: Sequence[Result]) -> str:
    return "" if result.memory is None else f"{result.memory['traced_bytes_per_call']:.1f}"


def _tokens(result: Result, results: Sequence[Result]) -> str:
    share = result.share("unsampled", "tokens", "expected_tokens")
    return "" if share is None or result.row.base is None else _percent(share)


def _kept(result: Result, results: Sequence[Result]) -> str:
    share = result.share("unsampled", "spans", "calls")
    return "" if share is None or result.row.base is None else _percent(share)


def _note(result: Result, results: Sequence[Result]) -> str:
    if result.failure:
        return result.failure[:90]
    if result.row.base is None:
        return ""
    notes = ["content in spans"] if result.content else []
    shares = {measure: result.share(measure, "spans", "calls") for measure in ("create", "stream", "async_create")}
    low = {measure: share for measure, share in shares.items() if share is not None and share < 1}
    notes += [f"{name}: {_percent(share)} of the spans" if share else f"{name}: no span" for name, share in low.items()]
    if result.memory and result.memory["spans"] < result.memory["all_calls"]:
        notes.append(f"memory run: {_percent(result.memory['spans'] / result.memory['all_calls'])} of the spans")
    return "; ".join(notes)


def _percent(share: float) -> str:
    return f"{share * 100:.4g} %"


COLUMNS: list[tuple[str, str, Cell]] = [
    ("", "", lambda result, results: result.row.label),
    ("", "version", lambda result, results: result.versions.get(result.row.distribution, "")),
    ("create", "us", _figure("create")),
    ("create", "quiet", _figure("create", "quiet")),
    ("create", "p95 us", _figure("create", "added_p95")),
    ("chunk", "us", _figure("chunk", digits=2)),
    ("chunk", "quiet", _figure("chunk", "quiet", 2)),
    ("async", "us", _figure("async_create")),
    ("async", "quiet", _figure("async_create", "quiet")),
    ("unsampled", "us", _figure("unsampled")),
    ("unsampled", "quiet", _figure("unsampled", "quiet")),
    ("unsampled", "spans", _kept),
    ("unsampled", "tokens", _tokens),
    ("later", "us", _figure("later")),
    ("start", "ms", _startup("alone")),
    ("imports", "SDK", _sdk),
    ("start", "+SDK ms", _startup("sdk-first")),
    ("RSS MiB", "/100k", _rss),
    ("traced", "B/call", _traced),
    ("", "note", _note),
]


def table(results: Sequence[Result]) -> str:
    """Aligned columns. A base shows its own figures in brackets, every other row what it adds to its base."""
    lines = [[column[0] for column in COLUMNS], [column[1] for column in COLUMNS]]
    lines += [[cell(result, results) for _, _, cell in COLUMNS] for result in results]
    kept = [index for index in range(len(COLUMNS)) if any(line[index] for line in lines[2:])]
    widths = {index: max(len(line[index]) for line in lines) for index in kept}
    lines.insert(2, ["-" * widths.get(index, 0) for index in range(len(COLUMNS))])
    left = {0, 1, len(COLUMNS) - 1}
    return "\n".join(
        "  ".join(line[i].ljust(widths[i]) if i in left else line[i].rjust(widths[i]) for i in kept).rstrip()
        for line in lines
    )


def rss_mib_per_100k(result: Result) -> float | None:
    """Growth of the resident memory, scaled to 100,000 calls; None when not measured."""
    if result.memory is None or result.memory["rss_bytes"] is None:
        return None
    return float(result.memory["rss_bytes"]) / 2**20 * 100_000 / int(result.memory["calls"])


def verdicts(results: Sequence[Result]) -> list[Verdict]:
    """Every budget of this benchmark, in the order of the columns."""
    named = {result.row.name: result for result in results if not result.failure}
    ours, keep_off = named.get(OURS), named.get(OURS_KEEP_OFF)
    calls = [_create(ours, results), _chunk(ours), _unsampled(ours, keep_off)]
    return [*calls, _start(ours, results), _flat(ours, results)]


def _create(ours: Result | None, results: Sequence[Result]) -> Verdict:
    budget = f"create ≤ {CREATE_US} µs and ≤ {CREATE_SHARE} x lightest peer"
    peers = [peer for peer in results if peer.row.base and peer.row.name not in (OURS, OURS_KEEP_OFF)]
    seen = [peer for peer in peers if "create" in peer.figures and peer.share("create", "spans", "calls")]
    if ours is None or "create" not in ours.figures:
        return Verdict(budget, "", None)
    own = ours.figures["create"].added
    spread = _with_spread(ours.figures["create"], 1)
    if not seen:
        return Verdict(budget, f"{spread}, no peer in this run", None if own <= CREATE_US else False)
    lightest = min(seen, key=lambda peer: peer.figures["create"].added)
    share = own / lightest.figures["create"].added
    found = f"{spread}, {share:.2f} x ({lightest.row.label} {lightest.figures['create'].added:.1f} µs)"
    return Verdict(budget, found, own <= CREATE_US and 0 <= share <= CREATE_SHARE)


def _chunk(ours: Result | None) -> Verdict:
    budget = f"streamed chunk ≤ {CHUNK_US} µs"
    if ours is None or "chunk" not in ours.figures:
        return Verdict(budget, "", None)
    figure = ours.figures["chunk"]
    return Verdict(budget, _with_spread(figure, 2), figure.added <= CHUNK_US)


def _with_spread(figure: Figure, digits: int) -> str:
    """The spread tells whether the verdict can be trusted: a round below 0 was disturbed."""
    every = f"{figure.added:.{digits}f} µs (rounds {figure.low:.{digits}f} to {figure.high:.{digits}f}"
    quiet = f"{figure.quiet_turns} of {figure.turns} turns quiet"
    if figure.quiet is None:
        return f"{every}; {quiet}, too few)"
    quarters = f"quarters {figure.quiet_low:.{digits}f} to {figure.quiet_high:.{digits}f}"
    return f"{every}; {figure.quiet:.{digits}f} in {quiet}, {quarters})"


def _unsampled(ours: Result | None, keep_off: Result | None) -> Verdict:
    budget = f"unsampled call ≤ {UNSAMPLED_US} µs, cost and token metrics exact"
    share = keep_off.share("unsampled", "tokens", "expected_tokens") if keep_off else None
    if ours is None or keep_off is None or share is None or "unsampled" not in keep_off.figures:
        return Verdict(budget, "", None)
    spans = keep_off.share("unsampled", "spans", "calls") or 0
    sampled, unsampled = ours.share("create", "cost", "calls"), keep_off.share("unsampled", "cost", "calls")
    cost = (unsampled or 0) / sampled if sampled else 0
    own = keep_off.figures["unsampled"].added
    metrics = f"metrics hold {_percent(share)} of the tokens and {_percent(cost)} of the cost"
    spread = _with_spread(keep_off.figures["unsampled"], 1)
    found = f"{spread}, {metrics}, {_percent(spans)} of the spans are made"
    return Verdict(budget, found, own <= UNSAMPLED_US and share == 1 and round(cost, 9) == 1 and spans == 0)


def _start(ours: Result | None, results: Sequence[Result]) -> Verdict:
    budget = f"start-up ≤ {STARTUP_MS} ms, no SDK imported"
    added = added_startup_ms(ours, results, "alone") if ours else None
    if ours is None or added is None:
        return Verdict(budget, "", None)
    sdks = ours.imported_sdks() or []
    return Verdict(budget, f"{added:.0f} ms, {', '.join(sdks) or 'none'} imported", added <= STARTUP_MS and not sdks)


def _flat(ours: Result | None, results: Sequence[Result]) -> Verdict:
    budget = f"memory flat: ≤ {FLAT_MIB_PER_100K:g} MiB per 100k calls, ≤ {FLAT_BYTES_PER_CALL:g} B per call over bare"
    if ours is None or ours.memory is None or base_of(ours, results).memory is None:
        return Verdict(budget, "", None)
    base = base_of(ours, results)
    assert base.memory
    traced = ours.memory["traced_bytes_per_call"] - base.memory["traced_bytes_per_call"]
    rss, bare = rss_mib_per_100k(ours), rss_mib_per_100k(base)
    growth = 0.0 if rss is None or bare is None else rss - bare
    found = f"{growth:.1f} MiB, {traced:.1f} B over {ours.memory['calls']} calls"
    return Verdict(budget, found, growth <= FLAT_MIB_PER_100K and traced <= FLAT_BYTES_PER_CALL)
