"""The sample's list of check items (抽查重点事项清单): 36 items, in our own words, each with the law that it rests on.

Articles are those of the editions named beside them. The first eighteen apply to every enterprise; the others name the
sub-rosters or tags that they apply to.
"""

from ledger.cli.sample.sheet import Sheet

HEADER = ["编号", "抽查类别", "抽查内容", "抽查依据", "依据版本", "抽查方式", "抽查主体", "适用对象"]
AUTHORITY = "龙岗区安全生产监督管理局"

_SAFETY = ("《中华人民共和国安全生产法》", "2021")
_HAZCHEM = ("《危险化学品安全管理条例》", "2013")
_PRECURSOR = ("《易制毒化学品管理条例》", "2018")
_LICENCE = ("《安全生产许可证条例》", "2014")
_OCCUPATIONAL = ("《中华人民共和国职业病防治法》", "2018")
_DUST = ("《工贸企业粉尘防爆安全规定》", "2021")
_CONFINED = ("《工贸企业有限空间作业安全管理与监督暂行规定》", "2015")
_PAPERS, _SITE, _BOTH, _ASK = "查阅资料", "现场检查", "查阅资料、现场检查", "查阅资料、询问"

# The roster of serious dishonesty is given by its id: the stroke in its name would part two things in a list.
# category, content, (law, edition), article, method, applies to
_ITEMS = (
    ("责任制", "各岗位的安全生产责任人员、责任范围和考核标准是否明确并考核", _SAFETY, "第二十二条", _PAPERS, ""),
    ("责任制", "主要负责人是否组织制定规章制度、操作规程并督促检查落实", _SAFETY, "第二十一条", _ASK, ""),
    ("投入", "安全生产所需资金是否有预算并实际使用", _SAFETY, "第二十三条", _PAPERS, ""),
    ("机构人员", "是否按从业人数设置安全管理机构或者配备安全管理人员", _SAFETY, "第二十四条", _PAPERS, ""),
    ("机构人员", "主要负责人和安全管理人员是否具备相应的安全知识和管理能力", _SAFETY, "第二十七条", _ASK, ""),
    ("教育培训", "新上岗、转岗和被派遣人员是否经安全培训合格后上岗，档案是否如实", _SAFETY, "第二十八条", _ASK, ""),
    ("教育培训", "电工、焊工等特种作业人员是否持有效资格证上岗", _SAFETY, "第三十条", _BOTH, ""),
    ("现场管理", "有较大危险因素的场所和设备上是否设有明显的警示标志", _SAFETY, "第三十五条", _SITE, ""),
    ("设备设施", "安全设备是否定期维护、检测并有签字记录", _SAFETY, "第三十六条", _BOTH, ""),
    ("设备设施", "是否仍在使用国家明令淘汰的工艺、设备", _SAFETY, "第三十八条", _SITE, ""),
    ("双重预防", "是否开展风险分级并落实相应的管控措施", _SAFETY, "第四十一条第一款", _BOTH, ""),
    ("双重预防", "事故隐患的排查、整改情况是否如实记录并向从业人员通报", _SAFETY, "第四十一条第二款", _PAPERS, ""),
    ("现场管理", "出口和疏散通道是否畅通，宿舍与车间、仓库是否按规定分开", _SAFETY, "第四十二条", _SITE, ""),
    ("现场管理", "动火、吊装、临时用电等危险作业是否有专人现场管理", _SAFETY, "第四十三条", _BOTH, ""),
    ("劳动防护", "是否发放合格的劳动防护用品并督促正确佩戴", _SAFETY, "第四十五条", _SITE, ""),
    ("发包出租", "与承包、承租单位是否签订安全管理协议并定期检查", _SAFETY, "第四十九条", _PAPERS, ""),
    ("保险", "是否为从业人员缴纳工伤保险费", _SAFETY, "第五十一条", _PAPERS, ""),
    ("应急", "是否制定生产安全事故应急救援预案并定期演练", _SAFETY, "第八十一条", _PAPERS, ""),
    ("危险化学品", "危险化学品是否存放在专用仓库并由专人管理", _HAZCHEM, "第二十四条", _SITE, "危险化学品"),
    ("危险化学品", "危险化学品出入库是否逐次核查、登记",
     _HAZCHEM, "第二十五条", _PAPERS, "危险化学品、非药品类易制毒化学品"),
    ("危险化学品", "作业场所的监测、通风、防火、防爆、防泄漏设施是否完好",
     _HAZCHEM, "第二十条", _SITE, "危险化学品、安全生产许可"),
    ("危险化学品", "经营许可证是否有效，是否超出许可范围经营", _HAZCHEM, "第三十三条", _PAPERS, "危险化学品"),
    ("危险化学品", "是否向无许可的企业采购，所售产品有无安全技术说明书和标签",
     _HAZCHEM, "第三十七条", _PAPERS, "危险化学品"),
    ("重大危险源", "重大危险源是否登记建档、评估、监控并备案", _SAFETY, "第四十条", _BOTH, "危险化学品、安全生产许可"),
    ("易制毒", "第二类、第三类易制毒化学品的生产、经营是否按时备案",
     _PRECURSOR, "第十三条", _PAPERS, "非药品类易制毒化学品"),
    ("易制毒", "销售台账是否如实记录并保存两年", _PRECURSOR, "第十九条", _PAPERS, "非药品类易制毒化学品"),
    ("安全许可", "安全生产许可证是否在有效期内，延期是否按时办理",
     _LICENCE, "第九条", _PAPERS, "需取得安全生产许可、安全生产许可"),
    ("安全许可", "取得许可后的安全生产条件有无降低", _LICENCE, "第十四条", _BOTH, "需取得安全生产许可、安全生产许可"),
    ("中介机构", "资质条件是否持续符合，服务和报告是否公开",
     _SAFETY, "第七十二条", _PAPERS, "中介机构、安全生产和职业卫生培训机构"),
    ("重大隐患", "重大事故隐患是否按治理方案整改并及时报告", _SAFETY, "第四十一条第二款", _BOTH, "存在重大事故隐患"),
    ("严重失信", "被公告的违法行为是否已经改正", _SAFETY, "第七十八条", _BOTH, "serious-dishonesty"),
    ("涉液氨", "液氨制冷系统的报警、喷淋和泄漏处置设施是否完好", _SAFETY, "第三十六条", _SITE, "涉液氨"),
    ("有限空间", "有限空间是否逐一辨识、建立台账，作业前是否先通风再检测",
     _CONFINED, "第七条、第十二条", _BOTH, "有限空间作业"),
    ("粉尘涉爆", "有爆炸危险的工艺设备是否采取控爆措施，积尘是否按时清理",
     _DUST, "第十五条、第十八条", _SITE, "粉尘涉爆"),
    ("职业健康", "职业病危害因素是否申报，是否定期检测、评价并公布",
     _OCCUPATIONAL, "第十六条、第二十六条", _PAPERS, "职业病危害重点"),
    ("职业健康", "接触危害的劳动者是否按规定体检并建立监护档案",
     _OCCUPATIONAL, "第三十五条、第三十六条", _PAPERS, "职业病危害重点"),
)  # fmt: skip


def sample_items() -> Sheet:
    """Return the 36 items, numbered from safety-01."""
    rows = [
        [f"safety-{number:02d}", category, content, f"{law}{article}", edition, method, AUTHORITY, applies_to]
        for number, (category, content, (law, edition), article, method, applies_to) in enumerate(_ITEMS, start=1)
    ]
    return Sheet(HEADER, rows)
