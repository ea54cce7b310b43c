"""Every kind of finding that intake can make: its code, its severity, and its text in Chinese and in English.

A code, once released, keeps its meaning: scripts and offices rely on it. `{found}` and `{expected}` are filled in.
"""

from typing import Literal, NamedTuple


class Kind(NamedTuple):
    """One kind of finding."""

    severity: Literal["error", "warning", "note"]
    zh: str
    en: str


def _error(zh: str, en: str) -> Kind:
    return Kind("error", zh, en)


def _warning(zh: str, en: str) -> Kind:
    return Kind("warning", zh, en)


def _note(zh: str, en: str) -> Kind:
    return Kind("note", zh, en)


_FILE = {
    "file-empty": _error("文件是空的，应为含表头和数据的表格", "the file is empty; expected a table with a header"),
    "file-absent": _error("找不到或无法打开文件“{found}”", "the file “{found}” is not there or cannot be opened"),
    "file-kind": _error(
        "文件内容是{found}，不是表格；请另存为 .xlsx 或 .csv 后再导入",
        "the file holds {found}, not a table; save it as .xlsx or .csv and import that",
    ),
    "file-damaged": _error(
        "文件损坏或不完整（{found}），应为完整的表格文件；请从原系统重新导出",
        "the file is damaged or cut short ({found}); expected a whole file, export it anew",
    ),
    "file-encrypted": _error(
        "文件有密码保护，无法读取；请取消密码后另存再导入",
        "the file is protected by a password; remove the password, save, and import that",
    ),
    "file-encoding": _error(
        "文字编码无法识别（{found}），应为 UTF-8、UTF-16（带 BOM）或 GB18030",
        "the text encoding cannot be read ({found}); expected UTF-8, UTF-16 with BOM or GB18030",
    ),
    "file-too-large": _error(
        "工作表范围过大（{found}），上限 {expected} 个单元格；请删除表外的空行空列后再导入",
        "the sheet is too large ({found}); at most {expected} cells: delete stray cells far from the table",
    ),
    "file-entities": _error(
        "XML 文件含有实体或 DTD 声明（{found}），为安全起见拒绝读取",
        "the XML declares entities or a DTD ({found}); refused, since entities can read or flood the machine",
    ),
    "csv-quotes": _error(
        "CSV 引号不配对或文件被截断（{found}）", "quotes of the CSV do not pair, or the file is cut ({found})"
    ),
    "sheet-hidden": _warning("隐藏的工作表未读取", "a hidden sheet was not read"),
    "sheet-skipped": _warning(
        "该工作表没有可识别的表头，未读取；找到的是：{found}",
        "no header was recognised, sheet not read; found: {found}",
    ),
    "header-missing": _error(
        "没有找到所需的表头。找到：{found}。需要：{expected}",
        "the columns needed were not found. Found: {found}. Needed: {expected}",
    ),
    "column-repeated": _warning(
        "有多列含义相同（{found}），按此顺序取第一个非空值",
        "several columns mean the same ({found}); the first that is not blank is taken, in this order",
    ),
    "column-unknown": _note("未导入的列：{found}", "columns not imported: {found}"),
    "column-personal": _note(
        "个人信息列从不导入，已丢弃：{found}", "personal columns are never carried and were dropped: {found}"
    ),
    "column-absent": _warning(
        "没有这一列，全部按“{expected}”处理", "no such column; every row is taken as “{expected}”"
    ),
}

