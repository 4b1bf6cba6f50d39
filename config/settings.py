"""Settings, read once into frozen objects from ``gongkai.toml`` and the environment.

An unknown key stops start-up and names file, table and the allowed keys. Secrets are never in this file:
they come from the environment (``GONGKAI_SECRET_<NAME>``) or from files in ``secrets/`` of the data folder,
read again when the file changes.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)


class SettingsError(Exception):
    """The configuration cannot be used; the text says file, table, key and what is allowed."""


class Settings(BaseModel):
    """Base of every table: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Installation(Settings):
    """``[installation]``: this machine's part."""

    port: int = Field(8080, ge=1, le=65_535)  # public listener: site, feeds, poster files
    inner_port: int = Field(8081, ge=1, le=65_535)  # staff and operators
    host: str = "127.0.0.1"  # of the public listener
    inner_host: str = "127.0.0.1"  # a non-loopback address is refused while nobody can sign in
    public_url: str = ""  # as readers reach it; default: http://host:port
    production: bool = False  # until it is true, everything that leaves the machine is pretended (演练)
    store: str = ""  # default: SQLite in the data folder; or postgresql://…
    engine: Literal["embedded", "kafka"] = "embedded"  # kafka: several machines; needs a store in PostgreSQL
    dead_letters_in_row: int = Field(20, ge=1)  # so many in a row stop the line
    workers: int = Field(256, ge=4, le=2_000)  # lanes that may send at the same time


class DelegateTable(Settings):
    """Who takes a person's place, and on which days, both included."""

    to: str
    first: date
    last: date

    @model_validator(mode="after")
    def _lasts(self) -> "DelegateTable":
        if self.last < self.first:
            raise ValueError("last is before first")
        return self

    def has(self, day: date) -> bool:
        """True on its days."""
        return self.first <= day <= self.last


class PersonTable(Settings):
    """``[offices.<id>.staff.persons."<name>"]``: somebody of the office, by the name that notices give."""

    endpoints: tuple[str, ...] = Field(min_length=1)  # of channels for staff, by which he is reached
    delegate: DelegateTable | None = None


