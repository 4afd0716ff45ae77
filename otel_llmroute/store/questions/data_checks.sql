-- Question: What is wrong with the data of a period?
-- Grain: one row per check.
-- Parameters: since, until: UTC, hours that begin between them count.
-- Unit: attempts and charges, each once; share from 0 to 1, of those stored. Whether their route arrived is asked of calls of
--   the last day of the period alone, and of routes that began at most a day before: ids of more would not fit into memory.
WITH
    {until:DateTime('UTC')} - INTERVAL 1 DAY AS last_day,
    checks AS
    (
        SELECT
            count() AS stored,
            countIf(c.received_at > c.ts + INTERVAL 1 HOUR + INTERVAL c.duration_ns NANOSECOND) AS late,
            countIf(c.ts > c.received_at + INTERVAL 5 MINUTE) AS ahead,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
            countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage,
            countIf(c.sampling_kept) AS sampled_out,
            countIf(c.hour >= last_day) AS stored_last_day,
            countIf(c.hour >= last_day AND c.route_id != '' AND c.route_id NOT IN (
                SELECT route_id FROM llm_route_records WHERE ts >= {until:DateTime64(9, 'UTC')} - INTERVAL 2 DAY AND ts < {until:DateTime64(9, 'UTC')})) AS without_route
        FROM llm_calls AS c
        WHERE c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
    )
SELECT
    tupleElement(line, 1) AS check, tupleElement(line, 2) AS calls, calls / nullIf(tupleElement(line, 3), 0) AS share, tupleElement(line, 4) AS meaning
FROM
(
    SELECT stored, arrayJoin([
        ('stored', stored, stored, 'attempts and charges, each once'),
        ('late', late, stored, 'arrived more than an hour after they ended'),
        ('ahead', ahead, stored, 'began more than five minutes after they arrived: a clock is wrong'),
        ('unpriced', unpriced, stored, 'usage known, price not: not in the spend'),
        ('partly_priced', partly_priced, stored, 'spend is at least what is shown'),
        ('no_usage', no_usage, stored, 'the provider reported none, or the stream was left: not in the spend'),
        ('sampled_out', sampled_out, stored, 'kept for their money though the sampler dropped their trace'),
        ('without_route', without_route, stored_last_day, 'of the last day: their route has not arrived, or never will')]) AS line
    FROM checks
)
WHERE stored > 0
