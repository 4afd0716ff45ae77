-- Question: How often did senders deliver again what was there already?
-- Grain: one row.
-- Parameters: since, until: UTC, hours that begin between them count.
-- Unit: attempts and charges: delivered, and stored each once; repeated is the difference.
SELECT
    (
        SELECT sum(t.delivered) FROM llm_hours_touched AS t FINAL
        WHERE t.hour >= {since:DateTime('UTC')} AND t.hour < {until:DateTime('UTC')}
    ) AS delivered,
    (
        SELECT sum(h.records) FROM llm_hourly AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
    ) AS records,
    toInt64(delivered) - toInt64(records) AS repeated
WHERE delivered > 0
