"""Make the dashboards and alert rules of Grafana from the boards and questions of the store.

``python -m dashboards.build`` writes; ``--check`` only says which files are not current (exit code 1 if any).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from dashboards.alerts import alert_file
from dashboards.boards import dashboard
from otel_llmroute.store.boards import boards

ROOT: Final = Path(__file__).parent


def files() -> dict[Path, str]:
    """Path -> text, of everything that is made."""
    made = {
        ROOT / "grafana" / f"{board.name}.json": json.dumps(dashboard(board), indent=2, ensure_ascii=False) + "\n"
        for board in boards()
    }
    return {**made, ROOT / "alerts" / "llmroute.yaml": alert_file()}


def main(arguments: list[str]) -> int:
    """Exit code."""
    made = files()
    old = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in old:
            print(f"{path.relative_to(ROOT.parent)} is not current. Run `make dashboards`.", file=sys.stderr)
        return int(bool(old))
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
