"""The application's own router: a decorated function says which model, in a route, for one call of the OpenAI SDK."""

from __future__ import annotations

from collections.abc import Callable


def call() -> Callable[[], object]:
    """A decision with all that one may say, one argument recorded, and one ``chat.completions.create``."""
    from per_call import provider

    import otel_llmroute as llmroute

    create = provider.Provider().client().chat.completions.create

    @llmroute.router(record=("plan",))
    def pick(question: str, plan: str) -> dict[str, object]:
        return {"model": f"openai/{provider.MODEL}", "reason": "cost", "score": 0.25, "confidence": 0.9}

    def routed() -> object:
        with llmroute.route("help.answer"):
            pick(provider.QUESTION, "pro")
            return create(**provider.REQUEST)

    return routed
