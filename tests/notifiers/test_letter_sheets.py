"""Letters in print: the address stands in the window, the code says the reference, and the words are all there."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import segno
from pypdf import PdfReader

from notifiers import sheets
from notifiers.letter_words import languages
from notifiers.mark import mark_of
from notifiers.message import Address, AddressKind, Message
from notifiers.papers import Paper, Unprintable
from notifiers.postal import NotAnAddress, Postal, read_postal
from notifiers.sheets import TOO_LONG, Letter, Sheet, parts_of, printed, return_fits
from tests.notifiers.letters_to_look_at import ADDRESSES, AT, SHEET, sample
from tests.templates.said import LANGUAGES

MM = 72 / 25.4
REFERENCE = "dlv_01kb1x2y3z4a5b6c7d8e9f0g1h-9999"
FONTS = {"en": "NotoSans", "zh-Hans": "NotoSansSC", "my": "NotoSansMyanmar"}


def placed(page: Any):
    """(mm from the left, mm from the top, text) of each piece of text."""
    height, found = float(page.mediabox[3]), []

    def visit(text, cm, tm, _font, _size):
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if text.strip():
            found.append((x / MM, (height - y) / MM, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def one(to=("Ann Example", "Sample Street 12"), *, reference=REFERENCE, language="en", plain="Dear reader"):
    message = Message(
        reference, Address(AddressKind.POSTAL, ""), {"subject": "Notice", "plain": plain}, "Moqi", language
    )
    return Letter(message, Postal(tuple(to)))


def pages_of(*letters, sheet=SHEET):
    return PdfReader(BytesIO(printed(letters, sheet, at=AT).pdf)).pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_window_shows_is_sender_reference_and_address_and_nothing_else(language):
    page = pages_of(sample(language, REFERENCE))[0]
    seen = [(x, y, text) for x, y, text in placed(page) if 45 <= y <= 90 and 20 <= x <= 105]
    address = read_postal(ADDRESSES[language], home="CN", language=language).lines
    assert len(seen) >= 2 + len(address)
    for x, y, text in seen:
        assert x >= 24.99, "5 mm from the edge, for the sheet moves in its envelope"
        assert 46 <= y <= 88, text
    below = [text for x, y, text in placed(page) if 90 < y < 98]
    assert below == []
    assert min(y for x, y, text in placed(page) if x < 105) > 45


def test_six_lines_fit_and_a_long_one_is_broken_inside_the_window():
    lines = ["A name that is long", *["x" * 30] * 4, "a long line of an address " * 3]
    made = printed([one(lines)], SHEET, at=AT)
    assert made.unfit == {}
    for x, y, _ in placed(PdfReader(BytesIO(made.pdf)).pages[0]):
        if 62 < y < 95 and x < 105:
            assert y <= 90, "the last line stands in the window"


def test_an_address_that_no_window_shows_is_said_to_be_too_long_and_the_others_are_printed():
    wide, tall = one(["word " * 200], reference="dlv_2"), one(["line"] * 9, reference="dlv_3")
    made = printed([one(), wide, tall], SHEET, at=AT)
    assert made.unfit == dict.fromkeys(("dlv_2", "dlv_3"), TOO_LONG)
    assert made.pages == {REFERENCE: (1, 1)}


def test_whose_address_cannot_be_set_is_found_without_setting_whole_letters_again(monkeypatch):
    whole, lay = [], sheets._Press.lay

    def counted(press, letters):
        whole.append(any("word" in letter.message.texts["plain"] for letter in letters))
        return lay(press, letters)

    monkeypatch.setattr(sheets._Press, "lay", counted)
    bad = {3: ["\ue000 nobody has this character"], 9: ["\ue001"]}
    made = printed(
        [one(bad.get(n, ["Ann"]), reference=f"dlv_{n}", plain="word " * 50) for n in range(12)], SHEET, at=AT
    )
    assert set(made.unfit) == {"dlv_3", "dlv_9"}
    assert len(made.pages) == 10
    assert sum(whole) == 3, "all of them, one with these words and no address, and those that are left"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_notice_is_printed_in_the_font_of_its_script(language):
    letter = sample(language, REFERENCE)
    made = printed([letter], SHEET, at=AT)
    pages: Any = PdfReader(BytesIO(made.pdf)).pages
    fonts = {str(font.get_object()["/BaseFont"]) for page in pages for font in page["/Resources"]["/Font"].values()}
    assert any(FONTS[language] in font for font in fonts)
    if language != "my":  # what is read out of stacked letters is not what was put in
        said = "".join("".join(page.extract_text() for page in pages).split())
        for line in letter.message.texts["plain"].splitlines():
            assert "".join(line.removeprefix("- ").split()) in said
    assert "AC-7K3Q-9FMX" in pages[-1].extract_text(), "the reference that the reader can check"


def test_pages_are_counted_letter_by_letter():
    long = "\n\n".join(["word " * 90] * 12)
    made = printed([one(reference="dlv_1", plain=long), one(reference="dlv_2")], SHEET, at=AT)
    assert made.pages == {"dlv_1": (1, 2), "dlv_2": (3, 1)}
    said = [page.extract_text() for page in PdfReader(BytesIO(made.pdf)).pages]
    assert ["Page 1 of 2" in said[0], "Page 2 of 2" in said[1], "Page 1 of 1" in said[2]] == [True] * 3


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not here, so no page is drawn.")
def test_the_code_in_the_window_is_the_mark(tmp_path):
    (tmp_path / "x.pdf").write_bytes(printed([one()], SHEET, at=AT).pdf)
    drawn = ["pdftoppm", "-r", "300", "-gray", "-singlefile", str(tmp_path / "x.pdf"), str(tmp_path / "x")]
    subprocess.run(drawn, check=True)
    _, size, _, grey = (tmp_path / "x.pgm").read_bytes().split(b"\n", 3)
    width, dot = int(size.split()[0]), 300 / 25.4
    modules = segno.make(mark_of(REFERENCE).upper(), error="m", micro=False, boost_error=False).matrix
    step = 13 / len(modules)
    seen = [
        [grey[int((47 + (y + 0.5) * step) * dot) * width + int((87 + (x + 0.5) * step) * dot)] < 128 for x in row]
        for y, row in enumerate([range(len(modules))] * len(modules))
    ]
    assert seen == [[bool(one) for one in row] for row in modules]


def test_the_file_meets_pdf_a_and_pdf_ua_and_the_same_content_gives_the_same_bytes():
    made = printed([one()], SHEET, at=AT).pdf
    reader: Any = PdfReader(BytesIO(made))
    xmp = reader.trailer["/Root"]["/Metadata"].get_data()
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp.replace(b"\n", b"")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert printed([one()], SHEET, at=AT).pdf == made


def test_no_markup_in_a_name_is_obeyed():
    page = pages_of(one(["#set text(red) *Ann* <b>", "\\ $x$ @y"]))[0]
    assert "#set text(red) *Ann* <b>" in page.extract_text()


def test_a_language_without_words_of_its_own_has_its_letter_in_its_language_and_english_around():
    page = pages_of(one(language="nl", plain="Guten Tag"))[0]
    assert "Guten Tag" in page.extract_text()
    assert "Page 1 of 1" in page.extract_text()


def test_a_plain_text_is_taken_apart_as_it_was_put_together():
    plain = "Hello.\n\nWhat you can do\n- One\n- Two\n\nAnd a word more.\nSecond line."
    assert parts_of(plain) == [
        {"heading": "", "lines": ["Hello."], "items": []},
        {"heading": "What you can do", "lines": [], "items": ["One", "Two"]},
        {"heading": "", "lines": ["And a word more.", "Second line."], "items": []},
    ]


def test_a_line_that_leads_to_a_list_stands_before_it():
    assert parts_of("Make sure by yourself:\n- One\n- Two\nThe reference is 7.") == [
        {"heading": "", "lines": ["Make sure by yourself:"], "items": []},
        {"heading": "", "lines": ["The reference is 7."], "items": ["One", "Two"]},
    ]


ENVELOPES = {  # parts as a directory has them, the country of posting, and the lines as that country writes them
    "China": (
        {"name": "张三", "line_1": "样例路1号2室", "district": "样例区", "city": "示例市", "state": "样例省"}
        | {"postcode": "200001", "country": "CN"},
        "CN",
        ("200001", "样例省示例市样例区", "样例路1号2室", "张三"),
    ),
    "China in Latin letters": (
        {"name": "Zhang San", "line_1": "1 Sample Road", "city": "Shanghai", "postcode": "200001", "country": "CN"},
        "SG",
        ("Zhang San", "1 Sample Road", "Shanghai", "200001", "CHINA"),
    ),
    "Japan": (
        {"name": "山田太郎", "line_1": "見本町1-2-3", "city": "渋谷区", "state": "東京都"}
        | {"postcode": "150-0001", "country": "JP"},
        "JP",
        ("〒150-0001", "東京都", "渋谷区", "見本町1-2-3", "山田太郎"),
    ),
    "Japan without a code": (
        {"name": "山田太郎", "line_1": "見本町1-2-3", "state": "東京都", "country": "JP"},
        "JP",
        ("東京都", "見本町1-2-3", "山田太郎"),
    ),
    "Myanmar": (
        {"name": "ဒေါ်နမူနာ", "line_1": "အမှတ် ၁၂၊ နမူနာလမ်း", "district": "ကမာရွတ်", "city": "ရန်ကုန်"}
        | {"postcode": "11041", "country": "MM"},
        "MM",
        ("ဒေါ်နမူနာ", "အမှတ် ၁၂၊ နမူနာလမ်း", "ကမာရွတ်", "ရန်ကုန်, 11041"),
    ),
    "Myanmar without a code, from abroad": (
        {"name": "Daw Sample", "line_1": "12 Sample Street", "city": "Yangon", "country": "MM"},
        "CN",
        ("Daw Sample", "12 Sample Street", "YANGON", "MYANMAR"),
    ),
    "the United States": (
        {"name": "Ann", "line_1": "1 St", "city": "Oakland", "state": "CA", "postcode": "94101", "country": "us"},
        "",
        ("Ann", "1 St", "OAKLAND, CA 94101", "UNITED STATES"),
    ),
    "Germany": (
        {"name": "Ann", "line_1": "Weg 1", "city": "Köln", "postcode": "50667", "country": "DE"},
        "DE",
        ("Ann", "Weg 1", "50667 KÖLN"),
    ),
    "Singapore": (
        {"name": "Ann", "line_1": "1 St", "city": "Singapore", "postcode": "123456", "country": "SG"},
        "SG",
        ("Ann", "1 St", "SINGAPORE 123456"),
    ),
    "a country that is not said": (
        {"company": "Acme", "line_1": "1 St", "city": "Köln", "postcode": "50667"},
        "DE",
        ("Acme", "1 St", "50667 KÖLN"),
    ),
}


@pytest.mark.parametrize("country", ENVELOPES)
def test_an_address_in_parts_is_written_in_the_order_of_its_country(country):
    parts, home, lines = ENVELOPES[country]
    assert read_postal(json.dumps(parts), home=home).lines == lines


def test_an_address_in_one_text_stands_as_it_is_and_its_country_is_not_guessed():
    assert read_postal(" Ann \n\n1 St \n").lines == ("Ann", "1 St")
    assert read_postal("Ann\n1 St").country is None
    named = read_postal(json.dumps({"name": "张三", "text": "样例省示例市\n样例路1号"}))
    assert (named.lines, named.country, named.parts) == (("张三", "样例省示例市", "样例路1号"), None, None)


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_letter_about_a_child_is_for_the_guardian_in_the_language_of_the_letter(language):
    for home in ({"text": "Sample Street 1"}, {"line_1": "Sample Street 1", "country": "SG"}):
        lines = read_postal(json.dumps({"name": "Daw Mya", "guardian_of": "Aye Aye"} | home), language=language).lines
        assert lines[0] == "Daw Mya"
        assert "Aye Aye" in lines[1] != "Aye Aye"
    (first, _) = read_postal(json.dumps({"guardian_of": "Aye Aye", "text": "Sample Street 1"})).lines
    assert first == "To the parent or guardian of Aye Aye"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_to_a_guardian_fits_into_the_window_in_every_language(language):
    parts = {"name": "Daw Mya", "guardian_of": "Maung Aye Aye", "line_1": "No. 12, Sample Street", "city": "Yangon"}
    to = read_postal(json.dumps(parts | {"postcode": "11041", "country": "MM"}), home="MM", language=language)
    assert len(to.lines) == 4
    assert printed([Letter(one(language=language).message, to)], SHEET, at=AT).unfit == {}


def test_a_piece_that_no_line_breaks_is_not_printed_past_the_window_but_refused():
    wide = one(["Ann Example", "w" * 60], reference="dlv_2")
    long = one(["张三", "样" * 60], reference="dlv_3")  # Chinese lines break anywhere
    made = printed([one(), wide, long], SHEET, at=AT)
    assert made.unfit == {"dlv_2": TOO_LONG}
    assert set(made.pages) == {REFERENCE, "dlv_3"}


def test_a_return_address_that_the_window_would_cut_off_is_said_before_anything_is_printed():
    sheet = Sheet("A department with a long name, a house, a street and a number, a town and a country " * 3)
    assert not return_fits(sheet)
    assert return_fits(SHEET)
    made = printed([one()], sheet, at=AT)
    assert (made.unsettable, made.pages) == ({REFERENCE}, {})


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n ", "Ann\x07", "{}", "{no json", '{"name": "x", "line_1": "x"}'),
        *('{"name": "x", "line_1": "x", "country": "ZZZ"}', '{"line_1": "x", "country": "SG"}', '{"text": "x"}'),
        *('{"name": "x", "line_1": "x", "country": "ZZ"}', '{"name": "x", "country": "SG"}'),
    ],
)
def test_what_is_no_address_is_said_without_it(text):
    with pytest.raises(NotAnAddress) as wrong:
        read_postal(text)
    assert "Ann" not in str(wrong.value)


def test_a_layout_that_fails_says_nothing_of_its_content():
    with pytest.raises(Unprintable) as failed:
        Paper("letter/letter.typ", {"title": "secret words"}).pdf(written_at=datetime(2026, 3, 6, tzinfo=UTC))
    assert "secret" not in str(failed.value)


def test_a_sheet_for_another_envelope_has_neither_address_nor_code():
    page = pages_of(one(), sheet=Sheet(window=False))[0]
    assert "Ann" not in page.extract_text()
    assert REFERENCE not in page.extract_text()


def test_a_name_in_zawgyi_is_on_no_letter():
    zawgyi = "\u1031\u1019\u102c\u1004"  # the vowel sign E before its consonant
    parts = json.loads(ADDRESSES["my"])
    assert read_postal(json.dumps(parts), home="MM").lines
    with pytest.raises(NotAnAddress, match="Zawgyi"):
        read_postal(json.dumps(parts | {"name": zawgyi}), home="MM")
