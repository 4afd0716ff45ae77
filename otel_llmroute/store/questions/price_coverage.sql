-- Question: How much of what was used has a price?
-- Grain: one row.
-- Parameters: none.
-- Unit: attempts with usage; tokens, input and output together; priced in part counts as priced.
SELECT
    countIf(c.cost_status != 'no_usage') AS attempts,
    countIf(c.cost_status != 'no_usage' AND c.cost IS NOT NULL) AS priced_attempts,
    sumIf(ifNull(c.input_tokens, 0) + ifNull(c.output_tokens, 0), c.cost_status != 'no_usage') AS tokens,
    sumIf(ifNull(c.input_tokens, 0) + ifNull(c.output_tokens, 0), c.cost_status != 'no_usage' AND c.cost IS NOT NULL) AS priced_tokens
FROM llm_calls AS c
WHERE c.kind = 'attempt'
