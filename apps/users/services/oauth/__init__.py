"""The OAuth 2 and OpenID server: oauthlib decides, django-oauth-toolkit keeps, and both do it as users does.

Everything here is one transaction, and answers in the words of RFC 6749.
"""
