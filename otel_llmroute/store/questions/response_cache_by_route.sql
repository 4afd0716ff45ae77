-- Question: How often did the application's own cache of answers spare a call?
-- Grain: one row per route that asked such a cache.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); hit_share from 0 to 1, of hits, misses and stale answers.
SELECT
    toString(r.route) AS name,
    sumIf(r.routes, r.response_cache_result = 'hit') AS hits,
    sumIf(r.routes, r.response_cache_result = 'miss') AS misses,
    sumIf(r.routes, r.response_cache_result = 'stale') AS stale,
    sumIf(r.routes, r.response_cache_result = 'bypass') AS bypassed,
    hits / nullIf(hits + misses + stale, 0) AS hit_share
FROM llm_measured_routes AS r
WHERE r.response_cache_result != '' AND r.hour >= {since:DateTime('UTC')} AND r.hour < {until:DateTime('UTC')}
    -- filters: llm_measured_routes AS r
GROUP BY name
ORDER BY hits DESC, misses DESC, name
LIMIT {limit:UInt32}
