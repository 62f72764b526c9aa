"""The console: what the sandbox holds and does, as a person sees it. It only looks.

No secret is on it: no variable of a container, no payload, no token, no annotation.
"""
