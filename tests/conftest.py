pytest_plugins = ["tests.nodes.fixtures"]
