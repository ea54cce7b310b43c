"""Personal names as they are made public: the surname stays, every further character is a star (张三 → 张*)."""

COMPOUND = frozenset(
    [
        "欧阳",
        "太史",
        "上官",
        "端木",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "夏侯",
        "诸葛",
        "尉迟",
        "皇甫",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "长孙",
        "宇文",
        "轩辕",
        "闻人",
        "申屠",
        "濮阳",
        "淳于",
    ]
)
"""Surnames of two characters."""

SEALED_NAME = "（个人姓名不公开）"
"""What stands for a name that the record only seals: an enterprise called after a person."""


def mask_name(name: str) -> str:
    """Return a person's name as it is made public; a name of one character keeps none of it.

    By hand: 张三 → 张*, 欧阳小明 → 欧阳**.
    """
    kept = 2 if len(name) > 2 and name[:2] in COMPOUND else 1 if len(name) > 1 else 0
    return name[:kept] + "*" * (len(name) - kept)
