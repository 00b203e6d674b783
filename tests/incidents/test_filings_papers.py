"""Filings on paper: Chinese and English as PDF, DOCX and JSON, the same bytes each time."""

import json
from io import BytesIO
from typing import Any, cast

import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader

from incidents.filings.forms import read_forms
from incidents.filings.render import Format, render
from incidents.foundation.errors import BadInput
from incidents.record.timeline import digest_of

FORM = read_forms()["cn-cac-incident"]
COUNT = {"min": 11_660, "max": 11_960}


def answer(question, state, shape="text", value=None, because=None):
    return {"question": question, "state": state, "shape": shape, "value": value, "because": because}


@pytest.fixture
def content():
    return {
        "form": FORM.form,
        "form_digest": FORM.digest(),
        "stage": "initial",
        "language": "zh-Hans",
        "reference": "FIL-7K3Q-9FMX",
        "incident": "INC-2345-6789",
        "party": "acme",
        "party_name": {"zh-Hans": "某公司", "en": "Acme Ltd"},
        "authority": "cn-cac",
        "authority_name": {"zh-Hans": "上海市互联网信息办公室", "en": "Cyberspace Administration of Shanghai"},
        "owed_under": None,
        "due_at": "2026-03-06T17:40:00+00:00",
        "read_at": "2026-03-06T15:10:00+00:00",
        "snapshot_version": 1,
        "is_drill": False,
        "replaces": None,
        "changes": [],
        "answers": [
            answer("unit_name", "answered", value={"zh-Hans": "某公司", "en": "Acme Ltd"}),
            answer("system", "answered", value={"zh-Hans": "合作方导出任务 #set text(red) *x* \\ <b>"}),
            answer("found_at", "answered", "moment", "2026-03-06T13:40:00+00:00"),
            answer("place", "unknown", because="正在核实"),
            answer("grade", "answered", "choice", "general"),
            answer("people", "answered", "count", COUNT),
            answer(
                "people_by_category",
                "answered",
                "tally",
                [{"vocabulary": "data_category", "word": word, "count": COUNT} for word in ("phone", "name")],
            ),
            answer("trend", "to_follow"),
            answer("harm_so_far", "gap"),
        ],
    }


def pdf_text(pdf):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def fonts_of(page):
    named = cast("dict[str, Any]", page["/Resources"])["/Font"]
    return {str(font.get_object()["/BaseFont"]) for font in named.values()}


