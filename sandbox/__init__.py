"""Fakes of the outlets, as real processes on loopback; they know nothing of ours but ``config``.

Partners' webhook receivers, WeCom's group robots, an official account of WeChat, the vendors of SMS, a mail server.
``python -m sandbox`` starts them, ``sandbox.server.serve`` is the same from code.
"""
