"use strict";
// The zoom from which on the heat may be drawn by the browser, the most points that it draws, and the bars of the histogram of times.
const HANDOVER = 7, MOST = 20000, BINS = 60;
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

  const times = about.times ? await json(`times.json?bins=${BINS}&v=${epoch}`) : null;

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
    put("after", $("from").dataset.chosen);
    put("before", $("to").dataset.chosen);
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
    const query = new URLSearchParams([...style()].filter(([name]) => name === "after" || name === "before"));
    const found = await json(`points.json?bbox=${box}&limit=${MOST}&v=${epoch}&${query}`);
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
  // Times are chosen by the ends of the histogram's spans; an address may name any.
  const last = times ? times.counts.length : 0;
  const edge = i => Date.parse(times.after) + i * times.seconds * 1000;
  const parse = text => Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text);
  const span = text => Math.round((parse(text) - edge(0)) / times.seconds / 1000);
  const day = text => text.replace(/T00:00:00Z$/, "").replace("T", " ").replace("Z", "");
  const iso = moment => new Date(moment).toISOString().replace(".000Z", "Z");
  const chosenTimes = () => {
    if (!times) return;
    const [from, to] = [$("from"), $("to")];
    const texts = [from.dataset.chosen || times.first, to.dataset.chosen || times.last].map(day);
    [from, to].forEach((end, i) => end.setAttribute("aria-valuetext", texts[i]));
    $("interval").textContent = from.dataset.chosen || to.dataset.chosen ? texts.join(" – ") : "all times";
    [...$("histogram").children].forEach((bar, i) => bar.classList.toggle("chosen", i >= from.value && i < to.value));
  };
  const slide = (mine, other, step) => {
    if ((other.value - mine.value) * step < 1) other.value = Number(mine.value) + step;
    const [from, to] = [$("from"), $("to")];
    from.dataset.chosen = from.value > 0 ? iso(edge(Number(from.value))) : "";
    to.dataset.chosen = to.value < last ? iso(edge(Number(to.value))) : "";
    chosenTimes();
  };
  const histogram = () => {
    $("times").hidden = !times;
    if (!times) return;
    const most = Math.max(1, ...times.counts);
    $("histogram").setAttribute("viewBox", `0 0 ${last} 100`);
    times.counts.forEach((count, i) => {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      // Few are seen beside many.
      const height = 100 * Math.sqrt(count / most);
      const sides = { x: i + 0.05, y: 100 - height, width: 0.9, height };
      for (const [name, value] of Object.entries(sides)) bar.setAttribute(name, value);
      $("histogram").append(bar);
    });
    $("from").max = last - 1;
    $("to").max = last;
    $("from").addEventListener("input", () => slide($("from"), $("to"), 1));
    $("to").addEventListener("input", () => slide($("to"), $("from"), -1));
    for (const id of ["from", "to"]) $(id).addEventListener("change", show);
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
    for (const [id, name, usual] of [["from", "after", 0], ["to", "before", last]]) {
      const text = state.get(name) ?? "", isTime = times && !Number.isNaN(parse(text));
      $(id).dataset.chosen = isTime ? text : "";
      $(id).value = isTime ? span(text) : usual;
    }
    chosenTimes();
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
  histogram();
  if (matchMedia("(max-width: 480px)").matches) $("panel").open = false;
  load();
  map.on("moveend", show);
  show();
}
begin().catch(error => { $("note").textContent = error.message; });