def docx_text(file):
    document = Document(BytesIO(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


TEXT_OF = {Format.PDF: pdf_text, Format.DOCX: docx_text}
SAID = {
    "zh-Hans": [
        "网络安全事件报告",
        "首次报告",
        "后续补充",
        "截至本报告时尚不清楚",
        "正在核实",
        "尚未填写",
        "不少于 11,660，不超过 11,960",
        "21:40",
        "一般",
        "电话号码",
        "待确认",
        "草稿",
    ],
    "en": [
        "Network security incident report",
        "Initial report",
        "To follow",
        "Not known at the time of this report",
        "Not answered yet",
        "at least 11,660, at most 11,960",
        "6 March 2026, 21:40 (UTC+08:00)",
        "General",
        "Phone number",
        "To be confirmed",
        "Draft.",
        "written in Chinese",
    ],
}


@pytest.mark.parametrize("language", sorted(SAID))
@pytest.mark.parametrize("kind", [Format.PDF, Format.DOCX])
def test_a_paper_says_all_that_the_filing_says(content, language, kind):
    text = TEXT_OF[kind](render(content, FORM, kind, language=language, released=False))
    flat = "".join(text.split())
    for words in (*SAID[language], "FIL-7K3Q-9FMX", "INC-2345-6789", digest_of(content), "#settext(red)*x*\\<b>"):
        assert "".join(words.split()) in flat, words


@pytest.mark.parametrize("kind", list(Format))
def test_the_same_content_gives_the_same_bytes(content, kind):
    first, second = (render(content, FORM, kind, language="zh-Hans", released=True) for _ in range(2))
    assert first == second
    content["answers"][5]["value"] = {"min": 11_661, "max": 11_960}
    assert render(content, FORM, kind, language="zh-Hans", released=True) != first


def test_only_what_nobody_released_is_marked_a_draft_and_a_drill_always_says_so(content):
    assert "Draft" not in pdf_text(render(content, FORM, Format.PDF, language="en", released=True))
    drill = {**content, "is_drill": True}
    assert "DRILL" in pdf_text(render(drill, FORM, Format.PDF, language="en", released=True))


@pytest.mark.parametrize("kind", [Format.PDF, Format.DOCX])
def test_how_surely_the_form_is_known_is_said_to_who_approves_and_shortly_to_the_authority(content, kind):
    draft, out = (TEXT_OF[kind](render(content, FORM, kind, language="en", released=one)) for one in (False, True))
    assert "How we know the form" in draft
    assert "How we know the form" not in out
    assert "To be confirmed." in draft
    assert "†" in draft
    assert "†" not in out
    assert "To be confirmed." not in out
    assert "arranged by the reporting organisation" in out


def test_what_changed_stands_on_the_paper_with_both_numbers(content):
    content["replaces"] = {
        "reference": "FIL-AAAA-BBBB",
        "stage": "initial",
        "submitted_at": "2026-03-06T16:00:00+00:00",
    }
    content["changes"] = [
        {
            "question": "people",
            "was": answer("people", "answered", "count", {"min": 9_000, "max": 9_000}),
            "is": answer("people", "answered", "count", COUNT),
        }
    ]
    text = pdf_text(render(content, FORM, Format.PDF, language="en", released=True))
    assert "What changed since the report before" in text
    assert "9,000" in text
    assert "FIL-AAAA-BBBB" in text


def test_a_pdf_carries_chinese_glyphs_of_its_own_and_is_fit_for_archives(content):
    reader = PdfReader(BytesIO(render(content, FORM, Format.PDF, language="zh-Hans", released=True)))
    fonts = {font for page in reader.pages for font in fonts_of(page)}
    assert any("NotoSansSC" in font for font in fonts)
    assert all("+" in font for font in fonts)  # each is embedded as a subset
    root = cast("dict[str, Any]", reader.trailer["/Root"])
    assert b"pdfaid" in root["/Metadata"].get_data()
    assert root["/Lang"].startswith("zh")


def test_an_office_document_names_its_chinese_and_burmese_fonts_in_every_style(content):
    document = Document(BytesIO(render(content, FORM, Format.DOCX, language="zh-Hans", released=True)))
    for name in ("Normal", "Title", "Heading 2"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Noto Sans SC", name
        assert fonts.get(qn("w:cs")) == "Noto Sans Myanmar", name
        assert fonts.get(qn("w:eastAsiaTheme")) is None, name


def test_json_holds_content_digest_and_what_was_said(content):
    data = json.loads(render(content, FORM, Format.JSON, language="en", released=True))
    assert data["content"] == content
    assert data["sha256"] == digest_of(content)
    rows = {row["question"]: row for section in data["sheet"]["sections"] for row in section["rows"]}
    assert rows["people"]["text"] == "at least 11,660, at most 11,960"


def test_a_language_without_words_is_refused_by_name(content):
    with pytest.raises(BadInput, match="no words in 'de'"):
        render(content, FORM, Format.PDF, language="de", released=True)


def test_a_number_that_nobody_can_bound_is_said_so(content):
    content["answers"][5]["value"] = {"min": 5, "max": None}
    text = pdf_text(render(content, FORM, Format.PDF, language="en", released=True))
    assert "at least 5; nobody can say how many more" in text


def test_a_paper_of_an_older_form_says_that_the_form_has_changed(content):
    content["form_digest"] = "0" * 64
    content["answers"][4]["value"] = "a_grade_that_is_gone"
    text = pdf_text(render(content, FORM, Format.PDF, language="en", released=True))
    assert "The form has changed since this was written." in text
    assert "a_grade_that_is_gone" in text
