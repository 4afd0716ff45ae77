-- Question: Which budgets were given with the question? Stands in the place of llm_budgets (budgets/table.py).
-- Grain: one row per budget.
-- Parameters: budgets: JSON, a list of objects with the columns of llm_budgets but saved_at.
-- Unit: amount in `currency`.
SELECT
    g.position AS position, g.name AS name, g.amount AS amount, g.currency AS currency, g.period AS period, g.zone AS zone,
    g.zone_since_s AS zone_since_s, g.zone_offset_s AS zone_offset_s, g.each AS each, g.only AS only, g.warn AS warn,
    g.forecast AS forecast, g.made_from AS made_from
FROM
(
    SELECT arrayJoin(JSONExtract({budgets:String}, 'Array(Tuple(position UInt32, name String, amount Decimal(38, 12), currency String, period String, zone String, zone_since_s Array(Int64), zone_offset_s Array(Int32), each String, only Map(String, Array(String)), warn Array(Decimal(9, 4)), forecast Bool, made_from String))')) AS g
)
