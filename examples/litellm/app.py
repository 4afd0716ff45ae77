"""A LiteLLM Router with a fallback: the first group is out of order, so the second one answers.

Runs without keys: the answers come from the bundled stand-in.
"""

import sys
from pathlib import Path

import litellm

sys.path.append(str(Path(__file__).resolve().parent.parent))
from standin import Reply, Request, Standin, answers


def out_of_order(request: Request) -> Reply:
    if request.json["model"] == "gpt-5-mini":
        return Reply(503, json={"error": {"message": "try again later", "type": "server_error"}})
    return answers.answer(request)


server = Standin()
server.default(out_of_order)
print("no keys: the answers come from the bundled stand-in", file=sys.stderr)


def deployment(group: str, model: str) -> dict:
    return {"model_name": group, "litellm_params": {"model": model, "api_base": server.openai_url, "api_key": "none"}}


router = litellm.Router(
    model_list=[deployment("cheap", "openai/gpt-5-mini"), deployment("sound", "openai/gpt-5")],
    fallbacks=[{"cheap": ["sound"]}],
    num_retries=0,
)


def ask(question: str) -> str:
    answer = router.completion(model="cheap", messages=[{"role": "user", "content": question}])
    return answer.choices[0].message.content


print(ask("Where do I find my data export?"))
