"""What every peer sends: the same short notice as push, SMS and mail, to made-up addresses that are told apart."""

TITLE = "Some of your data may have been seen"
BODY = "Somebody copied the names and telephone numbers of some of our customers. Open the app to read what to do."
SHORT = f"{TITLE}. {BODY}"
LETTER = "\n\n".join([BODY] * 14)
HTML = f"<html><body><h1>{TITLE}</h1>{f'<p>{BODY}</p>' * 14}</body></html>"
PROJECT = "house"
SENDER = "notices@house.example"


def token(n: int) -> str:
    """A device's token, as long as a real one."""
    return f"{n:022d}:APA91b{n:0134d}"


def number(n: int) -> str:
    """A telephone number."""
    return f"+1555{n:08d}"


def address(n: int) -> str:
    """A mail address."""
    return f"person{n}@example.org"
