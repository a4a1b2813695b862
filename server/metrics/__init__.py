"""What an operator's Prometheus reads: counted as it happens, or looked at when it is asked for."""
