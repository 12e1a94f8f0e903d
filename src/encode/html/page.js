"use strict";
const settings = JSON.parse(document.getElementById("settings").textContent);
// Pictures may reach a little beyond the square world of web maps, which Leaflet would squeeze them into.
L.Projection.SphericalMercator.MAX_LATITUDE = 89.9999;
const bounds = L.latLngBounds(settings.bounds);
const map = L.map("map", {
  crs: settings.mercator ? L.CRS.EPSG3857 : L.CRS.EPSG4326,
  zoomSnap: 0.1, minZoom: 0, maxZoom: 22, maxBounds: bounds.pad(2), maxBoundsViscosity: 0.5, zoomControl: false,
});
map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
L.control.zoom({ position: "topleft" }).addTo(map);
L.control.scale({ position: "bottomleft" }).addTo(map);

if (settings.background) document.getElementById("map").style.background = settings.background;

const slider = document.querySelector("#opacity input");
const picture = document.getElementById("picture");
const overlay = L.imageOverlay(picture, bounds, { alt: picture.alt, opacity: slider.value / 100 }).addTo(map);
slider.addEventListener("input", () => overlay.setOpacity(slider.value / 100));

// Tiles are asked for when somebody wants them, and at once only on a page that came over the network itself.
const streets = document.getElementById("streets");
if (settings.tiles) {
  const box = streets.querySelector("input");
  const tiles = L.tileLayer(settings.tiles.url, {
    attribution: settings.tiles.attribution, maxNativeZoom: 19, maxZoom: 22, referrerPolicy: "strict-origin-when-cross-origin",
  });
  // Servers may refuse pages that lie in a folder, since these cannot say who asks; then a reader is told.
  let failed = 0, loaded = 0;
  tiles.on("tileload", () => { loaded++; });
  tiles.on("tileerror", () => {
    if (++failed === 1 && !loaded) map.attributionControl.addAttribution("The street map could not be fetched");
  });
  const show = () => (box.checked ? tiles.addTo(map) : tiles.remove());
  box.addEventListener("change", show);
  box.checked = location.protocol.startsWith("http") && navigator.onLine;
  streets.hidden = false;
  show();
}

// The picture is fitted into what the panel leaves free, beside it or below it: where it is larger.
const panel = document.getElementById("panel");
const beside = { paddingTopLeft: [50, 10], paddingBottomRight: [panel.offsetWidth + 20, 30] };
const below = { paddingTopLeft: [10, panel.offsetHeight + 20], paddingBottomRight: [10, 40] };
const zoom = room => map.getBoundsZoom(bounds, false, L.point(room.paddingTopLeft).add(room.paddingBottomRight));
map.fitBounds(bounds, zoom(beside) > zoom(below) ? beside : below);
