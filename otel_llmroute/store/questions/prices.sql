-- Question: Which prices were set for this store?
-- Grain: one row per version and kind of token or call; the version that counts first stands first.
-- Unit: amount in `currency` for `per` tokens or calls.
SELECT DISTINCT
    version, toString(added_at, 'UTC') AS added, position, name, provider, model, service_tier, host, region, kind, amount, per, currency,
    same_as, of_tier, toString(valid_from) AS valid_from_day, toString(valid_to) AS valid_to_day, source
FROM llm_prices
ORDER BY added_at DESC, position, version, kind
