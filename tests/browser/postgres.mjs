/** A private PostgreSQL in a temporary folder; it stops when this process ends, however it ends. */
import { execFile, spawn } from "node:child_process";
import { chown, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Runs the server until nobody holds the other end of its input any more, then stops it in order. */
const UNTIL_CLOSED = '"$@" >/dev/null 2>&1 </dev/null & pid=$!; read -r _; kill -INT $pid; wait $pid';
const PATIENCE_MS = 60_000;

/** Debian's places, the newest version first; else the search path. */
async function programs() {
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const [newest] = versions.map(Number).filter(Number.isFinite).sort((a, b) => b - a);
  return (name) => (newest === undefined ? name : `/usr/lib/postgresql/${newest}/bin/${name}`);
}

/** PostgreSQL refuses to run as root. */
async function serverUser() {
  if (process.getuid() !== 0) return {};
  const line = (await readFile("/etc/passwd", "utf8")).split("\n").find((l) => l.startsWith("postgres:"));
  if (!line) throw new Error("there is no user `postgres`; to install PostgreSQL: apt-get install -y postgresql");
  const [, , uid, gid] = line.split(":").map(Number);
  return { uid, gid };
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Starts a server with nothing in it: its address, and how to end it. */
export async function openPostgres() {
  const [program, user, port] = await Promise.all([programs(), serverUser(), freePort()]);
  const folder = await mkdtemp(join(tmpdir(), "dandan-pg-"));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const as = { ...user, cwd: "/", env: { PATH: process.env.PATH, LC_ALL: "C" } };
  const data = join(folder, "data");
  await run(program("initdb"), ["-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8", "--no-sync", "-D", data], as);
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${folder}`, "fsync=off"];
  const server = [program("postgres"), "-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const shell = spawn("/bin/sh", ["-c", UNTIL_CLOSED, "sh", ...server], { ...as, stdio: ["pipe", "ignore", "ignore"] });
  const ended = new Promise((done) => shell.on("exit", done));
  const close = async () => {
    shell.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    const ready = await run(program("pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)], as).then(() => true, () => false);
    if (ready) return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, close };
    if (Date.now() > until || shell.exitCode !== null) {
      await close();
      throw new Error("PostgreSQL doesn't start");
    }
  }
}
