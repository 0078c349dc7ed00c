"""A replica of a provincial portal on loopback: what the demonstration and the tests collect from."""
