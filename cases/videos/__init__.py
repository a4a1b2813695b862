"""Video requests of a conversation: who asks, who answers, and what a request ends as (S26, S34)."""
