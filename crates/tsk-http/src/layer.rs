//! Built-in middleware: each a tower layer that can be used alone, with its own settings.
