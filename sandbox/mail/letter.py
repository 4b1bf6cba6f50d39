"""Whether a mail is one: what RFC 5321 and RFC 5322 ask of its bytes, each with the place that says so."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

LONGEST = 998  # octets of a line without its end (RFC 5322 §2.1.1)
MOST = 1_048_576  # octets of a mail
FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]+:")
ONCE = ("From", "Date")  # exactly once (RFC 5322 §3.6)
AT_MOST_ONCE = ("Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To", "References", "Subject")


def wrong_with(message: bytes) -> str:
    """What is wrong with it; empty when nothing is."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        return "5.6.0 bare CR or LF (RFC 5321 2.3.8)"
    if any(len(line) > LONGEST for line in message.split(b"\r\n")):
        return "5.6.0 line too long (RFC 5322 2.1.1)"
    if not message.isascii() or b"\0" in message:
        return "5.6.3 eight bits without 8BITMIME (RFC 5321 2.4)"
    head = message.partition(b"\r\n\r\n")[0]
    if any(line[:1] not in b" \t" and not FIELD.match(line) for line in head.split(b"\r\n")):
        return "5.6.0 not a header field (RFC 5322 2.2)"
    parsed = parse(message)
    for name in ONCE:
        if len(parsed.get_all(name, [])) != 1:
            return f"5.6.0 {name} exactly once (RFC 5322 3.6)"
    for name in AT_MOST_ONCE:
        if len(parsed.get_all(name, [])) > 1:
            return f"5.6.0 {name} at most once (RFC 5322 3.6)"
    if defects := [defect for one in parsed.walk() for defect in one.defects]:
        return f"5.6.0 {type(defects[0]).__name__}"
    return ""


def parse(message: bytes) -> EmailMessage:
    """The mail as a program reads it."""
    return message_from_bytes(message, policy=policy.default)
