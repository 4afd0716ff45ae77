-- A call without a report of usage is one that was served, or begun to be: it may have cost money that nobody knows of. An attempt
-- that failed before anything of an answer came has no usage to report, and is none of them, unless it timed out: then the provider
-- may have gone on with it. Otherwise the views are those of
-- 0012, 0013, 0021, 0024, 0025 and 0026.
ALTER TABLE llm_call_records
    ADD COLUMN IF NOT EXISTS unanswered Bool DEFAULT kind = 'attempt' AND (outcome = 'failed' OR (outcome = '' AND status = 'Error')) AND first_chunk_s IS NULL AND NOT (http_status IS NULL AND match(error_type, '(?i)timeout') AND NOT match(error_type, '(?i)connect|pool')) COMMENT 'failed before anything of an answer came, and not because nobody waited for it any more';

CREATE OR REPLACE VIEW llm_calls AS
SELECT *, toStartOfHour(ts, 'UTC') AS hour
FROM llm_call_records FINAL
WHERE toStartOfHour(ts, 'UTC') NOT IN (SELECT hour FROM llm_repriced_hours)
UNION ALL
WITH toUnixTimestamp64Milli(c.computed_at) != 0 AND r.cost_source != 'provider' AS is_repriced
SELECT
    r.* REPLACE (
        if(is_repriced, c.cost, r.cost) AS cost,
        CAST(if(is_repriced, c.currency, r.currency), 'LowCardinality(String)') AS currency,
        CAST(if(is_repriced, c.cost_status, r.cost_status), 'LowCardinality(String)') AS cost_status,
        CAST(if(is_repriced, 'local', r.cost_source), 'LowCardinality(String)') AS cost_source,
        if(is_repriced, c.cost_input, r.cost_input) AS cost_input,
        if(is_repriced, c.cost_cache_read, r.cost_cache_read) AS cost_cache_read,
        if(is_repriced, c.cost_cache_write, r.cost_cache_write) AS cost_cache_write,
        if(is_repriced, c.cost_output, r.cost_output) AS cost_output,
        if(is_repriced, c.cost_other, r.cost_other) AS cost_other,
        CAST(if(is_repriced, c.price_version, r.price_version), 'LowCardinality(String)') AS price_version),
    toStartOfHour(r.ts, 'UTC') AS hour
FROM
(
    SELECT * FROM llm_call_records FINAL
    WHERE toStartOfHour(ts, 'UTC') IN (SELECT hour FROM llm_repriced_hours)
) AS r
LEFT JOIN
(
    SELECT * FROM llm_costs FINAL ORDER BY computed_at DESC LIMIT 1 BY ts, trace_id, span_id, service
) AS c ON r.ts = c.ts AND r.trace_id = c.trace_id AND r.span_id = c.span_id AND r.service = c.service
COMMENT 'One row per attempt or charge, at its current cost. cost NULL is not known, 0 is free.';

ALTER TABLE llm_hourly_built
    ADD COLUMN IF NOT EXISTS unanswered UInt64 COMMENT 'failed before anything of an answer came, without usage' CODEC(T64, ZSTD(1)) AFTER no_usage;

ALTER TABLE llm_daily_built
    ADD COLUMN IF NOT EXISTS unanswered UInt64 COMMENT 'failed before anything of an answer came, without usage' CODEC(T64, ZSTD(3)) AFTER no_usage;

-- What is priced is what is left of all: so these are counted where that is asked.
CREATE OR REPLACE VIEW llm_hourly_now AS
SELECT
    c.hour AS hour,
    c.kind AS kind,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.outcome AS outcome,
    c.purpose AS purpose,
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(toUInt64(ifNull(c.sdk_retries, 0))) AS sdk_retries,
    sum(c.cost) AS spend,
    sum(c.cost_input) AS spend_input,
    sum(c.cost_cache_read) AS spend_cache_read,
    sum(c.cost_cache_write) AS spend_cache_write,
    sum(c.cost_output) AS spend_output,
    sum(c.cost_other) AS spend_other,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage,
    countIf(c.cost_status = 'no_usage' AND c.unanswered) AS unanswered,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens,
    sum(c.duration_ns) AS duration_ns
