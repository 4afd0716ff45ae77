"""The thread that looks at the budgets and tells who is to be told. What it waits for, nothing else waits for."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.boards.stored import SumsOf, not_summed
from otel_llmroute.store.budgets.delivery import Failure, send
from otel_llmroute.store.budgets.file import Webhook
from otel_llmroute.store.budgets.journal import KEEP_S, Journal, Waiting
from otel_llmroute.store.budgets.notices import Passed, id_of, notice_of, passed_of
from otel_llmroute.store.budgets.use import budget_use
from otel_llmroute.store.errors import StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session
    from otel_llmroute.store.folder import Folder

CHECK_S: Final = 60.0
"""Between two looks at the budgets."""
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 900.0
"""Before a notice is tried again: twice as long each time."""
MOST_AT_ONCE: Final = 100
"""Notices that one look may add; the next look adds the rest."""
STOP_S: Final = 2.0

logger = logging.getLogger(__name__)


def wait_s(tries: int) -> float:
    """Seconds until the next try, after so many that failed."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries - 1, 20))


class Hold:
    """What must have been passed for a while before it is told."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._since: dict[tuple[str, ...], float] = {}

    def held(self, passed: list[Passed], now_s: float) -> list[Passed]:
        """Those that were passed at every look for long enough."""
        self._since = {each.key: self._since.get(each.key, now_s) for each in passed}
        return [each for each in passed if now_s - self._since[each.key] >= self._hold_s]


class Notifier(threading.Thread):
    """Looks and tells until told to stop. A failure is logged once per kind and tried again."""

    def __init__(
        self,
        session: Session,
        folder: Folder,
        webhook: Webhook,
        sums_of: SumsOf = not_summed,
        check_s: float = CHECK_S,
    ) -> None:
        """``sums_of``: what is summed in this store. Raises ``ConfigError`` for a secret that is not there."""
        super().__init__(name="llmroute-notifier", daemon=True)
        self._session = session
        self._folder = folder
        self._webhook = webhook
        self._secret = webhook.secret()
        self._sums_of = sums_of
        self._hold = Hold(60.0 * webhook.hold_minutes)
        self._check_s = check_s
        self._ended = threading.Event()
        self._look_s = 0.0
        self.trouble = ""

    def run(self) -> None:
        """The thread."""
        try:
            journal = Journal(self._folder.path)
        except StoreError as error:
            self._say(f"Nobody is told of budgets: {error}")
            return
        while not self._ended.is_set():
            try:
                self._ended.wait(self._turn(journal))
            except sqlite3.Error as error:
                self._say(f"Could not write down who is told, will try again: {error}")
                self._ended.wait(self._check_s)
        journal.close()

    def _turn(self, journal: Journal) -> float:
        """Look when it is time, and deliver what is due; seconds until there is more to do."""
        if time.monotonic() >= self._look_s:
            self._look_s = time.monotonic() + self._check_s
            self._look(journal)
        self._deliver(journal)
        next_s, rest_s = journal.next_s(), self._look_s - time.monotonic()
        return max(0.0, min(rest_s, rest_s if next_s is None else next_s - time.time()))

    def _look(self, journal: Journal) -> None:
        """Write down what is to be told."""
        try:
            rows = budget_use(self._session, sums_of=self._sums_of)
            held = self._hold.held(passed_of(rows), time.monotonic())
        except StoreError as error:
            self._say(f"Could not look at the budgets, will try again: {error}")
            return
        ids = {id_of(journal.store, each.key): each for each in held}
        known = journal.known(list(ids))
        new = [(id, each) for id, each in ids.items() if id not in known]
        now = datetime.now(timezone.utc)
        for id, each in new[:MOST_AT_ONCE]:
            give_up_s = now.timestamp() + each.length_s
            journal.write(id, notice_of(each, id, now), now.timestamp(), give_up_s, each.until_s + KEEP_S)
        journal.forget(now.timestamp())

    def _deliver(self, journal: Journal) -> None:
        """Try what is due. When nobody is there, the rest waits as well."""
        for waiting in journal.due(time.time()):
            if self._ended.is_set():
                return
            failure = send(self._webhook.url, waiting.body, self._secret)
            if failure is None:
                journal.delivered(waiting.id)
                self.trouble = ""
                continue
            self._put_off(journal, waiting, failure)
            if not failure.was_answered:
                return

    def _put_off(self, journal: Journal, waiting: Waiting, failure: Failure) -> None:
        again_s = time.time() + wait_s(waiting.tries + 1)
        if again_s > waiting.give_up_s:
            journal.given_up(waiting.id)
            logger.warning("Gave up telling the webhook of budget %s: %s", waiting.body.get("budget"), failure.reason)
            return
        journal.failed(waiting.id, again_s)
        self._say(f"Could not tell the webhook, will try again: {failure.reason}")

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            logger.warning("%s", trouble)
        self.trouble = trouble

    def stop(self) -> None:
        """End, at the latest with the try under way; what is not delivered waits for the next start."""
        self._ended.set()
        self.join(STOP_S)
