"""The life of a case: four stages, what may happen in each, and what follows from it. Pure."""
