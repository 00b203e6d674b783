"""Limits on what a stranger may try; counted in this process's memory, so each web process counts for itself."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)
