"""The `openssl` command (3.0 or later) as the tool for signatures, time stamps and seals."""

from __future__ import annotations

import datetime
import pathlib
import re
import subprocess
import tempfile

from novation.evidence.verifier.certificates import write_chain
from novation.evidence.verifier.notes import PublicKey
from novation.evidence.verifier.outcome import CheckFailed, CheckUndecided

STAMP_TIME = re.compile(r"Time stamp: (\w{3}) +(\d+) (\d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT")
END_TIME = re.compile(r"notAfter=(\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\d{4}) GMT")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SECONDS_A_CALL = 60


class OpenSSL:
    """Runs the `openssl` command on files in a private folder that is removed again."""

    def __init__(self, command: str = "openssl") -> None:
        self.command = command

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature of a 32-byte public key over the message holds."""
        files = {"key.pem": PublicKey("-", public).pem, "message": message, "signature": signature}
        options = "pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature"
        return self._run(options, files)[0]

    def stamped_at(self, token: bytes, data: bytes, chain: list[bytes]) -> datetime.datetime:
        """The time in an RFC 3161 answer over the data; see `Tools`."""
        files = {"answer": token, "data": data, "signer.pem": write_chain(chain[:1])}
        files.update({"chain.pem": write_chain(chain), "root.pem": write_chain(chain[-1:])})
        good, said = self._run("ts -reply -in answer -text", files)
        at = _time(STAMP_TIME, said)
        if not good or at is None:
            raise CheckFailed("is not a time-stamp answer")
        moment = int(at.timestamp())
        options = f"ts -verify -in answer -data data -CAfile root.pem -untrusted chain.pem -attime {moment}"
        good, said = self._run(options, files)
        if not good:
            raise CheckFailed("does not hold: " + _reason(said))
        # `ts -verify` accepts any signer below the root; this insists on the one that is named.
        with tempfile.TemporaryDirectory(prefix="verify-") as folder:
            self._within(folder, files, "ts -reply -in answer -token_out -out token")
            options = "cms -verify -inform DER -in token -nointern -certfile signer.pem -noverify -out text"
            if not self._within(folder, {}, options)[0]:
                raise CheckFailed("is signed by another time service")
        return at

    def valid_until(self, certificate: bytes) -> datetime.datetime:
        """The end of validity of a DER certificate."""
        files = {"certificate": certificate}
        at = _time(END_TIME, self._run("x509 -inform DER -in certificate -noout -enddate", files)[1])
        if at is None:
            raise CheckFailed("is not a certificate")
        return at

    def check_seal(self, signature: bytes, content: bytes, chain: list[bytes]) -> None:
        """Refuse unless the detached CMS signature over the content holds; see `Tools`."""
        files = {"seal": signature, "content": content, "signer.pem": write_chain(chain[:1])}
        files.update({"chain.pem": write_chain(chain), "root.pem": write_chain(chain[-1:])})
        with tempfile.TemporaryDirectory(prefix="verify-") as folder:
            options = "cms -verify -binary -inform DER -in seal -content content -nointern"
            options += " -certfile signer.pem -noverify -out text"
            good, said = self._within(folder, files, options)
            if good:
                options = "verify -CAfile root.pem -untrusted chain.pem -no_check_time signer.pem"
                good, said = self._within(folder, {}, options)
        if not good:
            raise CheckFailed("does not hold: " + _reason(said))

    def _run(self, options: str, files: dict[str, bytes]) -> tuple[bool, str]:
        with tempfile.TemporaryDirectory(prefix="verify-") as folder:
            return self._within(folder, files, options)

    def _within(self, folder: str, files: dict[str, bytes], options: str) -> tuple[bool, str]:
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        try:
            done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
                [self.command, *options.split()],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SECONDS_A_CALL,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise CheckUndecided("The command `openssl` (3.0 or later) is needed for this check.") from None
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def _time(pattern: re.Pattern[str], said: str) -> datetime.datetime | None:
    # The month names of OpenSSL are English; strptime would read those of the reader's own language.
    found = pattern.search(said)
    if found is None or found.group(1) not in MONTHS:
        return None
    month, day, clock, year = found.groups()
    hour, minute, second = (int(part) for part in clock.split(":"))
    utc = datetime.timezone.utc
    return datetime.datetime(int(year), MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=utc)


def _reason(said: str) -> str:
    parts = [line.split(":") for line in said.splitlines() if ":error:" in line]
    return (
        parts[-1][5] if parts and len(parts[-1]) > 5 else "the signature, the data or the certificate differ"
    )
