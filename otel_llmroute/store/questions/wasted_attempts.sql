-- Question: Which attempts gave an answer that nobody used, and what of them was billed?
-- Grain: one row per route, outcome and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend in `currency`; unbilled: attempts without usage, for which a provider bills nothing that is known.
-- Retries inside an SDK call leave no usage either: they are counted as sdk_retries, of all attempts with that outcome.
-- An attempt of which no outcome was said is not counted.
WITH
    sums AS
    (
        SELECT
            toString(h.route) AS name, toString(h.outcome) AS outcome, toString(h.currency) AS currency,
            sum(h.records) AS attempts, sum(h.sdk_retries) AS sdk_retries, sum(h.spend) AS spend,
            sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage + h.unanswered) AS unbilled
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.outcome IN ('failed', 'rejected', 'discarded', 'cancelled', 'abandoned')
            AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY name, outcome, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', attempts, currency)) OVER (PARTITION BY name, outcome)) AS paid_in
        FROM sums
    )
SELECT
    p.name AS name, p.outcome AS outcome, p.paid_in AS currency, sum(p.attempts) AS attempts, sum(p.unbilled) AS unbilled,
    sum(p.sdk_retries) AS sdk_retries, sum(p.spend) AS spend, sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced
FROM paid AS p
GROUP BY name, outcome, currency
ORDER BY spend DESC NULLS LAST, attempts DESC, name, outcome, currency
LIMIT {limit:UInt32}
