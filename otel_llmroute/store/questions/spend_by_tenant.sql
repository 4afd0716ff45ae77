-- Question: What was spent for each customer?
-- Grain: one row per customer and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend and cost_per_call in `currency`; shares from 0 to 1; cost_per_call is of a request that reached a model.
-- NULL spend: nothing in the row could be priced. Rows of different currencies are never added up.
WITH
    sums AS
    (
        SELECT
            h.tenant AS name,
            toString(h.currency) AS currency,
            sum(h.records) AS records,
            sum(h.requests) AS requests,
            sum(h.failed) AS failed,
            sum(h.input_tokens) AS input_tokens,
            sum(h.output_tokens) AS output_tokens,
            sum(h.spend) AS spend,
            sum(h.unpriced) AS unpriced,
            sum(h.partly_priced) AS partly_priced,
            sum(h.no_usage) AS no_usage
        FROM llm_hourly_tenants AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly_tenants AS h
        GROUP BY name, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY name)) AS paid_in
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.name AS name, p.paid_in AS currency, sum(p.records) AS records, sum(p.requests) AS requests, sum(p.failed) AS failed,
            sum(p.input_tokens) AS input_tokens, sum(p.output_tokens) AS output_tokens, sum(p.spend) AS spend,
            sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY name, currency
    )
SELECT
    *,
    toFloat64(spend) / nullIf(toFloat64(sum(spend) OVER (PARTITION BY currency)), 0) AS spend_share,
    spend / nullIf(requests, 0) AS cost_per_call
FROM merged
ORDER BY spend DESC NULLS LAST, records DESC, name, currency
LIMIT {limit:UInt32}
