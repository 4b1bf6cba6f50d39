"""A mail server that takes mails in by submission (RFC 6409), and the mails that each account handed in."""
