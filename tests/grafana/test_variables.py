"""Variables are filled in here as by Grafana's own code: what the other tests rely on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dashboards.grafana import interpolated

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SQL = "-- {a} [b] $__fromTime '${route:queryparam}' '&${route:queryparam}' $__toTime"


def by_grafana(formatter: Path, values: list[list[str]], legacy: bool) -> list[str]:
    asked = [json.dumps({"sql": SQL, "values": {"route": chosen}, "legacy": legacy}) for chosen in values]
    done = subprocess.run(["node", str(formatter)], input="\n".join(asked), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(st.lists(TEXT, min_size=1, max_size=3), min_size=1, max_size=20))
def test_any_values_are_filled_in_alike(formatter: Path, values: list[list[str]]) -> None:
    ours = [interpolated(SQL, {"route": tuple(chosen)}) for chosen in values]
    older = [interpolated(SQL, {"route": tuple(chosen)}, safe="") for chosen in values]
    assert (ours, older) == (by_grafana(formatter, values, False), by_grafana(formatter, values, True))


def test_every_sign_is_filled_in_alike(formatter: Path) -> None:
    signs = [[chr(number)] for number in [*range(0x250), *range(0x2000, 0x2100), 0xFFFD, 0x1F600]]
    assert by_grafana(formatter, signs, False) == [interpolated(SQL, {"route": tuple(sign)}) for sign in signs]
