"""Tests of server/metrics, and of what deploy/ makes of it."""