FROM llm_calls AS c
GROUP BY
    hour, c.kind, c.currency, c.service, c.route, c.reason, c.provider, c.model, c.plan, c.feature, c.task, c.risk,
    c.service_tier, c.attempt_reason, c.outcome, c.purpose
COMMENT 'The sums of llm_hourly, made from llm_calls while reading.';

CREATE OR REPLACE VIEW llm_hourly AS
SELECT
    hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, unanswered, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_hourly_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_rollups_clean WHERE name = 'llm_hourly')
UNION ALL
SELECT
    hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, unanswered, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_hourly_now
WHERE hour IN (SELECT hour FROM llm_hours_touched WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = 'llm_hourly'))
COMMENT 'Per hour: calls, tokens and spend by route, reason, model, plan and more. Equal to llm_calls at every moment.';

CREATE OR REPLACE VIEW llm_hourly_tenants_now AS
SELECT
    c.hour AS hour,
    c.tenant AS tenant,
    c.plan AS plan,
    c.currency AS currency,
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(toUInt64(ifNull(c.sdk_retries, 0))) AS sdk_retries,
    sum(c.cost) AS spend,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens
FROM llm_calls AS c
GROUP BY
    hour, c.tenant, c.plan, c.currency
COMMENT 'The sums of llm_hourly_tenants, made from llm_calls while reading.';

