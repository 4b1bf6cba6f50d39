"""Faults: processes that die at every point, outlets that hang, clocks that leap; the witness is another process."""
