"""Whom the agent spoke to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qc.domain import Evidence
from qc.literals import Prefilter
from qc.memo.talk import Line, Talk
from qc.rulebook.needed import needed_literals

if TYPE_CHECKING:
    from collections.abc import Iterator

_TITLES = {
    "先生": "先生", "女士": "女士", "小姐": "女士", "太太": "女士", "哥": "先生", "大哥": "先生", "姐": "女士", "大姐": "女士", "生": "先生", "叔": "先生", "叔叔": "先生", "大爷": "先生",
    "伯": "先生", "阿姨": "女士", "姨": "女士", "嫂": "女士",
    "总": "总", "经理": "经理", "老师": "老师", "老板": "老板", "主任": "主任", "同学": "同学", "医生": "医生", "大夫": "大夫", "局长": "局长", "处长": "处长", "科长": "科长", "院长": "院长",
    "校长": "校长", "教授": "教授", "律师": "律师", "工": "工", "师傅": "先生", "队长": "队长", "书记": "书记", "厂长": "厂长", "所长": "所长", "部长": "部长", "会计": "会计", "老弟": "先生", "妹": "女士",
    "太": "女士", "嬢嬢": "女士", "孃孃": "女士", "奶奶": "女士", "大叔": "先生", "护士长": "护士长", "大娘": "女士", "大妈": "女士", "婶": "女士", "董": "董", "护士": "护士", "博士": "博士", "机长": "机长", "秘书": "秘书", "工长": "工长", "大爹": "先生", "爷爷": "先生", "二哥": "先生", "兄弟": "先生", "嫂子": "女士", "老板娘": "女士", "妹子": "女士", "妹儿": "女士",
    "姐姐": "女士", "靓女": "女士", "姑娘": "女士", "师母": "女士", "孃": "女士", "妈妈": "女士",
    "船长": "船长", "教练": "教练", "会长": "会长", "站长": "站长", "支书": "支书", "主管": "主管", "助理": "助理", "总监": "总监", "班长": "班长", "村长": "村长", "镇长": "镇长",
    "团长": "团长", "行长": "行长", "园长": "园长", "馆长": "馆长", "社长": "社长", "总助": "总助", "导": "导",
    "老师傅": "先生", "大兄弟": "先生", "老表": "先生", "掌柜": "先生", "伯伯": "先生", "二爷": "先生", "教官": "教官", "主席": "主席", "场长": "场长", "连长": "连长", "厨师长": "厨师长", "队": "队", "老": "老",
}  # fmt: skip
_SEXES = {"男": "先生", "女": "女士"}
_COMPOUND = "淳于|独孤|轩辕|濮阳|欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|夏侯|端木|百里|南宫"
_SURNAME = rf"(?:{_COMPOUND}|[一-龥])"
_NO_SURNAME = "老大小表堂帅美靓咱这那哪您你我他她是位个亲好请问机主女男先生为的了在和跟叫喊让给找问对着说就也都还人家店夫副老总二三家客售主管喂哎嗯哦呀吧啊嘛吗呢俺全汇一今明后昨本各同开首终分当合下叔嘞依不阿爷等隔哟晨媒某"
_LONG = "老师傅|大兄弟|老表|掌柜|伯伯|二爷|教官|主席|场长|连长|厨师长|先生|女士|小姐|太太|经理|老师|老板娘|老板|主任|同学|医生|大夫|局长|处长|科长|院长|校长|教授|律师|师傅|队长|书记|厂长|所长|部长|会计|阿姨|大哥|大姐|叔叔|大爷|老弟|嬢嬢|孃孃|大娘|大妈|奶奶|大叔|护士长|护士|博士|机长|秘书|工长|大爹|爷爷|二哥|兄弟|嫂子|妹子|妹儿|姐姐|靓女|姑娘|师母|妈妈|船长|教练|会长|站长|支书|主管|助理|总监|班长|村长|镇长|团长|行长|园长|馆长|社长|总助"
_COMMON = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
"""The surnames of nine in ten people: only before these is 王建国先生 taken for a full name."""
_RARER = "卞宫席纪甘晏池祁柏申洪符柯柴殷俞柳鲍费岑倪汤滕毕安常傅齐康伍穆萧湛禹狄米臧计戴谈茅庞舒屈项祝阮蓝闵季路娄童颜梅盛刁骆樊凌霍虞昝管房裘缪解应宗宣郁单杭包左吉钮嵇邢裴荣翁荀惠甄曲封芮储靳焦牧谷班仲伊宁仇栾厉符景詹束叶司郜蒲鄂赖卓蔺屠蒙乔翟贡劳姬冉桑桂濮牛边燕尚温庄瞿阎茹习艾易廖耿满匡寇欧巩聂敖冷辛阚简饶沙鞠丰关查荆游竺权盖佟仝仵佘冼"
"""Some more, for names that are called out by themselves (老甘) or whole (洪小娟女士)."""
_ADDRESS = re.compile(
    rf"(?:^|(?<=[，。？！、…])|(?<=是)|(?<=机主)|(?<=[好喂]|[嗯哎哦])|(?<=谢谢)|(?<=恭喜)|(?<=请问)|(?<=行)|(?<=那)|(?<=的)|(?<=找)|(?<=等)|(?<=跟)|(?<=和)|(?<=[一-龥]))(?!古董)(?:小(?=[一-龥])|老(?=[{_COMMON}{_RARER}]))?(?P<name>{_SURNAME})(?P<title>{_LONG}|总|董|哥|姐|生(?=$|[，。！？啊呀您你哦早])|叔|姨|嫂|婶|伯|孃|(?<![领向指误引主督教辅疏])导(?=，)|太(?=$|[，。！？您你])|工(?=$|[，。！？您你早]|是?(?:吧|吗|不|哈))|队(?=$|[，。！？您你]|是?(?:吧|吗|不|哈))|老(?=[，！您]|是?(?:吗|吧)))(?P<after>$|[，。！？、…]|[您你好早晚上下吃吧吗不嘎伐是在，哈啊呀哦哇对嘛忙]|中午好|晌午好|过年|中秋|端午|新[年春]|节日|本人)"
)
_CALLED = _COMMON.translate(str.maketrans("", "", "高何马于向万夏金白常任严程"))
"""After 叫我 only these are a surname; 叫我买, 叫我向, 叫我何必 are something else."""
_FAMILIAR = re.compile(
    rf"(?:^|[，。？！是喂])(?P<call>老(?=[{_COMMON}{_RARER}])|小(?=[{_COMMON}]))(?P<name>[一-龥])(?=$|[，。？！]|是(?:吧|吗|不是)|你|您|啊|呀)"
)
_OLD_FRIEND = re.compile(
    rf"(?:^|(?<=[，。？！、是喂]))老(?P<name>{_SURNAME})(?P<title>哥|叔|弟)(?=$|[，。？！您你啊呀])"
)
"""老赵哥: the surname stands between."""
_FULL_NAME = re.compile(
    rf"(?:是|找|好|机主|请问|^)(?P<surname>[{_COMMON}{_RARER}])[一-龥]{{1,2}}(?P<title>先生|女士|小姐)"
)
_ASKED_FOR = re.compile(
    rf"是(?:那个)?[^，。？！]{{2,14}}的(?:那个|那位|这位)?(?P<name>{_SURNAME})(?P<title>{_LONG}|[哥姐叔总])(?=(?:吧|吗|不|哈|嘛)?？)"
)
"""是在风场上班的康师傅不？"""
_OURS = re.compile(r"(?:我们|咱们?|店里?|顾问|销售|(?:接待|联系|服务)[您你])的(?:那个|那位|这位)?.$")
_SERVES = re.compile(r"(?:接待|联系|服务)(?:您|你)的$")
_CALLS_OUT = re.compile(
    r"恭喜|打[扰搅]|车主|机主|客户|用户|麻烦|谢|抱歉|哈喽|回访|来电|售后|隔壁|邻居|老乡|东北|驾校|吃饭|有空|[吗呀没吧呢]|^忙"
)
"""恭喜大哥, 车主先生, 忙吗大哥: no name."""
_BY_GIVEN_NAME = re.compile(
    r"^(?:喂|哎|您好|你好|早上好|早晨|早安|早|请问|是|[，。！？啊呀])*(?!早[晨安])(?P<name>[一-龥]{1,3}?[^\W哥姐叔大])(?P<title>大哥|大姐|先生|女士|老板|教练|老师|[哥姐叔])(?=[，。！？]|您好|你好|吗|吧|不|早)"
)
"""艾合买提大哥，热依拉姐: whom nobody calls by a surname."""
_SPOKEN = frozenset("我你您他她们是的了在这那个不就也都问好")
"""No name has these; talk has."""
_FORMAL = ("先生", "女士", "老板")
_FULL_LENGTH = 3
_FULL = re.compile(rf"(?P<full>{_SURNAME}[一-龥]{{1,2}})(?P<again>{_SURNAME})(?:先生|女士)")
_PARTS = "弓长(?=张)|立早(?=章)|木子(?=李)|耳东(?=陈)|双木(?=林)|古月(?=胡)|口天(?=吴)|言午(?=许)"
"""How a surname is spelled before it is said: 我姓弓长张."""
_OWN_SURNAME = re.compile(
    rf"(?:(?:我|免贵|鄙|敝|本人)(?:人)?(?:是)?姓|^[嗯哦啊]*姓|[，。]姓|我叫|叫我)(?:老|小|{_PARTS})?(?P<name>{_COMPOUND}|[一-龥])(?P<rest>[一-龥]{{0,2}})"
)
_MALE = re.compile(
    r"(?:我|俺|咱)(?:那)?(?:老婆|媳妇|太太|夫人|妻子|堂客|婆娘|爱人她|女朋友|老丈人|丈母娘|岳父|岳母|岳丈)|(?<!您)(?<!你)(?:老婆|媳妇儿?|堂客|婆娘|岳父|丈母娘)"
)
_FEMALE = re.compile(r"(?:我|俺|咱)(?:家)?(?:那)?(?:老公|丈夫|先生|男朋友|婆婆|公公|老头子|爱人他)|(?<!您)(?<!你)老公")
_NOT_THEM = re.compile(
    rf"我是[他她](?:的|家)?(?:先生|爱人|老公|老婆|媳妇|丈夫|妻子|儿子|女儿|闺女|爸|妈|同事|家属|弟|妹|哥|姐)|不姓|打错|不是(?:我|他|她)$|没有?这个?人|没有?姓(?!错)|我是送(?:快递|外卖)|(?:这个?|我这)号码?我?(?:才|刚|用了|办了)(?!换)|"
    rf"^(?:啥|什么){_SURNAME}(?:先生|女士|小姐|阿姨|大?[哥姐])，"
)
_KIN = re.compile(r"我是[他她]")
_EARLY = 6
"""Whoever is not the person says so within the first lines."""
_CALLING = re.compile(
    r"(?:^|[，。？！、…是好喂行问嗯哎哦那谢喜乐主等的思歉嘞咧哟啊]|(?:^|[，。？！好是])我?找(?:一下)?)$"
)
_CALLING_SHORT = re.compile(r"(?:^|[，。？！、…是好喂行问嗯哎哦那谢喜]|(?:^|[，。！])(?:好|行|对|是|嗯)的)$")
"""What stands before someone is called by name; 哥 and 姐 need more than 先生."""
_ANOTHER = re.compile(r"(?:那个|这个|做|开|[^好行对是嗯]的|位|有个|姓|给|您家|你家|隔壁)[^，。！？是]{0,8}$")
"""What makes a name that of a third person."""
_RECORDED = re.compile(r"^，?(?:有|电话|通话)?录音")
_INTRODUCES = re.compile(r"(?:我|我们|这边|销售|顾问|客服|专员|店的?)[^，。？！]{0,8}是?$")
_ASKS_NAME = re.compile(r"贵姓|称呼|姓什么|您姓")


_ANYBODY = re.compile(
    r"(?:^|[，。？！、])(?P<t>大?[哥姐]|先生|女士|小姐|美女|靓女|帅哥|靓仔|阿姨|大叔|叔叔|老妹儿?)(?=$|[，。！？您你贵])"
)
_NAMES_SOMEONE = Prefilter(
    [needed_literals(p.pattern) for p in (_FULL, _FULL_NAME, _ASKED_FOR, _OLD_FRIEND, _ADDRESS, _ANYBODY)]
)
"""Tells lines in which someone may be addressed."""


class _Name(NamedTuple):
    surname: str
    title: str
    line: int
    start: int
    end: int


def find_customer_name(talk: Talk) -> tuple[str, tuple[Evidence, ...]] | None:
    """The customer's name as 姓 and title, with the words, or None for a wrong number or a nameless call."""
    own = _own_name(talk)
    denied = next((line for line in talk.customer.lines if _NOT_THEM.search(line.text) and line.index < _EARLY), None)
    if denied is not None and own is None and not _KIN.search(denied.text):
        return None
    addressed = [name for name in _addressed(talk) if denied is None or name.line > denied.index]
    if own is not None:
        title = next((name.title for name in addressed if name.surname == own.surname), "") or own.title
        title = title or _title_asked_with(talk, own) or _title_called_by(talk, own)
        if not title:
            title = addressed[0].title if addressed and addressed[0].surname == "" else _title_by_kin(talk)
            title = title or (addressed[0].title if addressed else "")
        if title:
            return f"{own.surname}{title}", (talk.evidence(own.line, own.start, own.end),)
        return f"{own.surname}先生/女士", (talk.evidence(own.line, own.start, own.end),)
    named = [name for name in addressed if name.surname]
    if not named:
        return _by_given_name(talk) or _familiar(talk, addressed)
    counts = {name.surname: sum(other.surname == name.surname for other in named) for name in named}
    early = [name for name in named if name.line <= 2]  # noqa: PLR2004 - the greeting
    best = early[0] if early else max(named, key=lambda name: (counts[name.surname], -name.line))
    return f"{best.surname}{best.title}", (talk.evidence(best.line, best.start, best.end),)


