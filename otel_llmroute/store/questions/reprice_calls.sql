-- Question: Which attempts can be priced again, what does their price depend on, and what cost counts today?
-- Grain: one row per attempt whose cost no provider reported; `group_id` is equal where all but the ids is.
-- Parameters: since, until: times in UTC; part of parts: a share of the attempts, when an hour has very many; moments:
--   nanoseconds of the UTC day at which prices change; only_unpriced: 1 for attempts without a cost alone; route, provider,
--   model, tenant, service, tier, run: '' for all.
-- Unit: costs in pico-units (1e-12) of `currency`.
-- Begins reprice_groups.sql and reprice_costs.sql, which go on with `SELECT ... FROM calls`. Not written on llm_calls, which
-- does not tell a cost that came with the call from one worked out later. The moment of a price is the end of the call, as
-- where it was made.
WITH
    records AS
    (
        SELECT *, toUnixTimestamp64Nano(ts) + toInt64(least(duration_ns, 31536000000000000)) AS moment_ns
        FROM llm_call_records FINAL
        WHERE kind = 'attempt' AND cost_source != 'provider'
            AND ts >= {since:DateTime64(9, 'UTC')} AND ts < {until:DateTime64(9, 'UTC')}
            AND cityHash64(trace_id, span_id) % {parts:UInt32} = {part:UInt32}
            AND ({route:String} = '' OR route = {route:String})
            AND ({provider:String} = '' OR provider = {provider:String})
            AND ({model:String} = '' OR model = {model:String})
            AND ({tenant:String} = '' OR tenant = {tenant:String})
            AND ({service:String} = '' OR service = {service:String})
            AND ({tier:String} = '' OR service_tier = {tier:String})
            AND ({run:String} = '' OR run_id = {run:String})
    ),
    costs AS
    (
        SELECT * FROM llm_costs FINAL
        WHERE ts >= {since:DateTime64(9, 'UTC')} AND ts < {until:DateTime64(9, 'UTC')}
        ORDER BY computed_at DESC
        LIMIT 1 BY ts, trace_id, span_id, service
    ),
    described AS
    (
        SELECT
            r.ts AS ts, r.trace_id AS trace_id, r.span_id AS span_id, r.service AS service,
            toString(r.provider) AS provider, toString(r.model) AS model, toString(r.service_tier) AS tier,
            toString(r.server_address) AS host, toString(r.region) AS region,
            intDiv(r.moment_ns, 86400000000000) AS day,
            arrayCount(moment -> moment <= r.moment_ns % 86400000000000, {moments:Array(Int64)}) AS slot,
            r.input_tokens AS input_tokens, r.output_tokens AS output_tokens,
            r.cache_read_tokens AS cache_read_tokens, r.cache_write_tokens AS cache_write_tokens,
            r.cache_write_5m_tokens AS cache_write_5m_tokens, r.cache_write_1h_tokens AS cache_write_1h_tokens,
            r.reasoning_tokens AS reasoning_tokens, r.text_input_tokens AS text_input_tokens,
            r.audio_input_tokens AS audio_input_tokens, r.image_input_tokens AS image_input_tokens,
            r.text_output_tokens AS text_output_tokens, r.audio_output_tokens AS audio_output_tokens,
            r.image_output_tokens AS image_output_tokens, r.server_tool_calls AS server_tool_calls,
            toUnixTimestamp64Milli(c.computed_at) != 0 AS repriced,
            toString(if(repriced, c.cost_status, r.cost_status)) AS status,
            toString(if(repriced, c.currency, r.currency)) AS currency,
            toString(if(repriced, c.price_version, r.price_version)) AS version,
            if(repriced, c.cost, r.cost) AS cost,
            if(repriced, c.cost_input, r.cost_input) AS cost_input,
            if(repriced, c.cost_cache_read, r.cost_cache_read) AS cost_cache_read,
            if(repriced, c.cost_cache_write, r.cost_cache_write) AS cost_cache_write,
            if(repriced, c.cost_output, r.cost_output) AS cost_output,
            if(repriced, c.cost_other, r.cost_other) AS cost_other
        FROM records AS r
        LEFT JOIN costs AS c ON r.ts = c.ts AND r.trace_id = c.trace_id AND r.span_id = c.span_id AND r.service = c.service
    ),
    calls AS
    (
        SELECT
            * EXCEPT (cost, cost_input, cost_cache_read, cost_cache_write, cost_output, cost_other),
            toInt64(toDecimal128(cost, 12) * toDecimal128(1000000000000, 0)) AS cost_pico,
            toInt64(toDecimal128(cost_input, 12) * toDecimal128(1000000000000, 0)) AS input_pico,
            toInt64(toDecimal128(cost_cache_read, 12) * toDecimal128(1000000000000, 0)) AS cache_read_pico,
            toInt64(toDecimal128(cost_cache_write, 12) * toDecimal128(1000000000000, 0)) AS cache_write_pico,
            toInt64(toDecimal128(cost_output, 12) * toDecimal128(1000000000000, 0)) AS output_pico,
            toInt64(toDecimal128(cost_other, 12) * toDecimal128(1000000000000, 0)) AS other_pico,
            -- As text: a hash of values does not tell NULL from 0.
            sipHash128(toString(tuple(
                provider, model, tier, host, region, day, slot, input_tokens, output_tokens, cache_read_tokens,
                cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, text_input_tokens,
                audio_input_tokens, image_input_tokens, text_output_tokens, audio_output_tokens, image_output_tokens,
                server_tool_calls, repriced, status, currency, version, cost_pico, input_pico, cache_read_pico,
                cache_write_pico, output_pico, other_pico))) AS group_id
        FROM described
        WHERE {only_unpriced:UInt8} = 0 OR (cost IS NULL AND status != 'no_usage')
    )
