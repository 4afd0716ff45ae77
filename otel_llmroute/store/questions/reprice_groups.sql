-- Question: What is there to price again, equal attempts together?
-- Grain: one row per usage, model and price day, and cost that counts today. Goes on from reprice_calls.sql.
-- Unit: costs in pico-units (1e-12) of `currency`.
SELECT
    group_id, any(provider), any(model), any(tier), any(host), any(region), any(day), any(slot),
    any(input_tokens), any(output_tokens), any(cache_read_tokens), any(cache_write_tokens), any(cache_write_5m_tokens),
    any(cache_write_1h_tokens), any(reasoning_tokens), any(text_input_tokens), any(audio_input_tokens),
    any(image_input_tokens), any(text_output_tokens), any(audio_output_tokens), any(image_output_tokens),
    any(server_tool_calls), any(repriced), any(status), any(currency), any(version), any(cost_pico), any(input_pico),
    any(cache_read_pico), any(cache_write_pico), any(output_pico), any(other_pico), count() AS attempts
FROM calls
GROUP BY group_id
