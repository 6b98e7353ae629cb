import Taro from "@tarojs/taro";

export type PageName = "enter" | "menu" | "review" | "status" | "pay";

const pathOf = (name: PageName): string => `pages/${name}/index`;

/** How long a move may take before the next one no longer waits for it: longer than a slow phone needs, for two at once leave no page. */
const MOVE_MS = 6_000;
/** A page that isn't there so long after the last move will not come any more. */
const LOOK_MS = 1_500;
let moving: Promise<unknown> = Promise.resolve();
let look: ReturnType<typeof setTimeout> | undefined;

/**
 * Goes to a page; one that is already open below is returned to, so the stack never grows round and round.
 * Moves follow each other: two at once (a tap in the moment the app moves on by itself) would leave no page at all.
 */
export function go(name: PageName | "back", how: "push" | "replace" = "push"): void {
  moving = moving.then(() => Promise.race([move(name, how), new Promise((resolve) => setTimeout(resolve, MOVE_MS))])).catch(() => undefined).then(lookWhetherThere);
}

/** Should a browser be left without a page all the same, the entrance finds the way from what the phone remembers. */
function lookWhetherThere(): void {
  if (process.env.TARO_ENV !== "h5") return;
  clearTimeout(look);
  look = setTimeout(() => {
    const middle = window.innerWidth / 2;
    const there = Array.from(document.querySelectorAll(".taro_page")).map((page) => page.getBoundingClientRect());
    if (!there.some((page) => page.height > 0 && page.left <= middle && page.right >= middle)) void Taro.reLaunch({ url: `/${pathOf("enter")}` });
  }, LOOK_MS);
}

/** The stack is looked at only when the move's turn has come. */
async function move(name: PageName | "back", how: "push" | "replace"): Promise<void> {
  const stack = Taro.getCurrentPages();
  if (name === "back") {
    await (stack.length > 1 ? Taro.navigateBack({ delta: 1 }) : Taro.redirectTo({ url: `/${pathOf("menu")}` }));
    return;
  }
  if (name === "enter") {
    await Taro.reLaunch({ url: `/${pathOf("enter")}` });
    return;
  }
  const at = stack.findIndex((p) => routeOf(p).includes(pathOf(name)));
  if (at === stack.length - 1 && at >= 0) return;
  if (at >= 0) await Taro.navigateBack({ delta: stack.length - 1 - at });
  else await (how === "push" ? Taro.navigateTo({ url: `/${pathOf(name)}` }) : Taro.redirectTo({ url: `/${pathOf(name)}` }));
}

/** True on the page a person sees; pages below it in the stack go on living. */
export function isOnTop(name: PageName): boolean {
  const stack = Taro.getCurrentPages();
  const top = stack[stack.length - 1];
  return top !== undefined && routeOf(top).includes(pathOf(name));
}

function routeOf(page: Taro.Page): string {
  const { route, path } = page as { route?: string; path?: string };
  return route ?? path ?? "";
}
