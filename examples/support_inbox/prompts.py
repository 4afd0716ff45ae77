"""The instructions of the small tasks around an answer."""

from __future__ import annotations

SPAM = "Is this message spam? Answer with one word: yes or no."
CLASSIFY = "Classify the customer's message. Answer with one word: question, bug, refund or thanks."
CHECK = "You check a support answer before it is sent. Answer with one word: good, or bad if it is unsure or wrong."
SUMMARISE = "Summarise the exchange in one line for the account's history."
DIGEST = "Write the morning digest for the support team: what the customers of this account asked, in three lines."
CHAT = "You are the chat of a shop system. Two sentences at most."
