/** A chain under test: a cloud over a private PostgreSQL, two stores it decides for, and one with a box of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { openPostgres } from "./postgres.mjs";
import { program, start, stop } from "./programs.mjs";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
/** The demo's own id, which its box has, and two beside it. */
export const STORES = ["00000000000000000000000000da2da1", "00000000000000000000000000da2da3"];
export const BOX = "00000000000000000000000000da2da2";

export const address = (line) => / address=(\S+)/.exec(line)?.[1];

export class Chain {
  static async open() {
    const chain = new Chain();
    chain.postgres = await openPostgres();
    chain.folder = await mkdtemp(join(tmpdir(), "dandan-chain-"));
    chain.running = [];
    chain.place = ["--postgres", chain.postgres.url, "--data", join(chain.folder, "cloud")];
    return chain;
  }

  /** A command of the cloud; what it printed. */
  async cloud(...words) {
    const { stdout } = await run(program, ["cloud", words[0], ...this.place, ...words.slice(1)], { env: { ...process.env, NO_COLOR: "1" } });
    return stdout.trim();
  }

  /** A store like the demo's, under another id; a code that pairs a device with it. */
  async addStore(store, name) {
    const demo = await readFile(join(root, "demo/house.toml"), "utf8");
    const house = join(this.folder, `${store}.toml`);
    await writeFile(house, demo.replace(/^store = .*$/m, `store = "${store}"`).replace(/^name = .*$/m, `name = { zh = "${name}", en = "${name}" }`));
    const said = await this.cloud("add-store", "--house", house, "--menu", join(root, "demo/menu.csv"));
    return JSON.parse(said).pairing_codes[0];
  }

  /** `more`: further arguments. */
  async serve(...more) {
    this.node = await start(["cloud", "serve", ...this.place, "--listen", "127.0.0.1:0", ...more], "stderr", address);
    this.running.push(this.node);
    this.url = `http://${this.node.found}`;
  }

  /** The demo's restaurant decides for itself, and calls the cloud. */
  async openBox() {
    const data = join(this.folder, "box");
    const ports = ["--port", "0", "--sim-port", "0", "--printer-port", "0"];
    await stop(await start(["demo", "--data", data, ...ports, "--print-json"], "stdout", (line) => (line.trimStart().startsWith("{") ? line : undefined)));
    const code = await this.cloud("invite", "--store", BOX, "--wifi", "dandan");
    await run(program, ["join", code, "--cloud", this.url, "--data", data]);
    this.box = await start(["serve", "--data", data, "--store", BOX, "--listen", "127.0.0.1:0"], "stderr", address);
    this.running.push(this.box);
  }

  cutOff() {
    return stop(this.box);
  }

  stopNode() {
    return stop(this.node);
  }

  /** A request to a store, by way of the cloud. */
  async call(store, method, path, token, body) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID().replaceAll("-", ""), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(`${this.url}/api/v1/stores/${store}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
  }

  async close() {
    for (const one of this.running) await stop(one);
    await this.postgres.close();
    await rm(this.folder, { recursive: true, force: true });
    return this.running.flatMap((one) => one.said().split("\n")).filter((line) => line.includes("panicked at"));
  }
}
