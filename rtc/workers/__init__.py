"""Media workers: relays in processes of their own, on this machine or on others, driven over Redis."""