CREATE OR REPLACE VIEW llm_hourly_jobs_now AS
WITH
    (SELECT groupArray(hour) FROM llm_job_hours_now) AS hours,
    -- Jobs that may have begun in them, and when they were called and something was said of them.
    (
        SELECT (groupArray(job), groupUniqArrayArray(called), groupUniqArrayArray(told))
        FROM
        (
            SELECT
                h.job AS job, groupArrayIf(h.hour, bitTest(h.kinds, 0)) AS called, groupArrayIf(h.hour, bitTest(h.kinds, 2)) AS told,
                groupArrayIf(h.hour, bitTest(h.kinds, 1)) AS started
            FROM llm_job_hours AS h
            WHERE notEmpty(hours)
                AND h.job IN (SELECT job FROM llm_job_hours WHERE hour IN (SELECT arrayJoin(hours)) AND bitAnd(kinds, 3) != 0)
            GROUP BY h.job
            HAVING has(hours, arrayMin(called)) OR has(hours, arrayMin(started))
        )
    ) AS begun,
    calls AS
    (
        SELECT
            c.job_id AS job_id, toString(c.currency) AS currency, count() AS records, sum(c.cost) AS spend,
            sum(if(c.charge_kind = 'human_review', c.cost, NULL)) AS review_spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage,
            min(c.ts) AS first_call,
            argMin((c.tenant, toString(c.plan), toString(c.feature), toString(c.service), toString(c.job_name)), c.ts) AS first_said
        FROM llm_calls AS c
        WHERE notEmpty(begun.2) AND c.hour IN (SELECT arrayJoin(begun.2))
            AND c.job_id != '' AND sipHash64(c.job_id) IN (SELECT arrayJoin(begun.1))
        GROUP BY job_id, currency
    ),
    -- As in llm_jobs.
    known AS
    (
        SELECT
            r.job_id AS job_id,
            argMaxIf(r.tenant, r.ts, r.tenant != '') AS tenant,
            argMaxIf(r.plan, r.ts, r.plan != '') AS plan,
            argMaxIf(r.feature, r.ts, r.feature != '') AS feature,
            argMaxIf(r.service, r.ts, r.source = 'span') AS service,
            argMaxIf(r.job_name, r.ts, r.job_name != '') AS name,
            min(r.started) AS started,
            argMaxIf(r.outcome, r.ts, r.outcome != '') AS outcome,
            argMaxIf(r.revenue, r.ts, r.revenue IS NOT NULL) AS revenue,
            argMaxIf(r.revenue_currency, r.ts, r.revenue IS NOT NULL) AS revenue_currency,
            sum(r.review_minutes) AS review_minutes
        FROM llm_job_records AS r FINAL
        WHERE notEmpty(begun.3) AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(begun.3))
            AND sipHash64(r.job_id) IN (SELECT arrayJoin(begun.1))
        GROUP BY job_id
    ),
    told AS
    (
        SELECT
            job_id, [(currency, records, spend, review_spend, unpriced, partly_priced, no_usage)] AS paid, toNullable(first_call) AS first_call, first_said,
            CAST(NULL, 'Nullable(DateTime64(9))') AS started, ('', '', '', '', '') AS said, '' AS outcome,
            CAST(NULL, 'Nullable(Float64)') AS review_minutes, CAST(NULL, 'Nullable(Decimal(38, 12))') AS revenue, '' AS revenue_currency
        FROM calls
        UNION ALL
        SELECT
            job_id, [], NULL, ('', '', '', '', ''), started, (tenant, toString(plan), toString(feature), toString(service), toString(name)), toString(outcome),
            review_minutes, revenue, toString(revenue_currency)
        FROM known
    ),
    jobs AS
    (
        SELECT
            t.job_id AS job_id,
            toStartOfHour(assumeNotNull(ifNull(min(t.started), min(t.first_call))), 'UTC') AS hour,
            count(t.started) + count(t.first_call) > 0 AS has_begun,
            max(t.said) AS said,
            argMinIf(t.first_said, assumeNotNull(t.first_call), t.first_call IS NOT NULL) AS first_said,
            max(t.outcome) AS outcome, max(t.review_minutes) AS review_minutes, max(t.revenue) AS revenue, max(t.revenue_currency) AS revenue_currency,
            -- Money by currency: what its calls cost, and what it earns. A job without either has one line without money.
            arrayPushBack(groupArrayArray(t.paid), (if(revenue IS NULL, '', revenue_currency), 0, NULL, NULL, 0, 0, 0)) AS lines,
            -- What has no currency is shown beside the money that the job was mostly paid in.
            arraySort(arrayMap(line -> (line.1 != '', line.3 IS NOT NULL, line.2, line.1), lines))[-1].4 AS mostly,
            arrayDistinct(arrayMap(line -> if(line.1 != '', line.1, mostly), lines)) AS currencies,
            if(revenue_currency != '', revenue_currency, mostly) AS earned_in
        FROM told AS t
        GROUP BY job_id
        HAVING has_begun AND has(hours, hour)
    ),
    sums AS
    (
        SELECT
            *, arrayFilter(line -> if(line.1 != '', line.1, mostly) = paid_in, lines) AS own,
            arraySum(line -> line.2, own) AS records,
            arrayReduce('sum', arrayMap(line -> line.3, own)) AS spend,
            arrayReduce('sum', arrayMap(line -> line.4, own)) AS review_spend,
            arraySum(line -> line.5, own) AS unpriced, arraySum(line -> line.6, own) AS partly_priced, arraySum(line -> line.7, own) AS no_usage,
            if(paid_in = earned_in, revenue, NULL) AS earned,
            row_number() OVER (PARTITION BY hour ORDER BY if(records = 0, toDecimal128(0, 12), spend) DESC NULLS LAST, job_id, paid_in) AS place
        FROM (SELECT *, arrayJoin(currencies) AS paid_in FROM jobs)
    )
