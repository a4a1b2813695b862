"""kill -9 between every two writes of a use case: the points are found by running it."""
