"""The closed words of laws and promises: one StrEnum a kind, one sentence a word."""

from policies.words import Word


class Audience(Word):
    """To whom a duty is owed."""

    SUPERVISORY_AUTHORITY = (
        "supervisory_authority",
        "The authority that watches over personal data or network security.",
    )
    SECTOR_REGULATOR = "sector_regulator", "The authority of one line of business, beside the general one."
    POLICE = "police", "Public security, when there are signs of a crime."
    AFFECTED_INDIVIDUALS = "affected_individuals", "The people whose personal data the breach concerns."
    GUARDIANS = "guardians", "The guardians of affected minors, told beside the minor and not instead."
    CONTROLLER = "controller", "The party on whose behalf a processor holds the data."
    BUSINESS_PARTNER = "business_partner", "An organisation whose lawful interests the incident harms."
    PLATFORM = "platform", "The platform whose data is held under its terms."
    INSURER = "insurer", "The insurer, under the policy's notice clause."
    CREDIT_BUREAU = "credit_bureau", "A consumer reporting agency."
    MEDIA = "media", "Prominent media outlets of the place, where a law asks for them."
    PUBLIC = "public", "Everyone, by an announcement that needs no address."
    OWN_ORGANISATION = "own_organisation", "The party itself: an act it must do, such as starting its plan."
    OWN_RECORD = "own_record", "The party's own record of the breach, shown on request."


class Role(Word):
    """What a party is to the data."""

    CONTROLLER = "controller", "Decides why and how the data is handled."
    JOINT_CONTROLLER = "joint_controller", "Decides together with another party."
    PROCESSOR = "processor", "Handles the data on a controller's behalf."


class Standing(Word):
    """Where an affected individual's account stands."""

    ACTIVE = "active", "Has a living account."
    DELETED = "deleted", "Closed the account; some record is left."
    ANONYMISED = "anonymised", "Closed the account; the key identifiers are gone."
    STRANGER = "stranger", "A well-formed contact in the evidence that is in no directory."


class AgeBand(Word):
    """The bands of age that laws tell apart, at the time of notice."""

    UNDER_14 = "under_14", "Younger than fourteen."
    FROM_14_TO_17 = "14_to_17", "Fourteen or older and younger than eighteen."
    ADULT = "adult", "Eighteen or older."
    UNKNOWN = "unknown", "Nobody knows; this is not adult."


class BreachKind(Word):
    """Which property of the data was lost."""

    CONFIDENTIALITY = "confidentiality", "Someone who should not have it saw, took or was given the data."
    INTEGRITY = "integrity", "The data was changed by someone who should not."
    AVAILABILITY = "availability", "The data was lost or out of reach, for a time or for good."


class Certainty(Word):
    """Whether the breach is a fact or a possibility."""

    HAPPENED = "happened", "It is established that the breach took place."
    POSSIBLE = "possible", "It may have taken place; nobody has shown that it did."


class AnchorName(Word):
    """The moments from which deadlines run; a missing one is never replaced by another."""

    BECAME_AWARE_AT = "became_aware_at", "The party had a reasonable degree of certainty of the breach."
    DISCOVERED_AT = "discovered_at", "The party found the incident or learned of it from anybody."
    DETERMINED_AT = "determined_at", "The party concluded that a breach had occurred."
    CLASSIFIED_AT = "classified_at", "The party graded the incident."
    OCCURRED_AT = "occurred_at", "The incident began."
    CONTAINED_AT = "contained_at", "The hole was closed."
    HANDLING_ENDED_AT = "handling_ended_at", "The handling of the incident ended; final reports count from here."
    TOLD_BY_PROCESSOR_AT = (
        "told_by_processor_at",
        "The controller was told by its processor, with proof of the telling.",
    )
    REGULATOR_NOTIFIED_AT = "regulator_notified_at", "The authority was notified."
    INDIVIDUALS_NOTIFIED_AT = "individuals_notified_at", "The affected individuals were notified."
    INITIAL_FILED_AT = "initial_filed_at", "The initial report was submitted."
    INTERMEDIATE_FILED_AT = "intermediate_filed_at", "The intermediate report was submitted."
    ASSESSED_AT = "assessed_at", "The assessment that a law asks for was concluded."


