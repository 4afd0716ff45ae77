-- Question: How often were calls delivered more than once?
-- Grain: one row.
-- Parameters: since: a moment in UTC; calls of whole hours from then on.
-- Unit: attempts and charges.
SELECT
    (SELECT sum(t.delivered) FROM llm_hours_touched AS t WHERE t.hour >= toStartOfHour({since:DateTime64(9, 'UTC')}, 'UTC')) AS delivered,
    count() AS stored
FROM llm_calls AS c
WHERE c.ts >= toStartOfHour({since:DateTime64(9, 'UTC')}, 'UTC')
