-- Question: Which route could answer on a model or tier that is used here already and is cheaper, and what would it save?
-- Grain: one row per route, model and tier that it uses, and model and tier it could use, in the same currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`. cost_there and saved are counterfactual: the same tokens by kind at the average price that was
--   paid here for the other model; cached tokens without a price there count as plain input. Whether the answers are as
--   good, and whether the other model counts as many tokens, is not known.
-- Counted is what is wholly priced with all parts of its cost. Filters choose what is moved, not whose prices are known.
-- The calls of an hour that are alike count together, or each by itself where a filter is on what roll-ups have no column for.
WITH
    moved AS
    (
        SELECT
            toString(h.route) AS name, toString(h.provider) AS provider, toString(h.model) AS model, toString(h.service_tier) AS service_tier,
            toString(h.currency) AS currency, sum(h.records) AS attempts, sum(h.spend) AS spend,
            toInt64(ifNull(sum(h.input_tokens), 0)) AS input, toInt64(ifNull(sum(h.cache_read_tokens), 0)) AS read,
            toInt64(ifNull(sum(h.cache_write_tokens), 0)) AS write, toInt64(ifNull(sum(h.output_tokens), 0)) AS output,
            ifNull(sum(h.spend_other), 0) AS other
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.spend IS NOT NULL AND h.unpriced + h.partly_priced + h.no_usage + h.unanswered = 0
            AND h.spend = ifNull(h.spend_input, 0) + ifNull(h.spend_cache_read, 0) + ifNull(h.spend_cache_write, 0)
                + ifNull(h.spend_output, 0) + ifNull(h.spend_other, 0)
            AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY h.route, h.provider, h.model, h.service_tier, h.currency
    ),
    prices AS
    (
        SELECT
            toString(a.provider) AS provider, toString(a.model) AS model, toString(a.service_tier) AS service_tier, toString(a.currency) AS currency,
            sum(a.records) AS attempts,
            toDecimal256(ifNull(sum(a.spend_input), 0), 12) AS spend_input, toDecimal256(ifNull(sum(a.spend_output), 0), 12) AS spend_output,
            toDecimal256(ifNull(sum(a.spend_cache_read), 0), 12) AS spend_read, toDecimal256(ifNull(sum(a.spend_cache_write), 0), 12) AS spend_write,
            toInt64(ifNull(sum(a.cache_read_tokens), 0)) AS read, toInt64(ifNull(sum(a.cache_write_tokens), 0)) AS write,
            toInt64(ifNull(sum(a.input_tokens), 0)) - read - write AS plain, toInt64(ifNull(sum(a.output_tokens), 0)) AS output
        FROM llm_hourly AS a
        WHERE a.kind = 'attempt' AND a.spend IS NOT NULL AND a.unpriced + a.partly_priced + a.no_usage + a.unanswered = 0
            AND a.spend = ifNull(a.spend_input, 0) + ifNull(a.spend_cache_read, 0) + ifNull(a.spend_cache_write, 0)
                + ifNull(a.spend_output, 0) + ifNull(a.spend_other, 0)
            AND a.hour >= {since:DateTime('UTC')} AND a.hour < {until:DateTime('UTC')}
        GROUP BY a.provider, a.model, a.service_tier, a.currency
        HAVING plain > 0 AND output > 0
    ),
    compared AS
    (
        SELECT
            m.name AS name, m.provider AS provider, m.model AS model, m.service_tier AS service_tier, m.currency AS currency,
            m.attempts AS attempts, m.spend AS spend,
            p.provider AS other_provider, p.model AS other_model, p.service_tier AS other_tier, p.attempts AS priced_by,
            p.spend_input * (m.input - m.read - m.write) / p.plain
                + if(p.read > 0, p.spend_read * m.read / greatest(p.read, 1), p.spend_input * m.read / p.plain)
                + if(p.write > 0, p.spend_write * m.write / greatest(p.write, 1), p.spend_input * m.write / p.plain)
                + p.spend_output * m.output / p.output
                + m.other AS cost_there
        FROM moved AS m
        INNER JOIN prices AS p ON m.currency = p.currency
        WHERE (m.provider, m.model, m.service_tier) != (p.provider, p.model, p.service_tier)
    )
SELECT *, spend - cost_there AS saved
FROM compared
WHERE saved > 0
ORDER BY saved DESC, name, provider, model, service_tier, other_provider, other_model, other_tier, currency
LIMIT {limit:UInt32}
