"""Who is the agent, judged by what each side of a stereo call says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

CUES: Final[Mapping[str, float]] = {
    r"您": 0.5,
    r"我是.{0,10}(店|顾问|销售|客服|经理|专员)|(销售|汽车|金牌|购车|网络)顾问|我(这边|这儿|这里)(是|给您|帮您)": 3,
    r"咱(们|家|店|这)?|我们(家|店|这|展厅|公司|活动|系统|有|现在)": 0.7,
    r"给(您|你)(介绍|发|留|申请|算|安排|登记|推荐|报|回|讲|说)|帮(您|你)|跟(您|你)(说一|说明|确认|约|讲一|核对|汇报)": 1.5,
    r"(您|你)(之前|上次|前段时间|前几天|昨天|网上).{0,8}(看|咨询|留|来)": 2,
    r"(您|你).{0,4}(什么时候|啥时候|哪天|几点).{0,6}(方便|有空|过来|有时间)": 2,
    r"(您|你)(贵姓|怎么称呼|是.{0,4}(先生|女士|小姐))|(先生|女士|小姐|[^大]哥|大哥|姐)(您|你)?好": 2,
    r"请问|录音|回访|打扰|感谢(您|你)|祝(您|你)|放心|等(您|你)": 1,
    r"试驾|优惠|现车|库存|政策|活动|合同|金融方案|免息|名额": 0.3,
}
"""What agents say, each with its weight."""

CUSTOMER_CUES: Final[Mapping[str, float]] = {
    r"你们": 1,
    r"我(再)?(考虑|想想|看看|商量|问问)|我(老婆|媳妇|老公|爱人|对象|爸|妈|家里|儿子|闺女|侄子)|我(自己|还|就|也)": 0.7,
    r"(能|可以|还能|再)便宜|多少钱|优惠多少|最低|落地(价)?多少|太贵|划不来": 0.7,
    r"我(在|正)(开会|上班|开车|忙|吃饭)|哪位|谁啊|干嘛|什么事|不需要|不买|买了|别(再)?打|不要(再)?打": 1,
    r"我(要|去|就)?(投诉|曝光|退)|挂了": 1,
}
"""What customers say, each with its weight."""

LEAST_LEAD: Final = 1.0
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
