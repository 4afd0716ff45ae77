-- Question: How much of each budget is used, what will it be at the end of its period, and what grew most under it?
-- Grain: one row per budget; of a budget for each value of a dimension, one row per value that has calls in the period or in
--   the last 28 days. Calls without a value are under none of these.
-- Parameters: until: UTC, the moment that is now: a period is the one before it, and hours that begin in it count;
--   limit: rows.
-- Unit: money in `currency`, that of the budget; what was paid in others is in other_currencies and never added; used: share
--   of amount; times are UTC; records and what is wrong with them are of all currencies, in the period.
-- Estimates: forecast: what is spent, and for every hour that is left what the same hour of the week cost in the last seven
--   days; of a budget that has not had calls for seven days, the mean since its first call. forecast_low, forecast_high: the
--   period ends between them in about eight of ten cases (docs/budgets.md); NULL before two days of calls. exhausted: the
--   hour in which the amount is passed, in the past or by the forecast; NULL when not in this period.
-- driver: the route (of a budget of one route the model, of one made from customers the customer) whose spend grew most: the
--   last seven days against the seven before, for a budget of a day the last day against the one before; growth: by how much.
-- level: over, forecast (only where the budget asks for it), warn, within; unknown: there were calls and none has a price.
-- NULL spend: the same. With unpriced or partly_priced above 0 more is spent than is shown.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    604800 AS week_s,
    now_s - 4 * week_s AS history_s,
    (moment_s, since_s, offset_s) -> toInt64(offset_s[arrayLastIndex(since -> since <= moment_s, since_s)]) AS ahead_of_utc,
    saved AS
    (
        SELECT s.* FROM llm_budgets AS s WHERE s.saved_at = (SELECT max(saved_at) FROM llm_budgets) AND s.name != ''
    ),
    clocks AS
    (
        SELECT s.*, toDateTime(now_s - 1 + ahead_of_utc(now_s - 1, s.zone_since_s, s.zone_offset_s), 'UTC') AS clock FROM saved AS s
    ),
    -- Where the period begins and ends on the clocks of the zone, as if these were UTC.
    local AS
    (
        SELECT
            s.position AS position, s.name AS name, s.amount AS amount, toString(s.currency) AS currency, toString(s.period) AS period,
            toString(s.zone) AS zone, s.zone_since_s AS since_s, s.zone_offset_s AS offset_s, toString(s.each) AS each, s.only AS only,
            s.warn AS warn, s.forecast AS is_forecast_asked, toString(s.made_from) AS made_from,
            multiIf(
                s.period = 'day', toInt64(toStartOfDay(s.clock, 'UTC')),
                s.period = 'week', toInt64(toDateTime(toMonday(s.clock, 'UTC'), 'UTC')),
                toInt64(toDateTime(toStartOfMonth(s.clock, 'UTC'), 'UTC'))) AS local_start_s,
            multiIf(
                s.period = 'day', local_start_s + 86400,
                s.period = 'week', local_start_s + week_s,
                toInt64(toDateTime(addMonths(toStartOfMonth(s.clock, 'UTC'), 1), 'UTC'))) AS local_end_s
        FROM clocks AS s
    ),
    -- A day begins when its clocks first show midnight, by the distance from UTC before or after a change of that day; where
    -- they jump over midnight, when they do.
    bounded AS
    (
        SELECT
            l.*,
            arrayMap(
                midnight_s -> (
                    midnight_s, ahead_of_utc(midnight_s - 86400, l.since_s, l.offset_s), ahead_of_utc(midnight_s + 86400, l.since_s, l.offset_s)),
                [l.local_start_s, l.local_end_s]) AS midnights,
            arrayMap(
                at -> if(
                    ahead_of_utc(at.1 - at.2, l.since_s, l.offset_s) != at.2 AND ahead_of_utc(at.1 - at.3, l.since_s, l.offset_s) = at.3,
                    at.1 - at.3,
                    at.1 - at.2),
                midnights) AS bounds_s
        FROM local AS l
    ),
    budgets AS
    (
        SELECT
            l.position AS position, l.name AS name, l.amount AS amount, l.currency AS currency, l.period AS period, l.zone AS zone,
            l.each AS each, l.only AS only, l.warn AS warn, l.is_forecast_asked AS is_forecast_asked, l.made_from AS made_from,
            arrayFilter(name -> name != '', arrayConcat(mapKeys(l.only), [l.each])) AS dimensions,
            l.only['route'] AS only_route, l.only['reason'] AS only_reason, l.only['provider'] AS only_provider, l.only['model'] AS only_model,
            l.only['tenant'] AS only_tenant, l.only['plan'] AS only_plan, l.only['feature'] AS only_feature, l.only['task'] AS only_task,
            l.only['service'] AS only_service, l.only['risk'] AS only_risk, l.only['tier'] AS only_tier, l.only['attempt'] AS only_attempt,
            l.only['purpose'] AS only_purpose, l.only['job'] AS only_job,
            l.bounds_s[1] AS start_s,
            l.bounds_s[2] AS end_s,
            least(start_s, history_s) AS from_s,
            if(l.period = 'day', 86400, week_s) AS grown_s,
            multiIf(
                l.made_from = 'llm_hourly_tenants', if(l.each = 'tenant', '', 'tenant'),
                l.each = 'route' OR length(only_route) = 1, 'model', 'route') AS driver_by
        FROM bounded AS l
    ),
    -- Which dimensions they ask for, and from when on.
    (
        SELECT
            (
                groupUniqArrayArrayIf(dimensions, made_from = 'llm_hourly'), groupUniqArrayArrayIf(dimensions, made_from = 'llm_calls'),
                ifNull(minOrNullIf(from_s, made_from = 'llm_hourly'), now_s), ifNull(minOrNullIf(from_s, made_from = 'llm_hourly_tenants'), now_s),
                ifNull(minOrNullIf(from_s, made_from = 'llm_calls'), now_s), groupArrayIf(only, made_from = 'llm_calls'))
        FROM budgets
    ) AS asked,
    asked.1 AS of_hourly,
    asked.2 AS of_calls,
    asked.3 AS hourly_from_s,
    asked.4 AS tenants_from_s,
    asked.5 AS calls_from_s,
    -- What every budget that is made from calls asks for: other calls are not read.
    mapFromArrays(
        of_calls,
        arrayMap(
            name -> if(arrayExists(only -> empty(only[name]), asked.6), [], arrayFlatten(arrayMap(only -> only[name], asked.6))), of_calls)
    ) AS calls_only,
    -- Everything that any budget may hold, by no more dimensions than they ask for: once by hour for the figures, and once by
    -- what may drive them, of which only the days and weeks matter that are compared.
    sums AS
    (
        SELECT
            'llm_hourly' AS made_from, h.is_driver = 0 AS is_figure, h.is_driver AS is_driver,
            if(h.is_driver, now_s - [1, 86401, 172801, 604801, 1209601][h.ago], h.at_s) AS at_s, h.currency AS currency,
            if(h.is_driver, h.any_route, h.route) AS route, if(h.is_driver, h.any_model, h.model) AS model, '' AS tenant, '' AS job,
            h.reason AS reason, h.provider AS provider, h.plan AS plan, h.feature AS feature, h.task AS task, h.service AS service,
            h.risk AS risk, h.tier AS tier, h.attempt AS attempt, h.purpose AS purpose,
            h.spend AS spend, h.records AS records, h.unpriced AS unpriced, h.partly_priced AS partly_priced, h.no_usage AS no_usage
        FROM
        (
            SELECT
                toInt64(h.hour) AS at_s,
                multiIf(
                    at_s >= now_s - 86400, 1, at_s >= now_s - 172800, 2, at_s >= now_s - 604800, 3, at_s >= now_s - 1209600, 4, 5) AS ago,
                toString(h.currency) AS currency, toString(h.route) AS any_route, toString(h.model) AS any_model,
                if(has(of_hourly, 'route'), any_route, '') AS route,
                if(has(of_hourly, 'model'), any_model, '') AS model,
                if(has(of_hourly, 'reason'), toString(h.reason), '') AS reason,
                if(has(of_hourly, 'provider'), toString(h.provider), '') AS provider,
                if(has(of_hourly, 'plan'), toString(h.plan), '') AS plan,
                if(has(of_hourly, 'feature'), toString(h.feature), '') AS feature,
                if(has(of_hourly, 'task'), toString(h.task), '') AS task,
                if(has(of_hourly, 'service'), toString(h.service), '') AS service,
                if(has(of_hourly, 'risk'), toString(h.risk), '') AS risk,
                if(has(of_hourly, 'tier'), toString(h.service_tier), '') AS tier,
                if(has(of_hourly, 'attempt'), toString(h.attempt_reason), '') AS attempt,
                if(has(of_hourly, 'purpose'), toString(h.purpose), '') AS purpose,
                grouping(any_route) = 0 AS is_driver,
                sum(h.spend) AS spend, sum(h.records) AS records, sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced,
                sum(h.no_usage) AS no_usage
            FROM llm_hourly AS h
            WHERE h.hour >= toDateTime(hourly_from_s, 'UTC') AND h.hour < now_
            GROUP BY GROUPING SETS (
                (currency, reason, provider, plan, feature, task, service, risk, tier, attempt, purpose, at_s, route, model),
                (currency, reason, provider, plan, feature, task, service, risk, tier, attempt, purpose, ago, any_route, any_model))
        ) AS h
        UNION ALL
        SELECT
            'llm_hourly_tenants' AS made_from, 1 AS is_figure, 1 AS is_driver, toInt64(t.hour) AS at_s, toString(t.currency) AS currency,
            '' AS route, '' AS model, t.tenant AS tenant, '' AS job, '' AS reason, '' AS provider, toString(t.plan) AS plan, '' AS feature,
            '' AS task, '' AS service, '' AS risk, '' AS tier, '' AS attempt, '' AS purpose, t.spend AS spend, t.records AS records,
            t.unpriced AS unpriced, t.partly_priced AS partly_priced, t.no_usage AS no_usage
        FROM llm_hourly_tenants AS t
        WHERE t.hour >= toDateTime(tenants_from_s, 'UTC') AND t.hour < now_
        UNION ALL
        SELECT
            'llm_calls' AS made_from, c.is_driver = 0 AS is_figure, c.is_driver AS is_driver,
            if(c.is_driver, now_s - [1, 86401, 172801, 604801, 1209601][c.ago], c.at_s) AS at_s, c.currency AS currency,
            if(c.is_driver, c.any_route, c.route) AS route, if(c.is_driver, c.any_model, c.model) AS model, c.tenant AS tenant, c.job AS job,
            c.reason AS reason, c.provider AS provider, c.plan AS plan, c.feature AS feature, c.task AS task, c.service AS service,
            c.risk AS risk, c.tier AS tier, c.attempt AS attempt, c.purpose AS purpose,
            c.spend AS spend, c.records AS records, c.unpriced AS unpriced, c.partly_priced AS partly_priced, c.no_usage AS no_usage
        FROM
        (
            SELECT
                toInt64(toStartOfInterval(c.ts, INTERVAL 15 MINUTE, 'UTC')) AS at_s,
                multiIf(
                    at_s >= now_s - 86400, 1, at_s >= now_s - 172800, 2, at_s >= now_s - 604800, 3, at_s >= now_s - 1209600, 4, 5) AS ago,
                toString(c.currency) AS currency, toString(c.route) AS any_route, toString(c.model) AS any_model,
                if(has(of_calls, 'route'), any_route, '') AS route,
                if(has(of_calls, 'model'), any_model, '') AS model,
                if(has(of_calls, 'reason'), toString(c.reason), '') AS reason,
                if(has(of_calls, 'provider'), toString(c.provider), '') AS provider,
                if(has(of_calls, 'tenant'), toString(c.tenant), '') AS tenant,
                if(has(of_calls, 'plan'), toString(c.plan), '') AS plan,
                if(has(of_calls, 'feature'), toString(c.feature), '') AS feature,
                if(has(of_calls, 'task'), toString(c.task), '') AS task,
                if(has(of_calls, 'service'), toString(c.service), '') AS service,
                if(has(of_calls, 'risk'), toString(c.risk), '') AS risk,
                if(has(of_calls, 'tier'), toString(c.service_tier), '') AS tier,
                if(has(of_calls, 'attempt'), toString(c.attempt_reason), '') AS attempt,
                if(has(of_calls, 'purpose'), toString(c.purpose), '') AS purpose,
                if(has(of_calls, 'job'), toString(c.job_name), '') AS job,
                grouping(any_route) = 0 AS is_driver,
                sum(c.cost) AS spend, count() AS records, countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
                countIf(c.cost_status = 'partial') AS partly_priced, countIf(c.cost_status = 'no_usage') AS no_usage
            FROM llm_calls AS c
            WHERE c.hour >= toStartOfHour(toDateTime(calls_from_s, 'UTC')) AND c.hour < now_
                AND (empty(calls_only['route']) OR has(calls_only['route'], toString(c.route)))
                AND (empty(calls_only['reason']) OR has(calls_only['reason'], toString(c.reason)))
                AND (empty(calls_only['provider']) OR has(calls_only['provider'], toString(c.provider)))
                AND (empty(calls_only['model']) OR has(calls_only['model'], toString(c.model)))
                AND (empty(calls_only['tenant']) OR has(calls_only['tenant'], toString(c.tenant)))
                AND (empty(calls_only['plan']) OR has(calls_only['plan'], toString(c.plan)))
                AND (empty(calls_only['feature']) OR has(calls_only['feature'], toString(c.feature)))
                AND (empty(calls_only['task']) OR has(calls_only['task'], toString(c.task)))
                AND (empty(calls_only['service']) OR has(calls_only['service'], toString(c.service)))
                AND (empty(calls_only['risk']) OR has(calls_only['risk'], toString(c.risk)))
                AND (empty(calls_only['tier']) OR has(calls_only['tier'], toString(c.service_tier)))
                AND (empty(calls_only['attempt']) OR has(calls_only['attempt'], toString(c.attempt_reason)))
                AND (empty(calls_only['purpose']) OR has(calls_only['purpose'], toString(c.purpose)))
                AND (empty(calls_only['job']) OR has(calls_only['job'], toString(c.job_name)))
            GROUP BY GROUPING SETS (
                (currency, reason, provider, tenant, plan, feature, task, service, risk, tier, attempt, purpose, job, at_s, route, model),
                (currency, reason, provider, tenant, plan, feature, task, service, risk, tier, attempt, purpose, job, ago, any_route, any_model))
        ) AS c
    ),
    valued AS
    (
        SELECT
            b.position AS position, b.currency = s.currency AS is_own, b.start_s AS start_s, b.end_s AS end_s, b.each AS each,
            multiIf(
                b.each = '', '', b.each = 'tenant', s.tenant, b.each = 'route', s.route, b.each = 'model', s.model, b.each = 'plan', s.plan,
                b.each = 'feature', s.feature, b.each = 'provider', s.provider, b.each = 'reason', s.reason, b.each = 'task', s.task,
                b.each = 'service', s.service, b.each = 'risk', s.risk, b.each = 'tier', s.tier, b.each = 'attempt', s.attempt,
                b.each = 'purpose', s.purpose, s.job) AS value,
            multiIf(
                NOT s.is_driver OR s.currency != b.currency, '', b.driver_by = 'tenant', s.tenant, b.driver_by = 'model', s.model,
                b.driver_by = 'route', s.route, '') AS driver,
            multiIf(s.at_s >= now_s - b.grown_s, 1, s.at_s >= now_s - 2 * b.grown_s, -1, 0) AS grown,
            s.is_figure AS is_figure, s.at_s AS at_s, s.currency AS paid_in, s.spend AS spend, s.records AS records,
            s.unpriced AS unpriced, s.partly_priced AS partly_priced, s.no_usage AS no_usage
        FROM sums AS s
        INNER JOIN budgets AS b ON s.made_from = b.made_from
        WHERE s.at_s >= b.from_s
            AND (empty(b.only_route) OR has(b.only_route, s.route))
            AND (empty(b.only_reason) OR has(b.only_reason, s.reason))
            AND (empty(b.only_provider) OR has(b.only_provider, s.provider))
            AND (empty(b.only_model) OR has(b.only_model, s.model))
            AND (empty(b.only_tenant) OR has(b.only_tenant, s.tenant))
            AND (empty(b.only_plan) OR has(b.only_plan, s.plan))
            AND (empty(b.only_feature) OR has(b.only_feature, s.feature))
            AND (empty(b.only_task) OR has(b.only_task, s.task))
            AND (empty(b.only_service) OR has(b.only_service, s.service))
            AND (empty(b.only_risk) OR has(b.only_risk, s.risk))
            AND (empty(b.only_tier) OR has(b.only_tier, s.tier))
            AND (empty(b.only_attempt) OR has(b.only_attempt, s.attempt))
            AND (empty(b.only_purpose) OR has(b.only_purpose, s.purpose))
            AND (empty(b.only_job) OR has(b.only_job, s.job))
    ),
    matched AS
    (
        SELECT
            v.position AS position, v.value AS value, v.driver AS driver, if(v.driver = '', 0, v.grown) AS grown,
            v.is_figure AS is_figure, v.at_s AS at_s, intDiv(now_s - 1 - v.at_s, 86400) AS day, v.paid_in AS paid_in,
            v.is_own AS is_own, v.at_s >= v.start_s AS is_now, v.at_s >= now_s - week_s AS is_recent,
            if(is_recent, intDiv(v.end_s - 1 - v.at_s, week_s), 0) AS times_left,
            v.spend AS spend, v.records AS records, v.unpriced AS unpriced, v.partly_priced AS partly_priced, v.no_usage AS no_usage
        FROM valued AS v
        WHERE (v.each = '' OR v.value != '') AND (v.is_figure OR (v.driver != '' AND v.grown != 0))
    ),
    by_day AS
    (
        SELECT
            m.position AS position, m.value AS value, m.paid_in AS paid_in, m.is_own AS is_own, m.day AS day, m.driver AS driver,
            m.is_figure AS is_figure,
            sum(m.spend) AS spend, sum(if(m.is_now, m.spend, NULL)) AS spend_now, sum(if(m.is_recent, m.spend, NULL)) AS recent,
            sum(m.spend * m.times_left) AS left, sum(m.spend * m.grown) AS growth, min(m.at_s) AS first_s,
            sumIf(m.records, m.is_now) AS records, sumIf(m.unpriced, m.is_now) AS unpriced,
            sumIf(m.partly_priced, m.is_now) AS partly_priced, sumIf(m.no_usage, m.is_now) AS no_usage,
            groupArrayIf((m.at_s, assumeNotNull(m.spend)), m.is_own AND m.is_figure AND (m.is_now OR m.is_recent) AND m.spend > 0) AS hours
        FROM matched AS m
        GROUP BY m.position, m.value, m.paid_in, m.is_own, m.day, m.driver, m.is_figure
    ),
    by_driver AS
    (
        SELECT
            d.position AS position, d.value AS value, d.driver AS driver, minIf(d.first_s, d.is_figure) AS first_s,
            sum(if(d.is_own AND d.is_figure, d.spend_now, NULL)) AS known, sum(if(d.is_own AND d.is_figure, d.left, NULL)) AS left,
            sum(if(d.is_own AND d.is_figure, d.recent, NULL)) AS recent, sum(d.growth) AS growth,
            sumIf(d.records, d.is_figure) AS records, sumIf(d.unpriced, d.is_figure) AS unpriced,
            sumIf(d.partly_priced, d.is_figure) AS partly_priced, sumIf(d.no_usage, d.is_figure) AS no_usage,
            groupArrayIf((d.paid_in, assumeNotNull(d.spend_now)), NOT d.is_own AND d.is_figure AND d.spend_now > 0) AS others,
            groupArrayArray(d.hours) AS hours,
            groupArrayIf((d.day, toFloat64(assumeNotNull(d.spend))), d.is_own AND d.is_figure AND d.spend > 0) AS days
        FROM by_day AS d
        GROUP BY d.position, d.value, d.driver
    ),
    used AS
    (
        SELECT
            d.position AS position, d.value AS value, minIf(d.first_s, d.first_s > 0) AS first_s, sum(d.known) AS known, sum(d.left) AS left,
            sum(d.recent) AS recent, sum(d.records) AS records, sum(d.unpriced) AS unpriced, sum(d.partly_priced) AS partly_priced,
            sum(d.no_usage) AS no_usage, groupArrayArray(d.others) AS others, arraySort(groupArrayArray(d.hours)) AS hours,
            groupArrayArray(d.days) AS days, argMaxIf(d.driver, (d.growth, d.driver), d.driver != '' AND d.growth > 0) AS driver,
            maxIf(d.growth, d.driver != '' AND d.growth > 0) AS growth
        FROM by_driver AS d
        GROUP BY d.position, d.value
    ),
    figures AS
    (
        SELECT
            b.position AS position, b.name AS name, u.value AS value, b.each AS each, b.period AS period, b.zone AS zone, b.start_s AS start_s,
            b.end_s AS end_s, b.currency AS currency, b.amount AS amount, b.warn AS warn, b.is_forecast_asked AS is_forecast_asked,
            b.driver_by AS driver_by, u.driver AS driver, u.growth AS growth, u.others AS others, u.hours AS hours,
            u.records AS records, u.unpriced AS unpriced, u.partly_priced AS partly_priced, u.no_usage AS no_usage,
            if(u.unpriced + u.no_usage = 0, ifNull(u.known, toDecimal128(0, 12)), u.known) AS spend,
            if(u.first_s = 0, now_s, u.first_s) AS first_s,
            now_s - first_s >= week_s AS has_week,
            if(has_week, week_s, now_s - first_s) AS recent_s,
            toDecimal256(ifNull(u.recent, 0), 12) AS recent,
            spend + if(has_week, toDecimal256(ifNull(u.left, 0), 12), ifNull(recent * greatest(0, b.end_s - now_s) / nullIf(recent_s, 0), toDecimal256(0, 12))) AS forecast,
            least(28, intDiv(now_s - first_s, 86400)) AS days,
            arrayMap(day -> arraySum(each -> if(each.1 = day, each.2, 0), u.days), range(28)) AS spends,
            greatest(0, b.end_s - now_s) / 86400 AS days_left
        FROM budgets AS b
        LEFT JOIN used AS u ON b.position = u.position
        WHERE b.each = '' OR u.value != ''
    ),
    -- How far days are from the same weekday a week before says how far off the forecast may be.
    compared AS
    (
        SELECT
            f.* EXCEPT (spends),
            if(f.days < 14, arraySlice(f.spends, 1, f.days), arrayMap(day -> f.spends[day + 1] - f.spends[day + 8], range(toUInt32(f.days - 7)))) AS changes,
            toUInt32(floor(f.days_left)) AS whole_days
        FROM figures AS f
    ),
    spread AS
    (
        SELECT
            c.* EXCEPT (changes, whole_days),
            c.days_left - c.whole_days AS part_day,
            if(c.days < 14, 1, 1 / 2) * arrayReduce('varSamp', c.changes) AS variance,
            if(
                c.days < 7,
                pow(c.days_left, 2) / c.days,
                arraySum(slot -> pow(intDiv(c.whole_days + 6 - slot, 7) + if(c.whole_days % 7 = slot, part_day, 0), 2), range(7))) AS repeats,
            if(
                c.days < 14,
                0,
                arrayAvg(c.changes) * (arraySum(day -> intDiv(day, 7) + 1, range(c.whole_days)) + part_day * (intDiv(c.whole_days, 7) + 1))) AS trend,
            multiIf(c.days_left = 0, 0, c.days < 2, NULL, 1.2816 * sqrt(variance * (c.days_left + repeats))) AS chance
        FROM compared AS c
    ),
    -- When the amount is passed: by what was spent, else by the last seven days again and again.
    rooms AS
    (
        SELECT
            s.*,
            arrayMax(arrayFilter(share -> ifNull(s.spend >= s.amount * share, 0), s.warn)) AS reached,
            arrayFilter(hour -> if(s.spend > s.amount, hour.1 >= s.start_s, hour.1 >= now_s - week_s), s.hours) AS hours_then,
            arrayCumSum(hours_then.2) AS totals,
            s.amount - s.spend AS room,
            toInt64(floor(room / nullIf(s.recent, 0))) AS weeks
        FROM spread AS s
    ),
    passing AS
    (
        SELECT
            r.*,
            multiIf(
                r.room < 0, r.hours_then[arrayFirstIndex(total -> total > r.amount, r.totals)].1,
                r.recent = 0 OR r.room IS NULL, NULL,
                r.has_week,
                r.hours_then[arrayFirstIndex(total -> total > ifNull(r.room - r.weeks * r.recent, 0), r.totals)].1 + (ifNull(r.weeks, 0) + 1) * week_s,
                now_s + toInt64(floor(r.room * r.recent_s / r.recent))) AS passed_s
        FROM rooms AS r
    )
