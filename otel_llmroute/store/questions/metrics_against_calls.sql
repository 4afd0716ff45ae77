-- Question: Did every call that was counted in the application arrive? Its metrics count whether or not a span was sampled.
-- Grain: one row per service and what is compared: calls ('' as currency), and money per currency.
-- Parameters: since: a moment in UTC, from which on is compared.
-- Unit: attempts, or money of attempts and charges as it was recorded; sampled_out: calls kept though the sampler dropped their trace.
-- A cumulative sum counts from what it was at `since`, or from its start; after a restart of the application another begins.
-- Compared are the calls that ended between `since` (or the first start) and the newest data point of the service. A call
-- is counted when the metrics are collected, after it has ended: a sum begins later than the first call in it.
WITH
    series AS
    (
        SELECT
            m.service AS service,
            if(m.metric = 'llmroute.cost', m.attributes['llmroute.cost.currency'], '') AS currency,
            if(any(m.temporality) = 'delta', sumIf(m.value, m.ts > {since:DateTime64(9, 'UTC')}), max(m.value) - ifNull(maxIf(m.value, m.ts <= {since:DateTime64(9, 'UTC')}), 0)) AS counted,
            if(m.started = toDateTime64(0, 9, 'UTC'), min(m.ts), m.started) AS began,
            max(m.ts) AS newest
        FROM llm_metrics AS m FINAL
        WHERE m.metric IN ('llmroute.calls', 'llmroute.cost') AND m.shape = 'sum'
        GROUP BY m.service, m.metric, m.attributes, m.resource_attributes, m.started
        HAVING newest > {since:DateTime64(9, 'UTC')}
    ),
    counted AS (SELECT service, currency, sum(counted) AS counted FROM series GROUP BY service, currency),
    spans_of_time AS
    (
        SELECT service, greatest(min(began) - INTERVAL 10 MINUTE, {since:DateTime64(9, 'UTC')}) AS since, max(newest) AS until FROM series GROUP BY service
    ),
    records AS
    (
        SELECT r.service AS service, r.kind AS kind, r.currency AS currency, r.cost AS cost, r.sampling_kept AS sampling_kept
        FROM llm_call_records AS r FINAL
        INNER JOIN spans_of_time AS t ON r.service = t.service
        WHERE addNanoseconds(r.ts, r.duration_ns) > t.since AND addNanoseconds(r.ts, r.duration_ns) <= t.until
    ),
    stored AS
    (
        SELECT service, '' AS currency, toFloat64(count()) AS stored, countIf(sampling_kept) AS sampled_out FROM records WHERE kind = 'attempt' GROUP BY service
        UNION ALL
        SELECT service, currency, toFloat64(sum(cost)) AS stored, countIf(sampling_kept) AS sampled_out FROM records WHERE currency != '' AND cost IS NOT NULL GROUP BY service, currency
    )
SELECT c.service AS service, c.currency AS currency, c.counted AS counted, s.stored AS stored, s.sampled_out AS sampled_out
FROM counted AS c
LEFT JOIN stored AS s ON c.service = s.service AND c.currency = s.currency
ORDER BY service, currency
