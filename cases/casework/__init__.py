"""Business of a taxpayer from the first form to the history: the use cases of both sides over its records."""