SELECT
    r.hour AS hour,
    if(r.said.1 != '', r.said.1, r.first_said.1) AS tenant,
    if(r.said.2 != '', r.said.2, r.first_said.2) AS plan,
    if(r.said.3 != '', r.said.3, r.first_said.3) AS feature,
    if(r.said.4 != '', r.said.4, r.first_said.4) AS service,
    if(r.said.5 != '', r.said.5, r.first_said.5) AS job_name,
    r.paid_in AS currency,
    if(r.place <= 100, r.job_id, '') AS job_id,
    count() AS jobs,
    countIf(r.outcome = 'success') AS succeeded,
    countIf(r.outcome = 'failure') AS failed_jobs,
    countIf(r.outcome = 'partial') AS partial_jobs,
    countIf(r.outcome = 'abandoned') AS abandoned_jobs,
    countIf(r.outcome = '') AS open_jobs,
    sum(r.records) AS records,
    sum(r.spend) AS spend,
    sum(if(r.outcome = 'failure', r.spend, NULL)) AS failed_spend,
    sum(r.review_minutes) AS review_minutes,
    sum(r.review_spend) AS review_spend,
    sum(r.earned) AS revenue,
    countIf(r.earned IS NULL) AS without_revenue,
    countIf(length(r.currencies) > 1) AS mixed_jobs,
    sum(r.unpriced) AS unpriced,
    sum(r.partly_priced) AS partly_priced,
    sum(r.no_usage) AS no_usage
FROM sums AS r
GROUP BY hour, tenant, plan, feature, service, job_name, currency, job_id
COMMENT 'The sums of llm_hourly_jobs in hours whose stored ones may not be right, made from calls and records of jobs while reading.';

CREATE OR REPLACE VIEW llm_hourly_experiments_now AS
WITH
    (SELECT groupArray(hour) FROM llm_experiment_hours_open) AS hours,
    (
        SELECT groupArrayArray(arrayFilter(one -> has(hours, one.3), arrayMap(
            (at, place) -> (unit, at, multiIf(has(hours, at), at, place > 1 AND has(hours, seen[place - 1]), seen[place - 1], seen[place + 1])),
            seen, arrayEnumerate(seen))))
        FROM
        (
            SELECT unit, arraySort(groupUniqArray(hour)) AS seen
            FROM
            (
                SELECT h.unit AS unit, h.hour AS hour, true AS is_own
                FROM llm_experiment_hours AS h
                WHERE notEmpty(hours) AND h.unit IN
                (
                    SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(hours))
                    UNION ALL
                    SELECT job FROM llm_job_hours WHERE bitTest(kinds, 2) AND hour IN (SELECT arrayJoin(hours))
                )
                UNION ALL
                SELECT j.job AS unit, j.hour AS hour, false AS is_own
                FROM llm_job_hours AS j
                WHERE notEmpty(hours) AND bitTest(j.kinds, 2) AND j.job IN
                (
                    SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(hours))
                    UNION ALL
                    SELECT job FROM llm_job_hours WHERE bitTest(kinds, 2) AND hour IN (SELECT arrayJoin(hours))
                )
            )
            GROUP BY unit
            HAVING max(is_own) AND length(seen) > 1
        )
    ) AS spread,
    arrayDistinct(arrayConcat(hours, arrayMap(one -> one.2, spread))) AS looked_at,
    places AS
    (
        SELECT one.1 AS unit, one.2 AS at, one.3 AS hour
        FROM (SELECT arrayJoin(spread) AS one)
    ),
    calls AS
    (
        SELECT
            c.hour AS hour, toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency,
            c.route_id AS route_id, count() AS records, countIf(c.kind = 'attempt') AS attempts, sum(c.cost) AS spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.hour IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, currency, route_id
    ),
    routes AS
    (
        SELECT
            toStartOfHour(r.ts, 'UTC') AS hour, toString(r.experiment) AS experiment, toString(r.variant) AS variant, r.route_id AS route_id,
            count() AS routes, countIf(r.outcome IN ('success', 'cache_hit')) AS answered, countIf(r.outcome = 'error') AS failed
        FROM llm_routes AS r
        WHERE r.experiment != '' AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, route_id
    ),
    job_calls AS
    (
        SELECT
            c.hour AS hour, toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency,
            c.job_id AS job_id, sum(c.cost) AS spend,
            uniqExact(variant) OVER (PARTITION BY hour, experiment, job_id) > 1 AS is_shared
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.job_id != '' AND c.hour IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, currency, job_id
    ),
    told_jobs AS
    (
        SELECT toStartOfHour(r.ts, 'UTC') AS hour, r.job_id AS job_id, argMax(toString(r.outcome), r.ts) AS outcome, max(r.ts) AS told_at
        FROM llm_job_records AS r FINAL
        WHERE r.outcome != '' AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(looked_at))
            AND sipHash64(r.job_id) IN
            (
                SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(looked_at))
                UNION ALL
                SELECT unit FROM places
            )
        GROUP BY hour, job_id
    )
