"""The face step of a taxpayer's log-in: who it is (a match with a reference), and that somebody is there
(head turns that the server chose).
"""
