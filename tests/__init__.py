"""What shows that it works. Real parts and judges are in ``tests.parts``."""
