"""Made-up rows in real numbers: enterprises, 80 bureau officers, 200 street officers, items, plans.

The sizes are those of published plans: 1,751 industrial enterprises (Longyan), 5,185 (Yuyao). Nothing else is real.
"""

from dataclasses import dataclass
from typing import Any

from year.chance import number, pick

Row = dict[str, Any]

STREETS = (
    "bantian", "baolong", "buji", "henggang", "jihua", "longcheng",
    "longgang", "nanwan", "pingdi", "pinghu", "yuanshan",
)  # fmt: skip
SHARES = {
    "industry-trade": 70,
    "occupational": 10,
    "hazchem": 6,
    "licensed": 5,
    "precursor": 3,
    "major-hazard": 2,
    "serious-dishonesty": 2,
    "training": 2,
}
"""Of a hundred enterprises, how many stand on each sub-roster."""

SECTIONS = {
    "bureau/enforcement": 28,
    "bureau/hazchem": 18,
    "bureau/training-centre": 8,
    "bureau/legal-publicity": 10,
    "bureau/coordination": 10,
    "bureau/general-office": 6,
}


@dataclass(frozen=True)
class Size:
    """How large a simulated district is, and how much of its year is played."""

    enterprises: int
    bureau_officers: int = 80
    street_officers: int = 200
    months: int = 12
    ratio: str = "20/100"


SIZES = {
    "longyan": Size(1751),
    "yuyao": Size(5185),
    "small": Size(220, bureau_officers=40, street_officers=66, months=4, ratio="60/100"),
}


def make_targets(size: Size) -> dict[str, list[Row]]:
    """Return the enterprises, by sub-roster."""
    rosters: dict[str, list[Row]] = {name: [] for name in SHARES}
    bounds = [name for name, share in SHARES.items() for _ in range(share)]
    for index in range(size.enterprises):
        name = bounds[index * len(bounds) // size.enterprises]
        rosters[name].append(
            {
                "id": f"91440300{index:010d}",
                "name": f"模拟企业{index:05d}有限公司",
                "sub_roster": name,
                "status": pick(["open"] * 47 + ["suspended"] * 2 + ["closed"], "status", index),
                "street": f"street/{pick(STREETS, 'street', index)}",
                "risk": pick(("red", "orange", "yellow", "yellow", "blue", "blue"), "risk", index),
                "scale": pick(("large", "medium", "small", "small", "micro"), "scale", index),
            }
        )
    return rosters


def make_officers(size: Size) -> dict[str, list[Row]]:
    """Return the certified staff, by unit: of the bureau's, 88% and more are enrolled; of a street's, all but one."""
    units: dict[str, list[Row]] = {}
    total = sum(SECTIONS.values())
    for unit, share in SECTIONS.items():
        units[unit] = [_officer(unit, n, n % 8 != 7) for n in range(max(2, share * size.bureau_officers // total))]
    for street in STREETS:
        unit = f"street/{street}"
        staff = max(5, size.street_officers // len(STREETS))
        units[unit] = [_officer(unit, n, n != staff - 1) for n in range(staff)]
    return units


def _officer(unit: str, place: int, enrolled: bool) -> Row:
    return {
        "id": f"sim-{unit.replace('/', '-')}-{place:03d}",
        "unit": unit,
        "certificate_until": f"{2028 + number(3, 'until', unit, place)}-12-31",
        "on_establishment": True,
        "in_post": True,
        "enrolled": enrolled,
    }


def make_items(count: int = 36) -> list[Row]:
    """Return a list of check items; every sixth is for hazardous chemicals only."""
    rows: list[Row] = []
    for index in range(count):
        row: Row = {
            "id": f"sim-{index:03d}",
            "content": f"模拟检查事项第 {index + 1} 项",
            "basis": "《中华人民共和国安全生产法》第六十二条",
            "method": "现场检查",
            "authority": "区安全生产监督管理局",
        }
        if index % 6 == 5:
            row["applies_to"] = ["hazchem"]
        rows.append(row)
    return rows


def make_plan(size: Size) -> list[Row]:
    """Return the bureau's plan: a monthly line by sub-roster, a special campaign in June, a covert round in March."""
    monthly = {
        "id": "monthly",
        "title": "双随机月度抽查",
        "kind": "monthly",
        "weights": [1] * 12,
        "strata": [
            {"id": name, "scope": {"sub_rosters": [name]}, "ratio": size.ratio if share > 5 else "50/100"}
            for name, share in SHARES.items()
        ],
    }
    return [
        monthly,
        _campaign("special-dust", "有限空间专项治理", "special-campaign", 6, "occupational"),
        _campaign("covert-chemicals", "危化品暗访暗查", "covert", 3, "hazchem"),
    ]


def _campaign(id: str, title: str, kind: str, month: int, sub_roster: str) -> Row:
    strata = [{"id": sub_roster, "scope": {"sub_rosters": [sub_roster]}, "ratio": "15/100"}]
    weights = [1 if number == month else 0 for number in range(1, 13)]
    return {"id": id, "title": title, "kind": kind, "weights": weights, "strata": strata}


def make_street_plan(street: str) -> list[Row]:
    """Return a street's own plan: a draw each quarter among its small enterprises."""
    strata = [{"id": "small", "scope": {"scales": ["micro", "small"], "streets": [street]}, "ratio": "20/100"}]
    weights = [1 if month % 3 == 2 else 0 for month in range(1, 13)]
    return [{"id": "quarter", "title": "街道双随机抽查", "kind": "monthly", "weights": weights, "strata": strata}]
