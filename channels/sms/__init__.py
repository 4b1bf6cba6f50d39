"""SMS: how the vendors' requests are signed."""
