-- Question: What was spent this month so far, and what will it be at the end if it goes on as in the last seven days?
-- Grain: one row per currency.
-- Parameters: until: UTC, the moment that is now; the month is the one before it, and hours that begin in it count.
-- Unit: money in `currency`; forecast is an estimate: spend so far, and the mean of the last seven days (or since the first
--   call in them) for the time that is left.
-- NULL spend: there were calls this month and none could be priced.
WITH
    {until:DateTime('UTC')} AS now_,
    toDateTime(toStartOfMonth(now_ - 1), 'UTC') AS month_,
    addMonths(month_, 1) AS end_,
    now_ - INTERVAL 7 DAY AS week_,
    sums AS
    (
        SELECT
            toString(h.currency) AS currency,
            sumIf(h.records, h.hour >= month_) AS records,
            sum(h.records) AS all_records,
            sum(if(h.hour >= month_, h.spend, NULL)) AS month_spend,
            sum(if(h.hour >= week_, h.spend, NULL)) AS recent_spend,
            minIf(toNullable(h.hour), h.hour >= week_) AS first_hour,
            sumIf(h.unpriced, h.hour >= month_) AS unpriced,
            sumIf(h.partly_priced, h.hour >= month_) AS partly_priced,
            sumIf(h.no_usage, h.hour >= month_) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= least(month_, week_) AND h.hour < now_
            -- filters: llm_hourly AS h
        GROUP BY currency
    ),
    -- What has no price has no currency: it is shown beside the money that was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', all_records, currency)) OVER ()) AS paid_in,
            toInt64(now_) - toInt64(min(first_hour) OVER ()) AS recent_s
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.paid_in AS currency,
            if(sum(p.records) = 0, toDecimal128(0, 12), sum(p.month_spend)) AS spend,
            sum(p.recent_spend) AS recent_spend,
            any(p.recent_s) AS recent_s,
            sum(p.records) AS records, sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY currency
    )
SELECT
    currency, toString(toDate(month_)) AS month, spend,
    spend + toDecimal256(ifNull(recent_spend, 0), 12) * greatest(0, toInt64(end_) - toInt64(now_)) / recent_s AS forecast,
    records, unpriced, partly_priced, no_usage
FROM merged
ORDER BY spend DESC NULLS LAST, records DESC, currency
