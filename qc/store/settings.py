"""The settings of one installation, read from the environment and from ``.env``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qc.errors import BadSettings
from qc.rulebook import SHIPPED

PREFIX = "QC_"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Asia/Shanghai")
    return name


def _web_address(text: str) -> str:
    if text:
        AnyHttpUrl(text)
    return text


_SECRETIVE: Final = ("_url", "_key")
"""Ends the names of settings whose values may hold a password, and are not repeated in errors."""


class Settings(BaseSettings):
    """Where things are and what is allowed.

    A field's variable is ``QC_`` and its name; ``DATABASE_URL``, ``REDIS_URL`` and ``BLOB_URL`` have no prefix.
    An empty variable means the default.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=PREFIX, env_file=".env", env_ignore_empty=True
    )

    data_dir: Annotated[Path, AfterValidator(Path.resolve), Field(validate_default=True)] = Path("data")
    """The folder for everything a one-machine installation keeps, and for uploads on their way in."""
    database_url: str = Field("", validation_alias="database_url")
    """An SQLAlchemy or ``postgresql://`` address; ``qc.sqlite3`` in the data folder unless set: see `database`."""
    redis_url: str = Field("", validation_alias="redis_url")
    """``redis://``, ``rediss://`` or ``unix://``; the private socket in the data folder unless set: see `redis`."""
    blob_url: str = Field("", validation_alias="blob_url")
    """A folder or an fsspec address such as ``s3://bucket/prefix``; ``blobs`` in the data folder unless set: see `blobs`."""
    lexicons: Path = SHIPPED
    findings_model: Path | None = None
    """A file made by ``qc train findings``; the shipped model unless set."""
    grade_model: Path | None = None
    """A file made by ``qc train grade``; the shipped model unless set."""
    whisper_model: str | None = None
    """A folder or a name that the hub knows; the packaged base model unless set."""
    max_upload_bytes: Annotated[int, Field(gt=0)] = 512 * 1024 * 1024
    max_duration_s: Annotated[float, Field(gt=0)] = 4 * 3600
    lease_s: Annotated[float, Field(gt=0)] = 30
    """How long a worker may be silent before its recording is given to another."""
    max_attempts: Annotated[int, Field(ge=1)] = 3
    """How many workers may die over one recording before it counts as failed."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    grading_preset: str = "default"
    max_open_leads: Annotated[int, Field(ge=1)] = 80
    """A consultant with so many undecided leads is suggested for no more."""
    max_lead_share: Annotated[float, Field(ge=1)] = 2
    """Nor is one who had so many times the even share of the last 30 days' leads."""
    writer_url: Annotated[str, AfterValidator(_web_address)] = ""
    """An OpenAI-compatible endpoint that may word memos, such as ``http://127.0.0.1:11434/v1``; off unless set."""
    writer_model: str = ""
    writer_key: SecretStr = SecretStr("")
    writer_timeout_s: Annotated[float, Field(gt=0, le=60)] = 20
    writer_sees_names: bool = False
    """Whether names, telephone numbers and plates go to the writer as they were said."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000

    @classmethod
    def read(cls) -> Self:
        """The settings of this process's environment.

        Raises:
            BadSettings: naming the variable of the first value that does not fit.
        """
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            variable = field.upper() if cls.model_fields[field].validation_alias else f"{PREFIX}{field}".upper()
            raise BadSettings(
                "bad-settings",
                first["msg"] if field.endswith(_SECRETIVE) else f"{first['msg']}, got {first['input']!r}.",
                way_out=f"Correct or unset {variable}.",
                where=variable,
            ) from error

    @property
    def zone(self) -> ZoneInfo:
        """The dealer's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir}/qc.sqlite3"

    @property
    def redis(self) -> str:
        """The queue's address, with the default filled in."""
        return self.redis_url or f"unix://{self.data_dir}/redis.sock"

    @property
    def blobs(self) -> str:
        """The blob storage's address, with the default filled in."""
        return self.blob_url or f"{self.data_dir}/blobs"

    @property
    def spool_dir(self) -> Path:
        """Where an upload lies until it is accepted."""
        return self.data_dir / "spool"
