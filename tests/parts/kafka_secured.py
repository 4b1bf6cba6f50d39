"""A broker that asks who one is: for user and password at one port, for a certificate at another, both over TLS."""

from contextlib import closing
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

from tests.parts.kafka import Broker, admin, first_records, free_port

USER = "gongkai"
PASSWORD = "kept-by-nobody-else"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


class SecuredBroker(Broker):
    """Its first port asks nobody and lets do anything, for the test's own questions.

    ``secured`` and ``mutual`` are for the product, which may do there what it was allowed to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.secured, self.mutual = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.authority = trustme.CA()
        self.ca = self.folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca)
        self.certificate, self.key = self.issue("client", self.authority.issue_cert("worker-1.example"))
        self._own = self.issue("server", self.authority.issue_cert("127.0.0.1"))

    def issue(self, name: str, leaf: trustme.LeafCert) -> tuple[Path, Path]:
        """The files of a certificate and of its key; the key in the form that Kafka reads."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        certificate.write_bytes(b"".join(one.bytes() for one in leaf.cert_chain_pems))
        loaded = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        key.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key

    def allow(self, prefix: str, rights: dict[str, list[str]]) -> None:
        """Let everybody do the operations of ``rights``, a list for each kind of resource, on names with ``prefix``."""
        granted = [
            ACL(
                "User:*",
                "*",
                ACLOperation[operation],
                ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType[kind], prefix, ACLResourcePatternType.PREFIXED),
            )
            for kind, operations in rights.items()
            for operation in operations
        ]
        with closing(admin(self.address)) as client:
            assert not client.create_acls(granted)["failed"]

    def settings(self, data: Path) -> str:
        store = self.folder / "server-store.pem"
        store.write_bytes(b"".join(file.read_bytes() for file in reversed(self._own)))
        plain = f"PLAINTEXT://127.0.0.1:{self.port}"
        ours = f"SECURED://{self.secured},MUTUAL://{self.mutual}"
        more = {
            "listeners": f"{plain},{ours},CONTROLLER://127.0.0.1:{self.quorum[self.node]}",
            "advertised.listeners": f"{plain},{ours}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL,MUTUAL:SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": store,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.ca,
            "listener.name.mutual.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.secured.plain.sasl.jaas.config": f'{PLAIN} user_{USER}="{PASSWORD}";',
            "listener.name.secured.scram-sha-256.sasl.jaas.config": f"{SCRAM};",
            "listener.name.secured.scram-sha-512.sasl.jaas.config": f"{SCRAM};",
        }
        return super().settings(data) + "".join(f"{name}={value}\n" for name, value in more.items())

    def first_records(self) -> bytes:
        mechanisms = ("SCRAM-SHA-256", "SCRAM-SHA-512")
        return first_records(*(f"{mechanism}=[name={USER},password={PASSWORD}]" for mechanism in mechanisms))
