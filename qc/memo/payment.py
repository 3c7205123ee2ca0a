"""How the customer means to pay."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from qc.domain import Evidence
from qc.memo.answers import says_yes
from qc.memo.talk import Clause, Line, Talk

Way = Literal["全款", "贷款", "未定"]

_CASH = re.compile(
    r"全款|一把(?:掏|拿|交)(?![^，。]{0,6}(?:首付|定金|订金))|一(?:次|回)(?:给|付|交|掏)够|都是现钱|全付|付全|一次(?:性)?(?:付|结|给|打|交|买断)[^，。]{0,3}(?:清|掉|完|了|$|过来)?|一次付|一把(?:付|清|结|给)|一次(?:性)?(?:弄|搞|付|结|给|交|打)?[^，。]{0,2}清|一笔付|一次性|付现金?(?=$|[，。了])|现金(?=$|[，。了吧啊呀])|不(?:用|想|要|打算|需要|愿意?|许|准|办|做|走|搞|碰)?(?:那些|这些|什么|啥)?(?:贷款|分期|按揭|贷|分)(?=$|[，。了的啊呀吧嘛])|对公(?:一次|转账|付|打|走账|汇)|走(?:公司|单位)?(?:对公|公账)|一次打|刷卡(?:一次|付清)|现钱|全额(?:付|打|转|款)|一次(?:性)?刷|不(?:喜欢|想|爱|愿)?欠(?:银行|人家|别人|人|谁)?的?(?:钱|账|债)?(?=$|[，。])|(?:车贷|贷款?|分期|按揭)(?:我)?(?:就|先|也)?不(?:办|做|贷|要|用|考虑|弄)(?:了|$)"
)
_LOAN = re.compile(
    r"贷款|[办做走]个贷|分期|按揭|月供|首付|免息|贴息|车贷|(?:[想要能先就还得可是]|^|我)贷(?!款)|贷(?:个|一半|[一二两三四五六七八九十\d]+[万成个]|点|一部分|多少)|分(?:[一二两三四五六]年|\S{1,3}期)|[一二三四五六两十\d]{1,3}期(?=$|[，。的免])|[零低]息|融资租赁|租赁|按月(?:付|还|供)|厂家金融|金融方案|先给一半|付一半|零首付"
)
_NEITHER = re.compile(
    r"(?:全款|贷款|分期)[^，。]{0,4}还是[^，。]{0,6}(?:没想好|没定|再说|再看|看看)|(?:还|也)?没(?:想好|定|决定)[^，。]{0,8}(?:全款|贷款|分期)|都(?:行|可以)|看(?:情况|你们|哪个|怎么)|到时候(?:再)?(?:看|说)|没想好|再说吧|还没(?:定|想)|两种都|没考虑好|(?:全款|贷)[^，。]{0,3}(?:不全款|不贷|贷不贷)[^，。]{0,3}(?:也|再|得)?看|贷不贷(?:款)?(?:的)?(?=$|[，。看还再都也无])"
)
_OPEN = re.compile(
    r"(?:做不做|办不办|用不用|要不要|走不走)(?:贷款?|分期|按揭)[^，。？]{0,4}(?:看|另说|再说|没定|没想|不一定)|(?:低|高|划算|合适|便宜|省|少)[^，。]{0,3}就(?:走|做|办)?(?:贷|分期|全款|按揭)|哪[个种样边](?:优惠|划算|便宜|省|合适)[^，。]{0,5}(?:走|选|用|来|办|做)?哪|(?:可能|也许|说不定|看情况|兴许)[^，。]{0,4}(?:贷|分期)[^。？！]{0,14}(?:没想好|没定|再看|再说|没决定|不一定)|(?:贷不贷(?:款|的)?|全款还是贷款?)[^，。？]{0,5}(?:看|再说|没定|不一定|没(?:想|商量))|没想好[^，。]{0,4}(?:全款|分期|贷)[^，。]{0,3}还是|(?:分期|贷款?|全款)也行，?(?:全款|分期|贷款?|一次)[^，。]{0,3}也行"
)
_OTHERS = re.compile(
    r"房贷|房子|(?:我)?(?:弟|哥|姐|妹|朋友|同事|邻居|表[哥弟姐妹]|亲戚|人家|那家|别的?[家人店])|上一台|上次|以前|之前|去年|还(?:着|完|清)|刚还|没还清|网贷|信用卡(?!分期)|必须在他|他们?家|他们那|有没有人|听说|非要|让我|逼我|强制|要求|德州|电池|别跟我提|不用发"
)
_NEGATED = re.compile(
    r"(?:不|别|没|甭)(?:想|要|用|打算|愿意|考虑|做|走|办|提|需要|碰|许|准|让|推|搞)?(?:再|去|人)?(?:还|背|搞)?(?:什么|那些|这些)?(?:车)?$"
)
_ASKED = re.compile(
    r"(?:全款|现金|一次|分期|贷款|按揭|付款|贷).{0,16}(?:还是|吗|呢|呀|怎么|多少|哪种|对吧|是吧|不)|怎么付|付款方式|分期.{0,3}$"
)
_ASKS_TERMS = re.compile(
    r"(?:首付|贷|分期|按揭|月供)[^，。]{0,8}(?:几成|多少|几年|几期|多久|多长)|(?:几成|几年|几期|多少)[^，。]{0,4}(?:首付|贷|分期)|首付[^，。]{0,6}(?:可以|行|够)吗"
)
_TERMS = re.compile(
    r"^[嗯啊哦那就先，]*(?:我)?(?:想|打算|准备|就)?(?:付|做|贷|分|首付)?(?P<terms>(?:[一二两三四五六七八九十\d]+|百分之\S{1,3})(?:成|年|期|万)?|一半)"
)
_PAYS_AT_ONCE = re.compile(r"(?:直接|当场|一起)(?:就)?付(?:了|清|掉|$)|不差[^，。]{0,5}钱")
_ALTERNATIVES = re.compile(r"还是")


_LOAN_TERMS = re.compile(
    r"月供|首付|零首付|贷款[^，。]{0,4}(?:审批|批|额度|通过)|(?:零息|免息|贴息|分期)(?=.*(?:做|办|走|算))|可以(?:做|办)?(?:贷款|分期)"
)
"""What is only said of a loan that is being arranged."""
_GRANTED = re.compile(r"(?:您|你)的贷款[^，。]{0,6}(?:批|通过|下来)")
_BARGAINS = re.compile(
    r"[一二两三四五六七八九十\d][百千万成][^，。]{0,3}(?:以内|以下|没问题|可以|行|OK|能接受|差不多)|压力不大|没压力|有点(?:多|高)|^[太]?(?:多|高)了"
)
_TAKES = re.compile(
    r"(?:就|那就|那)(?:办|做|用|走|按)(?:这|那|它|你说)|就(?:这样|这么)(?:买|办|做|定|来)|^需要|能贷多少"
)
_DECLINES = re.compile(
    r"不(?:想|用|要|打算|需要|愿意?|办|做|走)?(?:贷(?!买|就|不)|分期|按揭)|没(?:想好|定)|再说|再看|考虑"
)


class _Claim(NamedTuple):
    way: Way
    line: int
    start: int
    end: int


def find_payment(talk: Talk) -> tuple[Way, tuple[Evidence, ...]] | None:
    """How the customer pays, with the words; what was said last wins."""
    claims = [
        claim for line in talk.lines for claim in (_own(talk, line) if line.by_customer else _offered(talk, line))
    ]
    if not claims:
        return None
    decided = [claim for claim in claims if claim.way != "未定"]
    last = decided[-1] if decided else claims[-1]
    wavers = _wavers(talk, last) if last.way == "贷款" else None
    if wavers is not None:
        return "未定", (talk.evidence(last.line, *wavers),)
    return last.way, (talk.evidence(last.line, last.start, last.end),)


def _wavers(talk: Talk, claim: _Claim) -> tuple[int, int] | None:
    """Where the words of a loan leave it open: 可能贷一点，还没想好."""
    line = talk.lines[claim.line]
    if not line.by_customer:
        return None
    sentence = re.search(r"[^。？！]*$", line.text[: claim.end])
    rest = re.match(r"[^。？！]*", line.text[claim.end :])
    if sentence is None or rest is None:
        return None
    said = line.text[sentence.start() : claim.end + rest.end()]
    open_ = _OPEN.search(said)
    return (sentence.start() + open_.start(), sentence.start() + open_.end()) if open_ else None


def _own(talk: Talk, line: Line) -> list[_Claim]:
    claims = []
    for position, clause in enumerate(line.clauses):
        previous = line.clauses[position - 1].text if position else ""
        claim = _read(line, clause, previous)
        if claim is not None:
            claims.append(claim)
    if any(claim.way == "贷款" for claim in claims) and re.search(r"剩下|其余|一半", line.text):
        claims = [claim for claim in claims if claim.way == "贷款"]
    before = talk.before(line)
    if left_open := _OPEN.search(line.text):
        return [_Claim("未定", line.index, left_open.start(), left_open.end())]
    if not claims and before is not None and (answered := _terms_answered(line, before)):
        return [answered]
    if not claims and before is not None and _asks(before):
        undecided = _NEITHER.search(line.text)
        if undecided and not re.search(r"付款的事", line.text):
            return [_Claim("未定", line.index, undecided.start(), undecided.end())]
        short = re.match(r"^[嗯哦啊哎，]*(?:我)?(?:就|要|肯定|还是)?(?P<w>贷|分)(?=$|[，。吧呗啦了呀])", line.text)
        if short:
            return [_Claim("贷款", line.index, short.start("w"), short.end("w"))]
    return claims


def _terms_answered(line: Line, before: Line) -> _Claim | None:
    """三成 or 两年 in answer to how much down or for how long is a loan; 直接付 after an offer of one is none."""
    terms = _TERMS.match(line.text)
    if terms and any(_ASKS_TERMS.search(clause.text) and clause.asks for clause in before.clauses):
        return _Claim("贷款", line.index, terms.start("terms"), terms.end("terms"))
    at_once = _PAYS_AT_ONCE.search(line.text)
    if at_once and _LOAN.search(before.text):
        return _Claim("全款", line.index, at_once.start(), at_once.end())
    return None


def _read(line: Line, clause: Clause, previous: str) -> _Claim | None:
    text = clause.text
    cash, loan = _CASH.search(text), _LOAN.search(text)
    if cash and not re.search(r"全款(?:是)?多少|(?:如果|要是)全款|^不是全款|上一台|以前|人家|别家", text):
        return _Claim("全款", line.index, clause.start + cash.start(), clause.start + cash.end())
    if loan is None or _OTHERS.search(text) or (re.search(r"房|以前|上一台", previous[-8:]) and "首付" in text):
        return None
    if _NEGATED.search(text[: loan.start()]) or (
        re.search(r"^(?:不|没)", text[loan.end() :][:1]) and "想好" not in text
    ):
        return None
    asks_only = (
        clause.asks
        and re.search(r"有没有|能不能|有什么|多少|到(?:哪天|几号|什么时候)|是不是|包括|划算|怎么|必须|要不要", text)
        and not re.search(r"我(?:想|要|打算|准备|是)|[一二三四五六七八九十两\d]+[千百万成年期]|批|能贷多少贷多少", text)
    )
    if asks_only or re.search(r"(?:如果|要是|假如)[^，。]{0,4}(?:贷|分期)", text):
        return None
    if re.search(r"就(?:业|是)|利息|零利息", loan.group()):
        return None
    return _Claim("贷款", line.index, clause.start + loan.start(), clause.start + loan.end())


def _asks(line: Line) -> bool:
    return line.asks and any(_ASKED.search(clause.text) for clause in line.clauses)


def _put_to_customer(line: Line, clause: Clause) -> bool:
    """Whether it is a question, if only by a 对吧 after it."""
    following = line.neighbour(line.index_at(clause.start) + 1)
    return clause.asks or re.fullmatch(r"(?:是|对|没错|没变)[吧吗不]", following) is not None


def _settled(talk: Talk, line: Line) -> list[_Claim]:
    """A loan whose terms the customer takes up or bargains over, or that is already granted: 月供三千五可以吗 / 两千五以内."""
    answer = talk.after(line)
    terms = _LOAN_TERMS.search(line.text)
    if answer is None or terms is None or _CASH.search(answer.text) or _DECLINES.search(answer.text):
        return []
    granted = _GRANTED.search(line.text)
    bargains = line.asks and _BARGAINS.search(answer.text)
    taken = _TAKES.search(answer.text)
    if not (granted or bargains or taken or (line.asks and says_yes(line, answer))):
        return []
    return [_Claim("贷款", line.index, terms.start(), terms.end())]


def _offered(talk: Talk, line: Line) -> list[_Claim]:
    """The agent's 办免息的 or 您是做分期对吧 counts when the customer takes it up."""
    answer = talk.after(line)
    if answer is None or _ALTERNATIVES.search(line.text):
        return []
    names_a_way = _LOAN.search(answer.text) is not None or _CASH.search(answer.text) is not None
    if settled := _settled(talk, line):
        return settled
    takes = re.match(r"就(?:这个|它)", answer.text) is not None
    if not takes and (names_a_way or not answer.agrees):
        return []
    for clause in line.clauses:
        if not re.search(r"您|你|咱|^(?:那|就|所以)?(?:就)?是", clause.text) or not _put_to_customer(line, clause):
            continue
        cash, loan = re.search(r"全款|一次付清", clause.text), _LOAN.search(clause.text)
        match = cash or loan
        if (
            match
            and re.search(r"是|做|走|办|打算|还|对吧", clause.text)
            and not re.search(r"资料|方案|可以|想贷多少|有没有", clause.text)
        ):
            return [
                _Claim("全款" if cash else "贷款", line.index, clause.start + match.start(), clause.start + match.end())
            ]
    return []
