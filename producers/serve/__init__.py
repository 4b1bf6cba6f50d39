"""Serving: the public listener, the inner listener and the engine, in one process (docs/decisions/0060-one-process.md).

``process`` runs them; ``public`` and ``inner`` are the two applications; ``inner.ROUTES`` is where pages for staff
and operators are added.
"""
