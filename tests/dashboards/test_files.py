"""What is in dashboards/ is what is made of the boards, and leads where it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.alerts import SOURCE_UID, rules
from dashboards.build import ROOT, files, main
from dashboards.panels import SIGNS, UNITS
from dashboards.variables import names_of
from otel_llmroute.store.boards import NAMES, Board, Panel, boards
from otel_llmroute.store.boards.columns import COLUMNS
from tests.dashboards.test_queries import IDS, PANELS, dashboard

GRAFANA = ROOT.parent / "collector" / "compose" / "grafana"
BOARDS = boards()


def shown(on: Board, panel: Panel) -> dict[str, Any]:
    """The panel of the dashboard."""
    made: dict[str, Any] = dashboard(on.name)["panels"][on.panels.index(panel)]
    return made


def test_the_files_are_current() -> None:
    assert [str(path) for path, text in files().items() if path.read_text(encoding="utf-8") != text] == []
    there = {*(ROOT / "grafana").iterdir(), *(ROOT / "alerts").iterdir()}
    assert there == set(files()), "a file that nothing makes"


def test_a_check_says_which_file_is_not_current(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"]) == 0
    monkeypatch.setattr("dashboards.build.ROOT", tmp_path / "dashboards")
    assert main(["--check"]) == 1
    assert "dashboards/grafana/spend.json is not current. Run `make dashboards`." in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_there_is_a_dashboard_for_every_board_and_a_panel_for_every_panel() -> None:
    assert [dashboard(name)["uid"] for name in NAMES] == [f"llmroute-{name}" for name in NAMES]
    for on in BOARDS:
        panels = dashboard(on.name)["panels"]
        assert [panel["title"] for panel in panels] == [panel.title for panel in on.panels]
        assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("on", BOARDS, ids=lambda on: on.name)
def test_no_panels_lie_upon_each_other(on: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard(on.name)["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert not taken & cells
        assert max(columns) < 24
        taken |= cells


@pytest.mark.parametrize("on", BOARDS, ids=lambda on: on.name)
def test_a_dashboard_has_a_variable_for_every_filter_and_a_list_is_at_everything(on: Board) -> None:
    source, *variables = dashboard(on.name)["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "grafana-clickhouse-datasource")
    assert tuple(variable["name"] for variable in variables) == names_of(on)
    taken = {name for panel in on.panels for name in panel.filters}
    assert set(names_of(on)) == taken - ({"trace"} if on.name != "trace" else set())
    for variable in variables:
        if variable["type"] == "query":
            assert (variable["multi"], variable["includeAll"]) == (True, True)
            assert variable["current"]["value"] == ["$__all"]


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_panel_asks_for_the_variables_that_it_can_take_and_says_which_it_cannot(on: Board, panel: Panel) -> None:
    made = shown(on, panel)
    (target,) = made["targets"]
    asked = set(re.findall(r"\$\{(\w+):", target["rawSql"]))
    assert asked == set(panel.filters) & set(names_of(on))
    for name in names_of(on):
        assert (name in asked) != bool(re.search(rf"Not narrowed by: .*\b{name}\b", made["description"]))
    assert panel.about in made["description"]


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_name_leads_to_its_board_with_the_value_the_time_and_all_other_variables(on: Board, panel: Panel) -> None:
    overrides = {
        each["matcher"]["options"]: each["properties"] for each in shown(on, panel)["fieldConfig"]["overrides"]
    }
    links = {
        column: value["value"][0]["url"]
        for column, properties in overrides.items()
        for value in properties
        if value["id"] == "links"
    }
    expected = {"name"} if panel.drill else set()
    assert set(links) - {"last_trace"} == expected
    for column, url in links.items():
        by, where = (panel.drill, panel.drill_board) if column == "name" else ("trace", "trace")
        path, query = url.split("?")
        assert path == f"/d/llmroute-{where}"
        others = [f"${{{name}:queryparam}}" for name in ("datasource", *names_of(on)) if name != by]
        assert query.split("&") == ["${__url_time_range}", f"var-{by}=${{__value.raw:percentencode}}", *others]


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_money_stands_beside_its_currency_and_what_is_not_in_it(on: Board, panel: Panel) -> None:
    made = shown(on, panel)
    if made["type"] == "timeseries":
        assert {rule["properties"][0]["value"] for rule in made["fieldConfig"]["overrides"]} == set(SIGNS.values())
        return
    columns = made["transformations"][0]["options"]["include"]["names"]
    units = {each["matcher"]["options"]: each["properties"][1]["value"] for each in made["fieldConfig"]["overrides"]}
    money = [column for column in columns if COLUMNS[column].unit == "money"]
    assert not money or "currency" in columns
    assert all(units[column] == "none" for column in money)
    for column in ("unpriced", "partly_priced", "no_usage"):
        assert not money or column in columns or f"AS {column}" not in panel.sql


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_estimates_and_what_did_not_happen_are_marked(on: Board, panel: Panel) -> None:
    named = {
        each["matcher"]["options"]: each["properties"][0]["value"]
        for each in shown(on, panel)["fieldConfig"]["overrides"]
        if each["matcher"]["id"] == "byName"
    }
    for column in panel.columns:
        mark = {"estimate": "(est.)", "counterfactual": "(if)"}.get(column.figures)
        assert mark is None or named[column.name].endswith(mark)


def test_every_unit_has_one_of_grafana() -> None:
    assert {column.unit for column in COLUMNS.values()} <= set(UNITS)


# --- provisioning -----------------------------------------------------------------------------------------------------


def test_rules_ask_the_data_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load((GRAFANA / "datasources" / "llmroute.yaml").read_text(encoding="utf-8"))["datasources"]
    assert source["uid"] == SOURCE_UID
    (group,) = yaml.safe_load((ROOT / "alerts" / "llmroute.yaml").read_text(encoding="utf-8"))["groups"]
    asked = {query["datasourceUid"] for rule in group["rules"] for query in rule["data"]}
    assert asked == {SOURCE_UID, "__expr__"}


def test_a_rule_leads_to_a_panel_that_is_there() -> None:
    (group,) = yaml.safe_load((ROOT / "alerts" / "llmroute.yaml").read_text(encoding="utf-8"))["groups"]
    for rule, told in zip(rules(), group["rules"], strict=True):
        on, _, name = rule.panel.partition("/")
        (panel,) = [each for each in dashboard(on)["panels"] if each["id"] == told["panelId"]]
        (defined,) = [each for each in BOARDS if each.name == on]
        assert (told["dashboardUid"], panel["title"]) == (f"llmroute-{on}", defined.panel(name).title)


@pytest.mark.parametrize("page", sorted((ROOT / "runbooks").iterdir()), ids=lambda page: page.stem)
def test_every_page_is_of_a_rule_and_its_links_lead_somewhere(page: Path) -> None:
    assert page.stem in {rule.name for rule in rules()}
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_guide_lists_every_rule_with_how_long_it_is_held() -> None:
    text = (ROOT.parent / "docs" / "grafana.md").read_text(encoding="utf-8")
    held = dict(re.findall(r"^\| \[([\w-]+)\]\(.*\| (\d+ \w+) \|$", text, re.MULTILINE))
    assert held == {rule.name: rule.hold.replace("h", " h").replace("m", " min") for rule in rules()}
