-- Question: Which models have no price, so that their spend is not in the figures?
-- Grain: one row per provider and model with attempts whose cost is not known though their usage is.
-- Parameters: since, until: times in UTC; run: id of a run, '' for all.
-- Unit: attempts; tokens.
SELECT c.provider AS provider, c.model AS model, count() AS attempts, sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage'
    AND c.ts >= {since:DateTime64(9)} AND c.ts < {until:DateTime64(9)} AND ({run:String} = '' OR c.run_id = {run:String})
GROUP BY c.provider, c.model
ORDER BY attempts DESC, provider, model
LIMIT 20
