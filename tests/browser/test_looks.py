"""Every board, dark and light, full and empty: who cannot see it can use it, and a picture for who can."""

from __future__ import annotations

import pytest

from otel_llmroute.store.boards import NAMES
from tests.browser.conftest import PICTURES, Visits
from tests.browser.made_up import PERIOD
from tests.browser.visit import Visit
from tests.store.conftest import RunningUp

THEMES = ("light", "dark")


def keep_picture(visit: Visit, name: str) -> None:
    """A picture of the whole page, in ``pictures/``."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    visit.page.evaluate("() => scrollTo(0, 0)")
    visit.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def drawn(visit: Visit) -> Visit:
    """The visit, when all its charts are there."""
    visit.page.wait_for_function("() => !document.querySelector('.chart[role=img]:not([data-drawn])')")
    return visit


def trace_of(visit: Visit) -> str:
    """A trace with much in it."""
    return str(visit.page.locator('[data-panel="trace/dearest"] tbody a').first.inner_text())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [*NAMES, "sql"])
def test_a_full_board_has_no_barrier(full: RunningUp, visits: Visits, name: str, theme: str) -> None:
    visit = drawn(visits(full, f"board={name}&{PERIOD}", theme=theme))
    keep_picture(visit, f"{name}-{theme}")
    assert visit.findings() == []
    assert not visit.was_run()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [*NAMES, "sql"])
def test_an_empty_board_has_no_barrier(empty: RunningUp, visits: Visits, name: str, theme: str) -> None:
    visit = visits(empty, f"board={name}", theme=theme, height=1000)
    if name != "sql":
        visit.page.get_by_role("heading", name="Nothing has arrived yet").wait_for()
    keep_picture(visit, f"{name}-{theme}-empty")
    assert visit.findings() == []


@pytest.mark.parametrize("theme", THEMES)
def test_a_waterfall_has_no_barrier(full: RunningUp, visits: Visits, theme: str) -> None:
    visit = visits(full, f"board=trace&{PERIOD}", theme=theme)
    visit.go(f"board=trace&{PERIOD}&filter=trace={trace_of(visit)}")
    keep_picture(visit, f"waterfall-{theme}")
    assert visit.findings() == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("opener", ["+ Filter", "Custom", "Spend now: SQL", "By route: SQL"])
def test_what_opens_has_no_barrier(full: RunningUp, visits: Visits, theme: str, opener: str) -> None:
    visit = visits(full, "range=30d" if opener == "Custom" else PERIOD, theme=theme, height=1000)
    if opener == "Spend now: SQL":
        opener = str(visit.page.locator('[data-panel="spend/now"] button:text-is("SQL")').get_attribute("aria-label"))
    visit.page.get_by_role("button", name=opener, exact=True).click()
    visit.settle()
    keep_picture(visit, f"open-{opener.split(':')[0].strip('+ ').lower().replace(' ', '-')}-{theme}")
    assert visit.findings() == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_in_the_address_counts_more_than_that_of_the_system(
    full: RunningUp, visits: Visits, theme: str
) -> None:
    other = THEMES[1 - THEMES.index(theme)]
    visit = visits(full, f"theme={theme}&{PERIOD}", theme=other)
    red, green, blue = visit.page.evaluate(
        "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).slice(0, 3)"
    )
    assert (red + green + blue > 384) == (theme == "light")


@pytest.mark.parametrize("name", NAMES)
def test_a_board_on_a_narrow_screen_does_not_scroll_sideways(full: RunningUp, visits: Visits, name: str) -> None:
    visit = visits(full, f"board={name}&{PERIOD}", width=400, height=900)
    keep_picture(visit, f"{name}-narrow")
    assert visit.page.evaluate("() => document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [400, 1440])
def test_what_is_said_of_a_figure_covers_none_of_it(full: RunningUp, visits: Visits, width: int) -> None:
    visit = visits(full, f"board=routes&{PERIOD}", width=width)
    marks = visit.page.evaluate(
        """() => [...document.querySelectorAll('.bars td.number > .at-least')]
          .filter((mark) => mark.checkVisibility())
          .map((mark) => [mark, mark.previousElementSibling].map((part) => part.getBoundingClientRect()))
          .map(([mark, figure]) => mark.left - figure.right)"""
    )
    assert marks
    assert min(marks) > -0.5


def test_what_is_compared_and_what_is_a_table_has_no_barrier(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=models&compare=1&tables=models,tiers,latency,unpriced&{PERIOD}")
    keep_picture(visit, "models-compared")
    assert visit.findings() == []


def test_names_are_read_whole_on_a_phone(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD, width=390, height=900)
    cut = visit.page.locator(".bars .names > span").evaluate_all(
        """all => all.filter((each) => each.innerText.length < 30)
          .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
          .map((each) => each.innerText)"""
    )
    assert cut == []


@pytest.mark.parametrize("width", [390, 768])
def test_what_a_step_cost_is_in_sight_beside_its_name(full: RunningUp, visits: Visits, width: int) -> None:
    visit = visits(full, f"board=trace&{PERIOD}")
    visit = visits(full, f"board=trace&{PERIOD}&filter=trace={trace_of(visit)}", width=width)
    keep_picture(visit, f"waterfall-{width}")
    assert visit.page.locator(".waterfall thead th").all_inner_texts()[1] == "Spend"
    ends = visit.page.locator(".waterfall tbody tr > :nth-child(2)").evaluate_all(
        "all => all.map((cell) => cell.getBoundingClientRect().right)"
    )
    assert 0 < max(ends) <= width


def test_dear_jobs_keep_their_margin_on_a_phone(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=jobs&{PERIOD}", width=390, height=900)
    headings = visit.page.locator('[data-panel="jobs/dearest"] thead th')
    assert [each.inner_text() for each in headings.all() if each.is_visible()] == ["Job id", "Spend", "Gross margin"]


def test_labels_of_the_flow_share_the_width_of_a_phone(empty: RunningUp, visits: Visits) -> None:
    widths = visits(empty, "board=sql").page.evaluate(
        """async () => {
          const { labelAt } = await import('/static/page/charts/flow.js');
          return [0, 1, 2].map((depth) => labelAt(depth, {width: 340, isNarrow: true}).width);
        }"""
    )
    assert sum(widths) <= 340


def test_a_mark_behind_a_figure_says_what_it_means(example: RunningUp, visits: Visits) -> None:
    visit = visits(example, "board=jobs")
    marks = visit.page.locator(".at-least").evaluate_all(
        "all => all.map((each) => [each.innerText, each.ariaLabel, each.title])"
    )
    assert {(mark, spoken) for mark, spoken, _ in marks} == {("+?", "or more"), ("-?", "or less")}
    assert all(title.startswith("At least" if mark == "+?" else "At most") for mark, _, title in marks)