SELECT
    s.hour AS hour, 'sum' AS part, s.experiment AS experiment, s.variant AS variant, s.currency AS currency,
    toFloat32(0) AS seconds, '' AS unit, s.hour AS at, sum(s.records) AS records, sum(s.attempts) AS attempts, sum(s.spend) AS spend,
    sum(s.unpriced) AS unpriced, sum(s.partly_priced) AS partly_priced, sum(s.no_usage) AS no_usage,
    sum(s.routes) AS routes, sum(s.answered) AS answered, sum(s.failed) AS failed,
    sum(s.routed_spend) AS routed_spend, sum(s.answered_spend) AS answered_spend, sum(s.squares) AS squares,
    sum(s.jobs) AS jobs, sum(s.succeeded) AS succeeded, sum(s.shared_jobs) AS shared_jobs, sum(s.job_spend) AS job_spend, sum(s.paid_jobs) AS paid_jobs,
    '' AS outcome, toDateTime64(0, 9, 'UTC') AS told_at
FROM
(
    SELECT
        c.hour AS hour, c.experiment AS experiment, c.variant AS variant, c.currency AS currency, sum(c.records) AS records, sum(c.attempts) AS attempts,
        sum(c.spend) AS spend, sum(c.unpriced) AS unpriced, sum(c.partly_priced) AS partly_priced, sum(c.no_usage) AS no_usage,
        toUInt64(0) AS routes, toUInt64(0) AS answered, toUInt64(0) AS failed,
        sum(if(r.route_id != '', c.spend, NULL)) AS routed_spend,
        sumIf(c.spend, r.route_id != '' AND r.answered > 0) AS answered_spend,
        sumIf(toDecimal256(c.spend, 12) * toDecimal256(c.spend, 12), r.route_id != '') AS squares,
        toUInt64(0) AS jobs, toUInt64(0) AS succeeded, toUInt64(0) AS shared_jobs, CAST(NULL, 'Nullable(Decimal(38, 12))') AS job_spend,
        toUInt64(0) AS paid_jobs
    FROM calls AS c
    LEFT JOIN routes AS r ON c.hour = r.hour AND c.experiment = r.experiment AND c.variant = r.variant AND c.route_id = r.route_id
    WHERE has(hours, c.hour)
    GROUP BY hour, experiment, variant, currency
    UNION ALL
    SELECT
        r.hour AS hour, r.experiment AS experiment, r.variant AS variant, '', 0, 0, NULL, 0, 0, 0,
        sum(r.routes), sum(r.answered), sum(r.failed), NULL, NULL, NULL, 0, 0, 0, NULL, 0
    FROM routes AS r
    WHERE has(hours, r.hour)
    GROUP BY hour, experiment, variant
    UNION ALL
    SELECT
        j.hour AS hour, j.experiment AS experiment, j.variant AS variant, j.currency AS currency, 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL,
        0, 0, 0, sum(if(j.is_shared, NULL, j.spend)), countIf(NOT j.is_shared AND j.spend IS NOT NULL)
    FROM job_calls AS j
    WHERE has(hours, j.hour)
    GROUP BY hour, experiment, variant, currency
    UNION ALL
    SELECT
        j.hour AS hour, j.experiment AS experiment, j.variant AS variant, '', 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL,
        uniqExactIf(j.job_id, NOT j.is_shared), uniqExactIf(j.job_id, NOT j.is_shared AND t.outcome = 'success'),
        uniqExactIf(j.job_id, j.is_shared), NULL, 0
    FROM job_calls AS j
    LEFT JOIN told_jobs AS t ON j.hour = t.hour AND j.job_id = t.job_id
    WHERE has(hours, j.hour)
    GROUP BY hour, experiment, variant
) AS s
GROUP BY hour, experiment, variant, currency
UNION ALL
SELECT
    toStartOfHour(r.ts, 'UTC') AS hour, 'latency' AS part, toString(r.experiment) AS experiment, toString(r.variant) AS variant, '',
    toFloat32(if(r.duration_ns = 0, 0, pow(1.05, round(log(greatest(r.duration_ns / 1000000000, 0.000001)) / log(1.05))))) AS seconds,
    '', hour, 0, 0, NULL, 0, 0, 0, 0, count(), 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM llm_routes AS r
