"""Every notice in every language and form: rendered strictly, safe in short, plain to read."""

import re
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.notices.check import Flaw, Wanted, banned_blocks, check
from incidents.notices.files import SHORT_FORMATS, Filler, Format
from incidents.notices.library import TEMPLATES, holes_in, load_wording
from incidents.notices.render import render, sections_of
from incidents.notices.values import values, zone_of
from notifiers.registry import channels
from notifiers.segments import segments
from notifiers.unsafe import unsafe_in_short
from packs import BadInput
from policies.categories import DataCategory
from policies.vocabulary import ContentElement, ForbiddenContent
from tests.templates.said import LANGUAGES, SENDERS, said, variant, written

WORDING = load_wording()
EVERY = [
    (notice, language, form)
    for notice, wording in WORDING.notices.items()
    for language in LANGUAGES
    for form in wording.formats
]
EACH = [(notice, language) for notice in WORDING.notices for language in LANGUAGES]


def values_of(notice, language, *, write=None, possible=False, **more):
    wording = WORDING.notice(notice)
    words = written(wording, language) if write is None else write
    return values(WORDING, wording.own, said(possible=possible), variant(language, **more), words)


def pieces(notice, language, form, **more):
    wording = WORDING.notice(notice)
    blocks = wording.in_language(language)
    return render(wording, blocks, form, values_of(notice, language, **more), shell=WORDING.shell)


def findings(notice, language, wanted, given_values):
    wording = WORDING.notice(notice)
    blocks = wording.in_language(language)
    made = {form: render(wording, blocks, form, given_values, shell=WORDING.shell) for form in wording.formats}
    return check(wording, blocks, wanted, given_values, made, route=channels())


@pytest.mark.parametrize(("notice", "language", "form"), EVERY)
def test_every_notice_reads_whole_in_every_language_and_form(notice, language, form):
    for possible in (True, False):
        for piece, text in pieces(notice, language, form, possible=possible).items():
            assert text.strip(), f"{piece} says nothing"
            assert not re.search(r"[{}]|None|StrictUndefined", re.sub(r"(?s)<style.*?</style>", "", text))
            assert "\n\n\n" not in text
            assert ".." not in text


@pytest.mark.parametrize(("notice", "language"), EACH)
def test_a_whole_notice_passes_its_own_check(notice, language):
    wording = WORDING.notice(notice)
    wanted = Wanted(frozenset(wording.elements) if wording.own.purpose == "telling" else frozenset())
    assert findings(notice, language, wanted, values_of(notice, language)) == []


@pytest.mark.parametrize(("notice", "language", "form"), [one for one in EVERY if one[2] in SHORT_FORMATS])
def test_short_texts_name_sender_and_reference_and_nothing_of_the_reader(notice, language, form):
    made = pieces(notice, language, form)
    whole = " ".join(made.values())
    assert SENDERS[language] in whole
    assert "AC-7K3Q-9FMX" in whole
    assert unsafe_in_short(whole) == []
    words = WORDING.words[language]
    assert not any(words.categories[kind] in whole for kind in ("phone", "identity_document"))


@pytest.mark.parametrize(
    ("language", "encoding", "most"), [("en", "gsm-7", 2), ("zh-Hans", "ucs-2", 2), ("my", "ucs-2", 5)]
)
def test_short_messages_stay_short(language, encoding, most):
    for notice, wording in WORDING.notices.items():
        if Format.SHORT in wording.formats:
            parts = segments(pieces(notice, language, Format.SHORT)["short"])
            assert (parts.encoding, parts.count <= most) == (encoding, True), notice


@pytest.mark.parametrize(("notice", "language"), EACH)
def test_each_required_element_that_is_left_empty_is_named_with_its_language(notice, language):
    wording = WORDING.notice(notice)
    blocks, full = wording.in_language(language), values_of(notice, language)
    emptied = {name: value if isinstance(value, bool) else type(value)() for name, value in full.items()}
    hollow = [element for element, block in wording.elements.items() if not sections_of(blocks, [block], emptied)]
    assert hollow
    for element in hollow:
        holes = holes_in(blocks.texts[wording.elements[element]])
        found = findings(notice, language, Wanted(frozenset({element})), full | {hole: emptied[hole] for hole in holes})
        assert any(one.flaw is Flaw.ELEMENT_MISSING and element in one.sentence for one in found)
        assert all(f"({language})" in one.sentence for one in found)


