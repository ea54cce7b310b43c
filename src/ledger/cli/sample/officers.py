"""Made-up officers: the bureau's staff by section, and those of the eleven street offices.

48 of the bureau's staff hold a certificate, are on the establishment and in post; 42 of them are enrolled: 87.5%, above
the floor of 80%. Before September 2023 three certificates of the bureau run out, and one in each of two streets; their
holders must not be drawn. Four more of the bureau's people (seconded elsewhere, or hired by contract) do not count for
the floor and are not enrolled.
"""

from collections.abc import Iterator

from ledger.cli.sample.sheet import Sheet, derive_choice, derive_number
from ledger.cli.sample.words import GIVEN_FIRST, GIVEN_SECOND, STREETS, SURNAMES

HEADER = [
    "序号", "姓名", "学历", "单位/部门", "担任职务",
    "执法证号", "执法证有效期", "在编", "在岗", "纳入名录库", "岗位资质资格",
]  # fmt: skip

# Certified staff of each section, and how many of them the section declared for the roster.
SECTIONS = {
    "执法监察科": (14, 14),
    "法制宣传科": (6, 6),
    "危化品监督管理科": (10, 10),
    "培训中心": (5, 5),
    "综合协调科": (6, 6),
    "办公室": (4, 1),
    "局领导": (3, 0),
}
# Bureau staff, by place in the sheet (from 0), whose certificate runs out before September 2023.
_BUREAU_EXPIRED = {6: "2023-03-31", 27: "2023-06-30", 39: "2023-08-31"}
# Bureau people beside the 48: section, 在编, 在岗.
_BUREAU_OTHERS = (
    ("执法监察科", "是", "否"),
    ("综合协调科", "是", "否"),
    ("危化品监督管理科", "否", "是"),
    ("办公室", "否", "是"),
)
# The first officer of these streets holds a certificate that has run out.
_STREET_EXPIRED = {"龙城": "2023-05-31", "宝龙": "2023-07-31"}
_HAZCHEM = "危险化学品"


def sample_officers() -> Sheet:
    """Return every officer in one sheet: the bureau's first, then street by street."""
    people = [*_bureau(), *_streets()]
    names: set[str] = set()
    return Sheet(HEADER, [[str(index + 1), _new_name(index, names), *rest] for index, rest in enumerate(people)])


def _bureau() -> Iterator[list[str]]:
    index = 0
    for section, (certified, enrolled) in SECTIONS.items():
        for place in range(certified):
            until = _BUREAU_EXPIRED.get(index) or _valid_until(index)
            yield _officer(index, section, until, enrolled=place < enrolled)
            index += 1
    for section, on_establishment, in_post in _BUREAU_OTHERS:
        yield _officer(index, section, _valid_until(index), on_establishment=on_establishment, in_post=in_post)
        index += 1


def _streets() -> Iterator[list[str]]:
    index = 500
    for street in STREETS:
        size = 6 + derive_number("street office", index, 4)
        for place in range(size):
            until = (place == 0 and _STREET_EXPIRED.get(street)) or _valid_until(index + place)
            # Every second street keeps one certified person off the roster, for the duty desk.
            enrolled = place < size - index % 2
            yield _officer(index + place, f"{street}街道安监办", until, enrolled=enrolled)
        index += 21


def _officer(
    index: int, unit: str, until: str, *, enrolled: bool = False, on_establishment: str = "是", in_post: str = "是"
) -> list[str]:
    hazchem = unit == "危化品监督管理科" or derive_number("hazchem", index, 6) == 0
    return [
        derive_choice("schooling", index, ("大专", "本科", "本科", "研究生")),
        unit,
        "科员" if derive_number("post", index, 4) else "主任科员",
        f"粤演C{derive_number('certificate', index, 10**6):06d}",
        until,
        on_establishment,
        in_post,
        "是" if enrolled else "否",
        _HAZCHEM if hazchem else "",
    ]


def _valid_until(index: int) -> str:
    year = derive_choice("year", index, (2024, 2025, 2026, 2027))
    return f"{year}-{derive_choice('end of quarter', index, ('03-31', '06-30', '09-30', '12-31'))}"


def _new_name(index: int, names: set[str]) -> str:
    """Return a name that no earlier officer has, and note it in `names`."""
    attempt = index
    while (name := _name(attempt)) in names:
        attempt += 100_000
    names.add(name)
    return name


def _name(index: int) -> str:
    return (
        derive_choice("surname", index, SURNAMES)
        + derive_choice("given 1", index, GIVEN_FIRST)
        + derive_choice("given 2", index, GIVEN_SECOND)
    )
