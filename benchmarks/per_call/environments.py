"""The rows of ``peers.toml`` and the virtual environment of each, and those of routers for an interpreter of one's
choice: built once and kept under ``benchmarks/.envs/``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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
    parts = [sys.version, *row.requirements, *row.constraints]
    if row.checkout:
        parts.append(_project())

    def make() -> None:
        _run(sys.executable, "-m", "venv", str(row.folder))
        limits = row.folder / "constraints.txt"
        limits.write_text("\n".join(row.constraints) + "\n", encoding="utf-8")
        checkout = ["--editable", str(CHECKOUT)] if row.checkout else []
        pip = (str(row.python), "-m", "pip", "install", "--quiet", "--constraint", str(limits))
        _run(*pip, *row.requirements, *checkout)

    return _made(row.folder, parts, make)


def of_router(router: str, python: str) -> Path:
    """The Python of an environment with the newest version of ``router`` that the tests have seen: made as the Makefile
    makes theirs, but of interpreter ``python`` (a path or a command), unless the one at hand was made from the same.

    Raises NotBuilt.
    """
    uv = CHECKOUT / ".venv-uv" / "bin" / "uv"
    if not uv.exists():
        raise NotBuilt("no uv: make .venv-uv/bin/uv first")
    python = os.path.abspath(shutil.which(python) or python)
    version = _run(python, "-c", "import sys; print(sys.version)")
    wanted = CHECKOUT / "tests" / "routers" / router / "newest.txt"
    alone = wanted.with_suffix(".alone")
    files = [wanted, alone] if alone.exists() else [wanted]
    folder = ENVS / python.strip("/").replace("/", "-") / router

    def make() -> None:
        _run(str(uv), "venv", "--quiet", "--clear", "--no-python-downloads", "--python", python, str(folder))
        install = (str(uv), "pip", "install", "--quiet", "--python", str(folder))
        _run(*install, "-r", str(wanted), "-e", str(CHECKOUT))
        if alone.exists():
            _run(*install, "--no-deps", "-r", str(alone))

    if _made(folder, [version, _project(), *(file.read_text(encoding="utf-8") for file in files)], make):
        print(f"made {folder.relative_to(CHECKOUT)}", file=sys.stderr)
    return folder / "bin" / "python"


def _made(folder: Path, made_from: Sequence[str], make: Callable[[], None]) -> bool:
    """Have ``make`` make ``folder``, unless it was made from the same; whether it has."""
    stamp = folder / "made-from"
    wanted = hashlib.sha256("\n".join(made_from).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    make()
    stamp.write_text(wanted, encoding="utf-8")
    return True


def _project() -> str:
    return (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")


def _run(*command: str) -> str:
    """What ``command`` prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotBuilt(str(error)) from error
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [f"exit code {done.returncode}"]
        # pip goes on to list every version there is.
        said = next((line for line in lines if line.startswith("ERROR")), lines[-1])
        raise NotBuilt(said.split(" (from versions")[0])
    return done.stdout
