from server.garbage import collect_seldom

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