class StaffTable(Settings):
    """``[offices.<id>.staff]``: who is reminded of what the office owes."""

    heads: dict[str, str] = Field(default_factory=dict)  # section → its head
    office: str = ""  # who is told at the general office (办公室)
    director: str = ""  # the deputy director in charge (分管领导)
    persons: dict[str, PersonTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _are_persons(self) -> "StaffTable":
        delegates = [one.delegate.to for one in self.persons.values() if one.delegate]
        for name in (*self.heads.values(), self.office, self.director, *delegates):
            if name and name not in self.persons:
                raise ValueError(f"{name!r} is none of persons; there are: {', '.join(self.persons) or '-'}")
        return self


class OfficeTable(Settings):
    """``[offices.<id>]``: one office."""

    name: str
    short: str
    code: str
    site_code: str = ""
    index_pattern: str = "{code}/{year}-{serial:05d}"
    postal_address: str = ""
    hours: str = ""
    phone: str
    supervision_phone: str
    sections: dict[str, str] = Field(min_length=1)
    path: str = Field("", pattern=r"^(/[a-z0-9-]+)*$")  # where its site hangs below the public address
    # working days after a promised one before the public is told that it passed; None: until the last reminder
    overdue_after: int | None = Field(None, ge=0, le=30)
    shorter_windows: bool = True  # false: no window is shorter than the law wants, whatever the reason
    staff: StaffTable = StaffTable()

    @property
    def first_section(self) -> str:
        """Whose it is what is no section's own: the first that has a head, or the first where none has."""
        return next((one for one in self.sections if one in self.staff.heads), next(iter(self.sections)))

    @field_validator("path")
    @classmethod
    def _is_free(cls, path: str) -> str:
        if path.split("/")[1:2] in (["comment"], ["sms"]):
            raise ValueError(f"{path!r} is where this program itself answers; take another one")
        return path

    @field_validator("index_pattern")
    @classmethod
    def _counts(cls, pattern: str) -> str:
        """A pattern that cannot be filled, or fills in alike for two notices, would stop the first publication."""
        try:
            first, second = (pattern.format(code="X", year=2026, serial=serial) for serial in (1, 2))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise ValueError(f"it may hold {{code}}, {{year}} and {{serial:05d}} only ({error})") from None
        if first == second:
            raise ValueError("it must hold {serial}")
        return pattern

    @model_validator(mode="after")
    def _heads_have_sections(self) -> "OfficeTable":
        if odd := sorted(self.staff.heads.keys() - self.sections.keys()):
            raise ValueError(f"staff.heads: no section {', '.join(odd)}; there are: {', '.join(self.sections)}")
        return self


class EndpointTable(Settings):
    """``[endpoints.<id>]``: an outlet this installation starts with; later ones are added by command."""

    office: str
    channel: str
    title: str
    pretend: bool | None = None  # default: whatever leaves the machine, while not in production
    options: dict[str, Any] = Field(default_factory=dict)


class KafkaTable(Settings):
    """``[kafka]``: the broker, where ``engine`` is ``kafka``."""

    servers: tuple[str, ...] = Field(("127.0.0.1:9092",), min_length=1)
    prefix: str = Field("gongkai.", pattern=r"^[a-zA-Z0-9._-]{0,100}$")  # of topics and group
    partitions: int = Field(6, ge=1, le=1_000)  # of each topic: so many workers at most share the work
    replication: int = Field(1, ge=1, le=10)  # copies of a topic, on as many brokers
    retention_hours: int = Field(168, ge=1)  # the store keeps everything; topics are only the way
    compacted: tuple[Literal["notices", "deliveries", "deliveries-urgent", "outcomes", "dead-letters"], ...] = ()
    session_seconds: float = Field(6.0, ge=1, le=300)  # without a sign of life, after which others take a worker's part
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"  # Kafka's own words
    ca: str = ""  # file of the authority that signed the brokers' certificates; default: those the system trusts
    certificate: str = ""  # file of our own, where brokers ask for one
    key: str = ""  # file of its private key, without a passphrase
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"  # how user and password are shown
    user: str = ""
    secret: str = "kafka"  # noqa: S105 - the name of the secret that is its password
    _home: Path = PrivateAttr(Path())

    @field_validator("servers")
    @classmethod
    def _name_ports(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for server in servers:
            host, _, port = server.rpartition(":")
            if not host or not (port.isascii() and port.isdigit()):
                raise ValueError(f"{server!r} is no host:port")
        return servers

    @model_validator(mode="after")
    def _is_used_as_it_is_meant(self) -> "KafkaTable":
        """What would silently not be used is refused: somebody believes to be protected by it."""
        if self.asks_who != bool(self.user):
            raise ValueError(f"security = {self.security!r} goes {'with' if self.asks_who else 'without'} a user")
        if (self.ca or self.certificate) and not self.is_sealed:
            raise ValueError(f"security = {self.security!r} uses neither ca nor certificate; SSL and SASL_SSL do")
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key go together")
        return self

    @property
    def is_sealed(self) -> bool:
        """True where what goes to the brokers and comes from them is encrypted (TLS)."""
        return self.security in ("SSL", "SASL_SSL")

    @property
    def asks_who(self) -> bool:
        """True where the brokers want user and password (SASL)."""
        return self.security.startswith("SASL_")

    def of(self, home: Path) -> "KafkaTable":
        """The same for the data folder ``home``: where its files and its secret are looked for."""
        made = self.model_copy()
        made._home = home
        return made

    def file(self, name: str) -> Path:
        """The file that ``ca``, ``certificate`` or ``key`` names, from the data folder."""
        return self._home / name

    def password(self) -> str:
        """The user's, as it is now. Raises ``SettingsError``."""
        return secret(self._home, self.secret)


class AllowTable(Settings):
    """``[[allow]]``: an origin that may be reached although it is private, with who answers for it."""

    origin: str
    owner: str
    expires: date | None = None


class CommentsTable(Settings):
    """``[comments]``: what the public says of a matter, where a website takes it (option ``comments``)."""

    keep_days: int = Field(180, ge=1, le=3_650)  # names and contacts of who commented, after the feedback
    proxies: tuple[str, ...] = ()  # networks of our own servers in front: whom they ask for is believed

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for one in proxies:
            ip_network(one)
        return proxies


class Configuration(Settings):
    """The whole file."""

    installation: Installation = Installation()
    offices: dict[str, OfficeTable] = Field(min_length=1)
    endpoints: dict[str, EndpointTable] = Field(default_factory=dict)
    allow: tuple[AllowTable, ...] = ()
    home: Path = Path()  # the data folder; set by `read`, not in the file
    kafka: KafkaTable = KafkaTable()
    comments: CommentsTable = CommentsTable()

    @field_validator("kafka")
    @classmethod
    def _has_its_files_there(cls, table: KafkaTable, others: ValidationInfo) -> KafkaTable:
        return table.of(others.data.get("home", Path()))

    @model_validator(mode="after")
    def _codes_are_told_apart(self) -> "Configuration":
        """Two offices with one code would count in one row of index numbers."""
        seen: dict[str, str] = {}
        for name, office in self.offices.items():
            if office.code in seen:
                raise ValueError(f"offices {seen[office.code]!r} and {name!r} have the same code {office.code!r}")
            seen[office.code] = name
        return self

    @model_validator(mode="after")
    def _workers_share_a_store(self) -> "Configuration":
        if self.installation.engine == "kafka" and not self.installation.store.startswith("postgresql://"):
            raise ValueError('engine = "kafka" needs store = "postgresql://…": its workers share one database')
        return self

    @property
    def store_url(self) -> str:
        """Where the store is."""
        return self.installation.store or f"sqlite:///{self.home / 'gongkai.sqlite'}"

    @property
    def public_url(self) -> str:
        """The address readers use, without a slash at the end."""
        given = self.installation.public_url.rstrip("/")
        return given or f"http://{self.installation.host}:{self.installation.port}"

    def secret(self, name: str) -> str:
        """The secret ``name``. Raises ``SettingsError`` that names both places where it is looked for."""
        return secret(self.home, name)


def secret(home: Path, name: str) -> str:
    """The secret ``name`` of the data folder ``home``. Raises ``SettingsError``, naming both places to look in."""
    variable = f"GONGKAI_SECRET_{name.upper().replace('-', '_')}"
    if variable in os.environ:
        return os.environ[variable].strip()
    try:
        return (home / "secrets" / Path(name).name).read_text("utf-8").strip()
    except OSError:
        raise SettingsError(f"no secret {name!r}: set {variable}, or write secrets/{name}") from None


def read(home: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """The configuration of the data folder ``home``. ``PORT`` and ``GONGKAI_STORE`` go before the file.

    Raises ``SettingsError``.
    """
    file = home / "gongkai.toml"
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    if "home" in table:
        raise SettingsError(f"{file}: unknown key 'home'")
    installation = table.setdefault("installation", {})
    if isinstance(installation, dict):
        installation.update(_from(environment))
    try:
        return Configuration.model_validate({**table, "home": home})
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(file, table, error))) from None


def _from(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if port := environment.get("PORT"):
        if not port.isascii() or not port.isdigit():
            raise SettingsError(f"PORT={port!r}: a number from 1 to 65534")
        found |= {"port": int(port), "inner_port": int(port) + 1}
    if store := environment.get("GONGKAI_STORE"):
        found["store"] = store
    return found


def _explained(file: Path, table: dict[str, Any], error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        *path, key = (str(step) for step in problem["loc"] or ("offices",))
        where = f"{file} [{'.'.join(path)}]" if path else str(file)
        if problem["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key {key!r}; allowed: {', '.join(_allowed(path))}")
        else:
            lines.append(f"{where} {key}: {problem['msg']}")
    return lines


def _allowed(path: list[str]) -> list[str]:
    tables: dict[str, type[Settings]] = {
        "installation": Installation,
        "offices": OfficeTable,
        "endpoints": EndpointTable,
        "allow": AllowTable,
        "kafka": KafkaTable,
    }
    model = tables.get(path[0], Configuration) if path else Configuration
    if path[2:3] == ["staff"]:
        model = StaffTable if len(path) == 3 else DelegateTable if path[-1] == "delegate" else PersonTable
    return sorted(name for name in model.model_fields if name != "home")
