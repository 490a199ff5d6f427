"""Webhooks: subscriptions are registered, deliveries received, notifications taken out of them and applied.

receiving   one request: verified raw, one INSERT, 2xx. Nothing else happens while BEX waits.
inbox       later, by the worker: what a delivery told, each thing once.
applying    what each kind of notification changes.
registering what BEX is asked, and how far it got.
"""