WHERE r.experiment != '' AND r.outcome IN ('success', 'cache_hit') AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(hours))
GROUP BY hour, experiment, variant, seconds
UNION ALL
SELECT
    p.hour AS hour, 'route' AS part, c.experiment, c.variant, c.currency, 0, c.route_id, p.at AS at,
    0, 0, c.spend, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM calls AS c
INNER JOIN places AS p ON sipHash64(c.route_id) = p.unit AND c.hour = p.at
WHERE c.route_id != ''
UNION ALL
SELECT
    p.hour AS hour, 'route' AS part, r.experiment, r.variant, '', 0, r.route_id, p.at AS at,
    0, 0, NULL, 0, 0, 0, r.routes, r.answered, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM routes AS r
INNER JOIN places AS p ON sipHash64(r.route_id) = p.unit AND r.hour = p.at
WHERE r.route_id != ''
UNION ALL
SELECT
    p.hour AS hour, 'job' AS part, j.experiment, j.variant, j.currency, 0, j.job_id, p.at AS at,
    0, 0, j.spend, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM job_calls AS j
INNER JOIN places AS p ON sipHash64(j.job_id) = p.unit AND j.hour = p.at
UNION ALL
SELECT
    p.hour AS hour, 'job' AS part, '', '', '', 0, t.job_id, p.at AS at,
    0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, t.outcome, t.told_at
FROM told_jobs AS t
INNER JOIN places AS p ON sipHash64(t.job_id) = p.unit AND t.hour = p.at
COMMENT 'The sums of llm_hourly_experiments in hours whose stored ones may not be right, made from calls, routes and jobs while reading.';

