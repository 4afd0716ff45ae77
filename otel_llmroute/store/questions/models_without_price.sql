-- Question: Which models have no price, so that their spend is not in the figures?
-- Grain: one row per provider, model and tier with attempts whose usage is known and whose cost is not.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts; tokens; last_seen: UTC.
SELECT
    toString(u.provider) AS provider, toString(u.model) AS model, toString(u.service_tier) AS service_tier,
    sum(u.attempts) AS attempts, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
    formatDateTime(toDateTime(max(u.last_ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS last_seen
FROM llm_unpriced_attempts AS u
WHERE u.hour >= {since:DateTime('UTC')} AND u.hour < {until:DateTime('UTC')}
    -- filters: llm_unpriced_attempts AS u
GROUP BY provider, model, service_tier
ORDER BY attempts DESC, provider, model, service_tier
LIMIT {limit:UInt32}
