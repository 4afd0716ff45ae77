-- Calls as an app with 30 routes, 500 customers and 4 models makes them, `more` of them after `there` that are there: jobs
-- of `together` calls, spread evenly over 30 days. The calls of a job follow one another within seconds, in one trace, for
-- one customer; a retry or fallback is in the route of the call before it. One call of 500 has no price. The first
-- `experiments` routes but one, which are the busiest, are each tried in two variants, every customer in one of them.
-- Parameters: there, more, together, experiments.
INSERT INTO llm_call_records
(
    kind, ts, trace_id, span_id, service, route_id, route, route_source, reason, router, destination, policy,
    policy_version, job_id, job_name, tenant, plan, feature, task, risk, attempt_number, attempt_reason, outcome,
    sdk_retries, purpose, operation, provider, request_model, response_model, model, finish_reasons, stream,
    usage_status, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost, currency, cost_source,
    cost_status, cost_input, cost_cache_read, cost_output, price_version, service_tier, callsite, server_address,
    http_status, error_type, first_chunk_s, status, duration_ns, received_at, experiment, variant
)
WITH
    (number + {there:UInt64}) AS n,
    toUInt64(30) * 86400 * 1000000000 AS span_ns,
    toDateTime64('2026-10-01 00:00:00', 9, 'UTC') AS first,
    intDiv(n, {together:UInt64}) AS job,
    n % {together:UInt64} AS step,
    sipHash64(n, 5) % 100 AS chance,
    sipHash64(n, 14) % 500 != 0 AS priced,
    step > 0 AND chance < 5 AS again,
    n - again AS first_of_route,
    toUInt32(least(-log((sipHash64(job, 21) % 1000000 + 1) / 1000000) / 0.02, 499)) AS customer,
    toUInt32(least(-log((sipHash64(first_of_route, 20) % 1000000 + 1) / 1000000) / 0.2, 29)) AS r,
    ['gpt-5-mini', 'gpt-5', 'claude-haiku-5', 'claude-opus-5'][1 + sipHash64(n, 1) % (2 + r % 3)] AS m,
    r BETWEEN 1 AND {experiments:UInt64} AS tried,
    50 + sipHash64(n, 2) % 3950 AS tokens,
    if(sipHash64(n, 3) % 10 < 4, intDiv(tokens, 2), 0) AS cached,
    5 + sipHash64(n, 4) % 800 AS out,
    toDecimal64(transform(m, ['gpt-5-mini', 'gpt-5', 'claude-haiku-5', 'claude-opus-5'], [0.25, 1.25, 1., 5.], 0.) / 1e6, 12) AS price
SELECT
    'attempt',
    addNanoseconds(first, toInt64(sipHash64(job, 6) % span_ns + step * 2000000000 + sipHash64(n, 10) % 2000000000)),
    lower(hex(sipHash64(job, 7))) || lower(hex(sipHash64(job, 8))),
    lower(hex(sipHash64(n, 9))),
    'inbox',
    lower(hex(sipHash64(first_of_route, 11))),
    concat('area', toString(r % 6), '.step', toString(r)),
    'explicit',
    ['task_class', 'cost', 'latency'][1 + sipHash64(n, 13) % 3],
    'app', 'model', 'inbox', '3',
    concat('T-', toString(job)),
    'resolve_ticket',
    concat('tenant-', toString(customer)),
    ['free', 'pro', 'team'][1 + customer % 3],
    concat('area', toString(r % 6)),
    concat('class', toString(r % 4)),
    'low',
    1 + again,
    if(NOT again, 'initial', if(chance < 3, 'retry', 'fallback_rate_limit')),
    if(chance < 2, 'failed', 'accepted'),
    if(chance = 7, 1, 0),
    'answer', 'chat',
    if(m LIKE 'gpt%', 'openai', 'anthropic'),
    m, m, m,
    ['completed'],
    true,
    'reported',
    tokens, out, cached, 0,
    if(priced, (tokens - cached) * price + cached * price / 10 + out * price * 5, NULL),
    if(priced, 'USD', ''), 'local', if(priced, 'priced', 'unpriced'),
    if(priced, (tokens - cached) * price, NULL), if(priced, cached * price / 10, NULL), if(priced, out * price * 5, NULL),
    'genai-prices/0.2.3', 'standard', 'desk.py:Desk.answer', 'api.openai.com', 200,
    if(chance < 2, ['timeout', 'RateLimitError'][1 + chance], ''),
    sipHash64(n, 17) % 1000 / 1000, 'Ok',
    200000000 + sipHash64(n, 18) % 4000000 * 1000,
    toDateTime64('2026-11-01 00:00:00', 3, 'UTC'),
    if(tried, concat('try-', toString(r)), ''), if(tried, ['control', 'candidate'][1 + customer % 2], '')
FROM numbers({more:UInt64})
