"""A real time-stamping authority: certificates made here, `openssl ts`, and a web server on the loopback interface."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

CONFIGURATION = """
[tsa]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
"""
DAY = timedelta(days=1)
TST_INFO = "1.2.840.113549.1.9.16.1.4"

Handle = Callable[[BaseHTTPRequestHandler, bytes], None]


class Tsa:
    """An authority in a folder: `ca.pem` is its root, `tsa.pem` what it signs tokens with."""

    def __init__(self, folder: Path, *, until: datetime | None = None, digests: str = "sha256") -> None:
        """Make the certificates.

        until    when the TSA's certificate ends; in a year
        digests  the hash functions that it takes
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._turn = folder, Lock()
        now = datetime.now(UTC)
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._ca_name = _name(f"Example root {folder.name}")
        ca = _build(self._ca_name, self._ca_name, self._ca_key, now + 3650 * DAY)
        ca = ca.add_extension(x509.BasicConstraints(True, None), True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._ca_key.public_key())
        self._write("ca.pem", ca.add_extension(identifier, False), self._ca_key)
        self.until = until or now + 365 * DAY
        self.issue("tsa", Purpose.TIME_STAMPING, self.until)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder, digests=digests))

    @property
    def ca(self) -> Path:
        """The root's file."""
        return self.folder / "ca.pem"

    @property
    def roots(self) -> list[x509.Certificate]:
        """The root."""
        return x509.load_pem_x509_certificates(self.ca.read_bytes())

    def issue(self, name: str, purpose: x509.ObjectIdentifier, until: datetime) -> None:
        """Make NAME.pem and NAME.key: a certificate under the root, for one purpose."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _build(_name(f"Example {name}"), self._ca_name, key, until)
        leaf = leaf.add_extension(x509.BasicConstraints(False, None), True)
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([purpose]), True)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key())
        leaf = leaf.add_extension(issuer, False)
        self._write(f"{name}.pem", leaf, self._ca_key)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{name}.key").write_bytes(private)

    def reply(self, query: bytes) -> bytes:
        """Answer a request as `openssl ts` does."""
        with self._turn:
            asked, answer = self.folder / "asked.tsq", self.folder / "answer.tsr"
            asked.write_bytes(query)
            words = ("-config", self.folder / "tsa.cnf", "-section", "tsa", "-queryfile", asked, "-out", answer)
            openssl("ts", "-reply", *words, *self._signer("tsa"))
            return answer.read_bytes()

    def ask(self, text: str, *options: str) -> bytes:
        """Make a request for a text and answer it."""
        return self.reply(make_query(self.folder / "made.tsq", text, *options))

    def sign_as(self, name: str, response: bytes) -> bytes:
        """Return a response that says what another says, its token signed with another certificate's key."""
        token, info = self.folder / "token.der", self.folder / "info.der"
        (self.folder / "response.tsr").write_bytes(response)
        openssl("ts", "-reply", "-in", self.folder / "response.tsr", "-token_out", "-out", token)
        openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", token, "-out", info)
        form = ("-binary", "-nodetach", "-nosmimecap", "-outform", "DER", "-econtent_type", TST_INFO)
        openssl("cms", "-sign", *form, "-in", info, *self._signer(name), "-out", token)
        granted = bytes.fromhex("3003020100")
        content = granted + token.read_bytes()
        return b"\x30\x82" + len(content).to_bytes(2, "big") + content

    def _signer(self, name: str) -> tuple[str | Path, ...]:
        return "-signer", self.folder / f"{name}.pem", "-inkey", self.folder / f"{name}.key"

    def _write(self, name: str, certificate: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> None:
        signed = certificate.sign(key, hashes.SHA256())
        (self.folder / name).write_bytes(signed.public_bytes(Encoding.PEM))


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _build(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=until - 7300 * DAY,
        not_valid_after=until,
    )


def openssl(*words: str | Path) -> str:
    """Run openssl; it must succeed."""
    ran = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{words}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def make_query(file: Path, text: str, *options: str) -> bytes:
    """Return a request for a text, as openssl makes it."""
    openssl("ts", "-query", "-digest", sha256(text.encode()).hexdigest(), "-sha256", *options, "-out", file)
    return file.read_bytes()


def insert_after(data: bytes, known: bytes, more: bytes) -> bytes:
    """Return DER in which `more` stands behind the element `known`, with all lengths around it as they must be."""
    made, at = b"", 0
    while at < len(data):
        count = data[at + 1] & 0x7F if data[at + 1] & 0x80 else 0
        start = at + 2 + count
        end = start + (int.from_bytes(data[at + 2 : start], "big") if count else data[at + 1])
        element = data[at:end]
        if element == known:
            element += more
        elif known in element:
            content = insert_after(data[start:end], known, more)
            element = data[at : at + 1] + b"\x82" + len(content).to_bytes(2, "big") + content
        made, at = made + element, end
    return made


def verify_by_openssl(response: Path, text: Path, ca: Path, *options: str) -> bool:
    """Ask openssl whether a response is over a text, under a root."""
    words: list[str | Path] = ["openssl", "ts", "-verify", "-data", text, "-in", response, "-CAfile", ca, *options]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert bool(re.search("Verification: OK", ran.stdout)) == (ran.returncode == 0)
    return ran.returncode == 0


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, location: str | None = None) -> None:
    """Answer a request whole."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/timestamp-reply")
    if location is not None:
        handler.send_header("Location", location)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serve(handle: Handle) -> Iterator[str]:
    """Serve posts on the loopback interface by a function; give the server's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            try:
                handle(self, self.rfile.read(int(self.headers["Content-Length"])))
            except (BrokenPipeError, ConnectionResetError):  # who asked has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()


def serve_tsa(tsa: Tsa, seen: list[bytes] | None = None) -> AbstractContextManager[str]:
    """Serve an authority as RFC 3161, section 3.4, says."""

    def handle(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        if seen is not None:
            seen.append(query)
        send(handler, tsa.reply(query))

    return serve(handle)


@pytest.fixture(scope="session")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    """An authority whose certificates are in force."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here (Debian: openssl)")
    return Tsa(tmp_path_factory.mktemp("tsa"))
