"""The conversation with one client: states, and what each command does, as generators of wishes."""
