"""Which provider an API host is."""

from __future__ import annotations

import json
import re
import time
import timeit

import pytest

from otel_llmroute.prices import build, provider_of_host
from otel_llmroute.prices.sellers import LISTS, ROUTER_PREFIXES, is_local

INDEX = json.loads((build.DIRECTORY / "index.json").read_text())
PATTERNS = {name: json.loads((build.DIRECTORY / f"{name}.json").read_text())["api_pattern"] for name in INDEX["lists"]}


@pytest.mark.parametrize(
    "host, provider",
    [
        ("api.openai.com", "openai"),
        ("API.OpenAI.com", "openai"),
        ("api.openai.com:443", "openai"),
        ("api.openai.com.", "openai"),
        ("https://api.openai.com/v1/", "openai"),
        ("eu.api.openai.com", "openai"),
        ("acme.openai.azure.com", "azure.ai.openai"),
        ("acme.cognitiveservices.azure.com", "azure.ai.openai"),
        ("acme.services.ai.azure.com", "azure.ai.inference"),
        ("openrouter.ai", "openrouter"),
        ("api.groq.com", "groq"),
        ("api.anthropic.com", "anthropic"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "aws.bedrock"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("us-east5-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("something.googleapis.com", "gcp.gen_ai"),
        ("api.deepseek.com", "deepseek"),
        ("api.mistral.ai", "mistral_ai"),
        ("api.x.ai", "x_ai"),
        ("api.cohere.com", "cohere"),
        ("api.perplexity.ai", "perplexity"),
        ("api.moonshot.ai", "moonshot_ai"),
        ("api.together.xyz", "together"),
        ("api.fireworks.ai", "fireworks"),
        ("localhost", None),
        ("localhost:8000", None),
        ("127.0.0.1:11434", None),
        ("[::1]:8000", None),
        ("", None),
        ("gateway.acme.example", None),
        # Names that only look like a known one.
        ("api.openai.com.evil.example", None),
        ("notapi.openai.com", None),
        ("evilopenai.azure.com", None),
        ("bedrock-runtime.us-east-1.amazonaws.com.evil.example", None),
        ("s3.us-east-1.amazonaws.com", None),
    ],
)
def test_a_host_is_the_provider_that_answers_there(host, provider):
    assert provider_of_host(host) == provider


@pytest.mark.parametrize("host", [None, 5, b"api.openai.com", [], "x" * 300, "\x00", "[", "://", "é.example"])
def test_what_is_no_host_is_no_provider(host):
    assert provider_of_host(host) is None


def plain_hosts():
    """List and host of every list whose pattern is one host."""
    for name, pattern in PATTERNS.items():
        host = pattern.removeprefix("https://").removesuffix("(?:/|$)").replace("\\", "")
        if re.fullmatch(r"[a-z0-9.-]+[a-z]", host):
            yield name, host


@pytest.mark.parametrize("name, host", list(plain_hosts()))
def test_hosts_agree_with_the_patterns_of_the_price_data(name, host):
    provider = provider_of_host(host)
    assert provider is not None
    # An endpoint of OpenAI's API has a list of its own, at the same host.
    assert LISTS.get(provider, provider) == name.removesuffix("-decisions")


def test_every_provider_has_a_list_and_every_prefix_too():
    assert set(LISTS.values()) <= INDEX["lists"].keys()
    assert {LISTS.get(prefix, prefix) for prefix in ROUTER_PREFIXES} <= INDEX["lists"].keys()


@pytest.mark.parametrize(
    "host, local",
    [
        ("localhost:4000", True),
        ("127.0.0.1", True),
        ("[::1]:80", True),
        ("litellm", True),
        ("10.1.2.3:80", True),
        ("gateway.internal", True),
        ("gateway.acme.example", False),
        ("8.8.8.8", False),
        ("[2001:db8::1]:80", False),
    ],
)
def test_hosts_of_this_machine_and_its_network(host, local):
    assert is_local(host) is local


def test_a_host_seen_before_is_answered_at_once():
    best = (
        min(timeit.repeat(lambda: provider_of_host("api.openai.com"), number=1000, repeat=5, timer=time.process_time))
        / 1000
    )
    assert best < 20e-6
