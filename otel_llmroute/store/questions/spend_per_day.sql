-- Question: What did a provider's models use and cost on each UTC day, to hold against the provider's own figures?
-- Grain: one row per UTC day of the start, model and served tier.
-- Parameters: since, until: times in UTC; provider: in lower case, '' for all.
-- Unit: attempts that have usage; tokens; money in `currency`.
-- An attempt without a report of usage is counted apart: a provider may have billed it. One that failed before anything of an
-- answer came is not counted: a provider bills none of it.
SELECT
    toString(toDate(c.ts, 'UTC')) AS day, c.model AS model, c.service_tier AS tier, c.currency AS currency,
    countIf(c.usage_status != 'missing' AND c.cost_status != 'no_usage') AS calls,
    countIf((c.usage_status = 'missing' OR c.cost_status = 'no_usage') AND NOT c.unanswered) AS no_usage,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens, sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.cache_write_5m_tokens) AS cache_write_5m_tokens, sum(c.cache_write_1h_tokens) AS cache_write_1h_tokens,
    sumIf(c.input_tokens, c.cost IS NULL) AS unpriced_input_tokens, sumIf(c.output_tokens, c.cost IS NULL) AS unpriced_output_tokens,
    sum(c.cost) AS cost, sum(c.cost_input) AS cost_input, sum(c.cost_cache_read) AS cost_cache_read,
    sum(c.cost_cache_write) AS cost_cache_write, sum(c.cost_output) AS cost_output, sum(c.cost_other) AS cost_other,
    arraySort(groupUniqArray(toString(c.price_version))) AS versions
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND ({provider:String} = '' OR lower(c.provider) = {provider:String})
    AND c.ts >= {since:DateTime64(9, 'UTC')} AND c.ts < {until:DateTime64(9, 'UTC')}
GROUP BY day, c.model, c.service_tier, c.currency
ORDER BY day, model, tier, currency
