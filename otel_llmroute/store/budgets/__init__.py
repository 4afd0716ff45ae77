"""Budgets: what may be spent in a day, a week or a month, how much of it is used, and who is told when it is passed."""
