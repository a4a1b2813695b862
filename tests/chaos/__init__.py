"""Real processes that work on one hall while others of them are killed, and what must hold afterwards.

`./run chaos` runs it for long, tests/chaos/test_*.py for short. docs/QUEUE.md says what each way promises.
"""
