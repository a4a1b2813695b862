"""Still pictures that an officer asks for in a call, and the taxpayer's consent (S35)."""