class DeadlineKind(Word):
    """How hard a deadline is."""

    HARD = "hard", "The law or contract names a limit."
    SOFT = "soft", "The law names a limit that may be passed with reasons."
    TARGET = "target", "The law says at once, promptly or the like; the company's own target and its escalation apply."


class Pace(Word):
    """How a law words a duty to act soon when it names no number."""

    IMMEDIATELY = "immediately", "At once."
    TIMELY = "timely", "In good time."
    WITHOUT_UNDUE_DELAY = "without_undue_delay", "Without undue delay."
    PER_RULES = "per_rules", "As other rules provide; this text names no time."


class Unit(Word):
    """In what a limit counts; none is ever converted into another."""

    HOURS = "hours", "Hours on the clock, holidays included."
    CALENDAR_DAYS = "calendar_days", "Whole days in the declared zone; the day of the anchor does not count."
    BUSINESS_DAYS = "business_days", "Working days of the declared place; the day of the anchor does not count."
    MONTHS = "months", "Calendar months: to the same day of the month, or its last day."


class Known(Word):
    """How a fact of law is known to us."""

    READ_IN_TEXT = "read_in_text", "Read in the legal text itself."
    READ_IN_SECONDARY = "read_in_secondary", "Read in a regulator's page, a law firm's note or the like."
    GENERAL_KNOWLEDGE = "general_knowledge", "General knowledge that nobody has checked for this pack."


class LawState(Word):
    """What binds: a law's state at a time."""

    IN_FORCE = "in_force", "It binds."
    PENDING = "pending", "It is made, and binds from a later date."
    PROPOSED = "proposed", "It is a proposal and binds nobody."
    VOLUNTARY = "voluntary", "It recommends; nobody is bound."
    CONTRACT = "contract", "It binds by agreement."
    POLICY_PROMISE = "policy_promise", "The company promised it to its people."
    TO_CONFIRM = "to_confirm", "Sources disagree whether it binds; it is treated as binding until someone confirms."
    SUPERSEDED = "superseded", "It bound once and binds no more."


class Decision(Word):
    """What an assessment says of one duty."""

    OWED = "owed", "The facts established so far make it owed."
    POSSIBLE = "possible", "The facts make it owed if a count is at the upper end of what is possible."
    UNKNOWN = "unknown", "It hangs on a fact that nobody has established."
    NOT_OWED = "not_owed", "The facts established so far rule it out."


