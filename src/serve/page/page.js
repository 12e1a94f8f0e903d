"use strict";
// The zoom from which on the browser draws the heat, the most points that it draws, the most weights that it tells apart, and the bars of the histogram of times.
const HANDOVER = 7, MOST = 20000, WEIGHTS = 32, BINS = 60;
const $ = id => document.getElementById(id);
const json = async path => {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
};

// Points as leaflet.heat shows them, drawn as the service draws its tiles: on whole pixels, from the hottest to the coldest, each less than the one before by
// the decay, in the colours of the tiles' scale. What leaflet.heat draws itself moves points together, and adds up opacity in steps of 1/255.
const Heat = L.HeatLayer.extend({
  _redraw() {
    this._frame = null;
    const canvas = this._canvas, paper = canvas.getContext("2d"), brush = document.createElement("canvas");
    [brush.width, brush.height] = [canvas.width, canvas.height];
    paper.clearRect(0, 0, canvas.width, canvas.height);
    for (const pass of this.options.passes) {
      const picture = new ImageData(canvas.width, canvas.height);
      paint(picture.data, this._spread(pass), pass.colors);
      brush.getContext("2d").putImageData(picture, 0, 0);
      paper.drawImage(brush, 0, 0);
    }
  },
  // Points by pixel, as far as they reach the map, and by weight, if there are but few weights: else those of a pixel have their mean.
  _cells(margin) {
    const { x: width, y: height } = this._map.getSize(), corner = this._map.getPixelBounds().min.round(), middle = this._map.getCenter().lng;
    const isExact = new Set(this._latlngs.map(point => point[2])).size <= WEIGHTS, cells = new Map();
    for (const [lat, lon, weight] of this._latlngs) {
      // As it is seen from here, which may be on the next turn around the earth.
      const { x, y } = this._map.project([lat, lon + 360 * Math.round((middle - lon) / 360)]).floor().subtract(corner);
      if (x < -margin || y < -margin || x >= width + margin || y >= height + margin) continue;
      const key = `${x} ${y} ${isExact ? weight : ""}`, cell = cells.get(key);
      if (cell) { cell.count++; cell.weight += weight; } else cells.set(key, { x, y, count: 1, weight, group: isExact ? weight : 1 });
    }
    return [...cells.values()];
  },
  _spread({ falloff, decay }) {
    const { x: width, y: height } = this._map.getSize(), margin = Math.ceil(Math.sqrt(falloff.length)) - 1;
    const heat = new Float32Array(width * height), left = new Float32Array(width * height).fill(1);
    const groups = new Map(), steps = [];
    for (const cell of this._cells(margin)) {
      cell.left = decay ** cell.count;
      cell.heat = cell.weight / cell.count * (decay < 1 ? (1 - cell.left) / (1 - decay) : cell.count);
      if (groups.has(cell.group)) groups.get(cell.group).push(cell); else groups.set(cell.group, [cell]);
    }
    for (let y = -margin; y <= margin; y++) for (let x = -margin; x <= margin; x++) {
      const share = falloff[x * x + y * y];
      if (share) for (const [weight, cells] of groups) steps.push({ x, y, share, cells, heat: share * weight });
    }
    for (const step of steps.sort((a, b) => b.heat - a.heat)) for (const cell of step.cells) {
      const x = cell.x + step.x, y = cell.y + step.y, at = y * width + x;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      heat[at] += step.share * cell.heat * left[at];
      left[at] *= cell.left;
    }
    return heat;
  },
});
// Colours by the least heat of each.
const paint = (pixels, heat, colors) => {
  const starts = Float32Array.from(colors, color => color[0]), bytes = colors.map(([, hex]) => [1, 3, 5, 7].map(at => parseInt(hex.slice(at, at + 2), 16)));
  heat.forEach((here, at) => {
    let low = 0, high = starts.length;
    while (low < high) { const middle = low + high >> 1; if (starts[middle] <= here) low = middle + 1; else high = middle; }
    if (low > 0) pixels.set(bytes[low - 1], 4 * at);
  });
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
  // What is drawn by the one goes when all is there that is drawn by the other.
  const serverHeat = () => {
    const query = style(), last = heat;
    query.set("v", epoch);
    const url = `tiles/{z}/{x}/{y}{r}.png?${query}`;
    heat = null;
    if (tiles && tiles._url === url) return tiles.setOpacity($("opacity").value);
    tiles?.remove();
    tiles = L.tileLayer(url, { pane: "heat", maxZoom: about.maxzoom, opacity: $("opacity").value, attribution }).addTo(map);
    if (!last) return;
    const mine = tiles;
    mine.getContainer().style.visibility = "hidden";
    mine.once("load", () => { mine.getContainer().style.visibility = ""; });
    mine.once("load remove", () => last.remove());
  };
  // Points of what is seen and as far beyond as they reach; if there are too many, or they are not all that there is to the heat, tiles again.
  const browserHeat = async () => {
    const mine = ++round, query = style();
    query.set("z", map.getZoom());
    query.set("v", epoch);
    const { passes } = await json(`legend.json?${query}`);
    if (mine !== round) return;
    if (!passes.every(pass => pass.falloff)) return serverHeat();
    const reach = Math.ceil(Math.sqrt(Math.max(...passes.map(pass => pass.falloff.length)))), seen = map.getPixelBounds();
    const [sw, ne] = [seen.getBottomLeft().add([-reach, reach]), seen.getTopRight().add([reach, -reach])].map(corner => map.unproject(corner));
    const box = [sw.lng, Math.max(sw.lat, -85.0511), ne.lng, Math.min(ne.lat, 85.0511)];
    const times = new URLSearchParams([...style()].filter(([name]) => name === "after" || name === "before"));
    const found = await json(`points.json?bbox=${box}&limit=${MOST}&v=${epoch}&${times}`);
    if (mine !== round) return;
    if (found.thinned) { $("note").textContent = `${found.total} points are too many for the browser here`; return serverHeat(); }
    $("note").textContent = `${found.total} points, drawn by the browser`;
    heat?.remove();
    heat = new Heat(found.points, { passes }).addTo(map);
    heat._canvas.style.opacity = $("opacity").value;
    tiles?.remove();
    tiles = null;
  };
  const draw = () => {
    $("note").textContent = "";
    if ($("client").checked && map.getZoom() >= HANDOVER) {
      browserHeat().catch(error => { $("note").textContent = error.message; });
    } else {
      round++;
      serverHeat();
    }
    const query = style();
    query.set("z", map.getZoom());
    query.set("v", epoch);
    const legend = `legend.png?${query}`;
    if ($("legend").getAttribute("src") !== legend) $("legend").src = legend;
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
    if (!$("client").checked) state.set("client", 0);
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
    draw();
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
    $("client").checked = state.get("client") !== "0";
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
