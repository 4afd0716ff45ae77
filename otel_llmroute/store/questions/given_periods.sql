-- Question: Which budgets, and from when to when is the period of each, was found before? Stands in the place of
--   budget_periods.sql, so that what reads it more than once need not work it out each time (budgets/table.py).
-- Grain: one row per budget.
-- Parameters: periods: JSON, a list of objects with the columns of budget_periods.sql.
-- Unit: as budget_periods.sql.
SELECT
    g.position AS position, g.name AS name, g.amount AS amount, g.currency AS currency, g.period AS period, g.zone AS zone,
    g.each AS each, g.only AS only, g.warn AS warn, g.is_forecast_asked AS is_forecast_asked, g.made_from AS made_from,
    g.start_s AS start_s, g.end_s AS end_s, g.from_s AS from_s, g.grown_s AS grown_s, g.driver_by AS driver_by
FROM
(
    SELECT arrayJoin(JSONExtract({periods:String}, 'Array(Tuple(position UInt32, name String, amount Decimal(38, 12), currency String, period String, zone String, each String, only Map(String, Array(String)), warn Array(Decimal(9, 4)), is_forecast_asked Bool, made_from String, start_s Int64, end_s Int64, from_s Int64, grown_s Int64, driver_by String))')) AS g
)