class ContentElement(Word):
    """A piece of content that a law or promise requires in a notice or a filing."""

    # what people, guardians and controllers are told
    SENDER_IDENTITY = "sender_identity", "Who writes: the company's real name."
    WHAT_HAPPENED = "what_happened", "What happened, in plain words."
    WHEN_IT_HAPPENED = "when_it_happened", "When it happened and when it was found."
    DATA_INVOLVED = "data_involved", "Which kinds of personal data are concerned."
    CAUSE = "cause", "Why it happened, as far as is known."
    POSSIBLE_HARM = "possible_harm", "What harm may follow."
    MEASURES_TAKEN = "measures_taken", "What has been done about it."
    MEASURES_PLANNED = "measures_planned", "What will be done about it."
    ADVICE = "advice", "What the reader can do to prevent or reduce harm."
    REMEDIES = "remedies", "What the company offers to put things right."
    CONTACT = "contact", "How to reach the company about it."
    DPO_CONTACT = "dpo_contact", "How to reach the person or body in charge of data protection."
    HOW_TO_VERIFY = "how_to_verify", "How to make sure that this message is real, without a link."
    # what a controller is told by its processor, beside the above
    PEOPLE_CONCERNED = "people_concerned", "How many of this controller's people are concerned, and in which groups."
    INSTRUCTIONS_WANTED = "instructions_wanted", "What the controller is asked to decide or to instruct."
    # what authorities are told
    NATURE = "nature", "The nature of the breach."
    CATEGORIES_AND_COUNTS = "categories_and_counts", "Categories and approximate number of people concerned."
    RECORDS_COUNT = "records_count", "Categories and approximate number of records concerned."
    CONSEQUENCES = "consequences", "The likely consequences."
    MEASURES = "measures", "The measures taken or proposed, those that mitigate included."
    CONTACT_POINT = "contact_point", "The data protection officer or another point where more can be learned."
    REASONS_FOR_DELAY = "reasons_for_delay", "Why the report comes later than the limit; asked only when it does."
    CRIME_CLUES = "crime_clues", "The signs of a crime that came up."
    CAC_UNIT_AND_SYSTEM = "cac_unit_and_system", "Item 1: the unit concerned and its facility or system."
    CAC_INCIDENT_DETAILS = (
        "cac_incident_details",
        "Item 2: time, place, type, grade, impact and harm, measures, effect.",
    )
    CAC_TREND = "cac_trend", "Item 3: how it may develop, and further impact and harm."
    CAC_CAUSE = "cac_cause", "Item 4: the preliminary cause."
    CAC_TRACING = "cac_tracing", "Item 5: clues for tracing: possible attacker, path, weakness."
    CAC_NEXT_MEASURES = "cac_next_measures", "Item 6: measures planned next, and support asked for."
    CAC_SCENE_PROTECTION = "cac_scene_protection", "Item 7: how the scene and the evidence are protected."
    CAC_OTHER = "cac_other", "Item 8: anything else that should be reported."
    CAC_FINAL_CAUSE = "cac_final_cause", "Final report: the cause."
    CAC_FINAL_MEASURES = "cac_final_measures", "Final report: the emergency measures."
    CAC_FINAL_HARM = "cac_final_harm", "Final report: the harm caused."
    CAC_FINAL_ACCOUNTABILITY = "cac_final_accountability", "Final report: who is held accountable, and how."
    CAC_FINAL_RECTIFICATION = "cac_final_rectification", "Final report: what was put right."
    CAC_FINAL_LESSONS = "cac_final_lessons", "Final report: the lessons."
    # what the party's own record holds
    RECORD_FACTS = "record_facts", "The facts of the breach, as recorded."
    RECORD_EFFECTS = "record_effects", "The effects of the breach, as recorded."
    RECORD_REMEDIES = "record_remedies", "The remedial action, as recorded."
    RECORD_DISCOVERY = "record_discovery", "Who found it, when and where."
    RECORD_SYSTEMS = "record_systems", "The system's name and the effect on systems connected to it."
    RECORD_PEOPLE_AND_DATA = "record_people_and_data", "The personal data concerned and the number of people."
    RECORD_AUTHORITIES = "record_authorities", "Whether the police or other authorities were contacted."
    RECORD_REASONS = "record_reasons", "Why people or authorities were or were not notified."


class ForbiddenContent(Word):
    """What a law or promise keeps out of a notice."""

    NUMBER_OF_PEOPLE = "number_of_people", "How many people are concerned."
    NATURE_OF_BREACH = "nature_of_breach", "What kind of breach it was."
    MARKETING = "marketing", "Advertising, or any other matter than the breach."
    OTHER_CONTROLLERS_PEOPLE = "other_controllers_people", "Anything about the people of another controller."
    PERSONAL_DATA_ROWS = "personal_data_rows", "Rows of personal data; counts may be given."


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
    IDENTITY_DOCUMENT = "identity_document", "An identity card or passport.", Sensitivity.SIMPLE, (Facet.OFFICIAL_ID,)
    BIOMETRIC = "biometric", "Face, voice, fingerprint and the like.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
    BANK_ACCOUNT = "bank_account", "A bank account.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    PAYMENT_CARD = "payment_card", "A payment card.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    TRANSACTION = "transaction", "Payments made or received.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    PAYMENT_EVIDENCE = "payment_evidence", "A picture that proves a payment.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    SALARY = "salary", "Pay and what goes with it.", Sensitivity.FINANCIAL, (Facet.MONEY,)
    HEALTH = "health", "State of health and care.", Sensitivity.SENSITIVE, (Facet.SPECIAL,)
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