CREATE OR REPLACE VIEW llm_measured_calls AS
SELECT
    c.hour AS hour,
    c.kind AS kind,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.outcome AS outcome,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    toUInt64(1) AS records,
    CAST(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1, 'UInt64') AS requests,
    CAST(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error')), 'UInt64') AS failed,
    toUInt64(ifNull(c.sdk_retries, 0)) AS sdk_retries,
    toDecimal128(c.cost, 12) AS spend,
    toDecimal128(c.cost_input, 12) AS spend_input,
    toDecimal128(c.cost_cache_read, 12) AS spend_cache_read,
    toDecimal128(c.cost_cache_write, 12) AS spend_cache_write,
    toDecimal128(c.cost_output, 12) AS spend_output,
    toDecimal128(c.cost_other, 12) AS spend_other,
    CAST(c.cost IS NULL AND c.cost_status != 'no_usage', 'UInt64') AS unpriced,
    CAST(c.cost_status = 'partial', 'UInt64') AS partly_priced,
    CAST(c.cost_status = 'no_usage' AND NOT c.unanswered, 'UInt64') AS no_usage,
    CAST(c.cost_status = 'no_usage' AND c.unanswered, 'UInt64') AS unanswered,
    c.input_tokens AS input_tokens,
    c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    c.reasoning_tokens AS reasoning_tokens,
    c.duration_ns AS duration_ns
FROM llm_calls AS c
COMMENT 'One row per attempt or charge, with the columns of llm_hourly and llm_hourly_tenants: what it adds to them.';

CREATE OR REPLACE VIEW llm_arrivals AS
SELECT
    c.hour AS hour,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    addNanoseconds(c.ts, toInt64(c.duration_ns)) AS last_end,
    dateDiff('millisecond', toDateTime64(last_end, 3, 'UTC'), toDateTime64(c.received_at, 3, 'UTC')) AS most_lag_ms,
    toFloat32(if(most_lag_ms = 0, 0, sign(most_lag_ms) * pow(1.05, round(log(abs(most_lag_ms) / 1000) / log(1.05))))) AS lag_s,
    toUInt64(1) AS records,
    toUInt64(c.received_at > c.ts + INTERVAL 1 HOUR + INTERVAL c.duration_ns NANOSECOND) AS late,
    toUInt64(c.ts > c.received_at + INTERVAL 5 MINUTE) AS ahead,
    CAST(c.cost IS NULL AND c.cost_status != 'no_usage', 'UInt64') AS unpriced,
    CAST(c.cost_status = 'partial', 'UInt64') AS partly_priced,
    CAST(c.cost_status = 'no_usage' AND NOT c.unanswered, 'UInt64') AS no_usage,
    toUInt64(c.sampling_kept) AS sampled_out
FROM llm_calls AS c
COMMENT 'One row per attempt or charge: how long after its end it arrived, and what is wrong with it.';

CREATE OR REPLACE VIEW data_health AS
WITH
    calls AS
    (
        SELECT
            count() AS stored,
            countIf(c.received_at > c.ts + INTERVAL 1 HOUR + INTERVAL c.duration_ns NANOSECOND) AS late,
            countIf(c.ts > c.received_at + INTERVAL 5 MINUTE) AS ahead,
            countIf(c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
            countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage,
            countIf(c.sampling_kept) AS sampled_out,
            countIf(c.route_id != '' AND c.route_id NOT IN (SELECT route_id FROM llm_route_records)) AS without_route,
            max(c.received_at) AS newest
        FROM llm_calls AS c
    ),
    (SELECT sum(delivered) FROM llm_hours_touched) AS delivered
SELECT tupleElement(line, 1) AS check, tupleElement(line, 2) AS calls, tupleElement(line, 3) AS meaning
FROM
(
    SELECT arrayJoin([
        ('stored', stored, 'attempts and charges, each once'),
        ('delivered', delivered, 'as often as they were delivered; more than stored: senders tried again'),
        ('late', late, 'arrived more than an hour after they ended'),
        ('ahead', ahead, 'began more than five minutes after they arrived: a clock is wrong'),
        ('unpriced', unpriced, 'usage known, price not: not in the spend'),
        ('partly_priced', partly_priced, 'spend is at least what is shown'),
        ('no_usage', no_usage, 'the provider reported none, or the stream was left: not in the spend'),
        ('sampled_out', sampled_out, 'kept for their money though the sampler dropped their trace'),
        ('without_route', without_route, 'their route has not arrived, or never will')]) AS line
    FROM calls
) AS lines
COMMENT 'One row per check of the data: how many calls it is about, and what that means.';

-- Sums of hours and days with such attempts are outdated, as if nothing had been delivered for them when they were made: they
-- are read no longer, and made anew by themselves. Where calls are gone or may be gone they stay as they are.
ALTER TABLE llm_rollups_built UPDATE delivered = 0
WHERE name IN ('llm_hourly', 'llm_hourly_tenants') AND hour IN (SELECT toStartOfHour(ts, 'UTC') FROM llm_call_records WHERE unanswered)
SETTINGS mutations_sync = 2;

ALTER TABLE llm_job_hours_built UPDATE delivered = 0
WHERE hour IN (SELECT toStartOfHour(ts, 'UTC') FROM llm_call_records WHERE unanswered AND job_id != '')
SETTINGS mutations_sync = 2;

ALTER TABLE llm_experiment_hours_built UPDATE delivered = 0
WHERE hour IN (SELECT toStartOfHour(ts, 'UTC') FROM llm_call_records WHERE unanswered AND experiment != '')
SETTINGS mutations_sync = 2;

ALTER TABLE llm_days_built UPDATE delivered = 0
WHERE name IN ('llm_daily', 'llm_daily_tenants', 'llm_daily_jobs', 'llm_daily_experiments', 'llm_daily_arrivals')
    AND day IN (SELECT toStartOfDay(ts, 'UTC') FROM llm_call_records WHERE unanswered)
    AND day > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1;
