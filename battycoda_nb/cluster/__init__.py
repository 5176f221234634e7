"""Redis and Celery, for clients and workers."""
