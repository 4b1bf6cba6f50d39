"""Fakes of the outlets, as real processes on loopback; they know nothing of ours but ``config``.

So far: partners' webhook receivers, and an official account of WeChat. ``python -m sandbox`` starts them,
``sandbox.server.serve`` is the same from code.
"""
