"""A LlamaIndex query engine that lets a model choose which engine answers.

Without OPENAI_API_KEY it asks the bundled stand-in.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Reply, Standin, answers, openai_wire

    def select(request: Any) -> Reply:
        if "choices are given below" not in json.dumps(request.json):
            return answers.answer(request)
        said = json.dumps([{"choice": 2, "reason": "It is about data."}])
        return Reply(json=openai_wire.chat(said, model="gpt-4o-mini", usage=openai_wire.usage(120, 12)))

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    standin = Standin()
    standin.default(select)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_API_BASE=standin.openai_url, OPENAI_BASE_URL=standin.openai_url)

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.schema import QueryBundle
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.llms.openai import OpenAI


class Asking(BaseQueryEngine):
    def __init__(self, model: str) -> None:
        super().__init__(None)
        self._llm = OpenAI(model=model)

    def _get_prompt_modules(self) -> Any:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        return Response(self._llm.predict(PromptTemplate("{question}"), question=query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return self._query(query_bundle)


engine = RouterQueryEngine(
    LLMSingleSelector.from_defaults(llm=OpenAI(model="gpt-4o-mini")),
    [
        QueryEngineTool.from_defaults(Asking("gpt-4o-mini"), name="invoices", description="Questions about invoices"),
        QueryEngineTool.from_defaults(Asking("gpt-4o"), name="exports", description="Questions about data exports"),
    ],
    llm=OpenAI(model="gpt-4o-mini"),
)
print(engine.query("Where do I find my data export?"))
