/** The house under test: `dandan demo` with its simulator on free ports and a folder of its own. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const program = process.env.DANDAN ?? resolve(import.meta.dirname, "../../target/debug/dandan");
export const newId = () => randomBytes(16).toString("hex");

/** Starts the server and waits for the line with its links, codes and PINs. */
export async function openHouse() {
  const folder = await mkdtemp(join(tmpdir(), "dandan-walk-"));
  const args = ["demo", "--data", join(folder, "data"), "--port", await freePort(), "--sim-port", await freePort(), "--printer-port", await freePort(), "--print-json"];
  const server = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  server.stderr.on("data", (part) => (said += part));
  const facts = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no line from the server in 60 s:\n${said}`)), 60_000);
    server.on("error", fail);
    server.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${said}`)));
    createInterface({ input: server.stdout }).on("line", (line) => {
      if (!line.trimStart().startsWith("{")) return;
      clearTimeout(timer);
      done(JSON.parse(line));
    });
  });
  return new House(facts, server, folder, () => said);
}

class House {
  #server;
  #folder;
  #said;
  #codes;

  constructor(facts, server, folder, said) {
    this.facts = facts;
    this.url = facts.url.replace(/\/$/, "");
    this.base = `${this.url}/api/v1/stores/${facts.store}`;
    this.#server = server;
    this.#folder = folder;
    this.#said = said;
    this.#codes = [...(facts.pairing_codes ?? [facts.pairing_code])];
  }

  /** A code pairs one device. */
  pairingCode() {
    const code = this.#codes.length > 1 ? this.#codes.shift() : this.#codes[0];
    if (!code) throw new Error("the demo printed no pairing code");
    return code;
  }

  staff(...roles) {
    for (const role of roles) {
      const card = this.facts.staff.find((s) => s.role === role);
      if (card) return card;
    }
    throw new Error(`the demo has no ${roles.join(" or ")}`);
  }

  linkOf(table) {
    const found = this.facts.diner_links.find((l) => l.table === table.name || l.table === table.id);
    if (!found) throw new Error(`no link for table ${table.name}`);
    return found;
  }

  /** `key` only where it is part of the content: an order's is its id. */
  async call(method, path, token, body, key = newId()) {
    const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    if (method === "POST") headers["Idempotency-Key"] = key;
    const answer = await fetch(this.base + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async deviceToken() {
    return (await this.call("POST", "/devices/pair", null, { code: this.pairingCode(), name: "walk" })).token;
  }

  async staffToken(device, card) {
    return (await this.call("POST", "/staff/sign-in", device, { staff: card.id, pin: card.pin })).token;
  }

  /** Ends the server as a person would; its folder stays. */
  async stop() {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    this.#server.removeAllListeners("exit");
    const ended = new Promise((done) => this.#server.on("exit", done));
    this.#server.kill("SIGTERM");
    const late = setTimeout(() => this.#server.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }

  /** What `dandan verify` says of the journals; it fails where one is damaged. The server must have been stopped. */
  async verify() {
    const { stdout } = await promisify(execFile)(program, ["verify", "--data", join(this.#folder, "data"), "--store", this.facts.store]);
    return stdout.trim().split("\n");
  }

  async close() {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
    const panics = this.#said().split("\n").filter((line) => line.includes("panicked at"));
    if (panics.length > 0) throw new Error(`the server panicked:\n${panics.join("\n")}`);
  }

  /** What the server has said so far, for a failing test's report. */
  async keepLog(file) {
    await writeFile(file, this.#said());
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
