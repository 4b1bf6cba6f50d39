"""What the editor leaves of an article's content: no scripts, no classes, no pictures from elsewhere."""

from lxml import html
from lxml.etree import _Element

from sandbox.wechat.account import Account
from sandbox.wechat.pictures import is_inside

DROPPED = (
    "script",
    "style",
    "link",
    "meta",
    "base",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "textarea",
)
KEPT = frozenset({"style", "src", "href", "alt", "width", "height", "colspan", "rowspan", "align", "start", "data-src"})
LEADS = ("https://mp.weixin.qq.com/", "http://mp.weixin.qq.com/")  # the only links that stay links


def cleaned(account: Account, content: str) -> str:
    """``content`` as the account keeps it."""
    root = html.fragment_fromstring(content, create_parent="div")
    for element in list(root.iter()):
        if _goes(account, element):
            element.drop_tree()
        elif element.tag == "a" and not str(element.get("href", "")).startswith(LEADS):
            element.drop_tag()
    for element in root.iter():
        _clean(element)
    inside = [html.tostring(child, encoding="unicode") for child in root]
    return (root.text or "") + "".join(inside)


def words(content: str) -> str:
    """What a reader reads of it."""
    return "".join(html.fragment_fromstring(content, create_parent="div").itertext())


def _goes(account: Account, element: _Element) -> bool:
    """Whether nothing of it stays: a remark, what acts, a picture that was not uploaded for an article here."""
    strange = element.tag == "img" and not is_inside(account, element.get("src", ""))
    return strange or not isinstance(element.tag, str) or element.tag in DROPPED


def _clean(element: _Element) -> None:
    for name, value in list(element.attrib.items()):
        if str(name) not in KEPT or "javascript:" in str(value).lower():
            del element.attrib[name]
    style = element.get("style")
    if style is not None:
        kept = [rule.strip() for rule in style.split(";") if rule.strip() and _may(rule)]
        element.set("style", "; ".join(kept))


def _may(rule: str) -> bool:
    """No rule that leaves the article's own flow, or loads anything."""
    name, _, value = rule.partition(":")
    return name.strip().lower() != "position" and "url(" not in value.lower() and "expression" not in value.lower()
