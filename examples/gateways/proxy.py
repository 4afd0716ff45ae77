"""A stand-in for a LiteLLM proxy: it answers as one does whose group `smart` has a complexity router in front of it."""

from standin import Reply, Request, openai_wire

SAID = {"x-litellm-call-id": "b980db26", "x-litellm-version": "1.109.1", "x-litellm-attempted-retries": "0"}
SIMPLE = {
    "x-litellm-model-group": "smart",
    "x-litellm-model-name": "openai/gpt-5-nano",
    "x-litellm-complexity-router-cause": "heuristic_scorer",
    "x-litellm-complexity-router-tier": "SIMPLE",
    "x-litellm-complexity-router-score": "0.12",
}
FALLEN_BACK = {
    "x-litellm-model-group": "careful",
    "x-litellm-model-name": "anthropic/claude-haiku-4-5",
    "x-litellm-attempted-fallbacks": "1",
}
_answered: set[str] = set()


def answer(request: Request) -> Reply:
    """The contract goes to another group, after an error; what was asked before comes out of the cache."""
    question = request.json["messages"][-1]["content"]
    if question in _answered:
        return reply("gpt-5-nano", {"x-litellm-model-group": "smart", "x-litellm-cache-key": "586bf3f3"})
    _answered.add(question)
    return reply("claude-haiku-4-5", FALLEN_BACK) if "contract" in question else reply("gpt-5-nano", SIMPLE)


def reply(model: str, headers: dict[str, str]) -> Reply:
    body = openai_wire.chat(model=model, usage=openai_wire.usage(420, 35))
    return Reply(json=body, headers={**SAID, **headers})
