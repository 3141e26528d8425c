"""The mail tool: mailboxes, messages, search, addresses and delivery."""
