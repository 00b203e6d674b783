"""Approved titles and bodies on loopback: the file that a push provider is configured with, and what it renders."""

import json
from collections.abc import Mapping
from pathlib import Path

TITLE, BODY = "墨奇：重要通知", "有一条重要的安全通知，请您自行打开应用查看。编号INC-7"
PAIRS = (
    {"id": "P1001", "title": "Notice", "body": "Open the app."},
    {"id": "P1002", "title": TITLE, "body": "有一条重要的安全通知，请您自行打开应用查看。编号{$reference$}"},
    {"id": "P1003", "title": "渺刻，{$what$}", "body": "{$what$}：{$words$}"},
)


def write(folder: Path, *, channel: str = "") -> Path:
    """The file of templates in `folder`, each bound to `channel`."""
    file = folder / "pairs.yaml"
    bound = {"channel": channel} if channel else {}
    templates = [{"language": "zh-Hans", **pair, **bound} for pair in PAIRS]
    file.write_text(json.dumps({"templates": templates}), encoding="utf-8")  # JSON is YAML
    return file


def render(id_: str, of_title: Mapping[str, str], of_body: Mapping[str, str]) -> tuple[str, str]:
    """What a person reads: the template with its values."""
    (pair,) = (one for one in PAIRS if one["id"] == id_)
    return _filled(pair["title"], of_title), _filled(pair["body"], of_body)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{${name}$}}", value)
    return text
