// Passkeys: what the server asks is put to the browser, and its answer is sent with the form; without this file, and in
// browsers without passkeys, their forms stay hidden.
"use strict";

(() => {
  if (!window.PublicKeyCredential) return;
  let waiting = null; // the question that stands in the list of the field for the login, until the button is pressed

  function bytes(text) {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (each) => each.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  function question(form) {
    const asked = JSON.parse(form.dataset.asked);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const each of [...(asked.excludeCredentials || []), ...(asked.allowCredentials || [])]) each.id = bytes(each.id);
    return asked;
  }

  function written(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    const { id, type } = credential;
    return JSON.stringify({ id, rawId: text(credential.rawId), type, response });
  }

  function answer(form, credential) {
    form.elements.answer.value = written(credential);
    form.submit();
  }

  function say(form, error) {
    const box = form.querySelector("[data-other]");
    box.textContent = { InvalidStateError: box.dataset.known, NotAllowedError: box.dataset.none }[error.name] || box.dataset.other;
    box.hidden = false;
  }

  async function press(form) {
    if (waiting) waiting.abort();
    waiting = null;
    const publicKey = question(form);
    try {
      const make = form.dataset.passkey === "make";
      answer(form, await (make ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
    } catch (error) {
      say(form, error);
    }
  }

  async function offer(form) {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (!can || !(await can.call(PublicKeyCredential))) return;
    waiting = new AbortController();
    try {
      const { signal } = waiting;
      answer(form, await navigator.credentials.get({ publicKey: question(form), mediation: "conditional", signal }));
    } catch {
      // the button was pressed instead, or the password is typed
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      press(form);
    });
    if (form.dataset.passkey === "show") offer(form);
  }
})();
