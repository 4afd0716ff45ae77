-- What suits the store in one process on one machine; applied whenever it starts, after the schema.
--
-- Small parts are merged sixteen at a time and not five: half the processor time of taking spans in went into merging the
-- same rows again and again.
ALTER TABLE otel_traces MODIFY SETTING merge_selector_base = 16;
ALTER TABLE llm_call_records MODIFY SETTING merge_selector_base = 16;
ALTER TABLE llm_route_records MODIFY SETTING merge_selector_base = 16;
