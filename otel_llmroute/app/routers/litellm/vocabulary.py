"""LiteLLM's words, and ours for the same."""

from __future__ import annotations

from typing import Final

from otel_llmroute.app.sdks import openai

ROUTER: Final = "litellm"
PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "watsonx_text": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""LiteLLM's name of a provider -> that of the GenAI conventions, where they differ."""
ENDPOINTS: Final = {
    "completion": openai.CHAT,
    "acompletion": openai.CHAT,
    "text_completion": openai.COMPLETIONS,
    "atext_completion": openai.COMPLETIONS,
    "embedding": openai.EMBEDDINGS,
    "aembedding": openai.EMBEDDINGS,
    "responses": openai.RESPONSES,
    "aresponses": openai.RESPONSES,
    "image_generation": openai.IMAGES,
    "aimage_generation": openai.IMAGES,
    "transcription": openai.TRANSCRIPTIONS,
    "atranscription": openai.TRANSCRIPTIONS,
    "anthropic_messages": openai.CHAT,
    "aanthropic_messages": openai.CHAT,
}
"""``call_type`` -> how its answer is read, as far as its shape does not tell (``answers``)."""
ALWAYS_ASKED: Final = frozenset({"responses", "aresponses", "anthropic_messages", "aanthropic_messages"})
"""Types of calls whose streams end with the usage: the API has it so, and LiteLLM asks for it where it makes a chat of
one. https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/responses/litellm_completion_transformation/transformation.py
"""
STATE_THEIR_COST: Final = frozenset({"openrouter", "perplexity"})
"""Providers whose ``usage.cost`` is what they charge. In an answer of another it is LiteLLM's estimate."""
AUTO_ROUTER: Final = "auto_router"
"""Our word, where LiteLLM (up to 1.96) does not say why: an auto-router has chosen a group."""
OWN_CALLS: Final = {
    "autorouter_classifier": "routing",
    "autorouter_compaction": "routing",
    "shadow_eval_router": "shadow",
    "shadow_eval_judge": "evaluation",
    "llm_as_a_judge_guardrail": "evaluation",
}
"""``internal_call_origin`` -> purpose of a call that LiteLLM makes for itself."""
ALWAYS_COUNTED: Final = frozenset({"anthropic", "aws.bedrock", "gcp.gemini", "gcp.vertex_ai", "cohere"})
"""Providers whose streams always state their usage. For a stream of another that does not, LiteLLM counts the tokens
itself: an estimate.
"""
CODES: Final = {
    "ContextWindowExceededError": "context_window_exceeded",
    "ContentPolicyViolationError": "content_policy_violation",
    "RateLimitError": "rate_limit",
    "Timeout": "timeout",
    "RouterRateLimitError": "cooldown",
}
"""LiteLLM's class of error -> a code that says the same. LiteLLM finds out from texts what a status does not tell."""
