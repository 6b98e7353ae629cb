import Taro from "@tarojs/taro";

export type PageName = "enter" | "menu" | "review" | "status" | "pay";

const pathOf = (name: PageName): string => `pages/${name}/index`;

/** Goes to a page; one that is already open below is returned to, so the stack never grows round and round. */
export function go(name: PageName | "back", how: "push" | "replace" = "push"): void {
  const stack = Taro.getCurrentPages();
  if (name === "back") {
    if (stack.length > 1) void Taro.navigateBack({ delta: 1 });
    else void Taro.redirectTo({ url: `/${pathOf("menu")}` });
    return;
  }
  if (name === "enter") return void Taro.reLaunch({ url: `/${pathOf("enter")}` });
  const at = stack.findIndex((p) => routeOf(p).includes(pathOf(name)));
  if (at === stack.length - 1 && at >= 0) return;
  if (at >= 0) return void Taro.navigateBack({ delta: stack.length - 1 - at });
  void (how === "push" ? Taro.navigateTo({ url: `/${pathOf(name)}` }) : Taro.redirectTo({ url: `/${pathOf(name)}` }));
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
