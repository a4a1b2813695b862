from hypothesis import settings

from server.garbage import collect_seldom

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
]


def pytest_collection_finish() -> None:
    """As servers do: what was collected stays, and is not looked through again with each test."""
    collect_seldom()
