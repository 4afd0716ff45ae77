"""Prices set for a store, and what follows from them: which is in force, what changes, costs worked out again, and how
they compare with what a provider billed.

Whichever price is asked for, ``table.price_book`` answers: a price of the store comes before one of ``llmroute.toml``,
and that before the price list.
"""
