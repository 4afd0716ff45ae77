"""LangChain: a chat model with a fallback that is not needed. The route is opened over one attempt."""

from __future__ import annotations

from collections.abc import Callable


def call() -> Callable[[], object]:
    """One ``invoke`` of ``with_fallbacks``."""
    from langchain_openai import ChatOpenAI
    from per_call import provider

    client = provider.Provider().client()

    def model(name: str) -> ChatOpenAI:
        made = ChatOpenAI(model=name, api_key="none")  # type: ignore[arg-type]
        made.root_client, made.client = client, client.chat.completions
        return made

    chain = model(provider.MODEL).with_fallbacks([model("gpt-5")])
    return lambda: chain.invoke(provider.QUESTION)
