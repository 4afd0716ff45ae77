-- The routes that the calls are in, one per first attempt; those whose id falls into part `part` of `parts`. A tenth of them
-- asked a cache of answers first. Parameters: part, parts.
INSERT INTO llm_route_records
(
    ts, trace_id, span_id, parent_span_id, service, route_id, route, route_source, reason, router, destination, policy,
    policy_version, job_id, job_name, tenant, plan, feature, task, risk, requested_model, candidates, selected_model,
    selected_provider, served_model, served_provider, fallback_used, attempt_count, outcome, response_cache_result,
    callsite, status, duration_ns, received_at, experiment, variant
)
SELECT
    c.ts - INTERVAL 1 MILLISECOND, c.trace_id, lower(hex(sipHash64(c.route_id, 1))), '', c.service, c.route_id, c.route,
    c.route_source, c.reason, c.router, c.destination, c.policy, c.policy_version, c.job_id, c.job_name, c.tenant, c.plan,
    c.feature, c.task, c.risk,
    'auto', ['openai/gpt-5-mini', 'anthropic/claude-haiku-5'], c.model, c.provider, c.model, c.provider,
    sipHash64(c.route_id, 2) % 50 = 0, 1, if(c.outcome = 'failed', 'error', 'success'),
    if(sipHash64(c.route_id, 3) % 10 = 0, ['miss', 'hit', 'stale'][1 + sipHash64(c.route_id, 4) % 3], ''),
    c.callsite, c.status, c.duration_ns + 1000000, c.received_at, c.experiment, c.variant
FROM llm_call_records AS c
WHERE c.attempt_number = 1 AND sipHash64(c.route_id, 5) % {parts:UInt64} = {part:UInt64}
