"""Papers: the standard forms as data (forms.toml), what a case says in them, and how they become Word and PDF."""
