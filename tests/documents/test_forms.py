"""The standard forms: descriptions that are whole, and papers as Word and PDF that hold every word and no empty box."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader

from casemgr.documents import drawing, pdf
from casemgr.documents.blocks import Paper, Para, Title
from casemgr.documents.casefile import PartyShown, read_id_number, say_day
from casemgr.documents.entries import number_in_words, shortened
from casemgr.documents.filling import clean, fill, words
from casemgr.documents.forms import FORMS, BadForm, form_of, load_forms
from casemgr.documents.drawing import NO_PANGO, CannotDraw
from casemgr.documents.word import paper_docx

# the forms and fields of the set of 2010 (docs/sources.md, sources 2.2): every label that must stand on the empty form
FIELDS = {
    "cover": "卷名 编号 调解委员会 纠纷类型 当事人 调解员 调解日期 立卷人 立卷日期 保管期限 备注",
    "contents": "序号 文书名称 文号 来源 页数 页码 备注",
    "application": "申请人 被申请人 姓名 性别 民族 出生日期 身份证号 职业或职务 户籍所在地 住所地 邮编 联系方式 纠纷事实 申请事项 自愿",
    "acceptance": "受理方式 依申请 主动调解 经当事人同意 纠纷类型 案件来源 发生时间 发生地点 涉及人数 纠纷简要情况 当事人 登记人 此表由人民调解委员会填写",
    "inquiry": "时间 地点 参加人 被调查人 调查人 记录人 记录 被调查人（签名",
    "evidence": "序号 名称 来源 提交人 提交时间 页数 附件 与原件核对",
    "session": "时间 地点 当事人 参加人 人民调解员 权利义务告知 调解记录 调解结果 调解成功 调解不成 有待继续调解 记录人（签名）",
    "agreement": "编号 当事人 纠纷主要事实、争议事项 协议 履行方式 履行时限 一式 份 按指印 人民调解员（签名） 记录人（签名）",
    "oral": "申请人 被申请人 纠纷主要事实 争议事项 口头协议内容 履行方式、时限 人民调解员（签名）",
    "follow_up": "当事人 调解协议编号 回访事由 回访时间 回访方式 履行情况 全部履行 部分履行 未履行 原因 回访人（签名）",
    "confirmation": "申请人 请求确认 三十日 人民法院 编号",
    "note": "情况说明 立卷人 检查人 立卷时间 检查时间",
    "rights": "性质 原则 权利 义务 效力 仲裁 司法确认",
    "refusal": "不予受理 途径 专门机关 人民法院已经受理", "termination": "终止调解 仲裁 签收人", "referral": "回函 移送理由 接收单位",
    "attorney": "委托人 受委托人 代为申请、终止调解 提供证据 选择调解员 承认、变更、放弃请求 签署 签收 其他",
    "service": "受送达人 送达地点 送达方式 代收人 送达人", "short": "纠纷简要情况 当场化解情况 当事人 调解员", "back": "",
    # petitions: Petition Work Regulation arts 22, 23, 32, 34 to 36
    "pet_accept": "受理告知书 信访请求 签收人", "pet_refuse": "不予受理 诉讼、仲裁、行政复议 告知的途径 签收人",
    "pet_letter": "转送 交办 十五日 五个工作日 办理要求", "pet_extend": "第三十四条 延期理由 签收人",
    "pet_opinion": "投诉请求 事实和理由 处理意见 法律、法规、规章 支持 解释说明 不予支持 三十日 复查",
    "leg_strike": "事项名称 起始年份 挂牌日期 包案领导 承办单位 节点完成情况 化解结果 告知相关人 验收意见 签名",
    "pet_second": "复查 复核 维持 变更 撤销 三十日 不再受理", "pet_service": "受送达人 送达方式 代收人 送达人",
}  # fmt: skip
PARTIES = (
    PartyShown(1, "applicant", "person", "周𠮷", "女", "1971年3月5日", "500199197103050028", "槐荫社区3栋301", "13800005678"),
    PartyShown(2, "respondent", "organisation", "佳和<b>&物业"),
)

TWO_PERSONS = (PARTIES[0], replace(PARTIES[0], id=3, side="respondent", name="李某"))


def text_of(docx: bytes) -> str:
    """All text of a Word file in the order of its parts."""
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def bare(text: str) -> str:
    return re.sub(r"[\s　]", "", text)


@pytest.mark.parametrize("key", FORMS)
def test_every_form_has_its_fields_even_when_nothing_is_known(key):
    said = bare(text_of(paper_docx(fill(FORMS[key], {}, (), {}))))
    missing = [label for label in FIELDS[key].split() if bare(label) not in said]
    assert not missing
    assert "{" not in said
    assert "None" not in said


def test_what_is_known_stands_in_word_whatever_it_holds():
    long = "漏水㐀𠮷<b>&amp;]]>" * 4000
    values = {"issues": long, "terms": "一\n二\x00\x0b\ud800三", "committee": "槐荫<调委会>", "paper_number": "槐荫民调字〔2026〕第1号"}
    made = paper_docx(fill(FORMS["agreement"], values, PARTIES, {}))
    said = text_of(made)
    assert long in said
    assert {"一", "二", "三"} <= set(said.split("\n")) or "二\n三" in said
    for words_ in ("周𠮷", "13800005678", "500199197103050028", "佳和<b>&物业", "槐荫<调委会>（章）", "第1号"):
        assert words_ in said
    assert zipfile.ZipFile(io.BytesIO(made)).testzip() is None


def test_word_names_the_official_typefaces_and_measures():
    document = Document(io.BytesIO(paper_docx(fill(FORMS["agreement"], {}, PARTIES, {}))))
    section, normal = document.sections[0], document.styles["Normal"]
    measures = (section.page_width, section.page_height, section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
    assert [round(length.mm) for length in measures] == [210, 297, 37, 26, 35, 28]  # GB/T 9704-2012
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert normal.paragraph_format.line_spacing.pt == 28
    assert 'w:eastAsia="方正小标宋简体"' in document.element.xml
    assert 'w:eastAsia="黑体"' in document.element.xml


def test_pdf_holds_text_and_fonts_of_every_form():
    papers = [fill(form, {"story": "㐀𠮷龘漏水<b>&", "committee": "槐荫调委会"}, PARTIES, {}) for form in FORMS.values()]
    drawn = pdf.papers_pdf(papers)
    reader = PdfReader(io.BytesIO(drawn.pdf))
    assert len(reader.pages) == drawn.pages >= len(FORMS)
    said = "".join(page.extract_text() for page in reader.pages)
    for words_ in ("人民调解协议书", "㐀𠮷龘漏水<b>&", "周𠮷", "佳和<b>&物业", "授权委托书"):
        assert words_ in bare(said), words_
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all(is_embedded(font) for font in fonts)
    assert list(range(len(papers))) == [n for n in range(len(papers)) if f"p{n}" in drawn.starts]


def is_embedded(font) -> bool:
    inner = font["/DescendantFonts"][0].get_object()["/FontDescriptor"] if "/DescendantFonts" in font else font["/FontDescriptor"]
    return bool({"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.get_object()))


def test_one_sheet_is_enough_for_what_is_signed_on_one_sheet():
    for key in ("rights", "attorney", "session", "acceptance", "short", "service", "refusal"):
        story = {"story": "三楼渗水到二楼，双方争执不下。" * 12, "story_short": shortened("漏" * 900), "settlement": shortened("修" * 900)}
        assert pdf.papers_pdf([fill(FORMS[key], story, TWO_PERSONS, {})]).pages == 1, key


def test_a_long_record_goes_on_over_the_sheet():
    record = "".join(f"第{n}句，双方各说各的。" for n in range(600))
    reader = PdfReader(io.BytesIO(pdf.papers_pdf([fill(FORMS["session"], {"record": record}, PARTIES, {})]).pdf))
    said = "".join(bare(page.extract_text()) for page in reader.pages)
    assert len(reader.pages) >= 5
    assert all(f"第{n}句" in said for n in range(600))


def test_a_character_that_no_font_has_is_refused_and_never_a_box():
    with pytest.raises(CannotDraw) as refused:
        pdf.papers_pdf([Paper("x", "x", "form", (Title("人民调解"), Para("漏水\U0010fffd")))])
    assert refused.value.characters == "\U0010fffd"


def test_without_pango_there_is_a_reason_and_word(monkeypatch):
    drawing.why_no_pdf.cache_clear()
    monkeypatch.setattr(drawing.press, "is_able", lambda: False)
    try:
        with pytest.raises(CannotDraw) as refused:
            pdf.papers_pdf([fill(FORMS["cover"], {}, (), {})])
        assert refused.value.why == NO_PANGO
        assert "人民调解卷宗" in text_of(paper_docx(fill(FORMS["cover"], {}, (), {})))
    finally:
        drawing.why_no_pdf.cache_clear()


def test_what_is_missing_is_a_line_to_write_on_and_never_invented():
    assert words("{committee}于{held_on:date}", {}) == "________于____年__月__日"
    assert words("{committee}", {}, blanks=False) == ""
    assert words("{?outcome}", {"outcome": "failed"}).count("■") == 1
    assert "■" not in words("{?outcome}", {})


def test_small_words():
    assert read_id_number("500199197103050028") == ("女", "1971年3月5日")
    assert read_id_number("500199197113050028") == ("", "")
    assert read_id_number("91500199MA00000000") == ("", "")
    assert say_day("2026-03-02T17:00:00+00:00") == "2026年3月3日"
    assert [number_in_words(n) for n in (1, 10, 12, 20, 21, 100)] == ["一", "十", "十二", "二十", "二十一", "100"]
    assert clean("甲\x00\r\n乙\x9f") == "甲\n乙"


def test_a_bad_description_is_refused(tmp_path):
    for spec in ({"name": "x", "layout": "?", "blocks": []}, {"name": "x", "layout": "form", "blocks": [{"kind": "para"}]}):
        with pytest.raises(BadForm):
            form_of("x", spec)
    (tmp_path / "forms.toml").write_text('order = ["a"]\n[forms]\n[boxes]\n[series]\n', encoding="utf-8")
    with pytest.raises(BadForm):
        load_forms(tmp_path / "forms.toml")
