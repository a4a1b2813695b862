pytest_plugins = [
    "tests.features_plugin",
    "tests.crashes.moments_plugin",
    "tests.redis_server",
    "tests.postgres_server",
    "tests.records",
    "tests.s3_server",
    "tests.product",
]
