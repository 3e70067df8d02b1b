// Photos of a form: shrunk here before they are kept or sent, shown as small pictures, taken out again with one tap.
// A copy drawn anew carries no position and no name of the camera. What cannot be drawn is kept as it is.
"use strict";
self.Photos = (() => {
  const LONGEST = 1600; // pixels of the longer side: a page of handwriting stays legible
  const QUALITY = 0.82;
  const MOST = 9;

  const shrunk = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const part = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * part), height: Math.round(picture.height * part) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return new Promise((done, failed) => canvas.toBlob((blob) => blob ? done(blob) : failed(new Error("empty")), "image/jpeg", QUALITY));
  };

  const taken = async (file) => {
    const blob = file.type.startsWith("image/") ? await shrunk(file).catch(() => file) : file;
    const name = blob === file ? file.name : `${file.name.replace(/\.[^.]*$/, "")}.jpg`;
    return { name, type: blob.type, bytes: await blob.arrayBuffer() };
  };

  // The photos of one form. `changed` is called after each change; words: remove, tooMany.
  return (inputs, list, words, changed) => {
    let photos = [];
    const show = () => {
      list.replaceChildren(...photos.map((photo, number) => {
        const row = document.createElement("li");
        if (photo.type.startsWith("image/")) row.append(Object.assign(new Image(), { src: URL.createObjectURL(new Blob([photo.bytes], { type: photo.type })), alt: photo.name }));
        else row.append(photo.name);
        const button = Object.assign(document.createElement("button"), { type: "button", className: "photo-remove", textContent: "×" });
        button.setAttribute("aria-label", words.remove.replace("{name}", photo.name));
        button.addEventListener("click", () => { photos.splice(number, 1); show(); changed(); });
        row.append(button);
        return row;
      }));
    };
    inputs.forEach((input) => {
      input.removeAttribute("name");
      input.addEventListener("change", async () => {
        const files = [...input.files];
        input.value = "";
        const added = await Promise.all(files.slice(0, MOST - photos.length).map(taken));
        photos = [...photos, ...added];
        show();
        if (added.length < files.length) list.append(Object.assign(document.createElement("li"), { textContent: words.tooMany }));
        changed();
      });
    });
    return { all: () => photos, put: (kept) => { photos = [...kept]; show(); } };
  };
})();
