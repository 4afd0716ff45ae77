-- The jobs that the calls are for, each with a span that ends a second after its last call began; those whose id falls into
-- part `part` of `parts`. Nine of ten succeed and earn five cents. Parameters: part, parts.
INSERT INTO llm_job_records
(
    job_id, source, ts, started, trace_id, span_id, service, job_name, tenant, plan, feature, revenue, revenue_currency,
    outcome, received_at
)
SELECT
    c.job_id, 'span', max(c.ts) + INTERVAL 1 SECOND, min(c.ts) - INTERVAL 2 MILLISECOND, any(c.trace_id),
    lower(hex(sipHash64(c.job_id, 1))), any(c.service), any(c.job_name), any(c.tenant), any(c.plan), any(c.feature),
    if(sipHash64(c.job_id, 2) % 10 = 0, NULL, toDecimal64(0.05, 12)), if(sipHash64(c.job_id, 2) % 10 = 0, '', 'USD'),
    if(sipHash64(c.job_id, 2) % 10 = 0, 'failure', 'success'), any(c.received_at)
FROM llm_call_records AS c
WHERE sipHash64(c.job_id, 3) % {parts:UInt64} = {part:UInt64}
GROUP BY c.job_id
