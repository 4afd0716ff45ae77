-- Question: What happened in a trace, in what order, and what did each step cost?
-- Grain: one row per job span, route, decision, attempt and charge.
-- Parameters: since, until: UTC, what began between them counts; limit: rows. Narrow it to a trace: it shows all there are.
-- Unit: seconds; start_s: since the first record of the trace that is shown; spend in `currency`.
-- NULL spend: not known, or a record that carries no money: that is on attempts and charges alone.
-- Times are compared as DateTime64: against a DateTime the engine passes over parts that begin in the last second.
WITH records AS
(
    SELECT
        j.trace_id AS name, 'job' AS kind, j.span_id AS span, assumeNotNull(j.started) AS ts, j.ts AS ended,
        toString(j.job_name) AS label, '' AS reason, '' AS model, toString(j.outcome) AS outcome, '' AS currency,
        CAST(NULL, 'Nullable(Decimal(18, 12))') AS spend, '' AS cost_status, false AS unanswered
    FROM llm_job_records AS j FINAL
    WHERE j.source = 'span' AND j.started >= {since:DateTime64(9, 'UTC')} AND j.started < {until:DateTime64(9, 'UTC')}
        -- filters: llm_job_records AS j
    UNION ALL
    SELECT
        r.trace_id, 'route', r.span_id, r.ts, addNanoseconds(r.ts, toInt64(r.duration_ns)),
        toString(r.route), toString(r.reason), toString(r.served_model), toString(r.outcome), '', NULL, '', false
    FROM llm_routes AS r
    WHERE r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
        -- filters: llm_routes AS r
    UNION ALL
    SELECT
        d.trace_id, 'decision', d.span_id, d.ts, addNanoseconds(d.ts, toInt64(d.duration_ns)),
        toString(d.route), toString(d.reason), '', '', '', NULL, '', false
    FROM llm_decisions AS d
    WHERE d.ts >= {since:DateTime64(9, 'UTC')} AND d.ts < {until:DateTime64(9, 'UTC')}
        -- filters: llm_decisions AS d
    UNION ALL
    SELECT
        c.trace_id, toString(c.kind), c.span_id, c.ts, addNanoseconds(c.ts, toInt64(c.duration_ns)),
        toString(c.route), toString(if(c.attempt_reason != '', c.attempt_reason, c.charge_kind)), toString(c.model), toString(c.outcome),
        toString(c.currency), c.cost, toString(c.cost_status), c.unanswered
    FROM llm_calls AS c
    WHERE c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
        -- filters: llm_calls AS c
)
SELECT
    name, kind, span, label, reason, model, outcome,
    (toUnixTimestamp64Nano(ts) - toUnixTimestamp64Nano(min(ts) OVER (PARTITION BY name))) / 1000000000 AS start_s,
    (toUnixTimestamp64Nano(ended) - toUnixTimestamp64Nano(ts)) / 1000000000 AS duration_s,
    currency, spend, toUInt8(spend IS NULL AND cost_status NOT IN ('', 'no_usage')) AS unpriced,
    toUInt8(cost_status = 'partial') AS partly_priced, toUInt8(cost_status = 'no_usage' AND NOT unanswered) AS no_usage
FROM records
ORDER BY name, ts, indexOf(['job', 'route', 'decision', 'attempt', 'charge'], kind), span
LIMIT {limit:UInt32}
