"""Jinja2 templates of every outlet and page; data, not code."""
