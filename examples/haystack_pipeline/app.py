"""A Haystack pipeline: long questions go to a large model, and to another one where that fails.

Without OPENAI_API_KEY it asks the bundled stand-in.
"""

import os
import sys
from pathlib import Path

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin, faults

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    standin = Standin()
    standin.script(faults.openai_rate_limit())
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=standin.openai_url)

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

from haystack import Pipeline
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.generators.chat.fallback import FallbackChatGenerator
from haystack.components.routers import ConditionalRouter
from haystack.dataclasses import ChatMessage

ROUTES = [
    {"condition": "{{messages[0].text|length > 60}}", "output_name": "long"},
    {"condition": "{{True}}", "output_name": "short"},
]
for route in ROUTES:
    route.update(output="{{messages}}", output_type=list[ChatMessage])


def generator(model: str) -> OpenAIChatGenerator:
    return OpenAIChatGenerator(model=model, api_base_url=os.environ.get("OPENAI_BASE_URL"), max_retries=0)


pipeline = Pipeline()
pipeline.add_component("by_length", ConditionalRouter(ROUTES, unsafe=True))
pipeline.add_component("small", FallbackChatGenerator([generator("gpt-6-luna"), generator("gpt-5-nano")]))
pipeline.add_component("large", FallbackChatGenerator([generator("gpt-6-sol"), generator("gpt-6-luna")]))
pipeline.connect("by_length.short", "small.messages")
pipeline.connect("by_length.long", "large.messages")

for question in (
    "Where do I find my data export?",
    "Where do I find my data export? I have looked in every menu there is.",
):
    answers = pipeline.run({"by_length": {"messages": [ChatMessage.from_user(question)]}})
    for answer in answers.values():
        print(answer["replies"][0].text)
