"""What people are told outside their open pages: the inbox of the app, and gateways by webhook (S10)."""
