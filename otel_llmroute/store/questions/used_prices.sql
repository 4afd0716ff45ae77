-- Question: For which models is a price needed, and for how many calls and tokens?
-- Grain: one row per provider, model, tier, host and region of attempts.
-- Parameters: since, until: times in UTC.
-- Unit: attempts; tokens.
SELECT
    c.provider AS provider, c.model AS model, c.service_tier AS service_tier, c.server_address AS host, c.region AS region,
    count() AS calls,
    sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens, sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.cache_write_5m_tokens) AS cache_write_5m_tokens, sum(c.cache_write_1h_tokens) AS cache_write_1h_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens,
    sum(c.audio_input_tokens) AS audio_input_tokens, sum(c.image_input_tokens) AS image_input_tokens,
    sum(c.audio_output_tokens) AS audio_output_tokens, sum(c.image_output_tokens) AS image_output_tokens
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.model != '' AND c.ts >= {since:DateTime64(9, 'UTC')} AND c.ts < {until:DateTime64(9, 'UTC')}
GROUP BY c.provider, c.model, c.service_tier, c.server_address, c.region
ORDER BY calls DESC, provider, model, service_tier, host, region
