"""The only place with a network: pace, robots, validators, retries, limits → ``Page``.

::

    Fetcher ─ permitted? (robots) ─ whose turn? (pace) ─ again? (patience) ─ where next? (redirects)
       └ Line ─ which address? (addresses) ─ one request over a Wire that can be cut ─ one body, bounded (transfer)

Synchronous: one polite request at a time needs no event loop.
"""

from collector.fetch.fetcher import Fetcher
from collector.fetch.memory import ForgetfulMemory, HostMemory
from collector.fetch.pace import HostGate
from collector.fetch.patience import retry_after
from collector.fetch.settings import HttpSettings

__all__ = ["Fetcher", "ForgetfulMemory", "HostGate", "HostMemory", "HttpSettings", "retry_after"]
