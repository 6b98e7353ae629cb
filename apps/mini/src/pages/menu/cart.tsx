import { Text, View } from "@tarojs/components";
import { money } from "@/rules/money";
import type { ShownLine } from "@/rules/outbox";
import { placeName } from "@/rules/place";
import { total } from "@/rules/preview";
import { useApp } from "@/state/store";
import { Btn, Empty, Sheet } from "@/ui/basics";
import { CartRow } from "@/ui/cartRow";
import { go } from "@/ui/go";
import { words } from "@/words";

/** The table's one cart: who added what, live on every phone. */
export function CartSheet({ cart, onClose }: { cart: readonly ShownLine[]; onClose: () => void }) {
  const app = useApp();
  const t = words[app.lang];
  const footer = cart.length > 0 && (
    <>
      <View className="grow"><Text className="cartbar__est">{t.estimate}</Text><Text className="price">{money(total(cart), app.menu?.currency ?? "CNY")}</Text></View>
      <Btn id="sheet-review" onTap={() => { onClose(); go("review"); }}>{t.review}</Btn>
    </>
  );
  return (
    <Sheet id="cart-sheet" title={t.cart} sub={app.view ? `${t.tableIs(placeName(app.view))} · ${t.covers(app.view.covers)}` : undefined} close={t.close} onClose={onClose} footer={footer}>
      {cart.length === 0 ? <Empty icon="bag" title={t.cartEmpty} sub={t.cartEmptySub} /> : cart.map((line) => <CartRow key={line.line} line={line} stepper />)}
    </Sheet>
  );
}
