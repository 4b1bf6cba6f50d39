"""SMS: how texts are counted, and how the vendors' requests are signed."""
