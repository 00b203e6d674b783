"""What the writer of the cast writes, in the three languages: plain sentences about the leak of the story."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "what_happened_words": "A list and an access point of a partner were read by somebody who had no right to.",
        "cause_words": "A job of the partner stayed open to the outside.",
        "measures_taken_words": "We closed the access point and changed its keys.",
        "measures_planned_words": "We will check every partner's access again.",
        "remedies_words": "We answer every question about this at no cost, and help with changing a number.",
        "sender": "The sample company",
        "verify_lines": "Open our app and look at its messages.",
        "reach_lines": "Write to us by the app.",
    },
    "zh-Hans": {
        "what_happened_words": "合作方的一份名单和一个接口被无权的人读取。",
        "cause_words": "合作方的一项任务对外保持开放。",
        "measures_taken_words": "我们已经关闭该接口并更换了密钥。",
        "measures_planned_words": "我们将重新检查每个合作方的权限。",
        "remedies_words": "我们免费解答与此有关的问题，并协助您更换号码。",
        "sender": "示例公司",
        "verify_lines": "打开我们的应用查看消息。",
        "reach_lines": "通过应用联系我们。",
    },
    "my": {
        "what_happened_words": "မိတ်ဖက်တစ်ဦး၏ စာရင်းကို အခွင့်မရှိသူတစ်ဦးက ဖတ်ခဲ့သည်။",
        "cause_words": "မိတ်ဖက်၏ လုပ်ငန်းတစ်ခု ပြင်ပသို့ ပွင့်နေခဲ့သည်။",
        "measures_taken_words": "ထိုနေရာကို ပိတ်ပြီး သော့များကို ပြောင်းခဲ့ပါသည်။",
        "measures_planned_words": "မိတ်ဖက်တိုင်း၏ ခွင့်ပြုချက်ကို ပြန်စစ်ပါမည်။",
        "remedies_words": "ဤကိစ္စနှင့်ပတ်သက်သည့် မေးခွန်းများကို အခမဲ့ ဖြေပါမည်။",
        "sender": "နမူနာ ကုမ္ပဏီ",
        "verify_lines": "အက်ပ်ကိုဖွင့်ပြီး သတိပေးစာများကို ကြည့်ပါ။",
        "reach_lines": "အက်ပ်မှတစ်ဆင့် ဆက်သွယ်ပါ။",
    },
}
