"""The engine ``kafka``: the same stages on a broker's topics, on any number of workers, the store in PostgreSQL."""
