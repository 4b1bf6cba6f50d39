"""One file per channel, each filling the blanks of ``channels.base``; none knows another, none knows streams."""
