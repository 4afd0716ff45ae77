-- Question: What will be spent under each budget at the end of its period, and when is its amount passed?
-- Grain: one row per budget; of a budget for each value of a dimension, one row per value that has calls.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in `currency`; times are seconds since 1970, UTC.
-- Estimates: forecast: what is spent, and for every hour that is left what the same hour of the week cost in the last seven
--   days; of a budget that has not had calls for seven days, the mean since its first call; NULL before a day of calls, while
--   the period goes on. It is off by `chance` to either side in about two of ten cases, and by `trend` more when weeks go on
--   changing as they did (docs/budgets.md); chance is NULL before two days of calls. passed_s: the hour in which the amount
--   is passed, by what was spent, else, from a day of calls on, by what the last seven days cost again and again.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    604800 AS week_s,
    figures AS
    (
        SELECT
            b.position AS position, b.name AS name, u.value AS value, b.each AS each, b.period AS period, b.zone AS zone, b.start_s AS start_s,
            b.end_s AS end_s, b.currency AS currency, b.amount AS amount, b.warn AS warn, b.is_forecast_asked AS is_forecast_asked,
            b.driver_by AS driver_by, u.growths AS growths, u.others AS others, u.hours AS hours,
            u.records AS records, u.unpriced AS unpriced, u.partly_priced AS partly_priced, u.no_usage AS no_usage,
            if(u.unpriced + u.no_usage = 0, ifNull(u.known, toDecimal128(0, 12)), u.known) AS spend,
            if(u.first_s = 0, now_s, u.first_s) AS first_s,
            now_s - first_s >= week_s AS has_week,
            if(has_week, week_s, now_s - first_s) AS recent_s,
            toDecimal256(ifNull(u.recent, 0), 12) AS recent,
            least(28, intDiv(now_s - first_s, 86400)) AS days,
            multiIf(
                b.end_s <= now_s, toDecimal256(0, 12),
                has_week, toDecimal256(ifNull(u.left, 0), 12),
                days >= 1, recent * (b.end_s - now_s) / nullIf(recent_s, 0),
                NULL) AS ahead,
            spend + ahead AS forecast,
            arrayMap(day -> toFloat64(arraySum((each, cost) -> if(each = day, cost, 0), u.days.1, u.days.2)), range(28)) AS spends,
            greatest(0, b.end_s - now_s) / 86400 AS days_left
        FROM (/* budget_periods.sql */) AS b
        LEFT JOIN (/* budget_spend.sql */) AS u ON b.position = u.position
        WHERE b.each = '' OR u.value != ''
    )
SELECT
    f.* EXCEPT (spends, hours, has_week, recent_s, recent, first_s, days, ahead, days_left),
    -- How far days are from the same weekday a week before says how far off the forecast may be.
    if(
        f.days < 14,
        arraySlice(f.spends, 1, f.days),
        arrayMap(day -> f.spends[day + 1] - f.spends[day + 8], range(toUInt32(f.days - 7)))) AS changes,
    toUInt32(floor(f.days_left)) AS whole_days,
    f.days_left - whole_days AS part_day,
    if(f.days < 14, 1, 1 / 2) * arrayReduce('varSamp', changes) AS variance,
    if(
        f.days < 7,
        pow(f.days_left, 2) / f.days,
        arraySum(slot -> pow(intDiv(whole_days + 6 - slot, 7) + if(whole_days % 7 = slot, part_day, 0), 2), range(7))) AS repeats,
    if(
        f.days < 14,
        0,
        arrayAvg(changes) * (arraySum(day -> intDiv(day, 7) + 1, range(whole_days)) + part_day * (intDiv(whole_days, 7) + 1))) AS trend,
    multiIf(f.days_left = 0, 0, f.days < 2, NULL, 1.2816 * sqrt(variance * (f.days_left + repeats))) AS chance,
    -- When the amount is passed: by what was spent, else by the last seven days again and again.
    arrayFilter((cost, at_s) -> at_s >= if(f.spend > f.amount, f.start_s, now_s - week_s), f.hours.2, f.hours.1) AS costs,
    arrayFilter(at_s -> at_s >= if(f.spend > f.amount, f.start_s, now_s - week_s), f.hours.1) AS moments,
    f.amount - f.spend AS room,
    -- As many weeks as no period has, where hardly anything is spent of a large amount: the seconds of more are no Int64.
    toInt64(least(floor(room / nullIf(f.recent, 0)), toDecimal256(10000, 12))) AS weeks,
    multiIf(room < 0, f.amount, f.has_week, ifNull(room - weeks * f.recent, 0), NULL) AS passed_with,
    moments[arrayFirstIndex(total -> total > passed_with, arrayCumSum(costs))] AS passed_then_s,
    multiIf(
        room < 0, passed_then_s,
        f.days < 1 OR f.recent = 0 OR room IS NULL, NULL,
        f.has_week, passed_then_s + (ifNull(weeks, 0) + 1) * week_s,
        now_s + toInt64(least(floor(room * f.recent_s / f.recent), toDecimal256(10000 * week_s, 12)))) AS passed_s
FROM figures AS f
