/** Starts and ends the program, for tests that need more than the demo restaurant. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

export const program = process.env.DANDAN ?? resolve(import.meta.dirname, "../../target/debug/dandan");

/** Starts a program and waits for what `wanted` finds in a line of it. */
export async function start(args, from, wanted) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  let said = "";
  child.stderr.on("data", (part) => (said += part));
  const found = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`nothing in 60 s:\n${said}`)), 60_000);
    child.on("exit", (code) => fail(new Error(`ended with ${code}:\n${said}`)));
    createInterface({ input: child[from] }).on("line", (line) => {
      const value = wanted(line);
      if (value === undefined) return;
      clearTimeout(timer);
      done(value);
    });
  });
  child.removeAllListeners("exit");
  return { child, found, said: () => said };
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.on("exit", done));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(late);
}
