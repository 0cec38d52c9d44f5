"""When a background loop must end."""

import asyncio


def going_on() -> bool:
    """False once this task was cancelled: redis-py loses a cancellation that meets it while it connects (measured)."""
    task = asyncio.current_task()
    return task is None or task.cancelling() == 0
