"""Words that the made-up names are put together from: streets, trades, brands and persons' names.

The streets and the eight sub-rosters are those of the bureau's implementing plan; everything else is invented.
"""

from typing import NamedTuple

# Eleven streets, with the share of the district's enterprises that each has.
STREETS = {
    "平湖": 13, "坂田": 14, "布吉": 8, "南湾": 7, "横岗": 10, "龙城": 8,
    "龙岗": 9, "宝龙": 11, "坪地": 9, "园山": 7, "吉华": 4,
}  # fmt: skip


class SubRoster(NamedTuple):
    """One second-level roster: its id, its name in the sheets, how many enterprises, and their trades.

    A trade may name a tag after a colon: that tag then suits an enterprise of this trade.
    """

    id: str
    name: str
    size: int
    trades: tuple[str, ...]
    risks: dict[str, int]


_HIGH = {"红": 12, "橙": 38, "黄": 38, "蓝": 12}
_USUAL = {"红": 3, "橙": 14, "黄": 41, "蓝": 42}
_LOW = {"橙": 5, "黄": 30, "蓝": 65}

SUB_ROSTERS = (
    SubRoster(
        "hazchem", "危险化学品", 130,
        ("化工", "涂料", "工业气体", "油墨", "稀释剂", "树脂", "加油站", "清洗剂:安全生产许可", "胶粘剂:安全生产许可"),
        _HIGH,
    ),
    SubRoster("precursor", "非药品类易制毒化学品", 40, ("化学试剂", "电子化学品", "化玻仪器", "水处理药剂"), _HIGH),
    SubRoster(
        "licensed", "需取得安全生产许可", 60,
        ("精细化工:安全生产许可", "建筑工程:安全生产许可", "土石方工程:安全生产许可", "特种气体:安全生产许可"),
        _HIGH,
    ),
    SubRoster(
        "training", "安全生产和职业卫生培训机构", 20,
        ("安全技术培训:中介机构", "职业技能培训", "职业卫生培训:中介机构"),
        _LOW,
    ),
    SubRoster(
        "major-hazard", "存在重大事故隐患", 50,
        ("铝制品抛光:粉尘涉爆", "冷冻食品:涉液氨", "污水处理:有限空间作业", "木器:粉尘涉爆", "电镀:职业病危害重点"),
        {"红": 60, "橙": 40},
    ),
    SubRoster(
        "serious-dishonesty", "安全生产“黑名单”/严重失信主体", 25,
        ("五金制品:工矿商贸", "废旧物资回收:工矿商贸", "塑胶制品:工矿商贸", "溶剂:危险化学品"),
        _HIGH,
    ),
    SubRoster(
        "occupational", "职业病危害重点", 275,
        ("家具:粉尘涉爆", "电镀", "表面处理:有限空间作业", "石材", "鞋材", "喷涂", "蓄电池",
         "珠宝首饰", "玻璃制品", "铸造"),
        _USUAL,
    ),
    SubRoster(
        "industry-trade", "工矿商贸", 900,
        (
            "电子", "塑胶制品", "五金制品", "精密模具", "包装制品:有限空间作业", "印刷:有限空间作业", "服装",
            "食品:有限空间作业", "冷链物流:涉液氨", "木制品:粉尘涉爆", "金属加工:粉尘涉爆", "照明", "线缆", "玩具",
            "仓储物流", "纸品", "光学", "自动化设备", "百货贸易", "安全评价咨询:中介机构",
        ),
        _USUAL,
    ),
)  # fmt: skip

BRAND_FIRST = "岚沐澈栩昀霁屿蔚朔樾筠砚麓湛弈翊昱珩铄琨璟曜旻澍沅渝汀芷蘅荻桉梓枫榆楠柘槿隽骁骊"
BRAND_SECOND = "衡序澜川岳策牧野棠陌舟帆桥垣坤恺铭锐拓昇驰腾跃源汇通泰恒远衍毅朗昌启辰星宇瀚森"

SURNAMES = "陈林黄李张刘王吴杨周曾罗何郭梁钟谢叶邓赖廖温邱彭卢韩"
GIVEN_FIRST = "嘉子建晓文志雅思伟明海俊丽美国永春佳少婉"
GIVEN_SECOND = "木宁航岚清远舒豪琪涛茵霖颖峰敏楷蓉辉澄杰"
