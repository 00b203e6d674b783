"""sendgrid-python with 1000 personalizations a request: a thousand recipients at once, built from the SDK's objects."""

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Content, CustomArg, Email, Mail, Personalization, To

from bench.peers.measured import measured, told
from bench.peers.wording import HTML, LETTER, SENDER, TITLE, address

REQUEST = 1000  # the most that the API takes


def mail(numbers: range) -> Mail:
    """One request."""
    whole = Mail(from_email=Email(SENDER), subject=TITLE)
    whole.add_content(Content("text/plain", LETTER))
    whole.add_content(Content("text/html", HTML))
    for n in numbers:
        person = Personalization()
        person.add_to(To(address(n)))
        person.add_custom_arg(CustomArg("reference", str(n)))
        whole.add_personalization(person)
    return whole


def send(base: str, n: int) -> int:
    """How many recipients were accepted."""
    client, accepted = SendGridAPIClient("SG.secret", host=base), 0
    for first in range(0, n, REQUEST):
        numbers = range(first, min(first + REQUEST, n))
        accepted += len(numbers) if client.send(mail(numbers)).status_code == 202 else 0
    return accepted


if __name__ == "__main__":
    said = told(__doc__)
    measured(said.n, lambda: send(said.base, said.n))
