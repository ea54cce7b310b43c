"""The sample's inspection plan for 2023 (年度监督检查计划): one line, with a stratum per sub-roster.

It runs from March to December, so that ten months share each year's number equally. With the enterprises of this sample
that are open, the quota formula gives 30 in September.
"""

from ledger.cli.sample.sheet import Sheet
from ledger.cli.sample.words import SUB_ROSTERS

HEADER = ["计划编号", "抽查任务名称", "检查类型", "分层编号", "专项库名称", "抽查比例及频次", "抽查时间", "主办科室"]
LINE_ID = "2023-monthly"
TITLE = "2023年度安全生产“双随机”监督检查"

# The ratio of each sub-roster in the spelling of a real plan, and the section that hosts its cases.
_STRATA = {
    "hazchem": ("20%;1次/年", "危化品监督管理科"),
    "precursor": ("20%;1次/年", "危化品监督管理科"),
    "licensed": ("20%；1次/年", "危化品监督管理科"),
    "training": ("40%;1次/年", "培训中心"),
    "major-hazard": ("≥40%;1次/年", "执法监察科"),
    "serious-dishonesty": ("40％;1次/年", "执法监察科"),
    "occupational": ("百分之二十;1次/年", "执法监察科"),
    "industry-trade": ("20%;1次/年", "执法监察科"),
}


def sample_plan() -> Sheet:
    """Return the plan's rows, one per stratum; all belong to one plan line."""
    rows = []
    for roster in SUB_ROSTERS:
        ratio, host = _STRATA[roster.id]
        # A name with a stroke would be read as a list of two, so such a roster is given by its id.
        name = roster.id if "/" in roster.name else roster.name
        rows.append([LINE_ID, TITLE, "日常检查", roster.id, name, ratio, "3月—12月", host])
    return Sheet(HEADER, rows)
