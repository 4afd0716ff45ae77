"""A stand-in for the HTTP APIs of OpenAI and Anthropic (and of Azure OpenAI and OpenRouter, which speak OpenAI's).

``Standin`` is a server on loopback, ``Reply`` is one answer of it. ``openai_wire`` and ``anthropic_wire`` build the
bodies, ``sse`` frames them as event streams, ``faults`` are the errors the providers answer with, ``answers`` is what
an unscripted server says. Standard library only.

    with Standin() as server:
        server.script(faults.openai_rate_limit(), Reply(json=openai_wire.chat("hello")))
        openai.OpenAI(base_url=server.openai_url, api_key="none").chat.completions.create(...)
        server.requests[-1].json["model"]
"""

from standin import answers, anthropic_wire, faults, openai_wire, sse
from standin.reply import Reply
from standin.request import Request
from standin.server import Standin

__all__ = ["Reply", "Request", "Standin", "answers", "anthropic_wire", "faults", "openai_wire", "sse"]
