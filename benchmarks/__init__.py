"""The table of speeds that the project promises, measured: `python -m benchmarks`.

Every speed is a comparison made in one run: both sides take turns, so a busy minute of the machine hits both, and each
figure is a median with its spread. A noisy machine fails nothing; a row that is missed is marked.
"""