_ROW = {
    "row-short": _error(
        "这一行只有 {found} 格，表头有 {expected} 列；文件可能被截断",
        "the row has {found} cells, the header {expected}; the file may be cut short",
    ),
    "row-long": _error(
        "表头之外还有内容“{found}”；可能有多余的分隔符，各列已错位",
        "there is text beyond the header, “{found}”; a stray separator may have shifted the columns",
    ),
    "row-skipped": _note("合计或备注行，不是数据，未导入：{found}", "a total or remark, not data; left out: {found}"),
    "row-heading": _note("分组标题行，用作以下各行的类别：{found}", "a group heading, used as category below: {found}"),
    "cell-merged": _note(
        "合并单元格，下方各行按同一值填充：{found}", "a merged cell; the rows below take its value: {found}"
    ),
    "cell-error": _error("单元格是错误值 {found}，应为实际内容", "the cell holds the error {found}; expected a value"),
    "cell-formula": _error(
        "公式没有保存计算结果（{found}）；请在表格软件中打开、保存，或粘贴为数值",
        "the formula has no saved result ({found}); open and save the file, or paste as values",
    ),
    "formula-values": _note(
        "有 {found} 个公式单元格，采用文件中保存的结果", "{found} formula cells; their saved results were taken"
    ),
    "value-missing": _error("必填项为空", "a required value is blank"),
    "value-unknown": _error("无法识别“{found}”，应为：{expected}", "“{found}” is not known; expected: {expected}"),
    "value-dropped": _warning(
        "无法识别“{found}”，该值未导入；已知：{expected}", "“{found}” is not known and was left out; known: {expected}"
    ),
    "value-assumed": _warning("内容为空，按“{expected}”处理", "blank; taken as “{expected}”"),
    "value-near": _warning("“{found}”按“{expected}”理解，请核对", "“{found}” was read as “{expected}”; please check"),
    "parts-unequal": _error(
        "“{found}”的项数应为 {expected}，与所对应的名称一一对应",
        "“{found}” is to have {expected} parts, one for each name beside it",
    ),
    "value-identity": _error(
        "此处像是身份证号，按规定从不收录（内容不显示）",
        "this looks like an identity number, which is never carried (it is not shown)",
    ),
    "text-trimmed": _note(
        "去掉了首尾空格、换行或不可见字符：“{found}”", "spaces, line ends or invisible characters removed: “{found}”"
    ),
    "text-damaged": _error(
        "文字已损坏（含“�”或无法识别的字符）：“{found}”，编码转换出错",
        "the text is damaged (holds “�” or a character that is not known): “{found}”",
    ),
    "id-malformed": _error(
        "编号“{found}”不合要求，应为小写字母、数字、- 和 /", "the id “{found}” does not fit; expected a-z, 0-9, - and /"
    ),
    "id-derived": _note("没有编号列，编号由内容推定：{found}", "no id column; the id was derived: {found}"),
    "id-repeated": _error("编号“{found}”重复，首次出现在{expected}", "the id “{found}” repeats; first at {expected}"),
}

_CODE = {
    "code-normalised": _note(
        "代码统一了写法：“{found}”改为“{expected}”", "the code's spelling was normalised: “{found}” to “{expected}”"
    ),
    "code-number": _note(
        "代码被表格存成数字“{found}”，已还原为“{expected}”",
        "the spreadsheet kept the code as a number, “{found}”; read as “{expected}”",
    ),
    "code-rounded": _error(
        "代码“{found}”已被表格转成数字而丢失位数，无法还原；请将该列设为文本格式后重新填写",
        "the code became a number, “{found}”, and digits are lost; set the column to text and type it again",
    ),
    "code-masked": _error("代码被遮盖：“{found}”，应为完整代码", "the code is masked: “{found}”; expected all of it"),
    "code-wordy": _error(
        "“{found}”里没有数字，不像登记号；可能各列错位",
        "“{found}” has no digit and is no registration number; columns may be shifted",
    ),
    "code-unreadable": _error(
        "代码“{found}”含有不能使用的字符（如竖线）",
        "the code “{found}” holds a character that cannot be used, as a bar",
    ),
    "code-form": _warning(
        "“{found}”像统一社会信用代码但形式不符，按登记号收录，请核对",
        "“{found}” looks like a credit code but has not its form; taken as a registration number, please check",
    ),
    "code-check-digit": _warning(
        "统一社会信用代码“{found}”校验码不符，按登记号收录，请核对",
        "the check digit of credit code “{found}” does not fit; taken as a registration number, please check",
    ),
    "code-repeated": _error(
        "代码“{found}”重复，首次出现在{expected}；同一对象只能入库一次",
        "the code “{found}” repeats; first at {expected}; an enterprise is listed once",
    ),
    "sub-rosters-several": _warning(
        "属于几个二级库（{found}），按优先次序以“{expected}”为主，其余记为标签",
        "of several sub-rosters ({found}): by precedence {expected} is the primary one, the others become tags",
    ),
    "sub-rosters-undecided": _error(
        "属于几个二级库（{found}），政策没有定出主次；请只保留一个，其余写作标签",
        "of several sub-rosters ({found}), and the policy has no precedence among them: keep one, the others as tags",
    ),
    "name-repeated": _warning(
        "名称“{found}”已登记在代码 {expected} 之下，可能同一对象入库两次",
        "the name “{found}” also stands under the code {expected}; perhaps one enterprise listed twice",
    ),
    "name-masked": _warning("名称被遮盖：“{found}”", "the name is masked: “{found}”"),
    "name-private": _note(
        "个体工商户或个人独资企业，名称可能含姓名，转入非公开信息",
        "a personal business; its name is kept among the private values",
    ),
}

_DATE = {
    "date-unread": _error(
        "日期“{found}”无法识别，应为 2025-03-01 或 长期",
        "the date “{found}” cannot be read; expected 2025-03-01 or 长期",
    ),
    "date-normalised": _note("日期“{found}”读作 {expected}", "the date “{found}” was read as {expected}"),
    "date-reversed": _error(
        "止日“{found}”早于起日 {expected}", "the term ends on “{found}”, before it begins on {expected}"
    ),
    "months-unread": _error(
        "时间安排“{found}”无法识别，应为如“3月—12月”“2025年2月至10月”",
        "the period “{found}” cannot be read; expected e.g. 3月—12月 or 2025年2月至10月",
    ),
    "months-year": _error(
        "时间安排“{found}”不在计划年度 {expected} 年内", "the period “{found}” is not within the plan's year {expected}"
    ),
    "months-assumed": _warning("没有时间安排，按全年各月处理", "no period is given; every month of the year is taken"),
}

