"""LangChain: code questions go to one model, the rest to another, with a fallback to another provider.

Without OPENAI_API_KEY it asks the bundled stand-in, where the first request for the rest is turned away.
"""

import os
import sys
from pathlib import Path

from langchain_anthropic import ChatAnthropic
from langchain_core.runnables import RunnableBranch
from langchain_openai import ChatOpenAI

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin, faults

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    server = Standin()
    server.script(faults.openai_rate_limit())
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_API_BASE=server.openai_url)
    os.environ.update(ANTHROPIC_API_KEY="stand-in", ANTHROPIC_API_URL=server.anthropic_url)


def is_code(question: str) -> bool:
    return "code" in question


small = ChatOpenAI(model="gpt-6-luna", max_retries=0)
large = ChatOpenAI(model="gpt-6-sol", max_retries=0)
other = ChatAnthropic(model="claude-haiku-5-5", max_retries=0)
chain = RunnableBranch((is_code, large), small.with_fallbacks([other]))

for question in ("Where do I find my data export?", "What does this code do?"):
    print(chain.invoke(question, {"run_name": "help.answer"}).content)
