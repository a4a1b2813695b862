"""What the clock does for records: each once and on time, whichever process is there when it is due."""
