"""The rows of ``peers.toml`` and the virtual environment of each, built once and kept under ``benchmarks/.envs/``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BENCHMARKS = Path(__file__).resolve().parent.parent
CHECKOUT = BENCHMARKS.parent
ENVS = BENCHMARKS / ".envs"


@dataclass(frozen=True)
class Row:
    """One thing to measure. ``base`` names the row it is held against; None means that this row is a base."""

    name: str
    label: str
    activation: str
    distribution: str
    venv: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    base: str | None = None
    checkout: bool = False
    measures: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return ENVS / self.venv

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class NotBuilt(Exception):
    """An environment could not be made; the message is the last thing that pip or venv said."""


def rows(path: Path = BENCHMARKS / "peers.toml") -> list[Row]:
    """Every row of the file, in its order."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_row(entry, table["sdk"]) for entry in table["row"]]


def _row(entry: dict[str, Any], sdks: dict[str, Any]) -> Row:
    sdk = sdks[entry.pop("sdk")]
    requirements = (*sdk["requirements"], *entry.pop("requirements", ()))
    entry["measures"] = tuple(entry.get("measures", ()))
    entry.setdefault("venv", entry["name"])
    return Row(**entry, requirements=requirements, constraints=tuple(sdk["constraints"]))


def build(row: Row) -> bool:
    """Make the row's environment unless the one at hand was made from the same requirements; True when it was made.

    Raises NotBuilt.
    """
    stamp = row.folder / "made-from"
    wanted = _fingerprint(row)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(row.folder, ignore_errors=True)
    row.folder.parent.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "venv", str(row.folder))
    limits = row.folder / "constraints.txt"
    limits.write_text("\n".join(row.constraints) + "\n", encoding="utf-8")
    checkout = ["--editable", str(CHECKOUT)] if row.checkout else []
    _run(str(row.python), "-m", "pip", "install", "--quiet", "--constraint", str(limits), *row.requirements, *checkout)
    stamp.write_text(wanted, encoding="utf-8")
    return True


def _fingerprint(row: Row) -> str:
    parts = [sys.version, *row.requirements, *row.constraints]
    if row.checkout:
        parts.append((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [f"exit code {done.returncode}"]
        # pip goes on to list every version there is.
        said = next((line for line in lines if line.startswith("ERROR")), lines[-1])
        raise NotBuilt(said.split(" (from versions")[0])
