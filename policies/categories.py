"""The kinds of personal data, each with what it can be used for and its class in ENISA's method."""

from collections.abc import Iterable
from difflib import get_close_matches

from packs import BadInput
from policies.words import Word


class Sensitivity(Word):
    """The class of a data kind in ENISA's 2013 method, whose number is its basic score."""

    SIMPLE = "simple", "Identity and contact data and the like: basic score 1."
    BEHAVIOURAL = "behavioural", "What a person does, where and with whom: basic score 2."
    FINANCIAL = "financial", "What a person owns, earns or pays: basic score 3."
    SENSITIVE = "sensitive", "Health, biometrics and other special kinds: basic score 4."


class Facet(Word):
    """What a data kind can be used for, as conditions of laws ask it."""

    SPECIAL = "special", "A kind that most laws hold to be the most sensitive, such as health and biometrics."
    OFFICIAL_ID = "official_id", "An official identity number or document."
    MONEY = "money", "Opens or describes money."
    CREDENTIAL = "credential", "Opens an account."
    WHEREABOUTS = "whereabouts", "Where a person is or goes."
    CONTACT = "contact", "Reaches a person."
    CONTENT = "content", "What a person wrote, said or showed."
    DEVICE = "device", "Names a device or a connection, and through it a person."


class DataCategory(Word):
    """A kind of personal data with facts about it; each law says what it makes of them."""

    sensitivity: Sensitivity
    facets: frozenset[Facet]

    def __new__(
        cls, value: str, sentence: str, sensitivity: Sensitivity, facets: tuple[Facet, ...] = ()
    ) -> "DataCategory":
        word = str.__new__(cls, value)
        word._value_ = value
        word.sentence = sentence
        word.sensitivity = sensitivity
        word.facets = frozenset(facets)
        return word

    NAME = "name", "A person's name.", Sensitivity.SIMPLE
    BIRTH_DATE = "birth_date", "A date of birth.", Sensitivity.SIMPLE
    GENDER = "gender", "Sex or gender.", Sensitivity.SIMPLE
    PHONE = "phone", "A phone number.", Sensitivity.SIMPLE, (Facet.CONTACT,)
    EMAIL = "email", "An e-mail address.", Sensitivity.SIMPLE, (Facet.CONTACT,)
    POSTAL_ADDRESS = (
        "postal_address",
        "A home or delivery address.",
        Sensitivity.SIMPLE,
        (Facet.CONTACT, Facet.WHEREABOUTS),
    )
    ACCOUNT_ID = "account_id", "An account's name or number with us.", Sensitivity.SIMPLE
    PASSWORD = (
        "password",
        "A password or another secret that opens an account.",
        Sensitivity.SIMPLE,
        (Facet.CREDENTIAL,),
    )
    SECURITY_ANSWER = (
        "security_answer",
        "The answer to a security question, such as the mother's maiden name.",
        Sensitivity.SIMPLE,
        (Facet.CREDENTIAL,),
    )
    PRIVATE_KEY = (
        "private_key",
        "A private key that signs or opens in a person's name.",
        Sensitivity.SIMPLE,
        (Facet.CREDENTIAL,),
    )
    ELECTRONIC_SIGNATURE = (
        "electronic_signature",
        "A digitised or electronic signature.",
        Sensitivity.SIMPLE,
        (Facet.CREDENTIAL,),
    )
    IDENTITY_DOCUMENT = "identity_document", "An identity card or passport.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    NATIONAL_ID_NUMBER = (
        "national_id_number",
        "A social security number, resident registration number or the like.",
        Sensitivity.SIMPLE,
        (Facet.OFFICIAL_ID,),
    )
    PASSPORT = "passport", "A passport or its number.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    DRIVING_LICENCE = "driving_licence", "A driving licence or its number.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    TAXPAYER_NUMBER = "taxpayer_number", "A taxpayer's number.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    MILITARY_ID = "military_id", "A military identity number.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    TRIBAL_ID = "tribal_id", "An identity number given by a tribe.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    STUDENT_ID = "student_id", "A student's identity number.", Sensitivity.SIMPLE
    EMPLOYEE_ID = "employee_id", "An employer's number for a worker, with or without a code.", Sensitivity.SIMPLE
    CIVIL_CERTIFICATE = (
        "civil_certificate",
        "A birth or marriage certificate.",
        Sensitivity.SIMPLE,
        (Facet.OFFICIAL_ID,),
    )
    BIOMETRIC = "biometric", "Face, voice, fingerprint and the like.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    GENETIC = "genetic", "Genes and what follows from them.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    ETHNIC_ORIGIN = "ethnic_origin", "Race, descent or caste.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    BELIEF = (
        "belief",
        "Religion, world view, political opinion or membership of a union.",
        Sensitivity.SENSITIVE,
        (Facet.SPECIAL,),
    )
    SEXUAL_LIFE = "sexual_life", "Sexual life or orientation.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    CRIMINAL_RECORD = (
        "criminal_record",
        "Crimes committed or suffered, and sentences.",
        Sensitivity.SENSITIVE,
        (Facet.SPECIAL,),
    )
    BANK_ACCOUNT = "bank_account", "A bank account.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    PAYMENT_CARD = "payment_card", "A payment card.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    ACCOUNT_ACCESS_CODE = (
        "account_access_code",
        "A PIN or security code that opens a bank account or payment card.",
        Sensitivity.FINANCIAL,
        (Facet.MONEY, Facet.CREDENTIAL),
    )
    TRANSACTION = "transaction", "Payments made or received.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    PAYMENT_EVIDENCE = "payment_evidence", "A picture that proves a payment.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    SALARY = "salary", "Pay and what goes with it.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    HEALTH = "health", "State of health and care.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    HEALTH_INSURANCE = (
        "health_insurance",
        "A health insurance number, claims and the like.",
        Sensitivity.SENSITIVE,
        (Facet.SPECIAL,),
    )
    PRECISE_LOCATION = "precise_location", "Where a device was.", Sensitivity.BEHAVIOURAL, (Facet.WHEREABOUTS,)
    TRAVEL_TRACK = "travel_track", "A person's journeys.", Sensitivity.BEHAVIOURAL, (Facet.WHEREABOUTS,)
    COMMUNICATION_CONTENT = "communication_content", "Messages and calls.", Sensitivity.BEHAVIOURAL, (Facet.CONTENT,)
    CONTACT_LIST = "contact_list", "A person's contacts.", Sensitivity.BEHAVIOURAL, (Facet.CONTACT,)
    DEVICE_ID = "device_id", "A device's identifier.", Sensitivity.SIMPLE, (Facet.DEVICE,)
    IP_ADDRESS = "ip_address", "A network address.", Sensitivity.SIMPLE, (Facet.DEVICE,)
    PLATFORM_ID = "platform_id", "An identifier that a platform gave.", Sensitivity.SIMPLE
    COURSE_RECORD = "course_record", "Courses taken and results.", Sensitivity.BEHAVIOURAL
    ORDER = "order", "What was ordered.", Sensitivity.BEHAVIOURAL
    PROPERTY = "property", "What a person owns, virtual assets included.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    ORGANISATION_DATA = (
        "organisation_data",
        "Position, attendance and the like in an organisation.",
        Sensitivity.BEHAVIOURAL,
    )
    PHOTO = "photo", "A picture of a person.", Sensitivity.SIMPLE, (Facet.CONTENT,)
    GUARDIAN_CONTACT = "guardian_contact", "How to reach a guardian.", Sensitivity.SIMPLE, (Facet.CONTACT,)


def require_categories(names: Iterable[str], where: str) -> None:
    """Raises BadInput for the first that is no kind of data, with those near it; `where` says where it stands. No law
    could say anything of it, so it is said before anybody is found by it."""
    every = [str(one) for one in DataCategory]
    for name in names:
        if name not in every:
            near = get_close_matches(name, every, n=3, cutoff=0.5) or every
            raise BadInput(f"{where}: '{name}' is no kind of data; there are {', '.join(near)}.")
