/** The cashier's screen, and what the payment channels' simulator is told to do. */
import { Screen } from "./people.mjs";
import { tile } from "./waiter.mjs";

export class Till extends Screen {
  static come(browser, name, width = 1280, height = 800) {
    return super.come(browser, name, width, height);
  }

  async openTable(table) {
    await this.page.locator(tile(table.name)).click();
  }

  async openTill(table) {
    await this.openTable(table);
    await this.tap(".open-till");
    await this.see(".till").waitFor();
  }

  /** A bill that owes nothing any more is reached by the table's menu. */
  async openSettled() {
    await this.page.locator(".pbuttons").getByRole("button", { name: "更多", exact: true }).click();
    await this.page.locator(".tmenu").getByRole("button", { name: "账单、退款" }).click();
    await this.see(".till").waitFor();
  }

  async closeTill() {
    await this.tap(".till-close");
    await this.tap(".phead .ghost");
  }

  async pays(way) {
    await this.tap(`.way-${way}`);
  }

  /** An amount, on the keys of the open sheet. */
  async types(text) {
    const pad = this.page.locator(".sheet .pad");
    for (const key of text) await pad.getByRole("button", { name: key, exact: true }).click();
  }

  /** A guest's wallet, once the till is ready for it. */
  async scan(code) {
    await this.see(".way-scan").waitFor();
    await this.page.keyboard.type(code, { delay: 2 });
    await this.page.keyboard.press("Enter");
  }

  /** One of the only three things a till says. */
  async says(verdict, patience = 30_000) {
    await this.page.locator(`.verdict-${verdict}`).waitFor({ timeout: patience });
  }

  async goOn() {
    await this.tap(".verdict .primary");
  }

  /** Away from a table that owes nothing: the bill may still be open, where its last payment came in late. */
  async leave() {
    const bill = this.page.locator(".till");
    for (let step = 0; step < 5 && (await bill.count()) > 0; step++) {
      await this.page.locator(".till-close").click({ timeout: 2_000 }).catch(() => undefined);
      await bill.waitFor({ state: "detached", timeout: 2_000 }).catch(() => undefined);
    }
    await this.tap(".phead .ghost");
  }

  async tab(name) {
    await this.page.locator(".fbar nav button").filter({ hasText: name }).click();
  }
}

/** Codes of the simulator's payers; the last four digits say what the person does. */
export const wallet = { pays: "130000000000000001", paysToo: "280000000000000015", forgetsPassword: "130000000000008803", tooLittle: "280000000000008804" };

export async function control(house, path, body) {
  const answer = await fetch(`${house.facts.sim_url}/control/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`control ${path}: ${answer.status} ${await answer.text()}`);
}

/** A voice that writes down what it says and notices when it is interrupted or speaks twice at once. */
export async function listenClosely(person) {
  await person.context.addInitScript(() => {
    const voice = { said: [], cut: 0, speaking: null };
    Object.defineProperty(globalThis, "voiceHeard", { value: voice });
    class Utterance {
      constructor(text) {
        this.text = text;
      }
    }
    const synthesis = {
      getVoices: () => [{ lang: "zh-CN", name: "test", default: true, localService: true, voiceURI: "test" }],
      cancel: () => {
        if (voice.speaking !== null) voice.cut++;
      },
      speak: (utterance) => {
        if (voice.speaking !== null) voice.cut++;
        voice.speaking = utterance;
        setTimeout(() => {
          voice.speaking = null;
          voice.said.push(utterance.text);
          utterance.onend?.();
        }, 400);
      },
    };
    Object.defineProperty(globalThis, "SpeechSynthesisUtterance", { value: Utterance });
    Object.defineProperty(globalThis, "speechSynthesis", { value: synthesis });
  });
}

export const voiceOf = (page) => page.evaluate(() => ({ said: [...globalThis.voiceHeard.said], cut: globalThis.voiceHeard.cut }));