_TITLE_WITH = re.compile(rf"(?P<t>{_LONG}|帅哥|靓仔|美女|靓女|(?<!您)(?<!你)[哥姐](?=$|[，。！？您你贵]))")
_HANDSOME = {"帅哥": "先生", "靓仔": "先生", "美女": "女士", "靓女": "女士"}


def _title_asked_with(talk: Talk, own: _Name) -> str:
    """The title in the question a name answers (先生怎么称呼, 请问是王女士吗) or in the answer itself (任先生).

    老周 without anything else is a man's way to be called.
    """
    line = talk.lines[own.line]
    before = talk.before(line)
    again = re.search(rf"{own.surname}(?P<t>{_LONG}|总)", line.text)
    if again:
        return _TITLES[again["t"]]
    sex = re.search(r"(?:^|[，。我是])(?P<sex>[男女])的", line.text)
    if sex:
        return _SEXES[sex["sex"]]
    asked = _TITLE_WITH.search(before.text) if before is not None else None
    if asked:
        return _HANDSOME.get(asked["t"]) or _TITLES[asked["t"]]
    return "先生" if line.text[: own.start].endswith("老") and not _title_by_kin(talk) else ""


def _title_called_by(talk: Talk, own: _Name) -> str:
    """The title the agent puts after this surname, wherever it stands: 人没事吧耿哥."""
    title = rf"{own.surname}(?P<t>{_LONG}|哥|姐|叔|(?:总|董|姨)(?=$|\n|[，。！？、您你啊呀吧]))"
    called = next(talk.agent.find(re.compile(title)), None)
    return _TITLES[called.match["t"]] if called else ""


