"""Pretend outlets to talk to: real servers on loopback that keep, check and misbehave on command."""
