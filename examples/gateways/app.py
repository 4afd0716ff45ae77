"""Three questions through a LiteLLM proxy. Without LITELLM_PROXY_URL the bundled stand-in of one answers."""

import os
import sys
from pathlib import Path

import openai

if not os.environ.get("LITELLM_PROXY_URL"):
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
    import proxy
    from standin import Standin

    print("no LITELLM_PROXY_URL: the answers come from the bundled stand-in", file=sys.stderr)
    standin = Standin()
    standin.default(proxy.answer)
    os.environ.update(LITELLM_PROXY_URL=standin.openai_url, LITELLM_PROXY_KEY="stand-in")

client = openai.OpenAI(base_url=os.environ["LITELLM_PROXY_URL"], api_key=os.environ.get("LITELLM_PROXY_KEY", "none"))


def ask(question: str) -> str:
    """The proxy decides which model answers."""
    answer = client.chat.completions.create(model="smart", messages=[{"role": "user", "content": question}])
    return answer.choices[0].message.content or ""


for question in (
    "Where do I find my data export?",
    "Which clause of the contract covers late deliveries?",
    "Where do I find my data export?",
):
    print(ask(question))
