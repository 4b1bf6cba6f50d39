"""What only sending knows of a mail, put in front of the approved bytes: from whom, to whom, when, which."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from channels.base import Work
from channels.mail.options import MailOptions
from channels.quoted import one_line
from config.clock import wall


def header(options: MailOptions, office: str, now: datetime, mark: str, thread: str) -> bytes:
    """Header fields, each line ended; ``thread`` is empty where it belongs to none."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=one_line(office), addr_spec=options.sender)
    made["To"] = [Address(addr_spec=one) for one in options.to]
    made["Date"] = format_datetime(wall(now))
    made["Message-ID"] = mark
    if thread:
        made["References"] = thread
    return b"".join(SMTP.fold_binary(name, value) for name, value in made.items())


def message_id(key: str, domain: str) -> str:
    """The mark of a part: the same whenever it is handed in, so that a person can look for it (RFC 5322 §3.6.4)."""
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def thread_id(work: Work, domain: str) -> str:
    """What all mails about one notice refer to at this endpoint, so that programs show them together.

    It is no mail's own mark: of the mails before this one a channel knows the sequences, not the keys.
    """
    return f"<{sha256(f'{work.endpoint} {work.message.subject}'.encode()).hexdigest()[:32]}.thread@{domain}>"
