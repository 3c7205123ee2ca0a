from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from qc.errors import BadRulebook
from qc.rulebook import SHIPPED
from qc.rulebook.grading import Horizon, load_grading
from qc.rulebook.needs import load_needs, load_vehicles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VEHICLES: dict[str, Any] = {
    "brands": [
        {
            "name": "丰田",
            "also": ["一汽丰田", "广汽丰田"],
            "origin": "合资",
            "series": [{"name": "凯美瑞", "class": "轿车", "energy": "燃油", "maker": "广汽丰田"}],
        }
    ]
}


def shipped(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((SHIPPED / name).read_text(encoding="utf-8"))
    return content


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_good_vehicles_load(tmp_path: Path) -> None:
    (brand,) = load_vehicles(written(tmp_path, "vehicles.yaml", VEHICLES)).brands
    assert (brand.name, brand.series[0].class_) == ("丰田", "轿车")


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda brand: brand.update(colour="red"), "vehicles.yaml:brands.0.colour", "Extra"),
        (lambda brand: brand.update(origin="月球"), "vehicles.yaml:brands.0.origin", "Input"),
        (lambda brand: brand["series"][0].update(energy="蒸汽"), "vehicles.yaml:brands.0.series.0.energy", "Input"),
        (lambda brand: brand["series"][0].pop("class"), "vehicles.yaml:brands.0.series.0.class", "required"),
        (lambda brand: brand["series"].append(dict(brand["series"][0])), "vehicles.yaml", "named twice: 凯美瑞"),
        (lambda brand: brand["series"][0].update(maker="东风丰田"), "vehicles.yaml", "东风丰田"),
    ],
)
def test_a_mistake_in_the_vehicles_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], where: str, what: str
) -> None:
    content = deepcopy(VEHICLES)
    change(content["brands"][0])
    with pytest.raises(BadRulebook) as caught:
        load_vehicles(written(tmp_path, "vehicles.yaml", content))
    assert caught.value.where == where
    assert what in caught.value.detail


@pytest.mark.parametrize(
    ("dealer", "brand", "maker"),
    [
        (("上汽大众", None), "大众", "上汽大众"),
        (("一汽丰田", None), "丰田", "一汽丰田"),
        (("上汽通用别克", None), "别克", None),
        (("长安福特", None), "福特", None),
        (("吉利银河", None), "吉利", "吉利银河"),
        (("鸿蒙智行", None), "问界", None),
        (("东风启辰", None), "启辰", None),
        ((None, "郑州郑东一汽丰田"), "丰田", "一汽丰田"),
    ],
)
def test_the_dealers_brand(dealer: tuple[str | None, str | None], brand: str, maker: str | None) -> None:
    found, found_maker = load_vehicles(SHIPPED / "vehicles.yaml").brand_of_dealer(*dealer)
    assert found is not None
    assert (found.name, found_maker) == (brand, maker)


def test_a_dealer_of_no_known_brand() -> None:
    assert load_vehicles(SHIPPED / "vehicles.yaml").brand_of_dealer("二手车行", "老王车行") == (None, None)


@pytest.mark.parametrize(
    ("wish", "where", "what"),
    [
        ({"means": "家用", "say": ["(家用"]}, "needs.yaml:use.0.say.0", "regular expression"),
        ({"means": "家用", "say": []}, "needs.yaml:use.0.say", "at least 1"),
        ({"means": "家用", "say": ["家用"], "hits": ["家用"]}, "needs.yaml:use.0.hits", "Extra"),
        ({"means": "回{place}", "say": ["回老家"]}, "needs.yaml:use.0", "place"),
        ({"say": ["家用"]}, "needs.yaml:use.0.means", "required"),
    ],
)
def test_a_mistake_in_the_needs_is_named(tmp_path: Path, wish: dict[str, Any], where: str, what: str) -> None:
    content = shipped("needs.yaml") | {"use": [wish]}
    with pytest.raises(BadRulebook) as caught:
        load_needs(written(tmp_path, "needs.yaml", content))
    assert caught.value.where == where
    assert what in caught.value.detail


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    content = shipped("needs.yaml")
    del content["kin"]
    with pytest.raises(BadRulebook) as caught:
        load_needs(written(tmp_path, "needs.yaml", content))
    assert caught.value.where == "needs.yaml:kin"


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda grading: grading["presets"].pop("default"), "grading.yaml", "named default"),
        (lambda grading: grading["presets"]["default"]["horizons"].pop("A"), "grading.yaml:presets.default", "exactly"),
        (lambda grading: grading["presets"]["default"]["horizons"]["A"].update(days=5), "grading.yaml:presets.default", "rise"),
        (lambda grading: grading["presets"]["default"]["horizons"]["A"].update(months=1), "grading.yaml:presets.default.horizons.A", "either"),
        (lambda grading: grading["cadence"].pop("N"), "grading.yaml", "cadence is missing for N"),
        (lambda grading: grading["cadence"]["N"].update(days=1), "grading.yaml:cadence.N", "not both"),
        (lambda grading: grading["outcomes"].append(dict(grading["outcomes"][0])), "grading.yaml", "stand twice"),
        (lambda grading: grading["outcomes"][0].update(outcome="maybe"), "grading.yaml:outcomes.0.outcome", "Input"),
        (lambda grading: grading["outcomes"][0].update(say=["[坏"]), "grading.yaml:outcomes.0.say.0", "regular expression"),
        (lambda grading: grading["prior"].update(visit=1.5), "grading.yaml:prior.visit", "less than"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_grading_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], where: str, what: str
) -> None:
    content = shipped("grading.yaml")
    change(content)
    with pytest.raises(BadRulebook) as caught:
        load_grading(written(tmp_path, "grading.yaml", content))
    assert caught.value.where == where
    assert what in caught.value.detail


@pytest.mark.parametrize(
    ("horizon", "today", "end"),
    [
        (Horizon(days=7), date(2026, 12, 28), date(2027, 1, 4)),
        (Horizon(months=1), date(2026, 1, 31), date(2026, 2, 28)),
        (Horizon(months=3), date(2026, 11, 30), date(2027, 2, 28)),
        (Horizon(months=1), date(2024, 1, 30), date(2024, 2, 29)),
        (Horizon(months=12), date(2026, 12, 15), date(2027, 12, 15)),
    ],
)
def test_horizon(horizon: Horizon, today: date, end: date) -> None:
    assert horizon.end(today) == end
