"""A vendor's key."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Key:
    """AccessKeyId with its secret (阿里云), SecretId with its SecretKey (腾讯云). The secret is never shown."""

    identity: str
    secret: str = field(repr=False)
