-- Notes which hours of llm_hourly_jobs are summed next: up to {hours} of those that are due, the newest first, and the hours
-- in which their jobs began, or did as far as was known before (llm_job_hours_now says why).
-- Grain: one row per hour. Parameter: hours: how many that are due, at most.
-- What was delivered for an hour that is due is noted here, before its calls are read: sums can be newer than that, never
-- older. An hour that is summed for a job of another one stays due if it is: it may hold calls of jobs that are not summed.
INSERT INTO llm_job_hours_next
WITH
    (SELECT groupArray((hour, touched_at, delivered, repriced)) FROM (SELECT * FROM llm_job_hours_due ORDER BY hour DESC LIMIT {hours})) AS due,
    arrayMap(one -> one.1, due) AS changed,
    jobs AS
    (
        SELECT arraySort(groupUniqArrayIf(h.hour, bitTest(h.kinds, 0))) AS called, arraySort(groupUniqArrayIf(h.hour, bitTest(h.kinds, 1))) AS started
        FROM llm_job_hours AS h
        WHERE h.job IN (SELECT job FROM llm_job_hours WHERE hour IN (SELECT arrayJoin(changed)))
        GROUP BY h.job
    ),
    chosen AS
    (
        SELECT arrayJoin(changed) AS hour
        UNION DISTINCT
        SELECT arrayJoin(arrayConcat(
            arrayFilter((began, at) -> at = 1 OR has(changed, called[at - 1]), called, arrayEnumerate(called)),
            arrayFilter((began, at) -> at = 1 OR has(changed, started[at - 1]), started, arrayEnumerate(started)))) AS hour
        FROM jobs
        WHERE hour > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
    )
SELECT
    c.hour AS hour,
    (SELECT greatest(toUnixTimestamp64Milli(now64(3)), 1 + max(build)) FROM llm_job_hours_next) AS build,
    if(has(changed, c.hour), arrayFirst(one -> one.1 = c.hour, due).2, b.touched_at) AS touched_at,
    if(has(changed, c.hour), arrayFirst(one -> one.1 = c.hour, due).3, b.delivered) AS delivered,
    if(has(changed, c.hour), arrayFirst(one -> one.1 = c.hour, due).4, b.repriced) AS repriced
FROM chosen AS c
LEFT JOIN (SELECT * FROM llm_job_hours_built FINAL) AS b ON c.hour = b.hour
