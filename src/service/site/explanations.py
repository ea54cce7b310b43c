"""What each of the 25 checks means, in plain words, and how to check the same thing by hand.

By the checks' ids (`ledger.audit.checks`). Shown beside each check on the page of verification; a test holds the ids.
"""

from typing import NamedTuple

from .by_hand import CASES_EACH, RANDOMNESS, SELECTION, SHARES, SHEETS, SIGNATURE, TREE


class Explanation(NamedTuple):
    """A check in plain words, and how to check it by hand: each in Chinese and English.

    command  shell lines that do so in the folder of an unpacked bundle (`by_hand`)
    """

    plain: tuple[str, str]
    by_hand: tuple[str, str]
    command: str = ""


EXPLANATIONS = {
    "container": Explanation(
        (
            "核验包是一个 ZIP 文件，只有一种合法写法；藏不进别的东西。",
            "The bundle is a ZIP file with one lawful spelling, so nothing can hide in it.",
        ),
        (
            "用任意解压工具解开，再按规范重新打包，两个文件应逐字节相同。",
            "Unzip it with any tool, pack it again by the specification, and compare the two files byte by byte.",
        ),
    ),
    "identity": Explanation(
        (
            "日志的公钥就是您从别处得到的那一把，而不是本站自己说的。",
            "The log's key is the one that you had from elsewhere, not merely the one that this site names.",
        ),
        (
            "把本页的公钥与公报、司法局或街道张贴的公钥逐字对照。",
            "Compare the key on this page, letter by letter, with the one printed in the gazette or kept by a witness.",
        ),
    ),
    "checkpoint": Explanation(
        (
            "检查点是日志的一张盖章照片：共多少条、根是多少。章是日志密钥的签名。",
            "A checkpoint is a sealed photograph of the log: its size and its root. Its seal is the log's signature.",
        ),
        (
            "log/checkpoint 是几行文字：空行以前是签名的内容。公钥和签名都是 Base64，openssl（3.0 以上）就能验；"
            "第一行换成您从别处得到的公钥：",
            "log/checkpoint is a few lines of text; what stands before the empty line is signed. Key and signature are "
            "Base64, and openssl (3.0 or newer) checks them; put the key that you had from elsewhere into the first "
            "line:",
        ),
        SIGNATURE,
    ),
    "since": Explanation(
        (
            "日志只增不改：您上次留存的、现在核验的、本站公布的，是同一本历史。不必取来全部条目，几块散列分片就能证明。",
            "The log only grows: what you kept last time, what is verified now and what this site publishes are one "
            "history. A few tiles of hashes prove it, without all entries.",
        ),
        (
            "留下每次的 log/checkpoint 文件（前三行是日志名、条数、根），下次用命令行核验时以 --since 给出；"
            "或与别人留的同一条数的根逐字对照。",
            "Keep log/checkpoint each time (its first lines are the log's name, size and root) and give it to the next "
            "verification with --since; or compare the root with anybody's who kept one of the same size.",
        ),
        "head -n 3 log/checkpoint",
    ),
    "cosignatures": Explanation(
        (
            "足够多的外部见证人也看到同一张照片并签了名，本局不能给不同的人看不同的日志。",
            "Enough outside witnesses saw the same photograph and signed it, so nobody is shown a log of their own.",
        ),
        (
            "向司法局等见证人索取它们签过的检查点，与这里的对照。",
            "Ask a witness, such as the justice bureau, for the checkpoint that it signed, and compare.",
        ),
    ),
    "tree": Explanation(
        (
            "把全部条目逐条取 SHA-256 再两两合并，得到的根就是检查点上的根：一条不多，一条不少。",
            "Hashing every entry and joining the hashes pair by pair gives the checkpoint's root: no more, no less.",
        ),
        (
            "RFC 6962：叶为 SHA-256(00 ‖ 条目)，内部节点为 SHA-256(01 ‖ 左 ‖ 右)。下面算出全部条目的根，"
            "再打印检查点上的根，两行应相同（一万条需要几分钟）：",
            "RFC 6962: a leaf is SHA-256(00 ‖ entry), a node is SHA-256(01 ‖ left ‖ right). This computes the root "
            "over all entries, then prints the checkpoint's; the two lines must be the same (ten thousand entries take "
            "some minutes):",
        ),
        TREE,
    ),
    "entries": Explanation(
        (
            "每个条目只有一种写法，不能同一件事写成两种样子。",
            "Each entry has one spelling; the same thing cannot be written in two ways.",
        ),
        (
            "条目是文本，第二行是 RFC 8785 规范 JSON。",
            "An entry is text; its second line is canonical JSON by RFC 8785.",
        ),
    ),
    "signatures": Explanation(
        (
            "每个条目上的签名都对得上，签名的密钥此前已在日志中登记。",
            "Every signature fits its entry, and its key had been enrolled in the log before.",
        ),
        (
            "Ed25519（RFC 8032）：用登记的公钥验证条目空行以前的文本。",
            "Ed25519 (RFC 8032): check the text before the empty line with the enrolled key.",
        ),
    ),
    "duties": Explanation(
        (
            "每件事由有职责的单位签名；要两个单位签的，确有两个单位签。",
            "Each thing is signed by the unit whose duty it is; what takes two units has two.",
        ),
        (
            "职责表在创建条目和之后的政策条目里（authority）。",
            "The table of duties (authority) is in the founding entry and later policy entries.",
        ),
    ),
    "history": Explanation(
        (
            "每个签名都指明签名人当时看到的日志；给别的历史签的名，放不到这里来。",
            "Each signature names the log that its signer saw, so one given on another history cannot be moved here.",
        ),
        (
            "条目中的 seen 是当时的条数和根，after 是同一事项的上一条。",
            "In an entry, seen is the size and root at that time, and after is the subject's entry before it.",
        ),
    ),
    "rules": Explanation(
        (
            "名录、人员、事项清单和年度计划的每次变动都符合规则，例如人员入库不少于八成。",
            "Each change of rosters, officers, items and plan keeps the rules, such as 80% of officers enrolled.",
        ),
        (
            "规则写在规范 events.md 中；名录可在“数据下载”取得。",
            "The rules are in the specification, events.md; the rosters are under Data.",
        ),
    ),
    "ground": Explanation(
        (
            "抽取所用的名录、人员、事项和应抽户数，都能从此前的记录推出来，不是临时挑的。",
            "The pool, officers, items and quotas of the draw follow from the record before it; nobody picked them.",
        ),
        (
            "draw/pool.jsonl 每行一户；与名录对照，看有没有多出或漏掉的。",
            "draw/pool.jsonl has one enterprise a line: compare it with the roster for one too many or too few.",
        ),
    ),
    "stations": Explanation(
        (
            "抽取的各个环节按规定次序进行，批次号连续，没有悄悄重抽。",
            "The draw's stations stand in their order and slots are numbered without gaps: no quiet second try.",
        ),
        (
            "“抽查任务公告”列出每个批次，包括作废的；编号应连续。本次抽取的条目按编号列在核验包里：",
            "The page of draws lists every slot, void ones too; the numbers must follow one another. The bundle has "
            "this draw's entries by their numbers:",
        ),
        "ls draw/entries",
    ),
    "shares": Explanation(
        (
            "各单位公布的份额，与事先公布的封条相符：没有人在看到结果后换份额。",
            "The shares fit the seals published before: nobody changed one after seeing what it would do.",
        ),
        (
            "份额的 SHA-256 应等于封条。draw/shares.txt 每行是单位、封条、份额；"
            "下面打印各单位的封条和算出的值（骰子没有封条，缺席的没有份额，记作 -）：",
            "The SHA-256 of a share is its seal. Each line of draw/shares.txt is a unit, its seal, its share; this "
            "prints each unit's seal and what comes out (a dash where dice had no seal, or a share is missing):",
        ),
        SHARES,
    ),
    "witness": Explanation(
        (
            "公共随机数产生之前，外部见证人已经看到一切都已固定。",
            "Outside witnesses had seen that everything was fixed before the public randomness existed.",
        ),
        (
            "见证人签名中的时间应早于 T 至少六十秒。",
            "The times in the witnesses' signatures lie at least sixty seconds before T.",
        ),
    ),
    "randomness": Explanation(
        (
            "公共随机数是真的，而且正是事先指定的那一期。",
            "The public randomness is genuine, and it is the very round that was named beforehand.",
        ),
        (
            "drand 的签名是椭圆曲线上的配对（BLS12-381），系统自带命令算不了；但可以在信标的公开网站上查同一期"
            "（round），对照签名。下面打印本次所用的来源、期号和签名；彩票号码请与公告核对：",
            "A beacon's signature is a pairing on an elliptic curve (BLS12-381), which no command of the system "
            "computes; but the same round can be looked up where the beacon publishes it, and its signature compared. "
            "This prints the source, round and signature that were used; compare a lottery with the newspaper:",
        ),
        RANDOMNESS,
    ),
    "seed": Explanation(
        (
            "种子是 seed.txt 这个文件的 SHA-256，任何人算出来都一样。",
            "The seed is the SHA-256 of the file seed.txt; whoever computes it gets the same.",
        ),
        (
            "下面打印的就是种子；seed.txt 里写着各份额和公共随机数，可逐行查看。",
            "This prints the seed; seed.txt is a text, with the shares and the public randomness line by line.",
        ),
        "sha256sum draw/seed.txt",
    ),
    "selection": Explanation(
        (
            "每户企业一个签号，每层签号最小的若干户被抽中；重算结果相同。",
            "Each enterprise has a ticket, and the smallest of each stratum are drawn; recomputed, they are the same.",
        ),
        (
            "签号是 SHA-256（层种子 ‖ 企业代码），层种子是 SHA-256（种子|pool|层）。下面逐层重算，一致的打印层名：",
            "A ticket is the SHA-256 of sub-seed and code, a sub-seed that of seed|pool|stratum. This computes every "
            "stratum again, and prints the names of those that come out the same:",
        ),
        SELECTION,
    ),
    "officers": Explanation(
        (
            "每名执法人员最多承担几件，由人数和件数算出，不能由人指定。",
            "How many cases one officer may have follows from the numbers, and is nobody's choice.",
        ),
        (
            "上限为⌈件数 ÷ 可用人数⌉；某件无人可派时加一。下面打印件数最多的几个人各有几件，"
            "再打印记录中的上限（cap），谁都不应超过：",
            "The cap is ⌈cases ÷ eligible officers⌉, one more where a case could not be filled. This prints who has "
            "most cases and how many, then the caps that are on record; nobody may have more:",
        ),
        CASES_EACH,
    ),
    "outcome": Explanation(
        (
            "每件任务的主办科室、执法人员和检查事项都能重算出来。",
            "Host section, officers and items of each case come out the same when computed again.",
        ),
        (
            "每件任务是 draw/sheets.jsonl 中的一行。下面算出全部任务的根，再打印签名记录中的根（root），两者应相同。"
            "单个席位：printf '%s%s|%s' 子种子 企业代码 人员编号 | sha256sum，最小者入选。",
            "Each case is a line of draw/sheets.jsonl. This computes the root over all of them, then prints the root "
            "that was signed; the two must be the same. A single seat: printf '%s%s|%s' SUBSEED CODE OFFICER | "
            "sha256sum; the smallest takes it.",
        ),
        SHEETS,
    ),
    "attested": Explanation(
        (
            "法制宣传科自己重算过，结果一致，并签了名。",
            "The supervising section computed it itself, agrees, and signed so.",
        ),
        (
            "看抽取页面“经过”中的最后一步。",
            "See the last station on the draw's page.",
        ),
    ),
    "replacement": Explanation(
        (
            "有人回避时，由新的公共随机数决定谁来接替，不是指定“下一位”。",
            "Where an officer is recused, fresh public randomness tells who follows; nobody names the next one.",
        ),
        (
            "递补用的随机数期次在回避之后至少十分钟。",
            "The round that decides lies at least ten minutes after the recusal.",
        ),
    ),
    "cases": Explanation(
        (
            "每件任务按次序受领、检查、报送、公开；每一步都在日志里。",
            "Each case was received, visited, reported and published in order; every step is in the log.",
        ),
        (
            "打开检查页面，逐步对照日志条目编号。",
            "Open the inspection's page and compare its steps with the log's entries.",
        ),
    ),
    "files": Explanation(
        (
            "核验包里供人阅读的文件，与日志推出的内容完全一样。",
            "The files in the bundle that are there to be read are exactly what the log gives.",
        ),
        (
            "从日志重新推出这些文件，与包里的逐字节比较。",
            "Derive them again from the log, and compare them with those in the bundle.",
        ),
    ),
    "outside": Explanation(
        (
            "程序不能证明名录是否完整，也不能证明检查人员是否到场。",
            "No program can prove that the roster is complete, or that anybody went there.",
        ),
        (
            "看看您知道的企业在不在名录里；发现漏列或未到场，请举报。",
            "See whether firms that you know are on the roster; complain of one left out, or of a visit not made.",
        ),
    ),
}
