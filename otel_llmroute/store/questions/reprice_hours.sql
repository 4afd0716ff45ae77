-- Question: When were the attempts of a period delivered for, so that they can be worked through in pieces?
-- Grain: one row per hour with attempts.
-- Parameters: since, until: times in UTC.
-- Unit: attempts as delivered, repeated deliveries included: an upper bound.
SELECT toString(toStartOfHour(ts, 'UTC')) AS hour, toString(toStartOfHour(ts, 'UTC') + INTERVAL 1 HOUR) AS next_hour, count() AS attempts
FROM llm_call_records
WHERE kind = 'attempt' AND ts >= {since:DateTime64(9, 'UTC')} AND ts < {until:DateTime64(9, 'UTC')}
GROUP BY hour, next_hour
ORDER BY hour
