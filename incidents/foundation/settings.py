"""The settings, read from the environment and checked at the start; each complaint has an id."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from packs import BadInput

Mode = Literal["drill", "production", "test"]


class Settings(BaseSettings):
    """Every name is read from the environment with the prefix TOCSIN_ (TOCSIN_HOME, TOCSIN_SECRET_KEY and so on).

    Providers' own settings are read by their files from TOCSIN_<PROVIDER>_<FIELD>.
    """

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", frozen=True, extra="ignore")

    def __init__(self, **given: Any) -> None:
        """Raises BadInput naming the variable whose value cannot be; the value may be a secret and is not told."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            said = [f"TOCSIN_{one['loc'][0]}".upper() + f": {one['msg']}." for one in error.errors()]
            raise BadInput(" ".join(said)) from None

    mode: Mode = Field("drill", description="drill: sample log-ins and drill keys are allowed; production: neither is.")
    home: Path = Field(Path("var"), description="Folder for the database, the vault, the snapshots and drill keys.")
    database_url: str = Field("", description="SQLAlchemy address; empty means SQLite in the home folder.")
    secret_key: SecretStr = Field(SecretStr(""), description="Signs sessions; must be set in production.")
    keys: Path | None = Field(None, description="Folder with the root keys, outside the database and its backups.")
    public_url: str = Field("http://127.0.0.1:8000", description="Address at which people and providers reach this.")
    directories: Path | None = Field(
        None, description="Folder with `<company>.yaml` mappings beside the files of people."
    )
    trusted_proxy: str = Field(
        "", description="Address of the proxy in front, whose word on the client's address counts."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Who reads /metrics sends it; without it only this machine may, never in production."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is logged; a command that ends by itself logs warnings only, unless this is set."
    )
    broker_url: SecretStr = Field(
        SecretStr(""), description="Address of RabbitMQ, amqp://...; empty means worker threads on this machine alone."
    )
    worker_threads: int = Field(
        2, ge=1, le=64, description="How many batches one worker sends at once: threads, or processes with a broker."
    )

    alerts: SecretStr = Field(
        SecretStr(""), description="Apprise addresses at which colleagues are alerted, apart by spaces or line breaks."
    )
    alerts_out_of_band: SecretStr = Field(
        SecretStr(""), description="The same, used instead while a channel or the log-in is marked compromised."
    )
    alert_hours: int = Field(4, ge=1, le=168, description="So many hours before a deadline colleagues are alerted.")

    @property
    def database(self) -> str:
        """The address of the database that is really used."""
        return self.database_url or f"sqlite:///{(self.home / 'tocsin.db').resolve()}"

    @property
    def broker(self) -> str:
        """The address of the broker, with its password; empty where work stays on this machine."""
        return self.broker_url.get_secret_value()

    @property
    def directory_folder(self) -> Path:
        """Where the companies' directories are found; the sample's unless said."""
        return self.directories or self.home / "sample" / "directories"

    @property
    def key_folder(self) -> Path:
        """Where the root keys lie."""
        return self.keys or self.home / "keys"


def check(settings: Settings) -> None:
    """Refuse to start with settings that would be unsafe. Raises BadInput naming each finding by id."""
    findings = [sentence for wrong, sentence in _findings(settings) if wrong]
    if findings:
        raise BadInput(" ".join(findings))


def _findings(settings: Settings) -> list[tuple[bool, str]]:
    production = settings.mode == "production"
    return [
        (
            production and len(settings.secret_key.get_secret_value()) < 32,
            "S001: TOCSIN_SECRET_KEY must be set to at least 32 characters in production.",
        ),
        (
            production and settings.keys is None,
            "S002: TOCSIN_KEYS must name a folder outside TOCSIN_HOME that holds the root keys in production.",
        ),
        (
            production
            and settings.keys is not None
            and settings.keys.resolve().is_relative_to(settings.home.resolve()),
            "S003: TOCSIN_KEYS lies inside TOCSIN_HOME; a backup would carry the key beside what it locks.",
        ),
        (
            production and not settings.public_url.startswith("https://"),
            "S004: TOCSIN_PUBLIC_URL must begin with https:// in production.",
        ),
        (
            bool(settings.broker) and not settings.broker.startswith(("amqp://", "amqps://")),
            "S005: TOCSIN_BROKER_URL must begin with amqp:// or amqps://.",
        ),
        (
            bool(settings.broker) and not settings.database.startswith("postgresql"),
            "S006: TOCSIN_BROKER_URL is for many machines, which need PostgreSQL: set TOCSIN_DATABASE_URL to "
            "postgresql+psycopg://...",
        ),
    ]
