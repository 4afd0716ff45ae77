-- Question: What is wrong with the data of a period?
-- Grain: one row per check.
-- Parameters: since, until: UTC, hours that begin between them count.
-- Unit: attempts and charges, each once; share from 0 to 1, of those stored. Whether their route arrived is asked of calls of
--   the last hours of the period alone, in which the newest 50,000 were delivered, and of routes that began in those of the
--   newest 100,000: ids of more would take long to look up.
WITH
    (
        SELECT (maxIf(t.hour, t.since_then >= 50000), maxIf(t.hour, t.since_then >= 100000))
        FROM
        (
            SELECT hour, sum(delivered) OVER (ORDER BY hour DESC) AS since_then
            FROM llm_hours_touched FINAL
            WHERE hour < {until:DateTime('UTC')}
        ) AS t
    ) AS last_hours,
    checks AS
    (
        SELECT
            sum(a.records) AS stored, sum(a.late) AS late, sum(a.ahead) AS ahead, sum(a.unpriced) AS unpriced,
            sum(a.partly_priced) AS partly_priced, sum(a.no_usage) AS no_usage, sum(a.sampled_out) AS sampled_out
        FROM llm_arrivals AS a
        WHERE a.hour >= {since:DateTime('UTC')} AND a.hour < {until:DateTime('UTC')}
            -- filters: llm_arrivals AS a
    ),
    newest AS
    (
        SELECT
            count() AS stored,
            countIf(c.route_id != '' AND c.route_id NOT IN (
                SELECT route_id FROM llm_route_records WHERE toStartOfHour(ts, 'UTC') >= last_hours.2 AND toStartOfHour(ts, 'UTC') < {until:DateTime('UTC')})) AS without_route
        FROM llm_calls AS c
        WHERE c.hour >= greatest(last_hours.1, {since:DateTime('UTC')}) AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
    )
SELECT
    tupleElement(line, 1) AS check, tupleElement(line, 2) AS calls, calls / nullIf(tupleElement(line, 3), 0) AS share, tupleElement(line, 4) AS meaning
FROM
(
    SELECT c.stored AS stored, arrayJoin([
        ('stored', c.stored, c.stored, 'attempts and charges, each once'),
        ('late', c.late, c.stored, 'arrived more than an hour after they ended'),
        ('ahead', c.ahead, c.stored, 'began more than five minutes after they arrived: a clock is wrong'),
        ('unpriced', c.unpriced, c.stored, 'usage known, price not: not in the spend'),
        ('partly_priced', c.partly_priced, c.stored, 'spend is at least what is shown'),
        ('no_usage', c.no_usage, c.stored, 'the provider reported none, or the stream was left: not in the spend'),
        ('sampled_out', c.sampled_out, c.stored, 'kept for their money though the sampler dropped their trace'),
        ('without_route', n.without_route, n.stored, 'of the newest calls: their route has not arrived, or never will')]) AS line
    FROM checks AS c CROSS JOIN newest AS n
)
WHERE stored > 0
