"""Calls that keep arriving while a page is open."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from at_scale.asked import UNTIL
from at_scale.store import Store
from at_scale.traffic import Template, templates

CALLS_A_SECOND = 50
REQUESTS_A_SECOND = 10


def newest_calls(calls: int) -> Template:
    """A request with so many calls of the newest hour."""
    start_ns = int((UNTIL - timedelta(minutes=30)).timestamp()) * 10**9
    (template,) = templates(1, 2 * calls, 7, start_ns, 1000)
    return template


def send(store: Store, template: Template) -> None:
    """Have the store acknowledge the calls of a template, as calls that it never saw."""
    headers = {"Content-Type": "application/x-protobuf"}
    address = store.addresses["otlp_http"] + "/v1/traces"
    request = urllib.request.Request(address, template.fresh(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


@contextmanager
def calls_arriving(store: Store) -> Iterator[None]:
    """``CALLS_A_SECOND`` arrive until the block ends."""
    ended, template = threading.Event(), newest_calls(CALLS_A_SECOND // REQUESTS_A_SECOND)

    def run() -> None:
        while not ended.wait(1 / REQUESTS_A_SECOND):
            send(store, template)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
