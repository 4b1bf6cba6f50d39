"""Comments of the public on a matter: taken while its window is open, judged, answered, and their senders forgotten."""
