"""OpenAI Agents SDK: an agent that sorts questions hands one over to the agent that answers it.

Without OPENAI_API_KEY it asks the bundled stand-in, whose first answer is the handoff.
"""

import os
import sys
from pathlib import Path

from agents import Agent, Runner, set_default_openai_api, set_tracing_disabled

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Reply, Standin, openai_wire

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    server = Standin()
    handoff = [openai_wire.tool_call("transfer_to_billing")]
    usage = openai_wire.usage(120, 12)
    server.script(Reply(json=openai_wire.chat(None, usage=usage, finish_reason="tool_calls", tool_calls=handoff)))
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=server.openai_url)

set_tracing_disabled(True)  # the SDK's own traces would go to OpenAI
set_default_openai_api("chat_completions")

billing = Agent(name="billing", instructions="Answer questions about invoices.", model="gpt-6-sol")
triage = Agent(name="triage", instructions="Hand over to who knows.", model="gpt-6-luna", handoffs=[billing])

print(Runner.run_sync(triage, "Where do I find my invoice?").final_output)
