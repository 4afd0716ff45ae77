-- Question: Which models have no price, so that their spend is not in the figures?
-- Grain: one row per provider, model and tier with attempts whose usage is known and whose cost is not.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts; tokens; last_seen: UTC.
SELECT
    toString(c.provider) AS provider, toString(c.model) AS model, toString(c.service_tier) AS service_tier,
    count() AS attempts, sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens,
    formatDateTime(toDateTime(max(c.ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS last_seen
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage'
    AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
    -- filters: llm_calls AS c
GROUP BY provider, model, service_tier
ORDER BY attempts DESC, provider, model, service_tier
LIMIT {limit:UInt32}
