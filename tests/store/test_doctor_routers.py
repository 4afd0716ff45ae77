"""Which routers are installed, whether their decisions are recorded, and why not: read from the environment alone."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute.routers import ROUTERS
from otel_llmroute.store.care.routers import is_older, routers_found
from tests.store.conftest import llmroute


def found(tmp_path: Path, environ: dict[str, str], **versions: str) -> dict[str, dict[str, Any]]:
    """Package -> its line, where those of ``versions`` are installed."""

    def version_of(package: str) -> str:
        if package not in versions:
            raise PackageNotFoundError(package)
        return versions[package]

    config = tmp_path / "llmroute.toml"
    config.touch()
    return {line["package"]: line for line in routers_found({"LLMROUTE_CONFIG": str(config), **environ}, version_of)}


def test_every_router_that_we_know_a_place_in_is_named(tmp_path: Path) -> None:
    lines = found(tmp_path, {})
    assert set(lines) == {router.distribution for router in ROUTERS}
    assert all(
        (line["version"], line["hooked"], line["why_not"]) == (None, False, "not installed") for line in lines.values()
    )


@pytest.mark.parametrize(
    ("version", "why_not"),
    [
        ("{oldest}", ""),
        ("999.0rc1", ""),
        ("0.0.1", "older than {oldest}, the oldest version whose places are known"),
    ],
)
@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.distribution)
def test_one_that_is_installed_is_recorded_unless_it_is_too_old(
    tmp_path: Path, router: Any, version: str, why_not: str
) -> None:
    installed = version.format(oldest=router.oldest)
    lines = routers_found({}, lambda package: installed if package == router.distribution else "999")
    (line,) = (line for line in lines if (line["router"], line["package"]) == (router.name, router.distribution))
    assert line == {
        "router": router.name,
        "package": router.distribution,
        "version": installed,
        "hooked": not why_not,
        "why_not": why_not.format(oldest=router.oldest),
    }


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"LLMROUTE_MODE": "enrich"}, "enrich"),
        ({"OTEL_SDK_DISABLED": "true"}, "OTEL_SDK_DISABLED"),
        ({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests, llmroute"}, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"),
        ({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests"}, ""),
        ({"LLMROUTE_MODE": "no mode of ours"}, ""),
    ],
)
def test_what_is_switched_off_is_said_of_what_is_installed(tmp_path: Path, environ: dict[str, str], word: str) -> None:
    package = ROUTERS[0].distribution
    line = found(tmp_path, environ, **{package: "999"})[package]
    assert line["hooked"] == (word == "")
    assert word in line["why_not"]
    assert (line["why_not"] == "") == (word == "")


@pytest.mark.parametrize(
    ("installed", "oldest", "expected"),
    [
        ("1.95", "1.95.0", False),
        ("1.95.0", "1.95", False),
        ("1.9.9", "1.95", True),
        ("2.0.0rc1", "1.95", False),
        ("1.94.9.post1", "1.95", True),
        ("a checkout", "1.95", False),
    ],
)
def test_versions_are_compared_as_numbers(installed: str, oldest: str, expected: bool) -> None:
    assert is_older(installed, oldest) == expected


def test_without_a_store_the_routers_are_named_all_the_same(tmp_path: Path) -> None:
    done = llmroute("doctor", "--data", str(tmp_path / "none"), "--format", "json")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    told = json.loads(done.stdout)["routers"]
    assert [line["package"] for line in told] == [router.distribution for router in ROUTERS]


def test_a_person_reads_which_routers_are_not_installed(tmp_path: Path) -> None:
    done = llmroute("doctor", "--data", str(tmp_path / "none"))
    assert "routers that are not installed in this Python: " in done.stdout
