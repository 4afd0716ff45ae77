-- Question: How often did the application's own cache of answers spare a call?
-- Grain: one row per route that asked such a cache.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); hit_share from 0 to 1, of hits, misses and stale answers.
-- Times are compared as DateTime64: against a DateTime the engine passes over parts that begin in the last second.
SELECT
    toString(r.route) AS name,
    countIf(r.response_cache_result = 'hit') AS hits,
    countIf(r.response_cache_result = 'miss') AS misses,
    countIf(r.response_cache_result = 'stale') AS stale,
    countIf(r.response_cache_result = 'bypass') AS bypassed,
    hits / nullIf(hits + misses + stale, 0) AS hit_share
FROM llm_routes AS r
WHERE r.response_cache_result != '' AND r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
    -- filters: llm_routes AS r
GROUP BY name
ORDER BY hits DESC, misses DESC, name
LIMIT {limit:UInt32}
