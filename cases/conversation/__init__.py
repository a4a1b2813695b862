"""What taxpayers and officers say to each other about a case: one conversation per case (S24, S25, S34)."""
