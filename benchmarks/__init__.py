"""Benchmarks: every figure beside a bare baseline that runs in the same call on the same machine."""
