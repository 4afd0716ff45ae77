"""The files of the page: what is bundled is what the lock names, and nothing is loaded from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "otel_llmroute/store/web/static"
VENDOR = STATIC / "vendor"
BUNDLES: dict[str, dict[str, Any]] = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
OURS = sorted(path for path in STATIC.rglob("*") if path.is_file() and VENDOR not in path.parents)
FREE = {"Apache-2.0", "MIT", "BSD-3-Clause", "0BSD"}


def test_every_bundle_is_the_one_that_was_made() -> None:
    made = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert made == {name: bundle["sha256"] for name, bundle in BUNDLES.items()}


def test_every_bundle_is_made_of_what_the_lock_names() -> None:
    locked = json.loads((ROOT / "tools/page/package-lock.json").read_text(encoding="utf-8"))["packages"]
    told = {
        each["name"]: (each["version"], each["integrity"]) for bundle in BUNDLES.values() for each in bundle["packages"]
    }
    assert told == {
        name.removeprefix("node_modules/"): (package["version"], package["integrity"])
        for name, package in locked.items()
        if name and not package.get("dev")
    }


def test_every_library_lies_beside_its_licence_and_may_be_passed_on() -> None:
    packages = [each for bundle in BUNDLES.values() for each in bundle["packages"]]
    assert {each["license"] for each in packages} <= FREE
    assert [each["name"] for each in packages if not (VENDOR / f"LICENSE.{each['name']}.txt").stat().st_size] == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(STATIC)))
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = re.sub(r"http://www\.w3\.org/\d{4}/(svg|xhtml|Math/MathML)\b", "", path.read_text(encoding="utf-8"))  # names
    elsewhere = [
        found for found in re.findall(r"https?://[^\s\"'<`]+", text) if not found.startswith("http://127.0.0.1")
    ]
    assert elsewhere == []


@pytest.mark.parametrize("path", [p for p in OURS if p.suffix == ".js"], ids=lambda path: path.name)
def test_every_import_of_a_module_leads_to_a_file_and_a_name_in_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for names, target in re.findall(r'import \{([^}]*)\} from "([^"]+)"', text):
        source = (path.parent / target).resolve()
        assert source.is_file(), target
        if VENDOR not in source.parents:
            told = source.read_text(encoding="utf-8")
            wanted = [name.strip() for name in names.split(",") if name.strip()]
            missing = [n for n in wanted if not re.search(rf"export (async )?(function|const|class) {n}\b", told)]
            assert missing == [], target


def test_the_page_has_no_script_of_its_own_in_its_html() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) + re.findall(r"\son\w+=|style=", html) == []


@pytest.mark.parametrize(("bundle", "folder"), [("page.js", "page"), ("page.css", "style")])
def test_what_the_browser_gets_was_made_of_what_is_there(bundle: str, folder: str) -> None:
    told = json.loads((STATIC / "page.json").read_text(encoding="utf-8"))[bundle]
    sources = hashlib.sha256()
    for path in sorted((STATIC / folder).rglob("*.*"), key=str):
        sources.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    assert told["sources"] == sources.hexdigest(), "run: make page"
    assert told["sha256"] == hashlib.sha256((STATIC / bundle).read_bytes()).hexdigest(), "run: make page"


def test_the_page_asks_for_few_files_and_all_at_once() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert sorted(asked) == ["api/boards", "static/icon.svg", "static/page.css", "static/page.js", "static/theme.js"]