def _familiar(talk: Talk, addressed: list[_Name]) -> tuple[str, tuple[Evidence, ...]] | None:
    """小赵是吧, 老温啊: the surname, with a title only where something tells it; 老 is said to men."""
    for line in talk.agent.lines[:2]:
        called = _FAMILIAR.search(line.text)
        answer = talk.after(line)
        if called is None or answer is None or answer.refuses:
            continue
        if _INTRODUCES.search(line.text[: called.start("call")]) or _RECORDED.match(line.text[called.end() :]):
            continue
        title = addressed[0].title if addressed else _title_by_kin(talk)
        quote = talk.evidence(line.index, called.start("call"), called.end("name"))
        unknown = "先生" if called["call"] == "老" else "先生/女士"
        return f"{called['name']}{title or unknown}", (quote,)
    return None


def _by_given_name(talk: Talk) -> tuple[str, tuple[Evidence, ...]] | None:
    for line in talk.agent.lines[:1]:
        called = _BY_GIVEN_NAME.match(line.text)
        if (
            called is not None
            and called["name"][0] not in _NO_SURNAME
            and _SPOKEN.isdisjoint(called["name"])
            and not _CALLS_OUT.search(called["name"])
        ):
            name, title = called["name"], _TITLES[called["title"].removeprefix("大")]
            # 瞿芳女士 is called by her full name, 扎西大哥 by his only one.
            whole = called["title"] in _FORMAL and name[0] in _COMMON + _RARER and len(name) <= _FULL_LENGTH
            quote = talk.evidence(line.index, called.start("name"), called.end("title"))
            compound = re.match(_COMPOUND, name)
            return f"{compound.group() if compound else name[0] if whole else name}{title}", (quote,)
    return None


