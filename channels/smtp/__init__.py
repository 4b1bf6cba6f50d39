"""The guarded client of SMTP: mails leave by it alone, to where requests may go, within their deadline.

Addresses, allow-list, look-up and sockets are those of ``channels.http`` (docs/decisions/0130-mail.md).
"""
