-- Question: What was spent this month so far, and what will it be at the end if it goes on as in the last seven days?
-- Grain: one row per currency.
-- Parameters: until: UTC, the moment that is now; the month is the one before it, and hours that begin in it count.
-- Unit: money in `currency`.
-- Estimates: forecast: what is spent, and for every hour that is left what the same hour of the week cost in the last seven
--   days; when there have not been calls for seven days, the mean since the first one; NULL before a day of calls, while the
--   month goes on. forecast_low, forecast_high: the month ends between them in about eight of ten cases (docs/budgets.md);
--   NULL before two days of calls.
-- NULL spend: there were calls this month and none could be priced.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    toDateTime(toStartOfMonth(now_ - 1), 'UTC') AS month_,
    toInt64(addMonths(month_, 1)) AS end_s,
    604800 AS week_s,
    sums AS
    (
        SELECT
            toString(h.currency) AS currency,
            intDiv(now_s - 1 - toInt64(h.hour), 86400) AS day,
            sumIf(h.records, h.hour >= month_) AS records,
            sum(h.records) AS all_records,
            sum(if(h.hour >= month_, h.spend, NULL)) AS month_spend,
            sum(h.spend) AS day_spend,
            sum(if(toInt64(h.hour) >= now_s - week_s, h.spend, NULL)) AS recent_spend,
            sum(toDecimal256(h.spend, 12) * if(toInt64(h.hour) >= now_s - week_s, intDiv(end_s - 1 - toInt64(h.hour), week_s), 0)) AS left_spend,
            min(toInt64(h.hour)) AS first_s,
            sumIf(h.unpriced, h.hour >= month_) AS unpriced,
            sumIf(h.partly_priced, h.hour >= month_) AS partly_priced,
            sumIf(h.no_usage, h.hour >= month_) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= least(month_, now_ - INTERVAL 28 DAY) AND h.hour < now_
            -- filters: llm_hourly AS h
        GROUP BY currency, day
    ),
    -- What has no price has no currency: it is shown beside the money that was mostly paid in.
    paid AS
    (
        SELECT
            s.* EXCEPT (currency),
            if(s.currency != '', s.currency, argMax(s.currency, (s.currency != '', s.of_currency, s.currency)) OVER ()) AS paid_in,
            min(s.first_s) OVER () AS since_s
        FROM (SELECT *, sum(all_records) OVER (PARTITION BY currency) AS of_currency FROM sums) AS s
    ),
    figures AS
    (
        SELECT
            p.paid_in AS currency,
            if(sum(p.records) = 0, toDecimal128(0, 12), sum(p.month_spend)) AS spend,
            now_s - any(p.since_s) AS known_s,
            multiIf(
                known_s >= week_s,
                toDecimal256(ifNull(sum(p.left_spend), 0), 12),
                known_s >= 86400 OR end_s <= now_s,
                toDecimal256(ifNull(sum(p.recent_spend), 0), 12) * greatest(0, end_s - now_s) / known_s,
                NULL) AS ahead,
            spend + ahead AS forecast,
            least(28, intDiv(known_s, 86400)) AS days,
            groupArray(p.day) AS day_at,
            groupArray(toFloat64(ifNull(p.day_spend, 0))) AS day_spends,
            arrayMap(each -> arraySum(arrayMap((at, amount) -> if(at = each, amount, 0), day_at, day_spends)), range(28)) AS spends,
            greatest(0, end_s - now_s) / 86400 AS days_left,
            sum(p.records) AS records, sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY p.paid_in
    ),
    -- How far days are from the same weekday a week before says how far off the forecast may be.
    spread AS
    (
        SELECT
            f.*,
            toUInt32(floor(f.days_left)) AS whole_days, f.days_left - whole_days AS part_day,
            arrayMap(day -> f.spends[day + 1] - f.spends[day + 8], range(toUInt32(if(f.days >= 14, f.days - 7, 0)))) AS changes,
            if(empty(changes), 0, arrayAvg(changes)) AS change,
            if(
                f.days >= 14,
                arraySum(each -> pow(each - change, 2), changes) / (length(changes) - 1) / 2,
                arrayReduce('varSamp', arraySlice(f.spends, 1, f.days))) AS variance,
            if(
                f.days >= 7,
                arraySum(slot -> pow(intDiv(whole_days + 6 - slot, 7) + if(whole_days % 7 = slot, part_day, 0), 2), range(7)),
                pow(f.days_left, 2) / f.days) AS repeats,
            change * (arraySum(day -> intDiv(day, 7) + 1, range(whole_days)) + part_day * (intDiv(whole_days, 7) + 1)) AS trend,
            multiIf(f.days_left = 0, 0, f.days < 2, NULL, 1.2816 * sqrt(variance * (f.days_left + repeats))) AS chance
        FROM figures AS f
    )
SELECT
    s.currency AS currency, toString(toDate(month_)) AS month, s.spend AS spend, s.forecast AS forecast,
    toDecimal256(if(s.chance IS NULL, NULL, greatest(toFloat64(s.spend), toFloat64(s.forecast) + least(0, s.trend) - s.chance)), 12) AS forecast_low,
    toDecimal256(toFloat64(s.forecast) + greatest(0, s.trend) + s.chance, 12) AS forecast_high,
    s.records AS records, s.unpriced AS unpriced, s.partly_priced AS partly_priced, s.no_usage AS no_usage
FROM spread AS s
ORDER BY spend DESC NULLS LAST, records DESC, currency
