"""The commands of ``shuitong``, by what they are for. Heavy imports wait until a command needs them."""
