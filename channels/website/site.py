"""One office's website: what every page of it needs to know, and the page templates."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from pydantic import Field

from channels import base
from channels.website.setting import fit, kept, look, soft
from config.clock import wall
from config.columns import columns
from notices.notice import Office

# Holds with the header of any server, and where a plain file server sends none.
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)


class SiteOptions(base.Options):
    """What an endpoint of this channel may set."""

    icp: str = ""  # 备案号, as printed in the foot
    police: str = ""  # 公安备案号
    feeds: bool = False  # the office has feeds: pages tell feed readers, and people, where they are
    comments: bool = False  # who asks for comments gets a form for them, served by this program
    organ: str = Field(default="", pattern=r"^(https://\S+)?$")  # where the 党政机关网站标识 can be verified


@dataclass(frozen=True)
class Site:
    """One website. ``base`` is its public address, without a slash at the end."""

    base: str
    office: Office
    options: SiteOptions

    @property
    def name(self) -> str:
        """网站名称, as in the meta tag SiteName."""
        return f"{self.office.name}政府信息公开"

    @property
    def domain(self) -> str:
        """Host of the public address, as in the meta tag SiteDomain."""
        return urlsplit(self.base).hostname or ""

    def link(self, name: str = "") -> str:
        """The file ``name`` as pages link to it; without one, the home page."""
        return f"{urlsplit(self.base).path}/{quote(name)}"

    def address(self, name: str) -> str:
        """The full public address of the file ``name``."""
        return f"{self.base}/{quote(name)}"

    @property
    def root(self) -> str:
        """The public address of the installation, of which this site may be a part; without a slash at the end."""
        return self.base.removesuffix(self.office.path) if self.office.path else self.base

    def page(
        self, template: str, here: str | None = None, *, folders: tuple[str, ...] = ("website",), **values: Any
    ) -> bytes:
        """The page that ``template`` of the ``folders`` makes; ``here`` is its entry of the navigation."""
        made = (
            _templates(folders)
            .get_template(template)
            .render(site=self, csp=CSP, navigation=_navigation(), here=here, **values)
        )
        return made.encode()

    def part(self, template: str, **values: Any) -> str:
        """A part of a page: what fills a slot."""
        return _templates(("website",)).get_template(template).render(site=self, **values).strip()


def notice_file(subject: str) -> str:
    """The file of the notice ``subject``: ``202611-7k3q9d2m`` → ``n/202611/7k3q9d2m.html``."""
    month, _, rest = subject.partition("-")
    return f"n/{month}/{rest}.html"


def attachment_file(subject: str, name: str) -> str:
    """The file of an attachment, in a folder of its notice's own."""
    return f"{notice_file(subject).removesuffix('.html')}/{name}"


def day(value: date) -> str:
    """2026年11月20日."""
    return f"{value.year}年{value.month}月{value.day}日"


def stamp(value: datetime) -> str:
    """2026-07-19 07:16, Asia/Shanghai: the form of the meta tag PubDate (国办发〔2017〕47号)."""
    return f"{wall(value):%Y-%m-%d %H:%M}"


@cache
def _navigation() -> tuple[tuple[str, str], ...]:
    named = columns()
    return (
        ("", "首页"),
        ("disclosure/", named["disclosure"].name),
        ("statutory/", named["statutory"].name),
        ("catalogue/", "公开目录"),
        ("disclosure-guide/", "公开指南"),
        ("request/", named["request"].name),
        ("lookup/", "检索"),
    )


@cache
def _templates(folders: tuple[str, ...]) -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("templates", folder) for folder in folders]),
        auto_reload=False,  # else each page asks the disk whether its templates are still the same
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=day, kept=kept, soft=soft, look=look, fit=fit)
    return made
