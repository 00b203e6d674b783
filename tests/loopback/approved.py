"""Approved templates of short messages on loopback: the file a provider is configured with, and what it renders."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

SIGNATURE = "墨奇"
TEMPLATES: Mapping[str, str] = {
    "SMS_1001": "Moqi: 请打开应用。",
    "SMS_1002": "我们发生安全事件，可能涉及您的个人信息。请自行打开我们的应用。编号{reference}",
    "SMS_1003": "请忽略编号{wrong}的通知，请看编号{right}，不看编号{wrong}。",
}


def texts(written: str) -> dict[str, str]:
    """The templates by id, with variables as `written` has it: "named" is ${reference}, "numbered" is {1}."""
    return {id_: _as(text, written) for id_, text in TEMPLATES.items()}


def write(folder: Path, written: str) -> Path:
    """The file of templates, in `folder`."""
    file = folder / f"{written}.yaml"
    all_ = [
        {"id": id_, "signature": SIGNATURE, "language": "zh-Hans", "text": text} for id_, text in texts(written).items()
    ]
    file.write_text(json.dumps({"templates": all_}), encoding="utf-8")  # JSON is YAML
    return file


def render(text: str, values: Mapping[str, str]) -> str:
    """What a person reads: the signature, and the template with its values."""
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value).replace(f"{{{name}}}", value)
    return f"【{SIGNATURE}】{text}"


def _as(text: str, written: str) -> str:
    if written == "named":
        return re.sub(r"\{(\w+)\}", r"${\1}", text)
    names = list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{names.index(found[1]) + 1}}}", text)
