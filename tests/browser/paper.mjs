/** The printers' simulator: what goes wrong with them, and what came out. */

async function ask(house, method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${house.facts.printers_url}/printers/${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} printers/${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

export const printerFault = (house, printer, faults) => ask(house, "POST", `${printer}/faults`, faults);
export const putPaper = (house, printer) => ask(house, "POST", `${printer}/paper`);

/** What came out, as text, oldest first. */
export const slipsOf = async (house, printer) => (await ask(house, "GET", `${printer}/slips`)).map((slip) => slip.text);
