"""The store: the truth. SQLite by default, PostgreSQL for many workers; one set of tables for both."""
