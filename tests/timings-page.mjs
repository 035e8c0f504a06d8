// What tests/timings-page.sh looks at: BROWSER FOLDER, in which page.html and page.json are.
import { createRequire } from "node:module";
import { readFileSync, statSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [browserPath, folder] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const data = JSON.parse(readFileSync(`${folder}/page.json`, "utf8"));
const address = `file://${folder}/page.html`;

let wrong = 0;
function check(good, what) {
  if (!good) {
    wrong += 1;
    console.error(`WRONG: ${what}`);
  }
}

const browser = await puppeteer.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage();
const asked = [];
page.on("request", (request) => asked.push(request.url()));

async function violations() {
  const results = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return results.violations.map((one) => `${one.id}: ${one.help} (${one.nodes[0].html})`);
}

const backs = new Set();
for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 400]) {
    const where = `${scheme}, ${width} pixels`;
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(address);
    backs.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= width, `${where}: ${wide} pixels wide`);
    await page.screenshot({ path: `${folder}/${scheme}-${width}.png` });
    await page.screenshot({ path: `${folder}/${scheme}-${width}-whole.png`, fullPage: true });
    await page.addScriptTag({ path: axe });
    for (const one of await violations()) check(false, `${where}: ${one}`);
    // With all words shown, too.
    await page.click("#words");
    for (const one of await violations()) check(false, `${where}, words: ${one}`);
  }
}
check(backs.size === 2, `light and dark look alike: ${[...backs]}`);
check(asked.every((url) => url.startsWith("file:")), `it asked for ${asked}`);

// The keyboard: the link past the tables, the choice, every row, and out again.
await page.setViewport({ width: 1280, height: 900 });
await page.goto(address);
const rows = await page.$$eval(".waterfall tbody tr", (all) => all.length);
check(rows === data.distributions.length, `${rows} rows, ${data.distributions.length} in the data`);
let reached = 0;
let left = false;
for (let presses = 0; presses < rows + 10 && !left; presses += 1) {
  await page.keyboard.press("Tab");
  const at = await page.evaluate(() => {
    const one = document.activeElement;
    if (one === document.body) return "out";
    const words = one.querySelector?.(".words");
    const seen = words !== null && words !== undefined && words.getBoundingClientRect().height > 5;
    return one.tagName === "TR" ? (seen ? "row" : "silent row") : one.tagName;
  });
  check(at !== "silent row", "a row that has the focus does not show its words");
  if (at === "row") reached += 1;
  left = at === "out" && reached > 0;
}
check(reached === rows, `the keyboard reached ${reached} of ${rows} rows`);
check(left, "the keyboard does not get out of the rows");

// What a screen reader gets: tables whose rows have names, and the words of every row.
const tree = await (await page.createCDPSession()).send("Accessibility.getFullAXTree");
const named = (role) => tree.nodes.filter((node) => !node.ignored && node.role?.value === role);
check(named("table").length >= 3, `${named("table").length} tables`);
check(named("rowheader").length > rows, `${named("rowheader").length} names of rows`);
check(named("heading").length >= 4, `${named("heading").length} headings`);
const cells = named("cell").concat(named("gridcell")).map((node) => node.name?.value ?? "");
check(cells.filter((text) => / s(;|,|$)/.test(text)).length >= rows, "rows without words");

// Paper.
await page.pdf({ path: `${folder}/page.pdf`, format: "A4" });
check(statSync(`${folder}/page.pdf`).size > 5000, "nothing is printed");
await browser.close();

console.log(`timings page: ${rows} rows, ${wrong} wrong; pictures in ${folder}`);
process.exit(wrong === 0 ? 0 : 1);
