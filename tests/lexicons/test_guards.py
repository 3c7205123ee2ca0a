"""The shared guards as machinery: the same words said, denied, asked about, quoted and refused."""

from __future__ import annotations

import pytest
from builders import a_transcript

from qc.phrases import find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import PhraseRule, load_phrases

PROBE = PhraseRule.model_validate(
    {
        "id": "probe",
        "category": "finance-misleading",
        "title": "试探",
        "why": "只为试通用保护。",
        "severity": "critical",
        "status": "stable",
        "speaker": "agent",
        "say": ["包过", "全国最低", "终身免费"],
        "hits": ["包过", "全国最低", "终身免费"],
        "misses": ["不包过", "没有终身免费", "不是全国最低"],
    }
)
RULES = load_phrases(SHIPPED / "phrases").only(PROBE)


@pytest.mark.parametrize(
    "exchange",
    [
        "客服：我们这边贷款包过的，对吧？",
        "客服：包过的，您放心，是不是？",
        "客服：终身免费，好吧？",
        "客服：全国最低，您说是吧？",
        "客服：难道我们不是全国最低吗？",
        "客服：这不就是全国最低吗？",
        "客服：这还不是全国最低吗？",
        "客服：我不是跟您说了包过吗？",
        "客服：不是说了嘛，包过。",
        "客服：我们不可能不包过的。",
        "客服：没有不包过的。",
        "客服：不会不包过的，放心。",
        "客服：哪家敢说全国最低？我们敢。我们全国最低。",
        "客服：谁不知道我们全国最低？",
        "客服：您还不信？我们包过。",
        "客服：不是我吹，全国最低。",
        "客服：不瞒您说，我们包过。",
        "客服：不管您什么征信，我们包过。",
        "客服：不用担心，包过。",
        "客服：没问题，包过。",
        "客服：没什么不放心的，包过。",
        "客服：您不是要省心吗，我们这儿终身免费。",
        "客服：不就是全国最低嘛。",
        "客服：怎么可能不包过？",
        "客服：哪有不包过的？",
        "客服：不是不包过，是今天就包过。",
        "客服：不止全国最低，还终身免费。",
        "客服：不光全国最低。",
        "客服：不但包过，还快。",
        "客服：别犹豫了，我们包过。",
        "客服：不能再低了，全国最低了。",
        "客服：您要是有同事来，我们也包过。",
        "客服：我跟您讲，包过。",
        "客服：您别不信，全国最低。",
    ],
)
def test_words_that_are_meant_count_whatever_is_asked_or_denied_around_them(exchange: str) -> None:
    assert find_phrases(a_transcript(*exchange.split("/")), RULES)


@pytest.mark.parametrize(
    "exchange",
    [
        "客服：我们不能包过。",
        "客服：没有包过这一说。",
        "客服：哪有包过的？",
        "客服：哪能包过呢？",
        "客服：怎么可能包过？",
        "客服：怎么可能会有全国最低呢？",
        "客服：谁敢说包过？",
        "客服：谁敢保证包过啊？",
        "客服：谁能给您包过？",
        "客服：什么叫包过？没有的事。",
        "客服：包过？那不可能。",
        "客服：包过？我们可不敢这么说。",
        "客服：您说的包过，那是骗人的。",
        "客服：包过这种话别信。",
        "客服：您是说包过吗？",
        "客服：您是问包过是吗？",
        "客服：是不是有人跟您说包过？",
        "客服：有没有人跟您承诺包过？",
        "客服：别家说包过您也信？",
        "客户：包过吗/客服：包过？这个真没有。",
        "客服：我们从来不说全国最低。",
        "客服：不存在全国最低。",
        "客服：说全国最低的都是骗子。",
        "客服：谁跟您说的包过？",
        "客服：包过这个说法是不合规的。",
        "客服：我可没说包过。",
        "客服：我没说过全国最低。",
        "客服：不是全国最低，是活动价。",
        "客服：又不是包过。",
        "客服：哪来的包过。",
        "客服：凭什么包过呢？",
        "客服：不可能包过的。",
        "客服：公司规定不许说包过。",
        "客服：我要是跟您说包过，那是骗您。",
        "客服：我说包过您信吗？",
        "客服：您听谁说的终身免费？",
        "客服：难不成还能包过？",
        "客服：包过是不可能的。",
        "客服：全国最低我不敢说。",
        "客服：要是包过我还用审资料吗？",
    ],
)
def test_words_that_are_denied_asked_about_or_quoted_do_not_count(exchange: str) -> None:
    assert find_phrases(a_transcript(*exchange.split("/")), RULES) == ()
