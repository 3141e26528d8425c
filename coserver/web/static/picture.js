// A picture that is too large is scaled down before it is sent; without this file the server says how large it may be.
"use strict";

async function scaled(file, most) {
  const bitmap = await createImageBitmap(file);
  const by = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * by));
  canvas.height = Math.max(1, Math.round(bitmap.height * by));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return new File([blob], "picture.jpg", { type: "image/jpeg" });
}

for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  field.addEventListener("change", async () => {
    const file = field.files[0];
    if (!file) return;
    try {
      const chosen = new DataTransfer();
      chosen.items.add(await scaled(file, Number(field.dataset.most)));
      field.files = chosen.files;
    } catch {
      // no picture that the browser can draw: the server says what it takes
    }
  });
}
