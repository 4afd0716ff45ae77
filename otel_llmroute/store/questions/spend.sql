-- Question: What was spent, by whom or on what, and how much of it went into retries, failures and fallbacks?
-- Grain: one row per value of the asked dimensions and currency, and one total row per currency (is_total = 1).
-- Parameters: by, and_by: columns of llm_calls to group by (and_by may be 'nothing'); since, until: times in UTC that the
--   start of a call lies between; run: id of a run, '' for all.
-- Unit: spend and cost_per_call in `currency`; times in milliseconds; shares from 0 to 1.
-- NULL spend: nothing in the row could be priced. A call is a request that reached a model: its first attempt, as on the
--   boards. Rows of different currencies are never added up.
WITH
    attempts_and_charges AS
    (
        SELECT *, '' AS nothing
        FROM llm_calls
        WHERE ts >= {since:DateTime64(9)} AND ts < {until:DateTime64(9)} AND ({run:String} = '' OR run_id = {run:String})
    ),
    -- Routes that were answered without a model: from a cache, by a rule, by a person.
    routes_without_attempts AS
    (
        SELECT
            *, '' AS nothing, 'route' AS kind, '' AS model, '' AS provider, '' AS purpose, '' AS attempt_reason, '' AS service_tier, '' AS operation, '' AS charge_kind
        FROM llm_routes
        WHERE ts >= {since:DateTime64(9)} AND ts < {until:DateTime64(9)} AND ({run:String} = '' OR run_id = {run:String})
            AND route_id NOT IN (SELECT route_id FROM attempts_and_charges WHERE kind = 'attempt')
    ),
    records AS
    (
        SELECT
            toString({by:Identifier}) AS key, toString({and_by:Identifier}) AS and_key, kind, attempt_number,
            toString(reason) AS reason, attempt_reason, outcome = 'failed' OR (outcome = '' AND status = 'Error') AS failed,
            sdk_retries, input_tokens, output_tokens, cache_read_tokens, reasoning_tokens,
            cost, currency, cost_status, unanswered, duration_ns
        FROM attempts_and_charges
        UNION ALL
        SELECT
            toString({by:Identifier}), toString({and_by:Identifier}), kind, NULL,
            toString(reason), '', false,
            NULL, NULL, NULL, NULL, NULL,
            NULL, '', '', false, duration_ns
        FROM routes_without_attempts
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    currencies AS
    (
        SELECT key, and_key, currency, count() AS n FROM records WHERE cost IS NOT NULL GROUP BY key, and_key, currency
    ),
    main_currencies AS
    (
        SELECT key, and_key, argMax(currency, (n, currency)) AS main_currency FROM currencies GROUP BY key, and_key
    ),
    assigned AS
    (
        SELECT
            r.* EXCEPT (currency),
            multiIf(
                r.cost IS NOT NULL, toString(r.currency),
                m.main_currency != '', toString(m.main_currency),
                toString((SELECT argMax(currency, (n, currency)) FROM (SELECT currency, sum(n) AS n FROM currencies GROUP BY currency)))
            ) AS paid_in
        FROM records AS r LEFT JOIN main_currencies AS m ON r.key = m.key AND r.and_key = m.and_key
    ),
    summed AS
    (
        SELECT
            a.key AS key,
            a.and_key AS and_key,
            a.paid_in AS currency,
            grouping(key) AS is_total,
            countIf(a.kind = 'attempt' AND ifNull(a.attempt_number, 1) = 1) AS calls,
            countIf(a.kind = 'route') AS without_attempt,
            countIf(a.kind = 'attempt') AS attempts,
            countIf(a.kind = 'charge') AS charges,
            sum(ifNull(a.sdk_retries, 0)) AS sdk_retries,
            countIf(a.kind = 'attempt' AND a.failed) AS failed,
            countIf(a.attempt_reason = 'retry') AS retries,
            countIf(startsWith(a.attempt_reason, 'fallback')) AS fallbacks,
            sum(a.input_tokens) AS input_tokens,
            sum(a.output_tokens) AS output_tokens,
            sum(a.cache_read_tokens) AS cache_read_tokens,
            sum(a.reasoning_tokens) AS reasoning_tokens,
            if(countIf(a.kind != 'route') = 0, toDecimal128(0, 12), sum(a.cost)) AS spend,
            countIf(a.kind != 'route' AND a.cost IS NULL AND a.cost_status != 'no_usage') AS unpriced,
            countIf(a.cost_status = 'partial') AS partly_priced,
            countIf(a.cost_status = 'no_usage' AND NOT a.unanswered) AS no_usage,
            quantileExactOrNullIf(0.5)(a.duration_ns, a.kind = 'attempt') / 1e6 AS p50_ms,
            sumMapIf(map(a.reason, toUInt64(1)), a.kind != 'charge') AS reasons,
            sumMap(map(a.reason, ifNull(a.cost, toDecimal128(0, 12)))) AS reason_spends
        FROM assigned AS a
        GROUP BY GROUPING SETS ((key, and_key, currency), (currency))
    )
SELECT
    *,
    cache_read_tokens / input_tokens AS cache_share,
    spend / nullIf(calls, 0) AS cost_per_call,
    toFloat64(spend) / nullIf(toFloat64(sumIf(spend, is_total = 1) OVER (PARTITION BY currency)), 0) AS spend_share
FROM summed
WHERE attempts + charges + without_attempt > 0
ORDER BY is_total, spend DESC NULLS LAST, calls DESC, key, and_key, currency
