"""The language, pure: characters and folding, printed dates."""
