"""The doors: console, REST API, provider webhooks, public pages, command line, accounts. Parse, call a verb, answer."""
