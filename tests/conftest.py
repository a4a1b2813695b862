pytest_plugins = ["tests.features_plugin", "tests.redis_server", "tests.product"]
