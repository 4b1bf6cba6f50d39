"""The headers that every answer of a listener carries, whatever it is."""

from channels.website.site import CSP

Headers = list[tuple[str, str]]

_EVERY: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),  # for browsers that do not know frame-ancestors
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]


def public_headers(public_url: str) -> Headers:
    """Of the public listener: the policy that its pages state themselves, and what only a header can say."""
    found = [
        ("Content-Security-Policy", f"{CSP}; frame-ancestors 'none'"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        *_EVERY,
    ]
    if public_url.startswith("https://"):
        found.append(("Strict-Transport-Security", "max-age=31536000"))
    return found


def inner_headers() -> Headers:
    """Of the inner listener: nothing of it is kept, shown in a frame or read from elsewhere."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        *_EVERY,
    ]
