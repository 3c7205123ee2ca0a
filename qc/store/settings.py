"""The settings of one installation, read from the environment and from ``.env``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qc.errors import BadSettings
from qc.rulebook import SHIPPED


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Asia/Shanghai")
    return name


class Settings(BaseSettings):
    """Where things are and what is allowed. Every field has one environment variable; empty means the default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=".env", env_ignore_empty=True)

    data_dir: Path = Field(Path("data"), validation_alias="QC_DATA_DIR")
    """The folder for everything a one-machine installation keeps, and for uploads on their way in."""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """An SQLAlchemy or ``postgresql://`` address; ``qc.sqlite3`` in the data folder unless set."""
    redis_url: str = Field("", validation_alias="REDIS_URL")
    """``redis://``, ``rediss://`` or ``unix://``; the private socket in the data folder unless set."""
    blob_url: str = Field("", validation_alias="BLOB_URL")
    """A folder or an fsspec address such as ``s3://bucket/prefix``; ``blobs`` in the data folder unless set."""
    lexicons: Path = Field(SHIPPED, validation_alias="QC_LEXICONS")
    whisper_model: str | None = Field(None, validation_alias="QC_WHISPER_MODEL")
    """A folder or a name that the hub knows; the packaged base model unless set."""
    max_upload_bytes: Annotated[int, Field(gt=0)] = Field(512 * 1024 * 1024, validation_alias="QC_MAX_UPLOAD_BYTES")
    max_duration_s: Annotated[float, Field(gt=0)] = Field(4 * 3600, validation_alias="QC_MAX_DURATION_S")
    lease_s: Annotated[float, Field(gt=0)] = Field(30, validation_alias="QC_LEASE_S")
    """How long a worker may be silent before its recording is given to another."""
    max_attempts: Annotated[int, Field(ge=1)] = Field(3, validation_alias="QC_MAX_ATTEMPTS")
    """How many workers may die over one recording before it counts as failed."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field("Asia/Shanghai", validation_alias="QC_TIMEZONE")
    grading_preset: str = Field("default", validation_alias="QC_GRADING_PRESET")
    host: str = Field("127.0.0.1", validation_alias="QC_HOST")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, validation_alias="QC_PORT")

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
            variable = str(first["loc"][0])
            raise BadSettings(
                "bad-settings",
                f"{first['msg']}, got {first['input']!r}",
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
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'qc.sqlite3'}"

    @property
    def redis(self) -> str:
        """The queue's address, with the default filled in."""
        return self.redis_url or f"unix://{self.data_dir.resolve() / 'redis.sock'}"

    @property
    def blobs(self) -> str:
        """The blob storage's address, with the default filled in."""
        return self.blob_url or str(self.data_dir.resolve() / "blobs")

    @property
    def spool_dir(self) -> Path:
        """Where an upload lies until it is accepted."""
        return self.data_dir.resolve() / "spool"
