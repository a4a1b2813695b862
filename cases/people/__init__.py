"""People's accounts: officers' log-in, passwords and second factors, sessions, and who sets officers up."""
