-- Question: What does llm_calls hold of hours in which no cost was computed anew?
-- Grain: as llm_calls. Stands in its place in questions about such hours alone (boards/stored.py).
-- Unit: as llm_calls.
SELECT *, toStartOfHour(ts, 'UTC') AS hour FROM llm_call_records FINAL
