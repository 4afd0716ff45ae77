-- Views for questions asked by hand, on what is there once.
CREATE OR REPLACE VIEW spend_by_route AS
SELECT
    h.route AS route,
    h.reason AS reason,
    h.currency AS currency,
    sumIf(h.records, h.kind = 'attempt') AS attempts,
    sum(h.sdk_retries) AS sdk_retries,
    sum(h.failed) AS failed,
    sum(h.input_tokens) AS input_tokens,
    sum(h.cache_read_tokens) AS cache_read_tokens,
    sum(h.output_tokens) AS output_tokens,
    sum(h.spend) AS spend,
    sum(h.unpriced) AS unpriced
FROM llm_hourly AS h
GROUP BY h.route, h.reason, h.currency
COMMENT 'One row per route, reason and currency. spend NULL: nothing of it could be priced.';

CREATE OR REPLACE VIEW unpriced_models AS
SELECT
    c.provider AS provider,
    c.model AS model,
    c.service_tier AS service_tier,
    count() AS attempts,
    sum(c.input_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens,
    max(c.ts) AS last_seen
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage'
GROUP BY c.provider, c.model, c.service_tier
COMMENT 'One row per provider, model and tier that no price list knows.';

CREATE OR REPLACE VIEW jobs_with_cost AS
SELECT
    if(j.job_id != '', j.job_id, s.job_id) AS job_id,
    j.name AS name,
    j.tenant AS tenant,
    j.plan AS plan,
    j.feature AS feature,
    j.started AS started,
    j.ended AS ended,
    j.outcome AS outcome,
    j.review_status AS review_status,
    j.review_minutes AS review_minutes,
    j.revenue AS revenue,
    j.revenue_currency AS revenue_currency,
    s.currency AS currency,
    s.spend AS spend,
    s.attempts AS attempts,
    s.charges AS charges,
    s.unpriced AS unpriced
FROM llm_jobs AS j
FULL OUTER JOIN
(
    SELECT
        c.job_id AS job_id,
        c.currency AS currency,
        sum(c.cost) AS spend,
        countIf(c.kind = 'attempt') AS attempts,
        countIf(c.kind = 'charge') AS charges,
        countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced
    FROM llm_calls AS c
    WHERE c.job_id != ''
    GROUP BY c.job_id, c.currency
) AS s ON j.job_id = s.job_id
COMMENT 'One row per job and currency of its cost; a job without spans of its own yet has no name.';

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
            countIf(c.cost_status = 'no_usage') AS no_usage,
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
