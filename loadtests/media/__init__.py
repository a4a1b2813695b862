"""Synthetic media ends: real ICE, DTLS and SRTP with packets that were prepared once."""
