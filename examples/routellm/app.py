"""RouteLLM with a router of one's own: a question goes to the strong model if the weak one is unlikely to be as good.

RouteLLM asks for torch, whichever router is used. Without OPENAI_API_KEY the bundled stand-in answers.
"""

import os
import sys
from pathlib import Path

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=Standin().openai_url)

from routellm.controller import Controller
from routellm.routers.routers import ROUTER_CLS, Router


class Length(Router):
    """The longer the question, the likelier that the strong model's answer is better."""

    def calculate_strong_win_rate(self, prompt: str) -> float:
        return min(len(prompt) / 100, 1.0)


ROUTER_CLS["length"] = Length
controller = Controller(
    routers=["length"],
    strong_model="openai/gpt-6-sol",
    weak_model="openai/gpt-6-luna",
    config={},
    api_base=os.environ.get("OPENAI_BASE_URL"),
)

for question in (
    "Where do I find my data export?",
    "Where do I find my data export? I have looked in every menu there is.",
):
    answer = controller.chat.completions.create(
        model="router-length-0.5", messages=[{"role": "user", "content": question}]
    )
    print(answer.choices[0].message.content)
