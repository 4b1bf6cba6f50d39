"""What vendors send for nobody: their categories are known by words that an office's own texts do not fall under."""

import pytest

from channels.sms.banned import banned
from channels.sms.texts import texts
from config.kinds import kinds
from tests.channels.sms.outlets import outlet

BOTH = ("aliyun", "tencent")
OURS = (
    "养老金发放不受影响",
    "失业保险金申领",
    "社保缴费基数上限",
    "职工基本医疗保险",
    "社保基金预算",
    "丧葬补助金和抚恤金",
    "工伤保险待遇",
    "城乡居民养老保险集中缴费",
    "差额请于10月30日前补缴",
    "就业困难人员认定办法",
    "公益性岗位累计安置128人",
    "政府网站政策解读栏目",
    "公开征求意见",
    "政务服务网和手机移动端",
    "劳务派遣经营许可",
    "创业担保补贴",
)


@pytest.mark.parametrize("vendor", BOTH)
@pytest.mark.parametrize("said", OURS)
def test_what_an_office_says_passes(vendor: str, said: str) -> None:
    assert banned(vendor).found(said) == {}


@pytest.mark.parametrize(
    ("vendor", "said", "category", "words"),
    [
        ("aliyun", "创业担保贷款", "贷款", ("贷款",)),
        ("aliyun", "劳动争议调解办法", "法律维权、调解", ("调解",)),
        ("aliyun", "职业培训补贴", "职业培训", ("职业培训",)),
        ("aliyun", "春季招聘会", "招聘推广", ("招聘会",)),
        ("aliyun", "请进qq群", "加群", ("QQ群",)),
        ("tencent", "公开招聘，12月1日面试", "面试招聘、招募", ("招聘", "面试")),
        ("tencent", "请填问卷", "问卷调查", ("问卷",)),
        ("tencent", "党员学习", "党政", ("党员",)),
        ("tencent", "慈善捐款", "慈善捐款、众筹", ("慈善", "捐款")),
        ("tencent", "用人单位逾期不缴", "催款", ("逾期",)),
    ],
)
def test_what_falls_under_a_category_is_found_with_its_words(
    vendor: str, said: str, category: str, words: tuple[str, ...]
) -> None:
    assert banned(vendor).found(said) == {category: words}


def test_a_listing_that_only_one_vendor_bans() -> None:
    """阿里云 lists 招聘推广, 腾讯云 面试招聘: whom an office hired may be shown by the one."""
    said = "现公示公开招聘拟聘用人员"
    assert banned("aliyun").found(said) == {}
    assert banned("tencent").found(said) == {"面试招聘、招募": ("招聘",)}


@pytest.mark.parametrize("vendor", BOTH)
def test_the_fixed_words_of_no_text_fall_under_any(vendor: str) -> None:
    for text in texts().templates.values():
        assert banned(vendor).found(text.filled(lambda blank: "某", outlet().constants)) == {}, text.name
    assert not any(banned(vendor).found(of.short) for of in texts().kinds.values())


@pytest.mark.parametrize("vendor", BOTH)
def test_a_list_names_its_vendor_and_its_document_and_no_word_twice(vendor: str) -> None:
    of = banned(vendor)
    assert of.title
    assert of.title_en
    assert of.source.startswith(("help.aliyun.com", "cloud.tencent.com"))
    words = [word for category in of.categories.values() for word in category]
    assert len(words) == len(set(words))
    assert all(of.categories.values())


def test_the_kinds_names_pass_but_for_recruitment() -> None:
    for vendor in BOTH:
        assert {kind.id for kind in kinds().values() if banned(vendor).found(kind.name)} <= {"t03"}
