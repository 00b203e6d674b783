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
    """What a party is to the data; `side` is the side of the contract on which such a party stands."""

    CONTROLLER = "controller", "Decides why and how the data is handled."
    JOINT_CONTROLLER = "joint_controller", "Decides together with another party."
    PROCESSOR = "processor", "Handles the data on a controller's behalf."
    COVERED_ENTITY = (
        "covered_entity",
        "A health plan, clearinghouse or provider under the American rules on health data; a controller.",
    )
    BUSINESS_ASSOCIATE = "business_associate", "Handles health information for a covered entity; a processor."

    @property
    def side(self) -> "Role":
        """CONTROLLER or PROCESSOR: whose people such a party answers for."""
        return Role.PROCESSOR if self in (Role.PROCESSOR, Role.BUSINESS_ASSOCIATE) else Role.CONTROLLER


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
    MATERIAL_AT = "material_at", "The party concluded that the incident is material to its investors."
    SCOPE_KNOWN_AT = "scope_known_at", "The party had found out how far the breach reaches."
    RANSOM_PAID_AT = "ransom_paid_at", "A ransom was paid, by the party or for it."
    FIX_AVAILABLE_AT = "fix_available_at", "A correction or mitigation of the weakness was available."
    RELEASED_BY_POLICE_AT = (
        "released_by_police_at",
        "A law-enforcement agency that had asked to wait said that people may be told.",
    )


class RequestForm(Word):
    """How a law-enforcement agency asked to wait; some laws give the spoken word a shorter life."""

    WRITTEN = "written", "In writing, with how long."
    ORAL = "oral", "By word of mouth, noted with who said it."


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
    RIGHTS = "rights", "Which rights the reader has because of it, and where to complain or claim."
    CREDIT_BUREAUS = "credit_bureaus", "How to reach the consumer reporting agencies."
    CONSUMER_AUTHORITIES = "consumer_authorities", "How to reach the authorities that help with identity theft."
    FREEZE_AND_ALERT = "freeze_and_alert", "That credit reports can be frozen or marked, at no cost, and how."
    POLICE_REPORT = "police_report", "The right to file or obtain a police report."
    IDENTITY_PROTECTION = "identity_protection", "The protection against identity theft that is offered, and how long."
    CHANGE_CREDENTIALS = "change_credentials", "To change the password and security answers, here and wherever reused."
    POLICE_DELAY = "police_delay", "Whether a law-enforcement investigation delayed this notice."
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
    DETECTION = "detection", "When and how the breach was found."
    SECURITY_BEFORE = "security_before", "Which safeguards stood before: encryption, a written security programme."
    SUSPECTED_ACTOR = "suspected_actor", "Who may have caused it, and whether with intent."
    CROSS_BORDER = "cross_border", "Whether other countries or other parties are concerned."
    SERVICE_IMPACT = "service_impact", "Which services are hit, how badly and for how long."
    INDICATORS = "indicators", "Signs by which others can recognise the attack."
    TELLING_PLAN = "telling_plan", "When and how people were or will be told, or why they will not be."
    SAMPLE_NOTICE = "sample_notice", "A copy of the notice that people get."
    OFFERED_TO_PEOPLE = "offered_to_people", "What is offered to the people at no cost."
    OTHERS_INFORMED = "others_informed", "Which police and other authorities were told."
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
