"""Where a request comes from, in the few words by which people know their own devices. Kept with the log-in, nowhere else."""

from ipaddress import IPv6Address, ip_address

from flask import request

from casemgr.services.logins import PASSWORD, Place

BROWSERS = (  # sign in the User-Agent -> name; the first that fits
    ("wxwork", "WeCom"), ("micromessenger", "WeChat"), ("dingtalk", "DingTalk"), ("lark", "Feishu"), ("edg", "Edge"),
    ("firefox", "Firefox"), ("360se", "360"), ("qqbrowser", "QQ"), ("chrome", "Chrome"), ("safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("harmonyos", "HarmonyOS"), ("android", "Android"), ("iphone", "iPhone"), ("ipad", "iPad"), ("windows", "Windows"),
    ("mac os", "Mac"), ("linux", "Linux"),
)  # fmt: skip


def here(way: str = PASSWORD) -> Place:
    """The place of this request."""
    return Place(address_of(request.remote_addr or ""), device_of(request.headers.get("User-Agent", "")), way)


def address_of(written: str) -> str:
    """A network address as it is counted: of IPv6 the half that names the network."""
    try:
        found = ip_address(written)
    except ValueError:
        return written[:45]
    if isinstance(found, IPv6Address) and not found.ipv4_mapped:
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)


def device_of(agent: str) -> str:
    """Browser and system, "" for what is neither."""
    low = agent.lower()
    found = (next((name for sign, name in table if sign in low), "") for table in (BROWSERS, SYSTEMS))
    return " · ".join(filter(None, found))
