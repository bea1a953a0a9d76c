"""`novation`: parses, calls one function, prints. `novation COMMAND --help` says what each one takes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from novation import __version__


def parser() -> argparse.ArgumentParser:
    """The whole command line; docs/reference/commands.md is made from it."""
    program = argparse.ArgumentParser(prog="novation", description=__doc__)
    program.add_argument("--version", action="version", version=f"novation {__version__}")
    commands = program.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--home", type=Path, help="folder of database, keys and logs (default ./var)")
        return command

    run = add("run", "web and engine for real use")
    web = add("web", "the web pages alone")
    for command in (run, web):
        command.add_argument("--host", default="127.0.0.1", help="address to listen on")
        command.add_argument("--port", type=int, default=8000, help="port to listen on")
        command.add_argument("--workers", type=int, default=1, help="web worker processes")
    engine = add("engine", "the engine alone")
    engine.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started it is gone"
    )
    add("check", "what is missing or wrong, with a remedy")
    add("migrate", "brings the database up to date")

    connect = add("connect", "gives Novation access to a partner account")
    connect.add_argument(
        "role", choices=["source", "target", "mail"], help="the old account, the new one, or the mailbox"
    )
    connect.add_argument(
        "--name", required=True, help="what the account is called; mail: the mailbox's address"
    )
    connect.add_argument("--tenant", required=True, help="tenant id (GUID) of the partner account")
    connect.add_argument("--client-id", required=True, help="application (client) id")
    connect.add_argument("--mpn-id", default="", help="partner id shown to customers")
    kinds = ["direct", "provider", "reseller"]
    connect.add_argument(
        "--kind",
        default="",
        choices=kinds,
        help="direct-bill partner, indirect provider or indirect reseller",
    )

    programme = add("programme", "lays down the programme: who writes to the customers, and which accounts")
    programme.add_argument("--name", required=True, help="what the programme is called")
    programme.add_argument("--sender", required=True, help="company name in the letters")
    programme.add_argument("--email", required=True, help="address that people can answer to")
    programme.add_argument("--phone", default="", help="telephone number in the letters")
    programme.add_argument("--address", default="", help="postal address in the letters")
    programme.add_argument("--person", default="", help="who signs the letters")
    programme.add_argument("--prefix", default="NOV", help="three letters of the reference numbers")
    programme.add_argument("--same-entity", action="store_true", help="both accounts are one legal entity")
    programme.add_argument(
        "--group", default="", help="security group (object id) that gets delegated rights"
    )
    programme.add_argument("--role", action="append", default=[], help="role template id asked for (repeat)")

    policy = add("policy", "the periods and limits of the programme")
    policy.add_argument("action", choices=["get", "set"], help="show values, or change some")
    policy.add_argument(
        "words",
        nargs="*",
        metavar="NAME[=VALUE]",
        help="get: names (default all); set: such as answer_within=21d",
    )

    load = add("import", "takes the customers of the source account, or of a Partner Center export")
    load.add_argument("--csv", type=Path, help="customer list exported from Partner Center")
    load.add_argument(
        "--prices", action="store_true", help="instead: what a seat costs, from the newest invoice lines"
    )
    load.add_argument("--currency", default="", help="prices: currency code (default: of the newest invoice)")

    operator = add("operator", "adds an operator of the console")
    operator.add_argument("email", help="address to sign in with")
    operator.add_argument("--name", default="", help="name that colleagues see")
    groups = ["viewer", "operator", "approver", "admin"]
    operator.add_argument(
        "--group", action="append", default=[], choices=groups, help="what the person may do (repeat)"
    )

    wave = add("wave", "waves of customers")
    wave.add_argument(
        "action", choices=["list", "create", "launch", "pause", "resume"], help="what to do with it"
    )
    wave.add_argument("number", type=int, nargs="?", help="number of the wave")
    wave.add_argument(
        "--customer",
        action="append",
        default=[],
        help="create: a customer's reference, domain or tenant id (repeat)",
    )
    wave.add_argument(
        "--size", type=int, help="create: so many that are in no wave, by name (default all of them)"
    )
    wave.add_argument("--name", default="", help="create: what it is called")
    wave.add_argument("--note", default="", help="resume after a stop rule: what was found and done")

    move = add("move", "one customer's move")
    move.add_argument("action", choices=["show", "pause", "resume"], help="what to do with it")
    move.add_argument("reference", help="reference of the customer, as in its mails")
    move.add_argument("--reason", default="", help="pause: why, for the log")

    plan = add("plan", "dry run: every call and mail that a wave, or all of them, would make")
    plan.add_argument(
        "--wave", type=int, help="number of a wave that is not launched yet (default all customers)"
    )
    plan.add_argument("--full", action="store_true", help="with a line for each customer")
    plan.add_argument("--json", action="store_true", help="machine-readable")

    apply = add("apply", "launches a wave whose plan was reviewed, unless it has changed since")
    apply.add_argument("--wave", type=int, required=True, help="number of the wave")
    apply.add_argument("--plan", required=True, help="checksum that `novation plan --wave` printed")

    webhooks = add("webhooks", "registers our pages for Microsoft's webhooks, so that it tells us sooner")
    webhooks.add_argument(
        "--account", choices=["source", "target"], help="one of the accounts (default both)"
    )
    webhooks.add_argument("--replace", action="store_true", help="take the place of another address")
    webhooks.add_argument(
        "--anyway", action="store_true", help="also for an address that Microsoft cannot reach"
    )

    inbound_mail = add("inbound-mail", "takes in mail that came to our address: bounces, replies, complaints")
    inbound_mail.add_argument(
        "messages", nargs="*", type=Path, help="files with one message each; none and no folder: from stdin"
    )
    inbound_mail.add_argument("--maildir", type=Path, help="take every new message of a maildir")
    inbound_mail.add_argument(
        "--imap", action="store_true", help="take every unread message of NOVATION_IMAP_HOST"
    )
    inbound_mail.add_argument(
        "--every", type=int, default=0, help="look again every so many seconds (maildir, IMAP)"
    )
    simulate = add("simulate", "forecast: finish date, busiest day, and what binds")
    simulate.add_argument("--customers", type=int, help="so many invented customers instead of the real ones")
    simulate.add_argument("--runs", type=int, help="how often it is played (default 10 to 200, by customers)")
    simulate.add_argument("--seed", type=int, default=1, help="the same seed gives the same forecast")
    simulate.add_argument("--start", default="", help="day of the first launch (default now)")
    simulate.add_argument(
        "--wave-size", type=int, action="append", default=[],
        help="customers of the first, second … wave; the last repeats (default 50, then 500)",
    )  # fmt: skip
    simulate.add_argument("--every", type=float, default=7, help="days between two waves")
    for name, share, text in (
        ("mandate", 70, "let us act"),
        ("self", 10, "accept themselves"),
        ("declined", 7, "say no"),
        ("ask", 4, "ask first; who is left says nothing"),
        ("bounced", 5, "have an address that mail comes back from"),
        ("slow", 11, "of those who answer, wait for the first reminder"),
    ):
        simulate.add_argument(f"--{name}", type=float, help=f"per cent that {text} (default {share})")
    simulate.add_argument("--answer-days", type=float, help="longest time to an answer (default 4)")
    simulate.add_argument("--workdays", type=int, help="working days of a week (default 5)")
    simulate.add_argument("--operators", type=int, help="operators at the queue (default 2)")
    simulate.add_argument("--office-hours", type=float, help="hours of each operator a day (default 6)")
    simulate.add_argument(
        "--accept-minutes", type=float, help="minutes of one acceptance (default: policy accept_minutes)"
    )
    simulate.add_argument(
        "--microsoft-hours", type=float, help="longest processing of one transfer request (default 5)"
    )
    simulate.add_argument("--api-rate", type=float, help="calls a minute (default NOVATION_API_RATE)")
    simulate.add_argument("--mail-rate", type=float, help="mails a minute (default NOVATION_MAIL_RATE)")
    simulate.add_argument("--json", action="store_true", help="machine-readable")

    evidence = add("evidence", "evidence bundles")
    evidence.add_argument(
        "action",
        choices=["export", "verify", "pin", "pins", "due", "erase", "rotate-key"],
        help="write, check, trust, print what to trust, list what is due, forget, replace the log key",
    )
    evidence.add_argument(
        "what",
        nargs="*",
        help="export: references (default all); verify: files; pin: a service; erase: references",
    )
    evidence.add_argument("--reason", default="", help="erase: the rule or request, without names")
    evidence.add_argument("--plain", action="store_true", help="export: without new certificates")
    evidence.add_argument(
        "--yes", action="store_true", help="pin: the fingerprints were compared; rotate-key: do not ask"
    )
    evidence.add_argument(
        "--witness", type=Path, action="append", default=[],
        help="verify: a receipt mail, checkpoint or older bundle to compare with (repeat)",
    )  # fmt: skip
    evidence.add_argument("--out", type=Path, help="export: folder (default HOME/bundles)")
    evidence.add_argument("--json", action="store_true", help="verify: machine-readable report")

    emulator = commands.add_parser("emulator", help="the stand-in for Microsoft's services", add_help=False)
    emulator.add_argument("rest", nargs=argparse.REMAINDER)

    demo = add("demo", "a whole programme, rehearsed against the emulator")
    demo.add_argument("--customers", type=int, default=200, help="how many customers")
    demo.add_argument("--seed", type=int, default=1, help="the same seed makes the same customers")
    demo.add_argument(
        "--faults",
        choices=["none", "default", "field", "hostile"],
        default="default",
        help="how Microsoft misbehaves",
    )
    demo.add_argument("--database", default="", help="database URL (default: SQLite in HOME)")
    demo.add_argument("--json", type=Path, help="write the summary to this file")
    demo.add_argument("--kills", type=int, default=0, help="kill -9 the engine so many times on the way")
    demo.add_argument("--web-kills", type=int, default=0, help="kill -9 the web server so many times")
    demo.add_argument("--stay", choices=["auto", "yes", "no"], default="auto", help="leave the console open")
    return program


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. Errors for people are one sentence on stderr."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # What a run leaves holds keys and people's data: it is its owner's alone.
    os.umask(0o077)
    if arguments[:1] == ["emulator"]:
        options = argparse.Namespace(command="emulator", home=None, rest=arguments[1:])
    else:
        options = parser().parse_args(arguments)
    if options.home:
        os.environ["NOVATION_HOME"] = str(options.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "novation.settings")

    from novation import commands
    from novation.domain.errors import BadInput, MoveError

    try:
        return commands.run(options)
    except (BadInput, MoveError) as error:
        print(f"novation: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
