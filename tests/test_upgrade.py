"""Which pins `make upgrade` raises."""

from __future__ import annotations

from tools.upgrade import FILES, ROOT, loosened, upgraded

REQUIREMENTS = """# What is here, and why.
litellm==1.110.2
pydantic-ai-slim[openai,anthropic]==2.68.0
Semantic_Router==0.3.3
openlit==1.45.0  # held: 1.46 cannot be imported
tqdm
"""


def test_pins_become_the_newest_versions_and_held_ones_stay() -> None:
    found = {"litellm": "1.111.0", "pydantic-ai-slim": "2.70.0", "semantic-router": "1.1.1", "openlit": "1.46.0"}
    assert upgraded(REQUIREMENTS, found) == (
        "# What is here, and why.\n"
        "litellm==1.111.0\n"
        "pydantic-ai-slim[openai,anthropic]==2.70.0\n"
        "Semantic_Router==1.1.1\n"
        "openlit==1.45.0  # held: 1.46 cannot be imported\n"
        "tqdm\n"
    )


def test_no_version_older_than_the_pinned_one_is_looked_for() -> None:
    assert loosened(REQUIREMENTS).splitlines()[1:5] == [
        "litellm>=1.110.2",
        "pydantic-ai-slim[openai,anthropic]>=2.68.0",
        "Semantic_Router>=0.3.3",
        "openlit==1.45.0  # held: 1.46 cannot be imported",
    ]


def test_the_oldest_versions_are_not_among_the_files() -> None:
    found = {path.relative_to(ROOT / "tests").as_posix() for pattern in FILES for path in ROOT.glob(pattern)}
    assert {"routers/litellm/newest.txt", "neighbours/requirements-openlit.txt"} <= found
    assert not [name for name in found if "oldest" in name]
