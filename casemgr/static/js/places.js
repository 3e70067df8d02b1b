// Where: the place is offered instead of looked for - from the position of the device (worked out here, never sent), from
// what was written, one's own grid, the places used last. The list of all places below stays what is sent.
"use strict";
self.Places = (() => {
  const USED = "places-used:";
  const LAST = 3;
  const FAR = 3000; // metres: beyond that no grid is "here"
  const EARTH = 6371000;

  const metres = ([a, b], [c, d]) => {
    const rad = Math.PI / 180;
    const x = (d - b) * rad * Math.cos(((a + c) / 2) * rad);
    return EARTH * Math.hypot(x, (c - a) * rad);
  };

  const options = (select) => [...select.options].filter((option) => option.value).map((option) => ({
    id: option.value, name: option.dataset.name || option.text.trim(), level: option.dataset.level,
    places: (option.dataset.places || "").split("|").filter(Boolean),
    at: option.dataset.at ? option.dataset.at.split(" ").map(Number) : null,
  }));

  // The deepest place that one of its estates or roads names in the text; none where two equally long ones differ.
  const named = (all, text) => {
    const found = all.flatMap((area) => [area.name, ...area.places].filter((name) => name.length > 1 && text.includes(name)).map((name) => ({ area, name })));
    const longest = Math.max(0, ...found.map((one) => one.name.length));
    const best = found.filter((one) => one.name.length === longest);
    return new Set(best.map((one) => one.area.id)).size === 1 ? best[0] : null;
  };

  const like = (all, typed) => all.flatMap((area) => [...area.places, area.name].filter((name) => name.includes(typed)).map((name) => ({ area, name })));

  const nearest = (all, at) => all.filter((area) => area.at && area.level === "grid").map((area) => ({ area, far: metres(area.at, at) }))
    .sort((a, b) => a.far - b.far)[0];

  // The chips of one form. words: position, nowhere, inText; changed is called after each choice.
  return (form, words, changed) => {
    const select = form.querySelector("select[name=area_id]");
    const chips = form.querySelector("[data-places]");
    const here = form.querySelector("[data-here]");
    const state = form.querySelector("[data-where-state]");
    const place = form.querySelector("[name=place]");
    const matches = form.querySelector("[data-matches]");
    const all = options(select);
    const usedKey = USED + form.dataset.account;
    const used = () => { try { return JSON.parse(localStorage.getItem(usedKey)) || []; } catch { return []; } };
    let touched = false; // a person chose: nothing is chosen for them any more
    let offered = [];

    const show = () => {
      chips.querySelectorAll(".chip").forEach((chip) => chip.remove());
      const ids = [...new Set([...offered, select.value].filter(Boolean))];
      ids.map((id) => all.find((area) => area.id === id)).filter(Boolean).reverse().forEach((area) => {
        const chip = Object.assign(document.createElement("label"), { className: "chip" });
        const radio = Object.assign(document.createElement("input"), { type: "radio", name: "_place", value: area.id, checked: area.id === select.value });
        radio.addEventListener("change", () => pick(area.id));
        chip.append(radio, Object.assign(document.createElement("span"), { textContent: area.name }));
        chips.prepend(chip);
      });
      chips.hidden = !chips.querySelector(".chip, [data-here]:not([hidden])");
    };
    const choose = (id) => {
      select.value = id;
      if (document.activeElement !== select) select.closest("details").open = false;
      show();
      changed();
    };
    const pick = (id) => { touched = true; state.textContent = ""; choose(id); };
    const offer = (ids) => { offered = [...new Set([...ids, ...offered])].slice(0, LAST + 2); show(); };

    const derive = (text) => {
      const found = touched ? null : named(all, text);
      if (!found || select.value === found.area.id) return;
      offer([found.area.id]);
      choose(found.area.id);
      state.textContent = words.inText.replace("{place}", found.name);
    };

    const suggest = () => {
      const typed = place.value.trim();
      const found = typed.length > 1 && !named(all, typed) ? like(all, typed).slice(0, 5) : [];
      matches.replaceChildren(...found.map(({ area, name }) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-plain", textContent: name === area.name ? name : `${name} · ${area.name}` });
        button.addEventListener("click", () => { place.value = name === area.name ? "" : name; matches.replaceChildren(); offer([area.id]); pick(area.id); });
        return button;
      }));
      derive(typed);
    };

    const locate = (asked) => navigator.geolocation.getCurrentPosition((position) => {
      const found = nearest(all, [position.coords.latitude, position.coords.longitude]);
      if (!found || found.far > FAR) { if (asked) state.textContent = words.nowhere; return; }
      if (touched && !asked) return;
      offer([found.area.id]);
      choose(found.area.id);
      touched = touched || asked;
      const far = found.far < 1000 ? `${Math.max(10, Math.round(found.far / 10) * 10)} m` : `${(found.far / 1000).toFixed(1)} km`;
      state.textContent = words.position.replace("{place}", found.area.name).replace("{far}", far);
    }, () => { here.hidden = true; show(); }, { maximumAge: 60000, timeout: 15000, enableHighAccuracy: true });

    const start = () => {
      const own = all.filter((area) => area.level === "grid");
      offer([...(own.length <= LAST ? own.map((area) => area.id) : []), ...used()]);
      select.addEventListener("change", () => { offer([select.value]); pick(select.value); });
      place.addEventListener("input", suggest);
      here.addEventListener("click", () => locate(true));
      if (!("geolocation" in navigator) || own.filter((area) => area.at).length < 2) return;
      here.hidden = false;
      show();
      navigator.permissions.query({ name: "geolocation" }).then((right) => {
        if (right.state === "granted") locate(false);
        if (right.state === "denied") { here.hidden = true; show(); }
      }).catch(() => {});
    };
    start();
    return {
      derive, anew: () => { touched = false; state.textContent = ""; matches.replaceChildren(); show(); },
      show: () => { touched = touched || Boolean(select.value && select.value !== own()); show(); },
      remember: () => { try { localStorage.setItem(usedKey, JSON.stringify([...new Set([select.value, ...used()])].slice(0, LAST))); } catch { /* full: it is only a convenience */ } },
    };

    function own() { return [...select.options].find((option) => option.defaultSelected)?.value || ""; }
  };
})();
