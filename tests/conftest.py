import gc

from hypothesis import settings

from server.garbage import start_quickly

# As at a start, to the end: with the threshold of a server, tests looked for garbage a tenth of their time.
start_quickly()

# No test is judged by how long it takes: the machine has other work.
settings.register_profile("shuitong", deadline=None)
settings.load_profile("shuitong")

pytest_plugins = [
    "tests.features_plugin",
    "tests.crashes.moments_plugin",
    "tests.redis_server",
    "tests.postgres_server",
    "tests.records",
    "tests.s3_server",
    "tests.product",
    "tests.shares",
]


def pytest_collection_finish() -> None:
    """What was collected stays, and is not looked through again with each test."""
    gc.collect()
    gc.freeze()
