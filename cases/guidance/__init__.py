"""Guidance: the catalogue of business, from region and question to topic, notice and forms (S3–S7)."""