@pytest.mark.parametrize("words", ["See https://acme.example/x", "请点击 www.acme.example 查看", "hxxp://acme.example"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_writers_link_is_refused_in_any_script(words, language):
    write = written(WORDING.notice("individuals"), language) | {"advice_words": words}
    found = findings("individuals", language, Wanted(frozenset()), values_of("individuals", language, write=write))
    assert [(one.flaw, one.element) for one in found] == [(Flaw.UNSAFE, "advice_words")]


def test_a_sender_name_that_brings_a_link_into_a_short_text_is_refused():
    write = written(WORDING.notice("individuals"), "en") | {"sender": "acme.example"}
    found = findings("individuals", "en", Wanted(frozenset()), values_of("individuals", "en", write=write))
    assert {(one.flaw, one.form) for one in found} == {(Flaw.UNSAFE, "short"), (Flaw.UNSAFE, "push")}


@pytest.mark.parametrize("words", ["Use code SORRY for a discount", "送您一张优惠券", "အထူးလျှော့ဈေး ရယူပါ"])
def test_advertising_has_no_place_in_a_notice(words):
    write = written(WORDING.notice("individuals"), "en") | {"remedies_words": words}
    for language in LANGUAGES:
        found = findings("individuals", language, Wanted(frozenset()), values_of("individuals", language, write=write))
        if any(phrase in words for phrase in WORDING.words[language].selling):
            assert {one.flaw for one in found} == {Flaw.SELLING}
            return
    pytest.fail("no language knows these words as advertising")


@pytest.mark.parametrize(("language", "stop"), [("en", "."), ("zh-Hans", "。"), ("my", "။")])
def test_a_voice_pauses_behind_each_heading_and_each_line(language, stop):
    spoken = pieces("individuals", language, Format.SPOKEN)["spoken"]
    heading = WORDING.notice("individuals").in_language(language).headings["what_happened"]
    assert f"{heading}{'' if heading[-1] in '။?？' else stop}\n" in spoken
    ends = {line[-1] for line in spoken.splitlines() if line}
    assert ends <= set(".。။?？:：-"), "a voice would read on over the end of the line"
    assert "။။" not in spoken


def test_burmese_in_zawgyis_order_is_refused():
    zawgyi = "\u1031\u1019\u102c\u1004\u1039\u1031\u1010\u102c\u1039"  # the vowel sign E before its consonant
    write = written(WORDING.notice("individuals"), "my") | {"advice_words": zawgyi}
    found = findings("individuals", "my", Wanted(frozenset()), values_of("individuals", "my", write=write))
    assert [one.flaw for one in found] == [Flaw.MISORDERED]


def test_what_a_law_keeps_out_is_refused_as_field_and_left_out_as_part():
    banned = Wanted(frozenset(), frozenset({ForbiddenContent.NUMBER_OF_PEOPLE}))
    found = findings("controller", "en", banned, values_of("controller", "en"))
    assert {(one.flaw, one.element) for one in found} == {(Flaw.FORBIDDEN, "people"), (Flaw.FORBIDDEN, "groups")}
    wording = WORDING.notice("controller")
    assert banned_blocks(wording, banned.forbidden) == {"people_concerned"}


def test_a_duty_that_wants_what_another_bans_is_a_conflict_to_decide():
    wanted = Wanted(frozenset({ContentElement.CAUSE}), frozenset({ForbiddenContent.NATURE_OF_BREACH}))
    found = findings("individuals", "en", wanted, values_of("individuals", "en"))
    assert Flaw.CONFLICT in {one.flaw for one in found}


def test_an_element_that_nothing_is_bound_to_is_named():
    wanted = Wanted(frozenset({ContentElement.PEOPLE_CONCERNED}))
    (found,) = findings("individuals", "my", wanted, values_of("individuals", "my"))
    assert (found.flaw, found.element, found.language) == (Flaw.ELEMENT_MISSING, "people_concerned", "my")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_data_has_a_name_a_harm_and_advice(language):
    words = WORDING.words[language]
    assert set(words.categories) == {str(kind) for kind in DataCategory} == set(WORDING.theme_of)
    assert len(set(words.categories.values())) == len(words.categories)


@pytest.mark.parametrize(
    ("zone", "language", "day"),
    [
        ("Asia/Yangon", "my", "၂၀၂၆ ခုနှစ် မတ်လ ၆ ရက်"),
        ("Asia/Shanghai", "zh-Hans", "2026年3月6日"),
        ("America/New_York", "en", "6 March 2026"),
    ],
)
def test_dates_are_told_in_the_readers_zone_and_language(zone, language, day):
    assert values_of("individuals", language, zone=zone)["found_on"] == day


def test_the_zone_follows_the_country_and_never_a_guess():
    assert zone_of(WORDING, "MM", "UTC") == "Asia/Yangon"
    assert zone_of(WORDING, "CN", "UTC") == "Asia/Shanghai"
    assert zone_of(WORDING, "unknown", "Asia/Shanghai") == "Asia/Shanghai"


@pytest.mark.parametrize("notice", WORDING.notices)
def test_html_fetches_nothing_and_links_nowhere(notice):
    for form in (Format.EMAIL, Format.PAGE):
        if form in WORDING.notice(notice).formats:
            html = pieces(notice, "en", form)["html"]
            without_namespaces = re.sub(r'xmlns(:\w)?="[^"]*"|<!--\[if.*?-->', "", html, flags=re.S)
            assert not re.search(r"<a\b|<img|<link|@import|url\(|src=|href=|https?:", without_namespaces)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_no_words_of_a_writer_become_markup(text, language):
    words = dict.fromkeys(written(WORDING.notice("individuals"), language), text)
    html = pieces("individuals", language, Format.PAGE, write=words)["html"]
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"h1", "h2", "p", "ul", "ol", "li", "br"}


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="{}"), max_size=120), st.sampled_from(EACH), st.booleans()
)
def test_no_text_shows_a_placeholders_brace_whatever_is_written(text, each, possible):
    notice, language = each
    words = dict.fromkeys(written(WORDING.notice(notice), language), text)
    for form in WORDING.notice(notice).formats:
        made = pieces(notice, language, form, write=words, possible=possible)
        assert not any("{" in words or "}" in words for piece, words in made.items() if piece != "html")


