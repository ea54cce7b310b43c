"""Made-up enterprises: 1,500 of them, in eight sub-rosters and eleven streets, as an office's sheets hold them.

No code here can be a real firm's. A 统一社会信用代码 carries a second check digit inside (position 17, that of the
organisation code, GB 11714); here it is wrong on purpose, while the outer one (GB 32100) is right, so that the codes
pass the usual check. The sheets also hold what real ones do: old registration numbers, a mistyped check digit, small
letters, full-width characters and stray spaces, so that an import has something to report; and nothing to refuse.
"""

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from ledger.cli.sample.sheet import Sheet, derive_choice, derive_number, derive_share
from ledger.cli.sample.words import (
    BRAND_FIRST,
    BRAND_SECOND,
    GIVEN_FIRST,
    GIVEN_SECOND,
    STREETS,
    SUB_ROSTERS,
    SURNAMES,
    SubRoster,
)

HEADER = [
    "序号", "专项库名称", "统一社会信用代码/注册号", "企业名称", "主体类别", "所属街道",
    "管辖单位", "登记机关", "规模", "风险等级", "监管标签", "登记状态",
]  # fmt: skip
REGISTRAR = "深圳市市场监督管理局龙岗监管局"

COMPANY, SOLE_TRADER, SOLE_PROPRIETORSHIP = "有限责任公司", "个体工商户", "个人独资企业"
_KINDS = {COMPANY: 90, SOLE_TRADER: 8, SOLE_PROPRIETORSHIP: 2}
# Small traders do not hold licences or run training: only these rosters have them.
_KINDS_OF = {"industry-trade": _KINDS, "occupational": _KINDS}
_SCALES = {"大型": 3, "中型": 12, "小型": 50, "微型": 35}
_STATES = {"存续": 955, "停业": 20, "歇业": 10, "注销": 15}
# Of the enterprises whose trade suits a tag, so many in a hundred carry it.
_TAGGED = 60

_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def sample_targets() -> Sheet:
    """Return the 1,500 enterprises in one sheet, sub-roster by sub-roster."""
    rows: list[list[str]] = []
    names: set[str] = set()
    for roster in SUB_ROSTERS:
        for _ in range(roster.size):
            rows.append(_enterprise(len(rows), roster, names))
    return Sheet(HEADER, rows)


def _enterprise(index: int, roster: SubRoster, names: set[str]) -> list[str]:
    kind = derive_share("kind", index, _KINDS_OF.get(roster.id, {COMPANY: 1}))
    street = derive_share("street", index, STREETS)
    trade, _, tag = derive_choice("trade", index, roster.trades).partition(":")
    scale = "微型" if kind == SOLE_TRADER else derive_share("scale", index, _SCALES)
    name = _new_name(index, kind, street, trade, names)
    return [
        str(index + 1),
        roster.name,
        _type_code(index, _code(index, kind)),
        _type_name(index, name),
        kind,
        street if derive_number("short street", index, 20) == 0 else f"{street}街道",
        f"{street}街道安监办",
        REGISTRAR,
        scale,
        derive_share("risk", index, roster.risks),
        _tags(index, roster, tag),
        derive_share("status", index, _STATES),
    ]


def _tags(index: int, roster: SubRoster, tag: str) -> str:
    # A licence is what makes a licensed enterprise one; other tags depend on what the site does.
    tagged = roster.id == "licensed" or derive_number("tagged", index, 100) < _TAGGED
    tags = [tag] if tag and tagged else []
    if roster.id in ("major-hazard", "serious-dishonesty") and derive_number("second tag", index, 100) < 15:
        tags.append("有限空间作业")
    return "、".join(dict.fromkeys(tags))


def _new_name(index: int, kind: str, street: str, trade: str, names: set[str]) -> str:
    """Return a name that no earlier enterprise has, and note it in `names`."""
    attempt = index
    while (name := _name(attempt, index, kind, street, trade)) in names:
        attempt += 100_000
    names.add(name)
    return name


def _name(attempt: int, index: int, kind: str, street: str, trade: str) -> str:
    brand = derive_choice("brand 1", attempt, BRAND_FIRST) + derive_choice("brand 2", attempt, BRAND_SECOND)
    if kind == SOLE_TRADER:
        owner = (
            derive_choice("owner", attempt, SURNAMES)
            + derive_choice("owner 1", attempt, GIVEN_FIRST)
            + derive_choice("owner 2", attempt, GIVEN_SECOND)
        )
        shop = derive_choice("shop", index, ("店", "加工店", "经营部"))
        return f"深圳市龙岗区{street}{owner}{trade}{shop}"
    if kind == SOLE_PROPRIETORSHIP:
        return f"深圳市龙岗区{brand}{trade}厂"
    return derive_choice(
        "pattern",
        index,
        (
            f"深圳市{brand}{trade}有限公司",
            f"深圳市{brand}{trade}有限公司",
            f"深圳{brand}{trade}有限公司",
            f"{brand}{trade}（深圳）有限公司",
            f"深圳市龙岗区{brand}{trade}有限公司",
        ),
    )


def _code(index: int, kind: str) -> str:
    """Return a credit code, or for one enterprise in sixty an old registration number of 15 digits."""
    if derive_number("old number", index, 60) == 0:
        number = f"440307{derive_number('registration', index, 10**8):08d}"
        return number + str((int(mod_11_10.calc_check_digit(number)) + 1) % 10)
    body = "MA5" + "".join(derive_choice(f"code {place}", index, _CODE_CHARACTERS) for place in range(5))
    first = ("92" if kind == SOLE_TRADER else "91") + "440300" + body + _wrong_digit(body)
    return first + str(uscc.calc_check_digit(first))


def _wrong_digit(body: str) -> str:
    """Return a digit that is not the check digit of this organisation code, so that the code is nobody's.

    body  8 characters of GB 11714, 0-9 and A-Z worth 0-35
    """
    total = sum(weight * int(character, 36) for weight, character in zip(_BODY_WEIGHTS, body, strict=True))
    return str((-total % 11 + 1) % 10)


def _type_code(index: int, code: str) -> str:
    """Return the code as a clerk typed it: now and then with a slip."""
    if index == 640:  # the check digit mistyped: the next character of the alphabet
        return code[:-1] + _CODE_CHARACTERS[(_CODE_CHARACTERS.index(code[-1]) + 1) % len(_CODE_CHARACTERS)]
    if index in (77, 655):  # small letters
        return code.lower()
    if index in (140, 670, 1201):  # a space that came along with copying
        return f" {code} "
    if index == 685:  # full-width digits, as a Chinese input method leaves them
        return "".join(chr(ord(character) + 0xFEE0) for character in code)
    return code


def _type_name(index: int, name: str) -> str:
    if derive_number("half-width brackets", index, 4) == 0:
        name = name.replace("（", "(").replace("）", ")")
    if derive_number("stray space", index, 100) == 0:
        return f"{name}\N{IDEOGRAPHIC SPACE}"
    return name
