-- Question: How long does an answer take, and how long until its first chunk?
-- Grain: one row per value of the asked column.
-- Parameters: by: route, provider or model; since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: seconds, within 2.5 %. attempts: those that were answered; streams: those whose first chunk was timed.
SELECT
    toString({by:Identifier}) AS name,
    sumIf(h.attempts, h.measure = 'latency') AS answered,
    if(answered = 0, NULL, quantileExactWeightedIf(0.5)(h.seconds, h.attempts, h.measure = 'latency')) AS p50_s,
    if(answered = 0, NULL, quantileExactWeightedIf(0.95)(h.seconds, h.attempts, h.measure = 'latency')) AS p95_s,
    if(answered = 0, NULL, quantileExactWeightedIf(0.99)(h.seconds, h.attempts, h.measure = 'latency')) AS p99_s,
    sumIf(h.attempts, h.measure = 'first_chunk') AS streams,
    if(streams = 0, NULL, quantileExactWeightedIf(0.5)(h.seconds, h.attempts, h.measure = 'first_chunk')) AS first_chunk_p50_s,
    if(streams = 0, NULL, quantileExactWeightedIf(0.95)(h.seconds, h.attempts, h.measure = 'first_chunk')) AS first_chunk_p95_s,
    if(streams = 0, NULL, quantileExactWeightedIf(0.99)(h.seconds, h.attempts, h.measure = 'first_chunk')) AS first_chunk_p99_s
FROM llm_hourly_latency AS h
WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
    -- filters: llm_hourly_latency AS h
GROUP BY name
ORDER BY p95_s DESC NULLS LAST, first_chunk_p95_s DESC NULLS LAST, answered DESC, name
LIMIT {limit:UInt32}
