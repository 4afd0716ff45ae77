-- Question: What does reading from the provider's cache save on each route, net of what writing to it costs?
-- Grain: one row per route and currency with tokens read from a cache or written to one.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: tokens; money in `currency`. saved is counterfactual: the cached tokens at the average price that was paid here for
--   a token of input outside the cache, of the same model, tier and route, less what reading and writing cost. Below 0: writing cost more than
--   reading saved. NULL: no such price is known.
-- Counted is what is wholly priced with all parts of its cost; tokens_left_out are cached tokens that are not. The calls of an
--   hour that are alike count together, or each by itself where a filter is on what roll-ups have no column for.
WITH
    rows AS
    (
        SELECT
            toString(h.route) AS name, toString(h.currency) AS currency, h.provider AS provider, h.model AS model, h.service_tier AS tier,
            toInt64(ifNull(h.input_tokens, 0)) AS input, toInt64(ifNull(h.cache_read_tokens, 0)) AS read,
            toInt64(ifNull(h.cache_write_tokens, 0)) AS write,
            ifNull(h.spend_input, 0) AS spend_input,
            ifNull(h.spend_cache_read, 0) + ifNull(h.spend_cache_write, 0) AS spend_cache,
            h.spend IS NOT NULL AND h.unpriced + h.partly_priced + h.no_usage + h.unanswered = 0
                AND h.spend = spend_input + spend_cache + ifNull(h.spend_output, 0) + ifNull(h.spend_other, 0) AS is_counted
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
    ),
    priced AS
    (
        SELECT
            r.name AS name, r.currency AS currency,
            sum(r.input) AS input_tokens, sum(r.read) AS cache_read_tokens, sum(r.write) AS cache_write_tokens,
            sumIf(r.input - r.read - r.write, r.is_counted) AS plain,
            sumIf(r.read + r.write, r.is_counted) AS cached,
            sumIf(r.spend_cache, r.is_counted) AS spend_cache,
            plain > 0 AS has_price,
            if(has_price, toDecimal256(sumIf(r.spend_input, r.is_counted), 12) * cached / plain - spend_cache, NULL) AS saved
        FROM rows AS r
        GROUP BY name, currency, r.provider, r.model, r.tier
    )
SELECT
    p.name AS name, p.currency AS currency,
    sum(p.input_tokens) AS input_tokens, sum(p.cache_read_tokens) AS cache_read_tokens, sum(p.cache_write_tokens) AS cache_write_tokens,
    cache_read_tokens / nullIf(input_tokens, 0) AS cache_share,
    if(countIf(p.has_price AND p.cached > 0) = 0, NULL, sumIf(p.spend_cache, p.has_price AND p.cached > 0)) AS spend_cache,
    sum(if(p.cached > 0, p.saved, NULL)) AS saved,
    cache_read_tokens + cache_write_tokens - sumIf(p.cached, p.has_price) AS tokens_left_out
FROM priced AS p
GROUP BY name, currency
HAVING cache_read_tokens + cache_write_tokens > 0
ORDER BY saved DESC NULLS LAST, cache_read_tokens DESC, name, currency
LIMIT {limit:UInt32}