def _own_name(talk: Talk) -> _Name | None:
    for line in talk.customer.lines:
        before = talk.before(line)
        for match in _OWN_SURNAME.finditer(line.text):
            lead = line.text[: match.start()]
            spelled = "姓" in match.group() and re.match(
                rf"，?(?:就是)?[^，。]{{1,4}}的{match['name']}(?=$|[，。])", line.text[match.end("name") :]
            )
            no_name = match["name"] in "什啥" or (match["name"] in f"阿{_NO_SURNAME}" and not spelled)
            if no_name or re.search(r"不$|[他她]$|问$", lead):
                continue
            if (
                match.group().startswith("叫我")
                and match["name"] not in _CALLED
                and not match.group().startswith(("叫我老", "叫我小"))
            ):
                continue
            asked_name = before is not None and _ASKS_NAME.search(before.text) is not None
            if (
                "我" not in match.group()
                and "免贵" not in match.group()
                and not (asked_name or spelled)
                and not re.search(r"我(?:是|叫|们)[^。]{0,14}$", lead)
            ):
                continue
            sex = re.search(r"(?:^|[，。我是])(?P<sex>[男女])的", line.text)
            rest = re.match(rf"(?:{_LONG}|总|哥|姐)", line.text[match.end("name") :])
            title = _TITLES[rest.group()] if rest else _SEXES[sex["sex"]] if sex else ""
            return _Name(match["name"], title, line.index, match.start("name"), match.end("name"))
        asked = before is not None and _ASKS_NAME.search(before.text)
        short = (
            re.match(
                rf"^(?:[嗯哦啊免贵我姓]|，)*(?P<name>{_COMPOUND}|[一-龥])(?P<title>{_LONG}|总|哥|姐)?(?=$|[，。])",
                line.text,
            )
            if asked
            else None
        )
        if short:
            return _Name(
                short["name"], _TITLES.get(short["title"] or "", ""), line.index, short.start("name"), short.end("name")
            )
    return None


