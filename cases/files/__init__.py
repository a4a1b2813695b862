"""Pictures and PDF of cases: checked by their bytes, kept by their content, seen with their case."""
