-- How does the engine itself write down a statement: one line, without comments, every name and string in its plain form?
-- Grain: one row. Fails with code 62 when it is not one statement.
-- Parameters: statement (as it was typed).
SELECT
    formatQuerySingleLine({statement:String}) AS parsed,
    (SELECT groupArray(lower(name)) FROM system.table_functions) AS table_functions
