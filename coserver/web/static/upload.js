// Files dropped on the form are sent as if they had been chosen, with their progress; without this file the form does.
"use strict";

function send(form, files) {
  const body = new FormData();
  for (const field of form.elements) {
    if (field.name && field.type !== "file" && (field.type !== "checkbox" || field.checked)) {
      body.append(field.name, field.value);
    }
  }
  for (const file of files) body.append("file", file);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", form.dataset.going);
  form.append(bar);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (told) => {
    if (told.lengthComputable) bar.value = told.loaded / told.total;
  });
  request.addEventListener("loadend", () => {
    if (request.status >= 200 && request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    bar.remove();
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const wrong = answer.querySelector(".wrong p, main p");
    const box = document.createElement("p");
    box.className = "wrong";
    box.setAttribute("role", "alert");
    box.textContent = wrong ? wrong.textContent : String(request.status);
    form.append(box);
  });
  request.open("POST", form.action);
  request.send(body);
}

for (const form of document.querySelectorAll("form.drop")) {
  const hint = document.createElement("p");
  hint.textContent = form.dataset.drop;
  form.prepend(hint);
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) send(form, event.dataTransfer.files);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input[type=file]").files;
    if (chosen.length) send(form, chosen);
  });
}