def test_a_block_that_names_an_unknown_placeholder_is_refused_with_file_and_name(tmp_path):
    root = _copied(tmp_path)
    path = root / "holding" / "my" / "blocks.yaml"
    path.write_text(path.read_text().replace("{{ sender }}", "{{ sendr }}"))
    with pytest.raises(BadInput, match=r"holding/my/blocks\.yaml.*sendr"):
        load_wording(root)


def test_a_lock_screen_text_that_could_tell_the_kinds_of_data_is_refused(tmp_path):
    root = _copied(tmp_path)
    path = root / "individuals" / "en" / "blocks.yaml"
    kept = path.read_text()
    for before in ("We have an important", "a security incident that concerns your data"):
        path.write_text(kept.replace(before, "{{ categories }} " + before))
        with pytest.raises(BadInput, match="lock screen"):
            load_wording(root)


def test_every_byte_of_a_notices_files_counts_in_its_digest(tmp_path):
    root = _copied(tmp_path)
    before = load_wording(root).notice("minor").in_language("en").digest
    for name in (
        "minor/en/blocks.yaml",
        "individuals/en/blocks.yaml",
        "words/en.yaml",
        "email.mjml",
        "minor/notice.yaml",
    ):
        path = root / name
        kept = path.read_bytes()
        path.write_bytes(kept + (b"\n" if name.endswith("mjml") else b"# \n"))
        assert load_wording(root).notice("minor").in_language("en").digest != before, name
        path.write_bytes(kept)
    assert load_wording(root).notice("minor").in_language("en").digest == before


def test_nobody_without_an_account_is_sent_to_the_app():
    app = WORDING.words["en"].verify["app"]
    assert app in pieces("individuals", "en", Format.PAGE)["plain"]
    assert app not in pieces("stranger", "en", Format.PAGE)["plain"]


def test_who_fills_a_placeholder_is_said_for_each():
    for wording in WORDING.notices.values():
        for name, hole in wording.placeholders.items():
            assert hole.says.endswith("."), name
            assert name.endswith("_words") == (hole.by is Filler.WRITER), name


def _copied(tmp_path):
    kept = {"words", "individuals", "minor", "holding"}  # reading all of them a dozen times would only take longer
    others = shutil.ignore_patterns(
        *(path.name for path in TEMPLATES.iterdir() if path.is_dir() and path.name not in kept)
    )
    return shutil.copytree(TEMPLATES, tmp_path / "notices", ignore=others)
