"""Draw the README's picture from a real answer:

llmroute run --report spend.json --format json -- python examples/support_inbox/main.py
python tools/build_picture.py spend.json > docs/spend.svg
"""

from __future__ import annotations

import io
import json
import re
import sys

from rich.console import Console
from rich.text import Text

from otel_llmroute.store import spend_table

WIDTH = 120


def main() -> None:
    """Read the JSON that the first argument names, write SVG to stdout."""
    with open(sys.argv[1], encoding="utf-8") as file:
        answer = json.load(file)
    drawn = io.StringIO()
    spend_table.write_spend(answer, "table", drawn)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text("$ llmroute run -- python examples/support_inbox/main.py", style="bold"))
    for line in ["", *drawn.getvalue().rstrip().splitlines()]:
        console.print(Text(line.replace(" ", "\u00a0")))
    svg = console.export_svg(title="what each route cost, and why")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # or the space at the start of a line is not drawn
    # The fonts that rich would load from the network: a reader's own monospace does as well.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace(
        "Fira Code", "ui-monospace, Menlo, Consolas"
    )
    print(svg)


if __name__ == "__main__":
    main()
