"use strict";
// The zoom from which on the heat may be drawn by the browser, and the most points that it draws.
const HANDOVER = 7, MOST = 20000;
const $ = id => document.getElementById(id);
const json = async path => {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
};

// What the page shows is in its address: #zoom/latitude/longitude?look=…&scheme=…
const saved = () => {
  const [place, query] = location.hash.slice(1).split("?");
  const [zoom, lat, lon] = place.split("/").map(Number);
  return { at: [zoom, lat, lon].every(Number.isFinite) ? { zoom, lat, lon } : null, state: new URLSearchParams(query) };
};

async function begin() {
  const [about, schemes, api] = await Promise.all(["tiles.json", "schemes.json", "openapi.json"].map(json));
  const epoch = about.version.split("+")[1];
  const parameters = api.paths["/tiles/{z}/{x}/{y}.png"].get.parameters;
  const looks = parameters.find(parameter => parameter.name === "look").schema.enum;
  document.title = $("title").textContent = about.name;
  const options = (id, names, first) => {
    for (const name of [first, ...names]) $(id).add(new Option(name || "as the look has it", name));
  };
  for (const name of looks) $("look").add(new Option(name, name));
  options("scheme", schemes.map(scheme => scheme.name), "");

  const map = L.map("map", { zoomSnap: 1, minZoom: 1, maxZoom: about.maxzoom, worldCopyJump: true, zoomControl: false });
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ position: "bottomleft" }).addTo(map);
  const streets = L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png", {
    attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors',
    maxNativeZoom: 19, maxZoom: about.maxzoom, referrerPolicy: "strict-origin-when-cross-origin",
  });
  // While a map zooms, tiles of two zooms lie over each other, and half transparent ones would look twice as hot.
  map.createPane("heat").style.zIndex = 350;
  map.on("zoomanim", () => { map.getPane("heat").style.visibility = "hidden"; });
  map.on("zoomend", () => { map.getPane("heat").style.visibility = ""; });

  const style = () => {
    const query = new URLSearchParams();
    const put = (name, value) => { if (value) query.set(name, value); };
    put("look", $("look").value === looks[0] ? "" : $("look").value);
    put("scheme", $("scheme").value);
    put("radius", $("radius").dataset.chosen);
    return query;
  };

  let tiles = null, heat = null, round = 0;
  const attribution = about.attribution.replace(/[<>&]/g, "");
  const serverHeat = () => {
    const query = style();
    query.set("v", epoch);
    const url = `tiles/{z}/{x}/{y}{r}.png?${query}`;
    if (tiles && tiles._url === url) return tiles.setOpacity($("opacity").value);
    tiles?.remove();
    tiles = L.tileLayer(url, { pane: "heat", maxZoom: about.maxzoom, opacity: $("opacity").value, attribution }).addTo(map);
  };
  const gradient = () => {
    const scheme = schemes.find(one => one.name === ($("scheme").value || "heat"));
    const last = scheme.colors.length - 1;
    return Object.fromEntries(scheme.colors.map((color, i) => [i / last, color.slice(0, 7)]));
  };
  // Points of what is seen, drawn here; if there are too many, tiles again.
  const browserHeat = async () => {
    const mine = ++round, b = map.getBounds();
    const box = [b.getWest(), Math.max(b.getSouth(), -85), b.getEast(), Math.min(b.getNorth(), 85)];
    const found = await json(`points.json?bbox=${box}&limit=${MOST}&v=${epoch}`);
    if (mine !== round) return;
    if (found.thinned) { $("note").textContent = `${found.total} points are too many for the browser here`; return both(false); }
    $("note").textContent = `${found.total} points, drawn by the browser`;
    const radius = Number($("radius").value);
    // leaflet.heat makes points paler the farther the map is from its largest zoom; here that is this one.
    const layer = L.heatLayer(found.points, { pane: "heat", radius: radius / 2, blur: radius / 2, max: 5, maxZoom: map.getZoom(), minOpacity: 0.05, gradient: gradient() });
    heat?.remove();
    heat = layer.addTo(map);
    heat._canvas.style.opacity = $("opacity").value;
    tiles?.remove();
    tiles = null;
    $("key").hidden = true;
  };
  const both = mayHandOver => {
    if (mayHandOver && $("client").checked && map.getZoom() >= HANDOVER) {
      browserHeat().catch(error => { $("note").textContent = error.message; });
      return;
    }
    if (mayHandOver) $("note").textContent = "";
    round++;
    heat?.remove();
    heat = null;
    serverHeat();
    const query = style();
    query.set("z", map.getZoom());
    query.set("v", epoch);
    const legend = `legend.png?${query}`;
    if ($("legend").getAttribute("src") !== legend) $("legend").src = legend;
    $("key").hidden = false;
  };
  const show = () => {
    const centre = map.getCenter(), state = style();
    if ($("opacity").value !== "0.8") state.set("opacity", $("opacity").value);
    if ($("client").checked) state.set("client", 1);
    if (!$("streets").checked) state.set("streets", 0);
    const place = `${map.getZoom()}/${centre.lat.toFixed(5)}/${centre.lng.toFixed(5)}`;
    const query = state.toString();
    history.replaceState(null, "", `#${place}${query ? `?${query}` : ""}`);
    if ($("streets").checked) streets.addTo(map); else streets.remove();
    const styled = style().toString();
    const url = new URL("tiles/", location.href).href.split("#")[0] + `{z}/{x}/{y}.png${styled ? `?${styled}` : ""}`;
    $("address").value = url;
    const title = encodeURIComponent(about.name);
    $("josm").href = `http://127.0.0.1:8111/imagery?title=${title}&type=tms&max_zoom=${about.maxzoom}&url=${encodeURIComponent(url.replace("{z}", "{zoom}"))}`;
    $("id").href = `https://www.openstreetmap.org/edit?editor=id#map=${place}&background=custom:${encodeURIComponent(url)}`;
    both(true);
  };
  const load = () => {
    const { at, state } = saved();
    const usual = { look: looks[0], scheme: "", opacity: "0.8" };
    for (const id of ["look", "scheme", "opacity"]) $(id).value = state.get(id) ?? usual[id];
    $("radius").value = state.get("radius") ?? 12;
    $("radius").dataset.chosen = state.get("radius") ?? "";
    $("client").checked = state.get("client") === "1";
    $("streets").checked = state.get("streets") !== "0";
    const [west, south, east, north] = about.bounds;
    if (at) map.setView([at.lat, at.lon], at.zoom, { animate: false });
    else map.fitBounds([[south, west], [north, east]], { maxZoom: 16, animate: false });
  };
  for (const id of ["look", "scheme", "client", "streets"]) $(id).addEventListener("change", show);
  $("opacity").addEventListener("input", () => { tiles?.setOpacity($("opacity").value); if (heat) heat._canvas.style.opacity = $("opacity").value; });
  $("opacity").addEventListener("change", show);
  $("radius").addEventListener("change", () => { $("radius").dataset.chosen = $("radius").value; show(); });
  $("copy").addEventListener("click", async () => {
    $("address").select();
    try { await navigator.clipboard.writeText($("address").value); $("note").textContent = "Copied"; } catch { document.execCommand("copy"); }
  });
  window.addEventListener("hashchange", () => { load(); show(); });
  if (matchMedia("(max-width: 480px)").matches) $("panel").open = false;
  load();
  map.on("moveend", show);
  show();
}
begin().catch(error => { $("note").textContent = error.message; });
