"""Thunderbird without a screen, with the account of one person: mail, calendars and contacts as it shows them."""

import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.clients.programs.marionette import Marionette

_SECONDS = 60
_LOOKS = 20  # seconds
_SETTINGS = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.server.default.autosync_offline_stores": False,
}
_TRUST = """
const [certificate, host, ports] = words;
const made = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(certificate);
const trusted = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
for (const port of ports) trusted.rememberValidityOverride(host, port, {}, made, true);
"""
_ACCOUNT = """
const [port, user, password, web] = words;
const server = MailServices.accounts.createIncomingServer(user, "127.0.0.1", "imap");
Object.assign(server, {port, socketType: Ci.nsMsgSocketType.SSL, authMethod: Ci.nsMsgAuthMethod.passwordCleartext});
Object.assign(server, {password, loginAtStartUp: false});
const identity = MailServices.accounts.createIdentity();
identity.email = user;
const account = MailServices.accounts.createAccount();
account.incomingServer = server;
account.addIdentity(identity);
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init(web, null, "coserver", user, password, "", "");
await Services.logins.addLoginAsync(login);
"""
_MAIL = """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const known = () => MailServices.accounts.allServers.find(one => one.type == "imap");
const folders = () => known().rootFolder.descendants.map(one => one.QueryInterface(Ci.nsIMsgImapMailFolder));
const path = folder => decodeURIComponent(folder.URI.split("/").slice(3).join("/"));
const folder = wanted => folders().find(one => path(one) == wanted);
const ended = start => new Promise(go => start({
  QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
  OnStartRunningUrl() {}, OnStopRunningUrl(_url, status) { go(status); },
  onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
  onStopCopy(status) { go(status); },
}));
"""
_FOUND = """
const {FindConfig} = ChromeUtils.importESModule("resource:///modules/accountcreation/FindConfig.sys.mjs");
const {AccountConfig} = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
const {ConfigVerifier} = ChromeUtils.importESModule("resource:///modules/accountcreation/ConfigVerifier.sys.mjs");
const {CreateInBackend} = ChromeUtils.importESModule("resource:///modules/accountcreation/CreateInBackend.sys.mjs");
const [name, address, password] = words;
const signal = new AbortController().signal;
const looked = FindConfig.parallelAutoDiscovery(address.split("@")[1], address, signal, password, "");
const config = (await looked.next()).value;
AccountConfig.replaceVariables(config, name, address, password);
await new ConfigVerifier(null, signal).verifyConfig(config, false);
await CreateInBackend.createAccountInBackend(config);
const told = one => [one.type, one.hostname, one.port, one.socketType, one.username];
return {source: config.source, incoming: told(config.incoming), outgoing: told(config.outgoing)};
"""
_FOLDERS = """
known().performExpand(null);
await ended(listener => folder("INBOX").updateFolderWithListener(null, listener));
return folders().filter(one => !one.noSelect).map(path);
"""
_OPEN = """
const found = folder(words[0]);
await ended(listener => found.updateFolderWithListener(null, listener));
return {
  subjects: [...found.messages].map(one => one.mime2DecodedSubject).sort(),
  adds: found.canFileMessages, deletes: found.canDeleteMessages,
};
"""
_COPY = """
const [from, to, subject] = words;
const message = [...folder(from).messages].find(one => one.mime2DecodedSubject == subject);
return await ended(listener => MailServices.copy.copyMessages(
  folder(from), [message], folder(to), false, listener, null, false));
"""
_BOOKS = """
const {cal} = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const calendar = name => cal.manager.getCalendars().find(one => one.name == name);
const loaded = (found, start) => new Promise(go => {
  const told = {
    QueryInterface: ChromeUtils.generateQI(["calIObserver"]),
    onLoad() { found.removeObserver(told); go(); }, onError(_calendar, number, text) { go(`${number} ${text}`); },
    onStartBatch() {}, onEndBatch() {}, onAddItem() {}, onModifyItem() {}, onDeleteItem() {},
    onPropertyChanged() {}, onPropertyDeleting() {},
  };
  found.addObserver(told);
  start();
});
"""
# One after the other: where two requests of one calendar meet a 401, Thunderbird takes the password for wrong.
_SUBSCRIBE = """
const [web, user, password] = words;
const found = await cal.provider.detection.detect(user, password, web, false, [], [], {});
const all = [...found.values()].flat();
for (const one of all) await loaded(one, () => cal.manager.registerCalendar(one));
return Object.fromEntries(all.map(one => [one.name, !one.readOnly]));
"""
_EVENTS = """
const found = calendar(words[0]);
await loaded(found, () => found.refresh());
const items = await found.getItemsAsArray(found.ITEM_FILTER_ALL_ITEMS, 0, null, null);
return items.map(one => one.title).sort();
"""
_ADD = """
const {CalEvent} = ChromeUtils.importESModule("resource:///modules/CalEvent.sys.mjs");
await calendar(words[0]).addItem(new CalEvent(words[1]));
"""
_CONTACTS = """
const [web, user, password] = words;
const {CardDAVUtils} = ChromeUtils.importESModule("resource:///modules/CardDAVUtils.sys.mjs");
const told = {};
for (const found of await CardDAVUtils.detectAddressBooks(user, password, web, false)) {
  const synced = new Promise(go => Services.obs.addObserver(function told() {
    Services.obs.removeObserver(told, "addrbook-directory-synced");
    go();
  }, "addrbook-directory-synced"));
  const book = await found.create();
  await synced;
  told[found.name] = {writable: !book.readOnly, names: book.childCards.map(one => one.displayName).sort()};
}
return told;
"""


