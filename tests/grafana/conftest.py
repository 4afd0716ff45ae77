"""Grafana's published packages, installed and bundled beside this file: ``make test-grafana``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def bundled(name: str) -> Path:
    """A program with the packages that it takes from Grafana, which Node cannot read as they are."""
    made = HERE / "node_modules" / ".cache" / f"{name}.cjs"
    bundling = ["--bundle", "--platform=node", "--format=cjs", "--log-level=error", f"--outfile={made}"]
    esbuild = HERE / "node_modules" / ".bin" / "esbuild"
    subprocess.run([str(esbuild), str(HERE / f"{name}.mjs"), *bundling], cwd=HERE, check=True)
    return made


@pytest.fixture(scope="session")
def formatter() -> Path:
    return bundled("fill")
