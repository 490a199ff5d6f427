// Weight, volume and estimated chargeable weight of parcel lines. Inside: hundredths of a kg and cm³, whole numbers.
const NBSP = "\u00a0";
const UNKNOWN = "not known yet";

/** A typed number as the form reads it (40,5 or 1 200,50 or 1,200.50); NaN where it is none. */
export function parse(text) {
  let clean = text.replace(/\s/g, "");
  if (clean.includes(",") && clean.includes(".")) clean = clean.replaceAll(clean.lastIndexOf(".") > clean.lastIndexOf(",") ? "," : ".", "");
  clean = clean.replace(",", ".");
  return /^\d+(\.\d*)?$|^\.\d+$/.test(clean) ? Number(clean) : NaN;
}

function grouped(number, places = 0) {
  const [whole, part] = number.toFixed(places).split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, NBSP);
  return part ? `${groups}.${part}` : groups;
}

function isEmpty({ sizes, weight }) {
  return [...sizes, weight].every((text) => text.trim() === "");
}

/** A line in whole numbers: pieces, weight in hundredths of a kg, volume in cm³ of sizes rounded up to whole cm. */
function measure(line) {
  const pieces = line.pieces.trim() === "" ? 1 : parse(line.pieces);
  const [length, breadth, height] = line.sizes.map((text) => Math.ceil(parse(text)));
  return { pieces, hundredths: pieces * Math.round(parse(line.weight) * 100), volume: pieces * length * breadth * height };
}

const add = (measured, name) => measured.reduce((total, line) => total + line[name], 0);

/** Each total as text, and the numbers behind them. An unfinished line makes what depends on it unknown. */
export function totals(lines, ratios) {
  const measured = lines.filter((line) => !isEmpty(line)).map(measure);
  const [pieces, hundredths, volume] = ["pieces", "hundredths", "volume"].map((name) => add(measured, name));
  const some = measured.length > 0;
  const kg = hundredths / 100;
  const charged = ratios.map((ratio) => Math.ceil(Math.max(kg, volume / Number(ratio))));
  const [least, most] = [Math.min(...charged), Math.max(...charged)];
  const known = some && charged.length > 0 && !charged.some(Number.isNaN);
  return {
    volume_cm3: some ? volume : NaN,
    pieces: some && !Number.isNaN(pieces) ? String(pieces) : UNKNOWN,
    weight_kg: some && !Number.isNaN(kg) ? `${grouped(kg, 2)}${NBSP}kg` : UNKNOWN,
    volume_m3: some && !Number.isNaN(volume) ? `${grouped(volume / 1e6, 3)}${NBSP}m³` : UNKNOWN,
    chargeable_kg: known ? `${least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`}${NBSP}kg` : UNKNOWN,
  };
}

/** How the estimate comes about, one ratio after another. */
export function explained({ volume_cm3: volume }, ratios) {
  if (Number.isNaN(volume)) return "Chargeable is the greater of the weight on the scale and the volume divided by a ratio of the service.";
  const parts = Object.entries(ratios).map(
    ([name, ratio]) => `${Number((volume / Number(ratio)).toFixed(1))}${NBSP}kg at ${grouped(Number(ratio))}${NBSP}cm³/kg (${name})`,
  );
  return `${grouped(volume)}${NBSP}cm³ is ${parts.join(" and ")}. An estimate: BEX measures and decides.`;
}