class Thunderbird:
    """A running Thunderbird that knows the mail account of a person, and the password for the rest."""

    def __init__(self, line: Marionette, demo: Any, name: str) -> None:
        self._line = line
        self._web = f"https://127.0.0.1:{demo.ports['https']}"
        self._person = (demo.address(name), demo.password(name))
        trust(line, demo, "127.0.0.1")
        line.run(_MAIL + _ACCOUNT, demo.ports["imaps"], *self._person, self._web)

    def shows(self, *mailboxes: str, without: str = "") -> bool:
        """Whether it comes to show these mailboxes, and another one no more: it looks in its own time."""
        end = time.monotonic() + _LOOKS
        while time.monotonic() < end:
            found = set(self._line.run(_MAIL + _FOLDERS))
            if found.issuperset(mailboxes) and without not in found:
                return True
            time.sleep(0.2)
        return False

    def open(self, mailbox: str) -> dict[str, Any]:
        """The `subjects` in a mailbox, and whether one may put messages there (`adds`) and delete them (`deletes`)."""
        return self._line.run(_MAIL + _OPEN, mailbox)

    def copy(self, source: str, target: str, subject: str) -> bool:
        """Copy a message; whether that succeeded."""
        return self._line.run(_MAIL + _COPY, source, target, subject) == 0

    def subscribe(self) -> dict[str, bool]:
        """Take all calendars that it finds; their names, and whether it lets one write there."""
        return self._line.run(_BOOKS + _SUBSCRIBE, self._web, *self._person)

    def events(self, calendar: str) -> list[str]:
        """What a calendar holds after it has been synchronised."""
        return self._line.run(_BOOKS + _EVENTS, calendar)

    def add(self, calendar: str, event: str) -> None:
        self._line.run(_BOOKS + _ADD, calendar, event)

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Take all address books that it finds; the `names` in each, and whether it is `writable`."""
        return self._line.run(_CONTACTS, self._web, *self._person)


def trust(line: Marionette, demo: Any, host: str) -> None:
    """Take the demo's certificate under this name."""
    (certificate,) = re.findall(r"BEGIN CERTIFICATE-----(.*?)-----END", demo.certificate.read_text(), re.DOTALL)
    ports = [demo.ports[name] for name in ("imaps", "submissions", "https")]
    line.run(_TRUST, "".join(certificate.split()), host, ports)


def found(line: Marionette, name: str, address: str, password: str) -> dict[str, Any]:
    """Set up an account as a person does who knows three words: what it found (`source`, `incoming`, `outgoing`)."""
    return line.run(_MAIL + _FOUND, name, address, password)


def mailboxes(line: Marionette) -> set[str]:
    """What the account has that was set up."""
    return set(line.run(_MAIL + _FOLDERS))


@contextlib.contextmanager
def started(demo: Any, name: str, home: Path) -> Iterator[Thunderbird]:
    """One of an account, with a new profile, for as long as it is needed."""
    with driven(home) as line:
        yield Thunderbird(line, demo, name)


@contextlib.contextmanager
def driven(home: Path, more: Mapping[str, Any] = MappingProxyType({})) -> Iterator[Marionette]:
    """One with a new profile and no account; `more` are settings of it."""
    profile, output = home / "profile", home / "said"
    profile.mkdir(parents=True)
    settings = (f'user_pref("{key}", {json.dumps(value)});\n' for key, value in {**_SETTINGS, **more}.items())
    (profile / "user.js").write_text("".join(settings))
    command = ["thunderbird", "--headless", "--no-remote", "--profile", str(profile)]
    with output.open("wb") as said:
        running = subprocess.Popen(
            [*command, "--marionette", "--remote-allow-system-access"],
            env={**os.environ, "HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        with contextlib.closing(Marionette(_port(running, profile, output), seconds=_SECONDS)) as line:
            yield line
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _port(running: "subprocess.Popen[bytes]", profile: Path, output: Path) -> int:
    """Where it can be driven, once it says so in its profile."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and running.poll() is None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((profile / "MarionetteActivePort").read_text())
        time.sleep(0.1)
    raise AssertionError(f"Thunderbird did not start:\n{output.read_text(errors='replace')[-4000:]}")
