"""Moving a store from SQLite to PostgreSQL: all of it, compared, and never two stores that may both be used."""
