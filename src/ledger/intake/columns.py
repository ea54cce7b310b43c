"""Which column is which: the heads that offices write, for each field that is imported.

A head is recognised whatever its width, brackets, spaces or stars: ＊企业名称（全称） is 企业名称. A head of several
words joined by a stroke, 注册号/统一社会信用代码, is recognised if each of them means the same field. Columns that are
not recognised are never imported, and are named in a note.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.intake.text import normalise_word, split_words

FINDINGS_HEAD = "导入问题/Findings"
"""The column that a file of refused rows adds; it is not read back."""


class Fields(NamedTuple):
    """The fields of one kind of sheet.

    heads     field to the heads that mean it, the preferred one first
    required  fields without which the sheet cannot be read
    many      fields that may have several columns, each with its own meaning
    private   fields that may hold what is a person's; where there are any, findings repeat no cell of a column that is
              not known either: it may be a telephone number
    """

    heads: Mapping[str, Sequence[str]]
    required: Sequence[str]
    many: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()


class Header(NamedTuple):
    """A recognised header: each field's columns (from 0, preferred first), and the columns left out."""

    columns: Mapping[str, tuple[int, ...]]
    unknown: tuple[str, ...]
    personal: tuple[str, ...]


TARGETS = Fields(
    heads={
        "code": split_words(
            "统一社会信用代码 社会信用代码 统一信用代码 信用代码 代码 uscc 注册号 注册登记号 工商注册号 "
            "营业执照注册号 营业执照号 登记号 code id"
        ),
        "name": split_words(
            "企业名称 单位名称 市场主体名称 检查对象名称 抽查市场主体名称 抽查对象名称 生产经营单位名称 "
            "主体名称 监管对象名称 对象名称 名称 生产经营单位 检查对象 entname name"
        ),
        "kind": split_words("主体类别 主体类型 市场主体类型 市场主体类别 企业类型 单位类型 enttype"),
        "registrar": split_words("登记机关 注册机关 发照机关 regorgname regorg registrar"),
        "area": split_words("管辖单位 管辖机关 所属监管所 监管单位 属地监管单位 area"),
        "street": split_words("街道 所属街道 所在街道 街道办 属地街道 所属镇街 镇街 street"),
        "sub_roster": split_words("专项库名称 专项库 分类专项库名称 名录库 二级库 所属名录库 行业领域 sub_roster"),
        "tags": split_words("监管标签 对应专项库监管标签 专项库监管标签 标签 tags"),
        "risk": split_words("风险等级 安全风险等级 风险级别 风险分级 risk"),
        "scale": split_words("规模 企业规模 单位规模 生产经营单位规模 scale"),
        "status": split_words("登记状态 经营状态 企业状态 主体状态 状态 status"),
        "change": split_words("变更类型 变更情况 变动情况 变动类型 更新类型 change"),
        "licence": split_words("许可证名称 许可证 许可证种类 许可事项 安全生产许可证名称 licence"),
        "licence_until": split_words("许可证有效期至 许可证有效期 许可有效期至 有效期至 有效期 licence_until"),
        "hazards": split_words("重大隐患 重大事故隐患 重大隐患数 重大事故隐患数 未整改重大隐患数 hazards"),
        "accidents": split_words("事故 事故数 事故起数 近一年事故 近12个月事故数 生产安全事故数 accidents"),
        "list": split_words("列入名单 重点单位名单 重点名单 名单 lists"),
        "list_since": split_words("列入日期 列入名单日期 列入时间 list_since"),
        "list_until": split_words("名单有效期至 名单有效期 名单截止日期 移出日期 list_until"),
    },
    required=("code", "name"),
    many=frozenset({"licence", "licence_until", "list", "list_since", "list_until"}),
    private=frozenset({"name"}),
)

KEY_LISTS = Fields(
    heads={
        "code": TARGETS.heads["code"],
        "name": TARGETS.heads["name"],
        "since": split_words("列入日期 列入时间 认定日期 起始日期 发证日期 许可批准日期 since"),
        "until": split_words("有效期至 有效期 截止日期 到期日期 移出日期 列入期限 until"),
    },
    required=("code", "since"),
    private=frozenset({"name"}),
)

