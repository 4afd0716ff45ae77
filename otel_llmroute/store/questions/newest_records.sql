-- Question: What arrived last, and when?
-- Grain: one row.
-- Parameters: none.
-- Unit: seconds ago, by the clock of the store; NULL when nothing is there.
SELECT
    if(count() = 0, NULL, dateDiff('second', max(r.received_at), now64(3))) AS received_s_ago,
    if(count() = 0, NULL, dateDiff('second', max(r.ts), now64(3))) AS began_s_ago,
    count() AS records
FROM llm_call_records AS r
