-- Question: Why were requests sent where they went, on each route, and what did that cost?
-- Grain: one row per route, reason and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend in `currency`; request_share: part of the route's requests that reached a model; spend_share: part of the route's
--   spend in this currency.
WITH
    sums AS
    (
        SELECT
            toString(h.route) AS name, toString(h.reason) AS reason, toString(h.currency) AS currency,
            sum(h.records) AS records, sum(h.requests) AS requests, sum(h.spend) AS spend,
            sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY name, reason, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY name, reason)) AS paid_in
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.name AS name, p.reason AS reason, p.paid_in AS currency, sum(p.records) AS records, sum(p.requests) AS requests,
            sum(p.spend) AS spend, sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY name, reason, currency
    )
SELECT
    *,
    requests / nullIf(sum(requests) OVER (PARTITION BY name), 0) AS request_share,
    toFloat64(spend) / nullIf(toFloat64(sum(spend) OVER (PARTITION BY name, currency)), 0) AS spend_share
FROM merged
ORDER BY spend DESC NULLS LAST, requests DESC, name, reason, currency
LIMIT {limit:UInt32}
