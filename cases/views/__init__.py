"""What a person is shown: the shapes that the use cases answer with.

Both edges encode these as they stand, and the TypeScript types are generated from them, so a name here is the
name on every page. All times are UTC in milliseconds since 1970 (``_ms``); pages count down against
``at_ms``, the server's clock, never against their own.
"""
