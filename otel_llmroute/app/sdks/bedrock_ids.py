"""Names of models on Amazon Bedrock: ids, inference profiles, ARNs.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_llmroute.app.sdks.adapter import Endpoint
    from otel_llmroute.app.sdks.answer import Answer

PROVIDER: Final = "aws.bedrock"
ROUTERS: Final = (":prompt-router/", ":default-prompt-router/")
"""What is in the ARN of a prompt router."""
_MAKER: Final = "anthropic."
"""Of the models whose bodies have a name that is no id of Bedrock's."""
_UNNAMED: dict[int, Endpoint] = {}
"""Identity of an endpoint, which lives as long as the program -> the same, ``unnamed``."""


def model_of(model: str) -> str:
    """The id of a model or a profile without the ARN around it: the same model is one, however it was addressed."""
    is_arn = model.startswith("arn:") and (":foundation-model/" in model or ":inference-profile/" in model)
    return model.rpartition("/")[2] if is_arn else model


def is_router(model: str | None) -> bool:
    """Whether ``model`` is the ARN of a prompt router."""
    return model is not None and model.startswith("arn:") and any(kind in model for kind in ROUTERS)


def is_id(model: str | None) -> bool:
    """Whether ``model`` says by itself what a call is billed as. A name in the answer's body says less: Anthropic's own
    names have no profile, and one that is global costs less than one of a geography.
    """
    return model is not None and not is_router(model) and (_MAKER in model or model.startswith("arn:"))


def once_unnamed(endpoint: Endpoint) -> Endpoint:
    """``unnamed``, made once of each endpoint of an SDK."""
    found = _UNNAMED.get(id(endpoint))
    return found or _UNNAMED.setdefault(id(endpoint), unnamed(endpoint))


def unnamed(endpoint: Endpoint) -> Endpoint:
    """``endpoint``, whose readers leave the name of the model in a body: for calls of what ``is_id``."""
    read_body, read_chunk = endpoint.read_body, endpoint.read_chunk

    def body(answer: Answer, node: object) -> None:
        model = answer.model
        read_body(answer, node)
        answer.model = model

    def chunk(answer: Answer, node: object) -> None:
        model = answer.model
        read_chunk(answer, node)
        answer.model = model

    return replace(endpoint, read_body=body, read_chunk=chunk)
