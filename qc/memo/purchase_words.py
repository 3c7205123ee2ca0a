"""The words around a day that tell whether it is that of the purchase."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from qc.memo.when_asked import BUY, FIRM_BUY, VISIT, VISIT_ASKED

PUTS_OFF = re.compile(r"再(?:来|买|定|看|说|考虑|换|提)了?[吧呗]?$")
"""六月发了工资再来; 等果子卖了，大概十月底 puts it off likewise."""
MOVED_TO = re.compile(r"(?:推|挪|延|改|[得要]等?)到$")
"""推到七月头吧, 不过得到下半年了."""
IF_ORDERED_NOW = re.compile(r"现在[订定下]")
"""现在订十一月能到吗 asks when it would come."""
COMES = re.compile(r"(?<![下起出回])来$")
BUSY = re.compile(
    r"不行|忙|出差|有事|[去来]不(?:了|成)|来不及|不可能|够呛|走不开|值班|睡觉|加班|飞[^，。]{1,4}$|出国|在外地|搬家|不方便|没空|没时间|不成|办不了|还没|"
    r"做手术|毕业|生日$|住院|涨价|降价|(?<!捡)便宜|划算|有优惠|搞活动|换代|出新|报到|交房租|还[房车]贷|手头紧|没钱|上[一二三]年级|还剩"
)
NOT_BUYING = re.compile(
    r"不(?:去|来|过来|过去)(?:了|$)|　不(?:要|行|成)了?$|不(?:兴|能|好|想|打算|准备|会|敢|是)?(?:买|订|定|提|换|交|付|签)(?!不到)|没(?:打算|想)?(?:买|订|定|换)|(?:[买订定提换签转付交]|决定|落实|下单)不了|哪还?敢|不敢[买订定换]|不[弄搞整]了|赶不上|悬(?![架挂浮])|(?:先|暂时|暂)不(?!说)|　(?:都|也|就|是)*没(?:有|得)(?!问题|毛病)"
)
GIVES_UP = re.compile(r"先不(?:看|买|考虑|换)了?(?=[，。]|$)|不(?:看|买|考虑|换)了(?=[，。]|$)|不打算[买换]")
NOT_EVEN_SO = re.compile(r"也不[买订定换](?![^，。])")
"""喜欢也不订，四月中都热了: no day in this line is one of buying."""
ON_THE_SPOT = re.compile(
    r"^(?:直接|就|马上)?(?:把[^，。]{1,4})?(?:[订签买]|定(?!金)|拿下)(?:了|掉|走|$)|^(?:价[格钱]?)?(?:合适|有[^，。]{1,4}|看[中好上]|谈[好成拢]|没问题)了?(?:的话)?我?(?:就|当场|直接)+[^，。]{0,3}(?:[订签买]|定(?!金)|拿下|下单)|(?:当场|当天|现场|当时)(?:就|把|直接|能)?[^，。]{0,4}(?:[买订签提付]|定(?!金)|下单|交)"
)
"""周日过来，谈好了当场就定: the day to meet is the day to buy."""
PAST = re.compile(
    r"之前说|上回说|以前说|去年|那会儿|刚买|买了(?:有|都)|的时候(?:买|看)|(?:来|看|试|去|问|约|提|买|订|定|拿)过|(?:提|买|订|定|签|换|交|来|试驾)的(?!话|时候)|生产|出厂|下线|上的牌|拿的本|开的业|认识"
)
HAD_FOR = re.compile(r"(?:才|已经|都|刚)[开用买提换]了?$")
"""我这个才开两年."""
UNSURE = re.compile(r"什么时候[^，。]{0,3}(?:讲|说)不[准好清]|没准|不好说")
PLANS = re.compile(r"肯定|必须|一定|要|会|打算|准备|想|得")
OTHERS = re.compile(
    r"(?:我|俺)?(?:老婆|媳妇|爱人|太太|老公|先生|爸|妈|儿子|女儿|闺女|孩子|娃|小孩|弟|哥|姐|妹|朋友|同事|邻居|岳父|岳母|丈人|公司|单位|厂家|你们|银行|政策|补贴|优惠|新款|车展|[他她])[^，。]{0,8}$"
)
SURE = re.compile(r"肯定|必须|一定|就|得(?!嘞)|打算|准备|争取|想|要")
CONDITION_FAILS = re.compile(
    r"^(?:要是|如果|万一|要)[^，。]{0,12}(?:没(?!毛病|问题|啥|什么)|不(?!贵|错|变)|批不下|赶不上)|拖到|就(?:只能|得)(?:等|拖)|就拖|批不下来"
)
PAYS_OFF = re.compile(
    r"到账|结(?:款|账|钱|工|$)|[款钱]到|解封|出栏|卖(?:了|完|掉|$)|取(?:了|出来)|到手|发了?(?:工资|奖|薪|钱|提成|$)|下来|拿到|收到|到期|退休"
)
THEN_BUYS = re.compile(
    r"^(?:[^，。]{0,6}?)(?:就|再|立马|马上|直接|肯定|必须|一定|得|要|把|到时候|了|全款|过来|[来去])[^，。]{0,6}(?:[买订签提]|定(?!金)|换车|换新|换个新|拿下|下单|交[定订]金|交钱|刷卡|付|一把给|锁|全款|走(?:合同|流程)|开(?:走|回)|交[^，。]{0,2}钱|办(?=$|[了吧]))"
)
DONE_THEN_BUYS = re.compile(
    r"^到时候[^，。]{0,2}(?:[订签买]|定(?!金)|换车)|^[^，。]{1,4}(?:完|了|好|到|过)[^，。]{0,3}(?:就|再|立马|马上|直接)[^，。]{0,5}(?:[买订签提]|定(?!金)|换|拿下|下单|交[定订]金|锁|全款|走流程|开(?:走|回)|交[^，。]{0,2}钱|办(?=$|[了吧]))"
)
"""考完就拿证，拿了证就买: one thing upon the other."""
PAID_THEN_COMES = re.compile(r"^[^，。]{1,4}(?:完|了|来|到|手)(?:我|咱)?就[去来](?:找你|你那|你们那)?[儿里]?$")
"""发了就去, where money comes that day: not to look."""
ASSENTS = re.compile(
    r"^(?:[嗯对是哦啊]|那|就|也)*[，]?(?:差不[多离]|差唔多|(?:那)?指定|必须|是这[么个样]|这么(?:打算|想)|对头|中[，。]|可以动|同步|先按)"
)
"""差不离: yes, in words that do not open with it."""
ALONE_IN_CLAUSE = re.compile(r"(?:[那就是了吧呢嘛啊呀算先按也得要的，对]|您|咱们?|大概)+")
"""那先按四月底算: the rest of a clause that only names days."""
NEEDED = re.compile(
    r"^(?:我|车|它|都|就|也|肯定)*(?:要|得|必须|一定|最好)(?:能|给|让|把)?[^，。]{0,6}(?:[用有拿弄办整装停摆齐]|到(?:家|手|位|我|店|$)|开[到走上着进]|在我|落地|稳当)"
    r"|^(?:就)?(?:有|到|拿到|开上|弄好|办好|装好)[^，。]{0,3}就(?:行|成|中|可以|好)|^(?:车)?(?:要|得|能)?(?:给我|到家|在我手)"
)
"""六月底之前必须弄好, 八月之前有就行: what has a limit is the car."""
OF_ELSE = re.compile(
    r"消息|信儿|准信|答复|电话|报价|回我|考|报名|通知|开会|检查|交房|交货|装修|结果|还[款钱清]|进场|开业|开张"
)
REST = re.compile(
    r"[吧呢呗嘛啊呀嗯哦噢了哎那就是也大概差不多估计得要怎么都说我个样]|可能|最好|最早|最晚|最迟|应该|左右|样子|里厢|边上|光景|大约|几号|反正|所以|不过|起码|至少|要么|琢磨着|寻思|看|同乐|你别催"
)
THEN_SEES = re.compile(r"再(?:说|看|定|考虑|买)")
TIED = re.compile(
    r"(?:那[天晚]|当[天晚场]|现场|到时候|[展会]上|(?:完|了|好|齐|到|过|期|业|来|销)(?:我|咱)?[就再]|以后就)[^，。不没]{0,6}(?:[订签买]|定(?!金)|下单|交[钱定订]|付[款钱]|拿下|抢|换(?:个?新)?车?(?=$|[吧？?了])|办(?=$|[吧？?了]))"
)
"""到了我就去交钱, 那天我来下单, 毕业就买: the purchase hangs on what was spoken of."""
LATEST = re.compile(
    r"(?:最迟|最晚|至迟|顶多拖到|最多拖到|最多等到|不能晚过|不能晚于|不晚于)(?:也)?(?:就)?(?:是|在|到|得)?$"
)
"""最迟下礼拜二: any day until then."""
SAID_OF_A_DAY: Final = MappingProxyType(
    {
        "buys": BUY,
        "firmly": FIRM_BUY,
        "visits": VISIT,
        "meets": VISIT_ASKED,
        "puts-off": PUTS_OFF,
        "moved": MOVED_TO,
        "if-now": IF_ORDERED_NOW,
        "comes": COMES,
        "busy": BUSY,
        "not-buying": NOT_BUYING,
        "gives-up": GIVES_UP,
        "on-the-spot": ON_THE_SPOT,
        "past": PAST,
        "had-for": HAD_FOR,
        "unsure": UNSURE,
        "plans": PLANS,
        "others": OTHERS,
        "sure": SURE,
        "fails": CONDITION_FAILS,
        "pays-off": PAYS_OFF,
        "then-buys": THEN_BUYS,
        "done-then-buys": DONE_THEN_BUYS,
        "then-sees": THEN_SEES,
        "tied": TIED,
        "latest": LATEST,
    }
)
"""What `qc.memo.day_signs` looks for, by name."""
