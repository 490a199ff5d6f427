"""Over TLS: a certificate that is not trusted, or a handshake that does not end, means that nothing was sent."""

import datetime as dt
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bexapi import BexOutcomeUnknown, BexUnreachable, Timeouts
from tests.bexapi.cast import GOOD, OPERATIONS, TOKEN, WAYBILL
from tests.bexapi.server import Visit, answering, client_of, serving


@dataclass(frozen=True)
class Certificate:
    """Signed by itself. ``path``: to give to a client that shall trust it."""

    path: str
    context: ssl.SSLContext


def certificate(folder: Path, name: str, days: int = 1) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - dt.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    both = folder / f"{name}.pem"
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + built.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return Certificate(str(both), context)


@pytest.fixture
def good(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, "localhost")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_call_works_over_tls_that_is_trusted(good: Certificate, operation: str) -> None:
    with serving(answering(GOOD[operation]), good.context) as server:
        bex = client_of(server.url, ca_bundle=good.path)
        assert OPERATIONS[operation](bex)
        assert OPERATIONS[operation](bex)
    assert len(server.visits) == (2 if operation == "submit_waybill" else 1)


def test_a_certificate_that_is_not_trusted_is_unreachable(good: Certificate) -> None:
    with (
        serving(answering(GOOD["submit_waybill"]), good.context) as server,
        pytest.raises(BexUnreachable, match="the certificate was refused: self-signed"),
    ):
        client_of(server.url).submit_waybill(WAYBILL)
    assert server.received == b""


def test_the_certificates_of_the_environment_are_not_looked_at(
    good: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", good.path)
    monkeypatch.setenv("CURL_CA_BUNDLE", good.path)
    with serving(answering(GOOD["submit_waybill"]), good.context) as server, pytest.raises(BexUnreachable):
        client_of(server.url).submit_waybill(WAYBILL)


@pytest.mark.parametrize(("name", "days"), [("elsewhere.example", 1), ("localhost", -1)])
def test_a_trusted_certificate_for_another_host_or_another_time_is_unreachable(
    tmp_path: Path, name: str, days: int
) -> None:
    wrong = certificate(tmp_path, name, days)
    with (
        serving(answering(GOOD["submit_waybill"]), wrong.context) as server,
        pytest.raises(BexUnreachable, match="the certificate was refused"),
    ):
        client_of(server.url, ca_bundle=wrong.path).submit_waybill(WAYBILL)
    assert server.received == b""


@pytest.mark.parametrize("timeouts", [Timeouts(20, 20, 0.2), Timeouts(0.2, 20, 20)])
def test_a_handshake_that_does_not_end_is_unreachable(timeouts: Timeouts) -> None:
    with (
        serving(Visit.until_the_other_side_closes) as server,
        pytest.raises(BexUnreachable, match=r"timed out|the deadline has passed"),
    ):
        client_of(server.url.replace("http:", "https:"), timeouts).submit_waybill(WAYBILL)
    assert TOKEN.encode() not in server.received
    assert b"POST" not in server.received


def test_a_server_that_speaks_no_tls_or_hangs_up_is_unreachable() -> None:
    for script in (
        answering(GOOD["submit_waybill"]),
        lambda visit: visit.send(b"HTTP/1.1 200 OK\r\n\r\n"),
        Visit.hang_up,
    ):
        with serving(script) as server, pytest.raises(BexUnreachable):
            client_of(server.url.replace("http:", "https:"), Timeouts(20, 20, 2)).submit_waybill(WAYBILL)
    assert b"POST" not in server.received


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_what_breaks_after_the_handshake_has_an_unknown_outcome(good: Certificate, sent: bytes) -> None:
    def script(visit: Visit) -> None:
        visit.read_request()
        visit.send(sent)

    with serving(script, good.context) as server, pytest.raises(BexOutcomeUnknown):
        client_of(server.url, ca_bundle=good.path).submit_waybill(WAYBILL)
    assert TOKEN.encode() in server.received


def test_a_drip_over_tls_cannot_outlive_the_deadline(good: Certificate) -> None:
    def script(visit: Visit) -> None:
        visit.read_request()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        visit.drip(b" ")

    with serving(script, good.context) as server, pytest.raises(BexOutcomeUnknown):
        client_of(server.url, Timeouts(20, 20, 0.5), ca_bundle=good.path).submit_waybill(WAYBILL)
