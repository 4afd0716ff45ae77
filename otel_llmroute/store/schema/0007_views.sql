-- Views for questions asked by hand. Each counts a span once however often it was delivered.
CREATE OR REPLACE VIEW spend_by_route AS
SELECT
    c.route AS route,
    c.reason AS reason,
    c.currency AS currency,
    countIf(c.kind = 'attempt') AS attempts,
    sum(c.sdk_retries) AS sdk_retries,
    countIf(c.outcome = 'failed') AS failed,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.cost) AS spend,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced
FROM llm_calls AS c FINAL
GROUP BY c.route, c.reason, c.currency
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
FROM llm_calls AS c FINAL
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
    FROM llm_calls AS c FINAL
    WHERE c.job_id != ''
    GROUP BY c.job_id, c.currency
) AS s ON j.job_id = s.job_id
COMMENT 'One row per job and currency of its cost; a job without spans of its own yet has no name.';