def _title_by_kin(talk: Talk) -> str:
    """先生 or 女士 from the spouse or in-laws the customer speaks of; empty where nothing tells."""
    male = sum(1 for _ in talk.customer.find(_MALE))
    female = sum(1 for _ in talk.customer.find(_FEMALE))
    called = [name.title for name in _addressed(talk) if not name.surname]
    if called:
        return called[0]
    return "先生" if male > female else "女士" if female > male else ""


def _addressed(talk: Talk) -> list[_Name]:
    names: list[_Name] = []
    for line in talk.agent.lines:
        names += _in_line(line)
    return names


def _in_line(line: Line) -> list[_Name]:
    if not _NAMES_SOMEONE.any_in(line.text):
        return []
    names = [*_in_full(line), *_addressed_in(line)]
    names += [
        _Name(friend["name"], "先生", line.index, friend.start("name"), friend.end("title"))
        for friend in _OLD_FRIEND.finditer(line.text)
    ]
    for match in _ANYBODY.finditer(line.text):
        title = _TITLES.get(match["t"].removeprefix("大"), "女士")
        names += [_Name("", title, line.index, match.start("t"), match.end("t"))]
    return names


def _in_full(line: Line) -> Iterator[_Name]:
    """The surname and title of whoever is named in full, or by what they do."""
    for match in _FULL.finditer(line.text):
        if match["full"][0] == match["again"]:
            title = "先生" if match.group().endswith("先生") else "女士"
            yield _Name(match["again"], title, line.index, match.start(), match.end())
    for match in _FULL_NAME.finditer(line.text):
        if not re.match(_COMPOUND, match.group().lstrip("是找好主机请问")):
            yield _Name(match["surname"], _TITLES[match["title"]], line.index, match.start("surname"), match.end())
    for match in _ASKED_FOR.finditer(line.text):
        if (
            match["name"] in _NO_SURNAME
            or _OURS.search(match.group()[: -len(match["title"])])
            or _SERVES.search(line.text[: match.start()])
        ):
            continue
        yield _Name(match["name"], _TITLES[match["title"]], line.index, match.start("name"), match.end("title"))


def _addressed_in(line: Line) -> Iterator[_Name]:
    for match in _ADDRESS.finditer(line.text):
        lead = line.text[: match.start()]
        short_title = len(match["title"]) == 1 and match["title"] != "总"
        calls = _CALLING_SHORT if short_title else _CALLING
        thanks = match["name"] == "谢" and lead.endswith("谢")
        # 乐乐妈妈 is called by her child's name.
        childs = match["title"] == "妈妈" and match["name"] not in _COMMON
        # 职工吗, 组队 and 车老 are no names.
        also_word = match["title"] in ("队", "老") or (
            match["title"] == "工" and match["after"] in tuple("早是吧吗不哈")
        )
        word = also_word and match["name"] not in _COMMON + _RARER
        no_name = thanks or childs or word or match["name"] in _NO_SURNAME
        if no_name or lead.endswith("我是") or not calls.search(lead) or _ANOTHER.search(lead):
            continue
        yield _Name(match["name"], _TITLES[match["title"]], line.index, match.start("name"), match.end("title"))
