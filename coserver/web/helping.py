"""Which help belongs to which page (R18)."""

TOPICS = (
    "start", "sign-up", "log-in", "programs", "mail", "documents", "groups", "sharing", "account",
    "organisations", "questions", "contact", "security", "privacy",
)  # fmt: skip
_ABOUT = {
    "/sign-up": "sign-up", "/confirm": "sign-up", "/invitation": "groups", "/log-in": "log-in", "/recover": "log-in",
    "/reset": "log-in", "/settings": "log-in", "/programs": "programs", "/mail": "mail", "/documents": "documents",
    "/groups": "groups", "/sharing": "sharing", "/account": "account", "/restore": "account",
    "/organisations": "organisations", "/transfer": "organisations",
}  # fmt: skip


def about(path: str) -> str:
    """The topic of the page at a path."""
    return next((topic for start, topic in _ABOUT.items() if path == start or path.startswith(f"{start}/")), "start")
