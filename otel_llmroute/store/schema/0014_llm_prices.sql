-- Prices that a person set for this store: what a token or a call of a model costs from one day to another. They come before
-- llmroute.toml and before the price list. Appended only: setting a price again adds a version, and the version added last
-- counts. Costs that were recorded stay as they are until `llmroute reprice`.
CREATE TABLE IF NOT EXISTS llm_prices
(
    version LowCardinality(String) COMMENT 'store/NAME@TIME: what price_version of a cost says; the rows of one price share it',
    added_at DateTime64(3) COMMENT 'when it was set, UTC; of two that are for the same call the one added last counts',
    position UInt32 COMMENT 'place among those added at once; of two that are for the same call the first counts',
    name LowCardinality(String) COMMENT 'what the person called it',
    provider LowCardinality(String) COMMENT 'name or pattern, lower case; empty: any',
    model LowCardinality(String) COMMENT 'name or pattern, lower case: gpt-5*',
    service_tier LowCardinality(String) COMMENT 'tier served; empty: any',
    host LowCardinality(String) COMMENT 'name or pattern of the API host; empty: any',
    region LowCardinality(String) COMMENT 'name or pattern; empty: any',
    kind LowCardinality(String) COMMENT 'of token: input, cache_read, cache_write, output, ...; of call: web_search, request, ...; discount, surcharge and list_price (factor on the list price); gpu_hour, gpus, tokens_per_second, input_tokens_per_second',
    amount Decimal(38, 18) COMMENT 'in currency, for `per` of the kind; a share for discount and surcharge, a number for speeds and gpus',
    per UInt32 COMMENT 'how many tokens or calls the amount is for: 1000000, 1000 or 1',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    same_as LowCardinality(String) COMMENT 'provider/model whose list price is meant; empty: the model itself',
    of_tier LowCardinality(String) COMMENT 'tier whose list price is meant; empty: the one served',
    valid_from Nullable(Date) COMMENT 'first UTC day; NULL: from the beginning',
    valid_to Nullable(Date) COMMENT 'first UTC day on which it no longer holds; NULL: no end',
    source String COMMENT 'where the price was read: a contract, a link'
)
ENGINE = MergeTree
ORDER BY (provider, model, added_at, position, kind)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Prices set for this store, append-only: one row per version and kind of token or call.';
