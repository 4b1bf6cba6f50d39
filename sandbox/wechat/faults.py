"""The errors of the platform: their numbers and words, as the general list of return codes and each page have them."""

ERRORS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40004: "invalid media type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40035: "invalid parameter",
    40059: "invalid msg id",
    40060: "invalid article idx",
    40125: "invalid appsecret",
    40137: "invalid image format",
    40164: "invalid ip, not in whitelist",
    40227: "title is empty",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    42001: "access_token expired",
    43002: "require POST method",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45005: "url size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45028: "has no masssend quota",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45110: "author size out of limit",
    45159: "invalid tag id",
    45166: "invalid content",
    47001: "data format error",
    48001: "api unauthorized",
    50002: "user limited",
    53500: "publish is banned",
    53501: "too frequent publish",
    53502: "publish is not allowed",
    53503: "draft failed the publish check",
    53504: "use the draft on the official website",
    53505: "save the draft by hand before publishing",
    53600: "invalid article id",
}


class Fault(Exception):
    """The account answers with an error; ``more`` stands beside its number and words."""

    def __init__(self, code: int, **more: object) -> None:
        super().__init__(code)
        self.code = code
        self.more = more

    def answer(self, rid: str) -> dict[str, object]:
        """As the platform words it, with the number of the request."""
        return {"errcode": self.code, "errmsg": f"{ERRORS.get(self.code, 'unknown')} rid: {rid}", **self.more}
