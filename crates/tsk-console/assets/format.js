// Numbers as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export function count(value) {
  if (!isNumber(value)) {
    return "–";
  }
  return Math.abs(value) < 100000 ? whole.format(value) : short.format(value);
}

export function rate(value) {
  if (!isNumber(value)) {
    return "–";
  }
  if (value === 0) {
    return "0";
  }
  return value < 10 ? value.toFixed(value < 1 ? 2 : 1) : count(value);
}

export function percent(part, all) {
  if (!isNumber(part) || !isNumber(all) || all === 0) {
    return "–";
  }
  const share = (100 * part) / all;
  if (share === 0) {
    return "0 %";
  }
  return share < 0.1 ? "< 0.1 %" : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

export function seconds(value) {
  if (!isNumber(value)) {
    return "–";
  }
  if (value < 0.001) {
    return `${Math.round(value * 1e6)} µs`;
  }
  if (value < 1) {
    const ms = value * 1000;
    return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  }
  if (value < 60) {
    return `${value.toFixed(value < 10 ? 2 : 1)} s`;
  }
  return span(value);
}

export const micros = (value) => seconds(isNumber(value) ? value / 1e6 : value);

// A time that has passed.
export function span(value) {
  if (!isNumber(value)) {
    return "–";
  }
  const steps = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const at = steps.findIndex(([size]) => value >= size);
  if (at < 0) {
    return "0 s";
  }
  const [size, unit] = steps[at];
  const major = Math.floor(value / size);
  const next = steps[at + 1];
  const minor = next ? Math.floor((value - major * size) / next[0]) : 0;
  return minor > 0 ? `${major} ${unit} ${minor} ${next[1]}` : `${major} ${unit}`;
}

export function ago(unixMs, nowMs) {
  return isNumber(unixMs) ? `${span(Math.max(0, (nowMs - unixMs) / 1000))} ago` : "–";
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value) {
  if (!isNumber(value)) {
    return "–";
  }
  let power = 0;
  while (value >= 1024 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const time = (unixMs) => (isNumber(unixMs) ? clock.format(new Date(unixMs)) : "–");

// What has no text is shown as what it is.
export const text = (value) =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
