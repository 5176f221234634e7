"""The worker's side. ``celery -A tasks worker`` starts one."""

from .app import app

__all__ = ["app"]
