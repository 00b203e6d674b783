"""The time zones that a form offers beside a date and time: where the houses and their people sit."""

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
)
