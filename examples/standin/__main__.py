"""``python -m standin [port]``: the server alone, until interrupted; its address is the first line on stdout."""

from __future__ import annotations

import sys
import threading

from standin.server import Standin

if __name__ == "__main__":
    with Standin(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
