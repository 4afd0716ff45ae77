"""Runs inside one environment: answers each JSON line on stdin with a JSON line on stdout, until stdin ends.

    {"measure": "create", "count": 100}  ->  {"ns": [...], "calls": 100, "spans": 100, "tokens": 118700, "cost": 0.049}

The first line out, without being asked, says that the instrumentation is on, or why it is not.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import sys
from importlib.metadata import version
from time import perf_counter_ns
from typing import Any

from per_call import activation, memory
from per_call.telemetry import Telemetry, unsampled

LENGTHS = (200, 500)
STRETCH = 25


class Worker:
    """One client of each kind, and the measures that can be asked for."""

    def __init__(self, name: str, distribution: str) -> None:
        self.telemetry = Telemetry()
        if name != "logfire":
            self.telemetry.install()
        activation.switch_on(name, self.telemetry)
        # Only now: an app that is instrumented early imports its SDK later.
        from per_call import provider

        self.inputs = provider
        self.provider = provider.Provider()
        self.client = self.provider.client()
        self.async_client = self.provider.async_client()
        self.loop = asyncio.new_event_loop()
        self.versions = {"openai": version("openai"), distribution: version(distribution)}

    def answer(self, ask: dict[str, Any]) -> dict[str, Any]:
        """The measure, plus what its calls added to the spans and to the metrics of tokens and cost, and how long it
        took to export and collect that.
        """
        gc.collect()
        before = self.telemetry.sums()
        answer: dict[str, Any] = getattr(self, ask.pop("measure"))(**ask)
        start = perf_counter_ns()
        after = self.telemetry.sums()
        later_us = (perf_counter_ns() - start) / 1e3 / answer.get("calls", 1)
        return {**answer, "later_us": later_us, **{name: after[name] - before[name] for name in after}}

    def warm(self, count: int) -> dict[str, Any]:
        for measure in (self.create, self.async_create, self.unsampled):
            measure(count)
        self.stream(max(count // 20, 1))
        self.create(1)
        self.telemetry.spans()
        return {"content": self.telemetry.holds(self.inputs.QUESTION)}

    def create(self, count: int) -> dict[str, Any]:
        create, request, ns = self.client.chat.completions.create, self.inputs.REQUEST, []
        for _ in range(count):
            start = perf_counter_ns()
            create(**request)
            ns.append(perf_counter_ns() - start)
        return {"ns": ns, "calls": count}

    def unsampled(self, count: int) -> dict[str, Any]:
        with unsampled():
            return {**self.create(count), "expected_tokens": count * self.inputs.INPUT_TOKENS}

    def async_create(self, count: int) -> dict[str, Any]:
        return {"ns": self.loop.run_until_complete(self._async_create(count)), "calls": count}

    async def _async_create(self, count: int) -> list[int]:
        create, request, ns = self.async_client.chat.completions.create, self.inputs.REQUEST, []
        for _ in range(count):
            start = perf_counter_ns()
            await create(**request)
            ns.append(perf_counter_ns() - start)
        return ns

    def stream(self, count: int) -> dict[str, Any]:
        """``count`` streams of each length, in turn: whole streams by length, and every stretch of 25 chunks."""
        whole: dict[int, list[int]] = {length: [] for length in LENGTHS}
        stretches: list[int] = []
        for _ in range(count):
            for length in LENGTHS:
                start, marks, end = self._stream(length)
                whole[length].append(end - start)
                stretches += [after - before for before, after in itertools.pairwise(marks)]
        ns = {"whole": whole, "stretches": stretches, "stretch": STRETCH}
        return {"ns": ns, "calls": count * len(LENGTHS)}

    def _stream(self, chunks: int) -> tuple[int, list[int], int]:
        """Start, the time after every 25th chunk, end."""
        self.provider.chunks = chunks
        create, request, marks = self.client.chat.completions.create, self.inputs.STREAM_REQUEST, []
        start = perf_counter_ns()
        for number, _ in enumerate(create(**request)):
            if not number % STRETCH:
                marks.append(perf_counter_ns())
        return start, marks, perf_counter_ns()

    def memory(self, calls: int) -> dict[str, Any]:
        self.provider.chunks = memory.CHUNKS
        return memory.growth(self.client, self.telemetry.sums, calls)


def main() -> None:
    # What a library prints must not land among the answers.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        worker = Worker(*sys.argv[1:])
    except Exception as error:
        print(json.dumps({"failed": f"{type(error).__name__}: {error}".splitlines()[0]}), file=out)
        return
    print(json.dumps({"versions": worker.versions}), file=out)
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), file=out)


if __name__ == "__main__":
    main()
    # Exit without the libraries' own shutdown: it has nothing to measure, and some wait for an exporter.
    sys.stdout.flush()
    os._exit(0)