SELECT
    p.name AS name, if(p.each = '', NULL, p.value) AS value, nullIf(p.each, '') AS each, p.period AS period, p.zone AS zone,
    formatDateTime(toDateTime(p.start_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC') AS period_from,
    formatDateTime(toDateTime(p.end_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC') AS period_until,
    p.currency AS currency, p.amount AS amount, p.spend AS spend, toFloat64(p.spend) / toFloat64(p.amount) AS used,
    multiIf(
        p.spend IS NULL, 'unknown', p.spend > p.amount, 'over', p.is_forecast_asked AND p.forecast > p.amount, 'forecast', p.reached > 0, 'warn',
        'within') AS level,
    if(p.reached > 0, toFloat64(p.reached), NULL) AS warned,
    p.forecast AS forecast,
    toDecimal256(if(p.chance IS NULL, NULL, greatest(toFloat64(p.spend), toFloat64(p.forecast) + least(0, p.trend) - p.chance)), 12) AS forecast_low,
    toDecimal256(toFloat64(p.forecast) + greatest(0, p.trend) + p.chance, 12) AS forecast_high,
    if(p.passed_s < p.end_s, formatDateTime(toDateTime(p.passed_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC'), NULL) AS exhausted,
    if(p.driver = '', NULL, p.driver_by) AS driver_by, nullIf(p.driver, '') AS driver, if(p.driver = '', NULL, p.growth) AS growth,
    p.records AS records, p.unpriced AS unpriced, p.partly_priced AS partly_priced, p.no_usage AS no_usage,
    nullIf(
        arrayStringConcat(
            arrayMap(
                currency -> concat(currency, ' ', toString(arraySum(other -> if(other.1 = currency, other.2, 0), p.others))),
                arraySort(arrayDistinct(p.others.1))),
            ', '),
        '') AS other_currencies
FROM passing AS p
ORDER BY used DESC NULLS LAST, p.position, p.value
LIMIT {limit:UInt32}
