-- Question: When was it spent?
-- Grain: one row per step of time and currency; a step without calls has no row.
-- Parameters: since, until: UTC, hours that begin between them count; step_s: seconds of a step, whole hours; limit: rows.
-- Unit: money in `currency`. NULL spend: nothing in the row could be priced.
WITH
    sums AS
    (
        SELECT
            toDateTime(intDiv(toUInt32(h.hour), {step_s:UInt32}) * {step_s:UInt32}, 'UTC') AS moment,
            toString(h.currency) AS currency,
            sum(h.records) AS records,
            sum(h.requests) AS requests,
            sum(h.spend) AS spend,
            sum(h.unpriced) AS unpriced,
            sum(h.partly_priced) AS partly_priced,
            sum(h.no_usage) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY moment, currency
    ),
    -- What has no price has no currency: it is shown beside the money that the step was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY moment)) AS paid_in
        FROM sums
    )
SELECT
    formatDateTime(p.moment, '%Y-%m-%d %H:%i', 'UTC') AS time, p.paid_in AS currency, sum(p.spend) AS spend,
    sum(p.requests) AS requests, sum(p.records) AS records,
    sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
FROM paid AS p
GROUP BY time, currency
ORDER BY time, currency
LIMIT {limit:UInt32}
