"""What may be set: settings, kinds, limits and schedules as data, and the one clock."""
