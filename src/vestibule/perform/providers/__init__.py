"""Vestibule as a relying party of identity providers.

`built_in` is the table of those that everybody knows; `party` says how we stand with any stored
one; a file apart only for those that depart from OpenID Connect and OAuth 2.0 (`apple`).
"""
