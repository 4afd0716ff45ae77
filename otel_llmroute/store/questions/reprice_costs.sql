-- Question: What does each attempt cost now whose group has a new cost in the temporary table llm_reprice?
-- Grain: one row per attempt, as in llm_costs. Goes on from reprice_calls.sql, after INSERT INTO llm_costs.
-- Parameters: computed_at: milliseconds since 1970.
SELECT
    calls.ts, calls.trace_id, calls.span_id, calls.service, fromUnixTimestamp64Milli({computed_at:Int64}) AS computed_at,
    q.price_version,
    CAST(toDecimal128(q.cost, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost,
    q.currency, q.cost_status,
    CAST(toDecimal128(q.input, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost_input,
    CAST(toDecimal128(q.cache_read, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost_cache_read,
    CAST(toDecimal128(q.cache_write, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost_cache_write,
    CAST(toDecimal128(q.output, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost_output,
    CAST(toDecimal128(q.other, 0) * toDecimal128('0.000000000001', 12), 'Nullable(Decimal(18, 12))') AS cost_other
FROM calls
INNER JOIN llm_reprice AS q ON calls.group_id = q.group_id
