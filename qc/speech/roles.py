"""Who is the agent, judged by what each side of a stereo call says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

CUES: Final[Mapping[str, float]] = {
    r"您": 0.5,
    r"我是.{0,10}(店|顾问|销售|客服|经理|专员)|我(这边|这儿|这里)(是|给您|帮您)|这(边|里)是": 3,
    r"(咱|我)们?(家|店|这边|展厅|公司|活动|现在有)": 1,
    r"给(您|你)(介绍|发|留|申请|算|安排|登记|打电话|推荐|报)|帮(您|你)(申请|登记|安排|看|查|问|预约|算)": 2,
    r"(您|你)(之前|上次|前段时间).{0,8}(看|咨询|留|来)|(您|你).{0,4}(什么时候|啥时候|哪天).{0,4}(方便|有空|过来|有时间)": 2,
    r"(您|你)(贵姓|怎么称呼|是.{0,4}(先生|女士|小姐))|(先生|女士|小姐)(您|你)?好": 2,
    r"录音|回访|打扰|不好意思打|感谢您|祝您|期待": 1.5,
    r"试驾|优惠|现车|库存|提车|置换补贴|金融方案|首付|免息": 0.4,
}
"""What agents say, each with its weight."""

CUSTOMER_CUES: Final[Mapping[str, float]] = {
    r"你们(家|店|那|这|公司|是)?": 1,
    r"我(再)?(考虑|想想|看看|商量|问问)|我(老婆|媳妇|老公|爱人|对象|爸|妈|家里|儿子|闺女)": 1.5,
    r"(能|可以|还能)?便宜|多少钱|优惠多少|最低|落地(价)?多少": 0.7,
    r"我(在|正)(开会|上班|开车|忙)|(哪位|谁啊|干嘛|什么事)|不(需要|用|买)了?|别(再)?打": 1.5,
}
"""What customers say, each with its weight."""

LEAST_LEAD: Final = 1.5
"""By so many points of cues one side must lead; less is a guess."""


def agent_side(sides: tuple[str, str]) -> int | None:
    """The index of the side that speaks like the agent, or ``None`` where the words do not tell."""
    first, second = (_agent_points(text) for text in sides)
    if abs(first - second) < LEAST_LEAD:
        return None
    return 0 if first > second else 1


def _agent_points(text: str) -> float:
    return _points(text, CUES) - _points(text, CUSTOMER_CUES)


def _points(text: str, cues: Mapping[str, float]) -> float:
    return sum(weight * len(re.findall(cue, text)) for cue, weight in cues.items())
