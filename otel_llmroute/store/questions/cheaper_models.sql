-- Question: Which route could answer on a model or tier that is used here already and is cheaper, and what would it save?
-- Grain: one row per route, model and tier that it uses, and model and tier it could use, in the same currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`. cost_there and saved are counterfactual: the same tokens by kind at the average price that was
--   paid here for the other model; cached tokens without a price there count as plain input. Whether the answers are as
--   good, and whether the other model counts as many tokens, is not known.
-- Counted is what is wholly priced with all parts of its cost. Filters choose what is moved, not whose prices are known.
-- The calls of an hour that are alike count together, or each by itself where a filter is on what roll-ups have no column for.
-- The sums are read once, unless what is moved is read from calls: to read them takes as long as all else.
WITH
    used AS
    (
        SELECT
            (
                true
                -- filters: llm_hourly AS h
            ) AS is_moved,
            0 AS source, h.route AS name, h.provider AS provider, h.model AS model, h.service_tier AS service_tier, h.currency AS currency,
            sum(h.records) AS attempts, sum(h.spend) AS spend,
            toInt64(ifNull(sum(h.input_tokens), 0)) AS input, toInt64(ifNull(sum(h.cache_read_tokens), 0)) AS read,
            toInt64(ifNull(sum(h.cache_write_tokens), 0)) AS write, toInt64(ifNull(sum(h.output_tokens), 0)) AS output,
            ifNull(sum(h.spend_input), 0) AS spend_input, ifNull(sum(h.spend_output), 0) AS spend_output,
            ifNull(sum(h.spend_cache_read), 0) AS spend_read, ifNull(sum(h.spend_cache_write), 0) AS spend_write,
            ifNull(sum(h.spend_other), 0) AS spend_other
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.spend IS NOT NULL AND h.unpriced + h.partly_priced + h.no_usage + h.unanswered = 0
            AND h.spend = ifNull(h.spend_input, 0) + ifNull(h.spend_cache_read, 0) + ifNull(h.spend_cache_write, 0)
                + ifNull(h.spend_output, 0) + ifNull(h.spend_other, 0)
            AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
        GROUP BY is_moved, h.route, h.provider, h.model, h.service_tier, h.currency
        -- beside calls:
        UNION ALL
        SELECT
            false AS is_moved,
            1 AS source, a.route AS name, a.provider AS provider, a.model AS model, a.service_tier AS service_tier, a.currency AS currency,
            sum(a.records) AS attempts, sum(a.spend) AS spend,
            toInt64(ifNull(sum(a.input_tokens), 0)) AS input, toInt64(ifNull(sum(a.cache_read_tokens), 0)) AS read,
            toInt64(ifNull(sum(a.cache_write_tokens), 0)) AS write, toInt64(ifNull(sum(a.output_tokens), 0)) AS output,
            ifNull(sum(a.spend_input), 0) AS spend_input, ifNull(sum(a.spend_output), 0) AS spend_output,
            ifNull(sum(a.spend_cache_read), 0) AS spend_read, ifNull(sum(a.spend_cache_write), 0) AS spend_write,
            ifNull(sum(a.spend_other), 0) AS spend_other
        FROM llm_hourly AS a
        WHERE a.kind = 'attempt' AND a.spend IS NOT NULL AND a.unpriced + a.partly_priced + a.no_usage + a.unanswered = 0
            AND a.spend = ifNull(a.spend_input, 0) + ifNull(a.spend_cache_read, 0) + ifNull(a.spend_cache_write, 0)
                + ifNull(a.spend_output, 0) + ifNull(a.spend_other, 0)
            AND a.hour >= {since:DateTime('UTC')} AND a.hour < {until:DateTime('UTC')}
        GROUP BY a.route, a.provider, a.model, a.service_tier, a.currency
        -- always:
    ),
    models AS
    (
        SELECT
            u.provider AS provider, u.model AS model, u.service_tier AS service_tier, u.currency AS currency,
            groupArrayIf((u.name, u.attempts, u.spend, u.input, u.read, u.write, u.output, u.spend_other), u.is_moved) AS moved,
            sumIf(u.input - u.read - u.write, u.is_known) AS plain, sumIf(u.output, u.is_known) AS output,
            groupArrayIf(
                (
                    u.provider, u.model, u.service_tier, sumIf(u.attempts, u.is_known),
                    toDecimal256(sumIf(u.spend_input, u.is_known), 12), toDecimal256(sumIf(u.spend_output, u.is_known), 12),
                    toDecimal256(sumIf(u.spend_read, u.is_known), 12), toDecimal256(sumIf(u.spend_write, u.is_known), 12),
                    sumIf(u.read, u.is_known), sumIf(u.write, u.is_known), plain, output),
                plain > 0 AND output > 0) OVER (PARTITION BY currency) AS prices
        FROM (SELECT *, source = max(source) OVER () AS is_known FROM used) AS u
        GROUP BY u.provider, u.model, u.service_tier, u.currency
    ),
    compared AS
    (
        SELECT
            toString(m.1) AS name, toString(c.provider) AS provider, toString(c.model) AS model, toString(c.service_tier) AS service_tier,
            toString(c.currency) AS currency, m.2 AS attempts, m.3 AS spend, m.4 AS input, m.5 AS read, m.6 AS write, m.7 AS output,
            toString(p.1) AS other_provider, toString(p.2) AS other_model, toString(p.3) AS other_tier, p.4 AS priced_by,
            p.5 * (input - read - write) / p.11
                + if(p.9 > 0, p.7 * read / greatest(p.9, 1), p.5 * read / p.11)
                + if(p.10 > 0, p.8 * write / greatest(p.10, 1), p.5 * write / p.11)
                + p.6 * output / p.12
                + m.8 AS cost_there
        FROM (SELECT * EXCEPT (moved, prices), arrayJoin(moved) AS m, arrayJoin(prices) AS p FROM models) AS c
        WHERE (c.provider, c.model, c.service_tier) != (p.1, p.2, p.3)
    )
SELECT
    name, provider, model, service_tier, currency, attempts, spend, other_provider, other_model, other_tier, priced_by, cost_there,
    spend - cost_there AS saved
FROM compared
WHERE saved > 0
ORDER BY saved DESC, name, provider, model, service_tier, other_provider, other_model, other_tier, currency
LIMIT {limit:UInt32}
