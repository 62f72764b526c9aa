"""Slack: what a bot posts, and the channel as a person sees it.

A channel that is named and not there is made, as nobody is here to make it; and every token that looks like
a bot's is taken: `xoxb-muster` is the app Muster. What would change how a message looks and is not shown by
the inbox (attachments, rich text, menus, buttons without a URL) is refused, never dropped.
"""
