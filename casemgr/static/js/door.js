// The residents' door, where scripts run: photos made small and without their place, the community found by position, the code
// taken from a photographed square, the moment of work that robots shun. Without it everything works too.
"use strict";
(() => {
  const ATONCE = 64; // digests asked for together

  // --- the moment of work: a number with which the digest of "nonce:number" begins with so many zero bits
  const isSmall = (digest, bits) => {
    const bytes = new Uint8Array(digest);
    for (let n = 0; n < bits; n += 8) {
      const left = Math.min(8, bits - n);
      if (bytes[n / 8] >> (8 - left)) return false;
    }
    return true;
  };
  const work = async (nonce, bits) => {
    const encoder = new TextEncoder();
    for (let from = 0; ; from += ATONCE) {
      const tries = Array.from({ length: ATONCE }, (_, n) => from + n);
      const digests = await Promise.all(tries.map((n) => crypto.subtle.digest("SHA-256", encoder.encode(`${nonce}:${n}`))));
      const found = digests.findIndex((digest) => isSmall(digest, bits));
      if (found >= 0) return String(tries[found]);
    }
  };

  // --- photos: the small copies are what is sent
  const withPhotos = (form) => {
    const input = form.querySelector("input[type=file]");
    if (!input || !self.Photos || !("DataTransfer" in self)) return;
    const photos = Photos([input], form.querySelector("[data-photos]"), { remove: form.dataset.remove, tooMany: form.dataset.tooMany }, () => {});
    const sent = Object.assign(document.createElement("input"), { type: "file", name: "photo", multiple: true, hidden: true });
    form.append(sent);
    form.addEventListener("submit", () => {
      const carried = new DataTransfer();
      photos.all().forEach((photo) => carried.items.add(new File([photo.bytes], photo.name, { type: photo.type })));
      sent.files = carried.files;
    });
  };

  const reporting = document.getElementById("report");
  if (reporting) {
    const words = reporting.dataset;
    withPhotos(reporting);
    const places = Places(reporting, { position: words.position, nowhere: words.nowhere, inText: words.inText }, () => {});
    reporting.querySelector("[name=text]").addEventListener("input", (event) => places.derive(event.target.value));
    if (words.nonce && self.crypto && crypto.subtle) work(words.nonce, Number(words.bits)).then((found) => { reporting.querySelector("[name=work]").value = found; });
  }

  const adding = document.getElementById("adding");
  if (adding) withPhotos(adding);

  const following = document.getElementById("follow");
  if (following && /^#[0-9]{20}$/.test(location.hash)) {
    following.querySelector("[name=code]").value = location.hash.slice(1).replace(/(....)(?=.)/g, "$1 ");
    history.replaceState(null, "", location.pathname); // the code stays out of the address and of what the browser remembers
  }

  document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });
})();
