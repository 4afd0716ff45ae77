"""What a prompt router of Bedrock goes by: which models it may choose, and how much better an answer has to be.

No answer says it, so it is asked for once per router (``GetPromptRouter``), by a thread of ours with the credentials of
the application's client, and only if the configuration allows it: ``bedrock_criteria``. The role needs
``bedrock:GetPromptRouter``.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetPromptRouter.html
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Final, NamedTuple

from opentelemetry import context as otel_context

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.signals import name, names, number
from otel_llmroute.app.sdks.answer import get, items
from otel_llmroute.app.sdks.bedrock_ids import PROVIDER, model_of
from otel_llmroute.app.suppression import KEYS

_MOST_ROUTERS: Final = 64


class Criteria(NamedTuple):
    """What one prompt router goes by."""

    rule: str | None
    """The name its owner has given it."""
    candidates: tuple[str, ...]
    """``provider/model`` of each it may choose."""
    threshold: float | None
    """How much better the answer of another model has to be than that of its fallback model, as Bedrock counts it."""


NOTHING: Final = Criteria(None, (), None)
_known: dict[str, Criteria] = {}
"""ARN -> criteria; ``NOTHING`` while nobody has answered, and where nobody could."""
_asking = threading.Lock()


def criteria_of(router: str | None) -> Criteria:
    """What is known of ``router``, an ARN."""
    return _known.get(router or "", NOTHING)


def ask_once(client: Any, router: str) -> None:
    """Have a thread read the criteria of ``router`` by a client like ``client``, if nobody has. Does not wait."""
    with _asking:
        if router in _known or len(_known) >= _MOST_ROUTERS:
            return
        _known[router] = NOTHING
    threading.Thread(target=_ask, args=(client, router), name="llmroute-bedrock", daemon=True).start()


def _ask(client: Any, router: str) -> None:
    for key in KEYS:
        otel_context.attach(otel_context.set_value(key, True))  # the thread ends with it
    try:
        _known[router] = read(_control(client).get_prompt_router(promptRouterArn=router))
    except Exception as error:
        complain("Could not read the criteria of a prompt router", error)


def _control(client: Any) -> Any:
    """A client of Bedrock's control plane, with the region and the credentials of ``client``."""
    session = sys.modules["botocore.session"].Session()
    session._credentials = client._request_signer._credentials
    return session.create_client("bedrock", region_name=client.meta.region_name)


def read(said: object) -> Criteria:
    """The criteria in an answer of GetPromptRouter; what is no name or number in it is left out."""
    models = (name(get(model, "modelArn")) for model in items(get(said, "models")))
    candidates = tuple(f"{PROVIDER}/{model_of(model)}" for model in models if model)
    threshold = number(get(get(said, "routingCriteria"), "responseQualityDifference"))
    return Criteria(name(get(said, "promptRouterName")), names(candidates), threshold)
