"use strict";
const byId = id => document.getElementById(id);
const settings = JSON.parse(byId("settings").textContent);
const [least, most] = settings.zooms;
const bounds = L.latLngBounds(settings.bounds);
// Whole zooms alone, at which tiles meet on whole pixels. Tiles that faded in would lie half over what they replace.
const map = L.map("map", { zoomSnap: 1, minZoom: 0, maxZoom: 22, fadeAnimation: false, zoomControl: false, worldCopyJump: true });
map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
L.control.zoom({ position: "topleft" }).addTo(map);
L.control.scale({ position: "bottomleft" }).addTo(map);

let archive = null;
const Heat = L.GridLayer.extend({
  createTile(at, done) {
    const tile = document.createElement("img");
    tile.alt = "";
    // Browsers draw a frame around a picture that is none.
    tile.style.visibility = "hidden";
    if (!archive) return setTimeout(done, 0, null, tile), tile;
    archive.getZxy(at.z, at.x, at.y).then(found => {
      if (!found) return done(null, tile);
      const url = URL.createObjectURL(new Blob([found.data], { type: "image/png" }));
      const end = error => () => { URL.revokeObjectURL(url); done(error, tile); };
      tile.onload = () => { tile.style.visibility = ""; end(null)(); };
      tile.onerror = end(new Error("no picture"));
      tile.src = url;
    }).catch(error => { say(`A tile could not be read: ${error.message}`); done(error, tile); });
    return tile;
  },
});
// Tiles of 512 pixels are those of 256 at twice the pixels.
const heat = new Heat({
  tileSize: 256, minNativeZoom: least, maxNativeZoom: most, maxZoom: 22, pane: "heat", attribution: settings.attribution || "",
});
const pane = map.createPane("heat");
pane.style.zIndex = 250;

// While one zooms, tiles of two zooms lie one over the other, and what is half transparent twice is darker: they are hidden until
// those of the new zoom are there.
const show = () => { if (!heat.isLoading()) pane.style.visibility = ""; };
map.on("zoomstart", () => { pane.style.visibility = "hidden"; });
map.on("zoomend", () => setTimeout(show, 0));
heat.on("load", show);

const slider = document.querySelector("#opacity input");
const opacity = () => { pane.style.opacity = slider.value / 100; };
slider.addEventListener("input", opacity);
opacity();

const legend = byId("legend");
const explain = () => {
  const zoom = Math.min(Math.max(map.getZoom(), least), most);
  const found = settings.legends.find(([from, to]) => from <= zoom && zoom <= to);
  legend.hidden = !found;
  if (found) legend.src = found[2];
};
map.on("zoomend", explain);

// Streets are asked for when somebody wants them, and at once only on a page that came over the network itself.
const box = document.querySelector("#streets input");
const streets = L.tileLayer(settings.streets.url, {
  attribution: settings.streets.attribution, maxNativeZoom: 19, maxZoom: 22, referrerPolicy: "strict-origin-when-cross-origin",
});
const walk = () => (box.checked ? streets.addTo(map) : streets.remove());
box.addEventListener("change", walk);
box.checked = location.protocol.startsWith("http") && navigator.onLine;

const status = byId("status"), picker = byId("picker");
const say = words => { status.textContent = words; status.hidden = !words; };
const choose = words => { say(words); picker.hidden = false; };
const open = source => {
  const opened = new pmtiles.PMTiles(source);
  return opened.getHeader().then(() => { archive = opened; say(""); picker.hidden = true; heat.redraw(); });
};
picker.querySelector("input").addEventListener("change", ({ target }) => {
  if (target.files[0]) open(new pmtiles.FileSource(target.files[0])).catch(error => choose(`This is no archive of tiles: ${error.message}`));
});

const text = byId("archive").textContent;
if (text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer;
  byId("archive").remove();
  open({ getKey: () => "page", getBytes: async (from, length) => ({ data: bytes.slice(from, from + length) }) })
    .catch(error => say(`The tiles in this page cannot be read: ${error.message}`));
} else if (location.protocol.startsWith("http")) {
  open(new pmtiles.FetchSource(new URL(encodeURIComponent(settings.archive), location.href).href))
    .catch(error => choose(`${settings.archive} could not be fetched (${error.message}): choose it here`));
} else {
  choose(`Choose ${settings.archive}, which lies beside this page`);
}

walk();
map.fitBounds(bounds, { maxZoom: Math.max(most, 2), paddingBottomRight: [Math.min(byId("panel").offsetWidth, 260), 0] });
heat.addTo(map);
explain();
