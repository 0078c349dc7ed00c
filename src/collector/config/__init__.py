"""The configuration: TOML files in, ``Settings`` with one ``Profile`` a portal out, or every mistake at once.

``loading`` puts it together from ``settings`` (``collector.toml``), ``portals`` (families and portals), whose values
are checked in ``values``, and ``vocabulary`` (measures and topics); ``mistakes`` names file and key. The files
themselves are in ``config/``. ``texts`` says what the archive's tables and columns are called.
"""

from collector.config.loading import APPRISE, health_alone, load, load_shipped
from collector.config.rerooting import demo_profile, replace_base
from collector.config.settings import Alerts, Health, Http, Recheck, Schedule, Settings, Topic
from collector.config.shipped import bundle_folder, init, shipped_folder
from collector.config.showing import describe
from collector.config.texts import ColumnText, TableText, load_texts

__all__ = [
    "APPRISE",
    "Alerts",
    "ColumnText",
    "Health",
    "Http",
    "Recheck",
    "Schedule",
    "Settings",
    "TableText",
    "Topic",
    "bundle_folder",
    "demo_profile",
    "describe",
    "health_alone",
    "init",
    "load",
    "load_shipped",
    "load_texts",
    "replace_base",
    "shipped_folder",
]
