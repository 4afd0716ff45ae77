-- Question: Which traces cost most, of the newest?
-- Grain: one row per trace and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend in `currency`; began: the first attempt or charge, UTC; route: the one of that.
-- Looked at are the last hours of the period, in which the newest 50,000 calls were delivered: there are about as many traces
-- as calls, and no sums of them are kept. The dearest are found by their sums alone; the rest is worked out for them only.
WITH
    (
        SELECT greatest(max(t.hour), {since:DateTime('UTC')})
        FROM
        (
            SELECT hour, sum(delivered) OVER (ORDER BY hour DESC) AS since_then
            FROM llm_hours_touched FINAL
            WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}
        ) AS t
        WHERE t.since_then >= 50000
    ) AS newest_since,
    dearest AS
    (
        SELECT d.trace_id AS name
        FROM llm_calls AS d
        WHERE d.hour >= newest_since AND d.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS d
        GROUP BY d.trace_id, d.currency
        ORDER BY sum(d.cost) DESC NULLS LAST
        LIMIT {limit:UInt32} WITH TIES
    ),
    sums AS
    (
        SELECT
            c.trace_id AS name, toString(c.currency) AS currency, count() AS records, countIf(c.kind = 'attempt') AS attempts,
            countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
            sum(c.cost) AS spend, min(c.ts) AS first_ts, argMin(toString(c.route), c.ts) AS first_route,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage
        FROM llm_calls AS c
        WHERE c.trace_id IN (SELECT name FROM dearest) AND c.hour >= newest_since AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
        GROUP BY name, currency
    ),
    -- What has no price has no currency: it is shown beside the money its trace was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY name)) AS paid_in
        FROM sums
    )
SELECT
    p.name AS name, p.paid_in AS currency, sum(p.spend) AS spend, sum(p.records) AS records, sum(p.attempts) AS attempts,
    sum(p.failed) AS failed, formatDateTime(toDateTime(min(p.first_ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS began,
    argMin(p.first_route, p.first_ts) AS route,
    sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
FROM paid AS p
GROUP BY name, currency
ORDER BY spend DESC NULLS LAST, records DESC, name, currency
LIMIT {limit:UInt32}
