"""Screens in a hall that show and say who is called to which counter."""
