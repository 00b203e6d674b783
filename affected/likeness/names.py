"""Names of people as they are compared: titles taken off, and a full name split by the custom of its script.

The customs are general knowledge, not rules of a source: a Chinese or Korean name begins with the family name, of one
character as a rule and of two in the families listed; a Burmese name has no family name, and an honorific before it is
no part of it.
"""

import re

# Families of two characters, simplified and traditional, and Korean ones of two syllables.
_DOUBLE = re.compile(
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|东方|東方|皇甫|尉迟|尉遲|公孙|公孫|慕容|令狐|司徒|司空|端木|夏侯|南宫|南宮|独孤|獨孤|"
    "宇文|长孙|長孫|轩辕|軒轅|鲜于|鮮于|呼延|闻人|聞人|百里|东郭|東郭|南门|南門|赫连|赫連|澹台|澹臺|公冶|宗政|濮阳|濮陽|淳于|"
    "单于|單于|太叔|申屠|仲孙|仲孫|钟离|鍾離|拓跋|西门|西門|남궁|황보|제갈|선우|독고|사공|서문"
)
_EAST_ASIAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003ffff]+")
_BURMESE = re.compile(r"[\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff]")
_BURMESE_TITLES = re.compile(r"^(ဦး|ဒေါ်|ကို|မောင်|မ)\s+|^(ဦး|ဒေါ်)(?=.{2})")
_LATIN_TITLES = re.compile(r"^(mr|mrs|ms|miss|mx|dr|prof|sir|herr|frau|mme|monsieur|madame)\s+(?=.)")
# Ko, Ma and Maung are also the first word of many names, so they go only before two words or more.
_MYANMAR_TITLES = re.compile(r"^(u|daw)\s+(?=.)|^(ko|ma|maung|mg)\s+(?=\S+\s+\S)")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"})
_PARTICLE = re.compile(
    "van|von|de|da|del|della|der|den|di|du|dos|das|la|le|el|al|bin|binti|ibn|ben|ter|ten|zu|zur|st|san"
)


def plain_name(text: str, region: str | None) -> str:
    """A folded name without a title before it; an East Asian one without spaces."""
    if _EAST_ASIAN.fullmatch(text.replace(" ", "")):
        return text.replace(" ", "")
    text = _LATIN_TITLES.sub("", text)
    if _BURMESE.search(text):
        return _BURMESE_TITLES.sub("", text).replace(" ", "")
    return _MYANMAR_TITLES.sub("", text) if region == "MM" else text


def split_name(before: str, behind: str = "", *, region: str | None) -> tuple[str, str]:
    """(given name, family name) of a folded full name; `behind` is what stood after a comma, where there was one.

    Where it cannot be known what the family name is, all is given name.
    """
    if behind and behind not in _SUFFIXES:
        return plain_name(behind, region), plain_name(before, region)
    name = plain_name(before, region)
    if _EAST_ASIAN.fullmatch(name):
        family = 2 if len(name) > 2 and _DOUBLE.match(name) else 1
        return (name[family:], name[:family]) if len(name) > 1 else (name, "")
    if region == "MM" or _BURMESE.search(name):
        return name, ""
    return _european(name.split())


def _european(words: list[str]) -> tuple[str, str]:
    words = words[:-1] if len(words) > 2 and words[-1] in _SUFFIXES else words
    if len(words) < 2:
        return " ".join(words), ""
    first = len(words) - 1
    while first > 1 and _PARTICLE.fullmatch(words[first - 1]):
        first -= 1
    return " ".join(words[:first]), " ".join(words[first:])
