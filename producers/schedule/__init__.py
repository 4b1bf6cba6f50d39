"""The scheduler: it wakes, finds which triggers are due, and lets each do its act once."""