_QUOTA = {
    "quota-unread": _error(
        "抽查比例“{found}”无法识别，应为百分比（如 3%、5‰）或户数（如 20户）",
        "the ratio “{found}” cannot be read; expected a share (3%, 5‰) or a number of enterprises (20户)",
    ),
    "quota-several": _error(
        "一格内有多个比例“{found}”，应按分层拆成多行，每行一个比例",
        "several ratios in one cell, “{found}”; expected one row for each stratum",
    ),
    "quota-vague": _error(
        "“{found}”只是约数、范围或上限，应为确定的比例或户数",
        "“{found}” is an estimate, a range or a ceiling; expected one ratio or number",
    ),
    "quota-range": _error(
        "比例“{found}”应大于 0 且不超过 100%", "the ratio “{found}” is to be above 0 and at most 100%"
    ),
    "quota-floor": _note("“{found}”是下限，按 {expected} 抽取", "“{found}” is a floor; {expected} is drawn"),
    "quota-bare": _warning(
        "“{found}”没有单位，按 {expected} 理解；户数请写“户”，比例请写“%”",
        "“{found}” has no unit; read as {expected}: write 户 for a number or % for a share",
    ),
    "quota-sentence": _warning(
        "从文字“{found}”中读出 {expected}，请核对", "{expected} was read out of “{found}”; please check"
    ),
    "quota-count-unchecked": _note(
        "“{found}”既有比例又有户数，按比例 {expected} 抽取；没有抽查基数可供核对",
        "“{found}” has a ratio and a number; the ratio {expected} counts, and no base is given to check them",
    ),
    "quota-rounding": _warning(
        "“{found}”的户数与比例只差在取整：按规定向上取整应为 {expected}",
        "“{found}”: number and ratio differ by rounding only; the rule rounds up to {expected}",
    ),
    "quota-contradiction": _error(
        "“{found}”自相矛盾：按抽查基数应为 {expected}",
        "“{found}” contradicts itself: by the base it would be {expected}",
    ),
    "frequency-unread": _warning(
        "频次“{found}”无法识别为每年几次，未导入；应如“2次/年”",
        "the frequency “{found}” is no whole number of times a year and was left out; expected e.g. 2次/年",
    ),
    "plan-differs": _error(
        "同一计划编号的各行不一致：“{found}”，首行为“{expected}”",
        "rows of one plan line differ: “{found}”, the first has “{expected}”",
    ),
}

KINDS: dict[str, Kind] = {**_FILE, **_ROW, **_CODE, **_DATE, **_QUOTA}
"""Every kind of finding by its code."""

FIELD_WORDS: dict[str, str] = {
    "code": "统一社会信用代码/注册号",
    "name": "名称/姓名",
    "kind": "类别/类型",
    "registrar": "登记机关",
    "area": "管辖单位",
    "street": "街道",
    "sub_roster": "专项库",
    "tags": "标签",
    "risk": "风险等级",
    "scale": "规模",
    "status": "登记状态",
    "change": "变更类型",
    "licence": "许可证名称",
    "licence_until": "许可证有效期",
    "hazards": "重大隐患",
    "accidents": "事故",
    "list": "列入名单",
    "list_since": "列入日期",
    "list_until": "名单有效期",
    "lists": "列入名单",
    "since": "列入日期",
    "until": "有效期至",
    "id": "编号",
    "unit": "部门/单位",
    "certificate": "执法证号",
    "expiry": "有效期",
    "on_establishment": "是否在编",
    "in_post": "是否在岗",
    "enrolled": "是否入库",
    "qualifications": "资质资格",
    "sub_item": "抽查子项",
    "content": "抽查内容",
    "basis": "抽查依据",
    "basis_edition": "依据版本",
    "method": "抽查方式",
    "authority": "抽查主体",
    "category": "类别",
    "applies_to": "抽查对象",
    "number": "序号",
    "title": "计划名称",
    "task": "任务",
    "count": "数量",
    "joint": "配合部门",
    "stratum": "分层",
    "sub_rosters": "专项库",
    "streets": "街道",
    "risks": "风险等级",
    "scales": "规模",
    "range": "抽查对象范围",
    "quota": "抽查比例",
    "base": "抽查基数",
    "frequency": "抽查频次",
    "months": "时间安排",
    "weights": "时间安排",
    **{f"month-{month}": f"{month}月" for month in range(1, 13)},
}
"""What an official calls each field."""