OFFICERS = Fields(
    heads={
        "id": split_words("编号 执法人员编号 人员编号 officer_id id"),
        "name": split_words("姓名 执法人员姓名 人员姓名 name"),
        "unit": split_words(
            "部门/机构 所属科室 科室 部门 机构 所在部门 所属部门 工作单位 所在单位 所属单位 单位 单位名称 "
            "所属街道 街道 unit"
        ),
        "certificate": split_words(
            "执法证号 执法证件号 执法证件号码 执法证编号 行政执法证号 行政执法证 执法证 证件号 证件编号 "
            "省政府执法证 工商部门执法证 部门执法证 国家执法证 应急管理执法证 安全生产监管执法证 "
            "certificate_no"
        ),
        "expiry": split_words(
            "有效期 有效期至 执法证有效期 执法证有效期至 证件有效期 证件有效期至 到期日期 certificate_until"
        ),
        "on_establishment": split_words("是否在编 在编 编制 编制性质 编制类型 on_establishment"),
        "in_post": split_words("是否在岗 在岗 在岗情况 在岗状态 in_post"),
        "enrolled": split_words("是否入库 入库 是否纳入名录库 纳入名录库 是否纳入 enrolled"),
        "qualifications": split_words("岗位资质资格 资质资格 专业资质资格 专业资质 资质 qualifications"),
    },
    required=("name", "unit", "certificate", "expiry"),
    many=frozenset({"certificate", "expiry", "unit"}),
    private=frozenset({"name", "certificate"}),
)

ITEMS = Fields(
    heads={
        "id": split_words("编号 事项编号 抽查事项编号 检查事项编号 事项编码 id"),
        "sub_item": split_words("抽查子项 检查子项 子项 事项子项"),
        "content": split_words(
            "抽查内容 检查内容 检查内容(项目) 抽查事项 抽查事项(内容) 检查事项 事项名称 抽查事项名称 检查项目 content"
        ),
        "basis": split_words("抽查依据 检查依据 实施依据 法律依据 执法依据 依据 basis"),
        "basis_edition": split_words("依据版本 法律依据版本 版本 basis_edition"),
        "method": split_words("抽查方式 检查方式 检查方法 抽查方法 方式 method"),
        "authority": split_words("抽查主体 检查主体 实施主体 检查机关 实施机关 执法主体 承办机构 authority"),
        "category": split_words("事项类别 抽查类别 检查类别 抽查项目 类别 category"),
        "applies_to": split_words("抽查对象 检查对象 适用对象 适用范围 抽查对象范围 applies_to"),
    },
    required=("content", "basis", "method", "authority"),
)

PLANS = Fields(
    heads={
        "id": split_words("计划编号 抽查计划编号 编号 抽查任务编号 任务编号 id"),
        "number": split_words("序号 no no."),
        "title": split_words(
            "计划名称 抽查计划名称 抽查任务名称 任务名称 检查任务 抽查任务 检查事项 抽查事项 事项名称 title"
        ),
        "kind": split_words("检查类型 抽查类型 计划类型 任务类型 检查类别 kind"),
        "joint": split_words("配合部门 是否属跨部门联合检查 是否联合检查 是否跨部门联合检查 是否跨部门联合 联合检查"),
        "stratum": split_words("分层 分层编号 层 stratum"),
        "sub_rosters": split_words("专项库名称 专项库 名录库 二级库 行业领域 sub_rosters"),
        "streets": split_words("街道 所属街道 检查街道 streets"),
        "risks": split_words("风险等级 安全风险等级 risks"),
        "tags": split_words("监管标签 标签 tags"),
        "scales": split_words("规模 企业规模 scales"),
        "lists": split_words("列入名单 重点单位名单 重点名单 名单 lists"),
        "hazards": split_words("重大隐患 重大事故隐患 hazards"),
        "accidents": split_words("事故 事故数 近一年事故 accidents"),
        "range": split_words(
            "抽查对象范围 检查对象范围 抽查对象 检查对象 具体检查对象(含数量)或“双随机”抽查对象(含总数及比例)"
        ),
        "quota": split_words(
            "抽查比例 抽查比例及频次 抽查比例和频次 抽查比例/频次 抽查数量 抽查户数 抽查比例(数量) "
            "抽取比例 抽取数量 比例 具体检查对象(含数量)或“双随机”抽查对象(含总数及比例) quota"
        ),
        "base": split_words("抽查基数 基数 抽查对象数量 对象总数 base"),
        "frequency": split_words("抽查频次 检查频次 检查频次和上限 频次 frequency"),
        "months": split_words(
            "检查时间安排 时间安排 抽查检查起止时间 抽查起止时间 检查起止时间 实施抽查时间段 抽查时间 "
            "检查时间 实施时间 抽查时段 月份 months"
        ),
        **{f"month-{month}": (f"{month}月",) for month in range(1, 13)},
    },
    required=("title", "quota"),
)

