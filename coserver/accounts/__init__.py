"""The life of an account and the operator's verbs."""
