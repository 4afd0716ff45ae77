"""A support inbox: sorts the morning's tickets, answers them, and says how each went.

    python examples/support_inbox/main.py                     the app alone
    llmroute run -- python examples/support_inbox/main.py     the same, with a table of what it cost and why

With OPENAI_API_KEY and ANTHROPIC_API_KEY set it asks the providers (some 120 calls); without, the bundled stand-in.
"""

from __future__ import annotations

import argparse
import asyncio
import time

import intake
import providers
from desk import Desk
from handbook import ARTICLES
from tickets import TICKETS


def main() -> None:
    parser = argparse.ArgumentParser(description="A support inbox that answers the morning's tickets.")
    parser.add_argument("--tickets", type=int, default=len(TICKETS), help="answer only the first so many")
    wanted = TICKETS[: parser.parse_args().tickets]
    began = time.monotonic()
    with providers.opened() as clients:
        index = intake.index_articles(clients.gpt, ARTICLES)
        tickets, digests = asyncio.run(intake.sort_out(clients, wanted))
        print(f"{len(index)} articles indexed, {len(wanted)} tickets read, {len(digests)} digests written")
        desk = Desk(clients, index)
        for ticket in tickets:
            print(desk.resolve(ticket), flush=True)
    print(f"done in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