TASKS = Fields(
    heads={
        "id": split_words("编号 id"),
        "unit": split_words("科室 单位 unit"),
        "task": split_words("任务 任务名称 title"),
        "count": split_words("数量 count"),
        "months": split_words("时间安排 months"),
    },
    required=("unit", "task", "count", "months"),
)

_PERSONAL = frozenset(
    normalise_word(head)
    for head in split_words(
        "身份证号 身份证号码 身份证 公民身份号码 手机号 手机号码 手机 联系电话 电话 联系方式 学历 文化程度 年龄 "
        "出生日期 出生年月 性别 民族 政治面貌 住址 家庭住址 电子邮箱 邮箱 微信 "
        "法定代表人 法人代表 法人姓名 负责人 联系人 经营者"
    )
)
_DECORATION = re.compile(r"[*:\"“”'‘’·\[\]【】]")
_BRACKETED = re.compile(r"\([^()]*\)")
_ALTERNATIVES = re.compile(r"[/、或]")
_FINDINGS_WORD = normalise_word(FINDINGS_HEAD)


def normalise_head(text: str) -> str:
    """Return a head for comparing: half width, lower case, without spaces, stars, colons and quotation marks."""
    return _DECORATION.sub("", normalise_word(text))


class HeadIndex:
    """The heads of one kind of sheet, ready for looking up; one head may mean several fields."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self._ranks: dict[str, dict[str, int]] = {}
        for field, heads in fields.heads.items():
            for rank, head in enumerate(heads):
                self._ranks.setdefault(normalise_head(head), {}).setdefault(field, rank)

    def read_head(self, text: str) -> Mapping[str, int]:
        """Return the fields that a head means, each with the rank of the head among the field's; empty if none."""
        word = normalise_head(text)
        bare = _BRACKETED.sub("", word)
        for form in (word, bare):
            if form in self._ranks:
                return self._ranks[form]
        parts = [self._ranks.get(part) for part in _ALTERNATIVES.split(bare)]
        if len(parts) > 1 and all(parts):
            known = [part for part in parts if part]
            return {f: min(part[f] for part in known) for f in known[0] if all(f in part for part in known)}
        return {}

    def read_header(self, cells: Sequence[str]) -> Header:
        """Return what each cell of a header row means."""
        found: dict[str, list[tuple[int, int]]] = {}
        unknown, personal = [], []
        for column, cell in enumerate(cells):
            meanings = self.read_head(cell) if cell.strip() else {}
            for field, rank in meanings.items():
                found.setdefault(field, []).append((rank, column))
            if not meanings and cell.strip():
                word = normalise_head(cell)
                if word in _PERSONAL or _BRACKETED.sub("", word) in _PERSONAL:
                    personal.append(cell.strip())
                elif word != normalise_head(_FINDINGS_WORD):
                    unknown.append(cell.strip())
        columns = {field: tuple(column for _, column in sorted(places)) for field, places in found.items()}
        return Header(columns, tuple(unknown), tuple(personal))

    def format_needed(self) -> str:
        """Return the columns needed, for a message."""
        return "、".join(str(self.fields.heads[field][0]) for field in self.fields.required)
