"""The committed price data: current, complete, readable and licensed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from otel_llmroute.prices import build
from otel_llmroute.prices.rates import UNITS, WITHIN

INDEX = json.loads((build.DIRECTORY / "index.json").read_text())
LISTS = {name: json.loads((build.DIRECTORY / f"{name}.json").read_text()) for name in INDEX["lists"]}
NOT_COUNTED = {
    "audio_hours",
    "input_document_kpages",
    "input_annotated_document_kpages",
    "input_text_messages_kcount",
}


def test_the_committed_files_are_what_the_installed_library_gives():
    pytest.importorskip("genai_prices", reason="genai-prices needs Python 3.11; checked where it can be installed")
    assert build.stale_files(build.compiled(INDEX["compiled"]), build.DIRECTORY) == []


def test_a_build_elsewhere_writes_the_same_files_twice(tmp_path: Path, capsys):
    pytest.importorskip("genai_prices", reason="genai-prices needs Python 3.11; checked where it can be installed")
    assert build.main(["--to", str(tmp_path)]) == 0
    (tmp_path / "gone.json").write_text("{}")
    (tmp_path / "openai.json").write_text("{}")
    assert build.main(["--to", str(tmp_path), "--check"]) == 1
    assert f"{tmp_path / 'openai.json'}: not what genai-prices {INDEX['version']} gives\n" in capsys.readouterr().err
    assert build.main(["--to", str(tmp_path)]) == 0
    assert build.main(["--to", str(tmp_path), "--check"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*(f"{name}.json" for name in LISTS), "index.json"]
    )


def test_the_data_names_its_source_its_version_its_date_and_carries_its_licence():
    assert (INDEX["library"], INDEX["license"]) == ("genai-prices", "MIT")
    assert INDEX["source"].startswith("https://github.com/")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", INDEX["compiled"])
    assert {price_list["version"] for price_list in LISTS.values()} == {f"genai-prices/{INDEX['version']}"}
    licence = (build.DIRECTORY / "LICENSE").read_text()
    assert "Permission is hereby granted, free of charge" in licence
    assert "Pydantic Services Inc." in licence


def price_sets():
    """Every set of prices in the data: list, model, prices."""
    for name, price_list in LISTS.items():
        for row in price_list["models"]:
            rows = row["prices"] if isinstance(row["prices"], list) else [{"prices": row["prices"]}]
            for each in (*rows, *row.get("variants", ())):
                yield name, row["id"], each["prices"] or {}


def test_every_price_key_is_one_that_is_counted_or_is_known_not_to_be():
    """A new key in the data is a decision to make, not a price to lose."""
    unknown = {key for _, _, prices in price_sets() for key in prices} - UNITS.keys() - WITHIN - NOT_COUNTED
    assert unknown == set()


def test_no_default_tier_has_a_price_of_its_own():
    """Standard and default are one tier here; a default that differed would have to be looked up."""
    tiers = [each["when"].get("service_tier") for row in rows() for each in row.get("variants", ())]
    assert "flex" in tiers
    assert "default" not in tiers


def rows():
    return [row for price_list in LISTS.values() for row in price_list["models"]]


def test_a_model_is_one_line_so_that_a_change_of_price_is_one_line_of_a_diff():
    lines = (build.DIRECTORY / "openai.json").read_text().splitlines()
    models = [json.loads(line.rstrip(",")) for line in lines if line.startswith("{") and line != "{"]
    assert [model["id"] for model in models] == [row["id"] for row in LISTS["openai"]["models"]]


def test_prices_are_text_so_that_no_float_comes_between():
    for name, model, prices in price_sets():
        for price in prices.values():
            amounts = [price["base"], *(amount for _, amount in price["over"])] if isinstance(price, dict) else [price]
            assert all(re.fullmatch(r"\d+(\.\d+)?", amount) for amount in amounts), (name, model, price)
