"""Everything that may put an event on the wire."""
