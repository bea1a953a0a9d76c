"""A stand-in for Partner Center, Microsoft Graph (delegated admin, billing exports) and the sign-in service.

Two partner accounts (``source`` and ``target``) and any number of customers live in one process.
The stand-in follows the published contract, not the habits of any one client, and it can be made
hostile on purpose. Start it with ``python -m novation.emulator`` (see ``serve.py``).

It imports nothing else of this project and no web framework but aiohttp, so it can be used alone.
"""
