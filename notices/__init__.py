"""The words of the product as types: notice, version, fact, message. Knows nothing but ``config``."""
