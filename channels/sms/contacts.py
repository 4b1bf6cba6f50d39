"""Links and contacts in a text that somebody wrote: no vendor lets a variable hold one.

阿里云 2806243 and 463270, 腾讯云 39023: addresses, numbers of persons, 微信, QQ. Telephones of offices may stand in the
fixed words only, which are reviewed.
"""

import re

_LINK = (
    r"https?:|www\.|[a-z0-9-]\.(?:com|cn|net|org|gov|top|info|io|cc|me)(?![a-z0-9])"
    r"|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])|(?<![a-z0-9._-])[a-z0-9._-]{1,64}@[a-z0-9.-]+"
)
_NO_FIGURE = r"(?![0-9.,]|[元人个名件条户家份项万亿%])"
_PHONE = (
    r"(?<![0-9])(?:1[3-9][0-9]{9}|0[0-9]{2,3}[- ]?[2-9][0-9]{6,7}|400[- ]?[0-9]{3}[- ]?[0-9]{4})(?![0-9])"
    r"|(?<![0-9])(?:(?!20[0-9]{6}(?![0-9]))[2-9][0-9]{6,7}|12[0-9]{3}|9[5-6][0-9]{3})"  # no 20261126; 12333, 95588
    + _NO_FIGURE
)
_ACCOUNT = r"(?:qq|微信|wechat)[^0-9a-z]{0,4}[0-9a-z]{5,}"
_CONTACT = re.compile(f"(?i){_LINK}|{_PHONE}|{_ACCOUNT}")


def contact(text: str) -> str:
    """The first link, telephone number or account in ``text``; empty when there is none."""
    found = _CONTACT.search(text)
    return found[0] if found else ""
